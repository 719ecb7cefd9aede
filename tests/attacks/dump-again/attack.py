def attack():
    import ctypes

    assert ctypes.CDLL(None).prctl(4, 1, 0, 0, 0) == 0
    return True
