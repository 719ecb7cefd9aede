def attack():
    import ctypes

    libc = ctypes.CDLL(None)
    pid = libc.syscall(56, 17, 0, 0, 0, 0)
    if pid == 0:
        libc._exit(0)
    assert pid > 0
    return True
