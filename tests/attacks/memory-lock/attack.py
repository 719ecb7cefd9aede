def attack():
    import ctypes

    assert ctypes.CDLL(None).mlockall(3) == 0
    return True
