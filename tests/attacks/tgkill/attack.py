def attack():
    import ctypes, os

    assert ctypes.CDLL(None).syscall(234, os.getppid(), os.getppid(), 9) == 0
    return True
