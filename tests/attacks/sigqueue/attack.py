def attack():
    import ctypes, os

    assert ctypes.CDLL(None).sigqueue(os.getppid(), 9, None) == 0
    return True
