def attack():
    import ctypes

    assert ctypes.CDLL(None).unshare(0x10000000) == 0
    return True
