def attack():
    import ctypes

    assert ctypes.CDLL(None).syscall(321, 0, 0, 0) >= 0
    return True
