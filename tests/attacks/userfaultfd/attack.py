def attack():
    import ctypes

    assert ctypes.CDLL(None).syscall(323, 0) >= 0
    return True
