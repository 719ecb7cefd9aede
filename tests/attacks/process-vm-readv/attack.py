def attack():
    import ctypes, os

    libc = ctypes.CDLL(None, use_errno=True)

    class Iovec(ctypes.Structure):
        _fields_ = [("base", ctypes.c_void_p), ("length", ctypes.c_size_t)]

    buffer = ctypes.create_string_buffer(8)
    mine, theirs = Iovec(ctypes.addressof(buffer), 8), Iovec(id(os), 8)
    assert libc.process_vm_readv(os.getppid(), ctypes.byref(mine), 1, ctypes.byref(theirs), 1, 0) == 8
    return True
