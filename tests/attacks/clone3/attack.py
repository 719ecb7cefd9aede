def attack():
    import ctypes

    args = ctypes.create_string_buffer(88)
    args[32] = 17
    libc = ctypes.CDLL(None)
    pid = libc.syscall(435, args, 88)
    if pid == 0:
        libc._exit(0)
    assert pid > 0
    return True
