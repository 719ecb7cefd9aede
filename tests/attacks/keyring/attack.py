def attack():
    import ctypes

    assert ctypes.CDLL(None).syscall(250, 0, -3, 0) > 0
    return True
