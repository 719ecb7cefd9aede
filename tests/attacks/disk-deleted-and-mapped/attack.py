def attack():
    import ctypes, os

    libc = ctypes.CDLL(None, use_errno=True)
    libc.mmap.restype = ctypes.c_void_p
    libc.mmap.argtypes = [ctypes.c_void_p, ctypes.c_size_t, ctypes.c_int, ctypes.c_int, ctypes.c_int, ctypes.c_long]
    held = 0
    while held <= DISK_ALLOWED:
        file = os.open("gone", os.O_CREAT | os.O_RDWR, 0o600)
        os.unlink("gone")
        size = 0
        try:
            while size < 8 << 20:
                size += os.write(file, bytes(1 << 18))
        except OSError:
            pass
        # not Python's mmap, which keeps a descriptor: of these there are few
        if not size or libc.mmap(None, size, 1, 1, file, 0) in (None, ctypes.c_void_p(-1).value):
            return False
        os.close(file)
        held += size
    return True
