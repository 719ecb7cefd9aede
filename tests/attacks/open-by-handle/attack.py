def attack():
    import ctypes

    h = ctypes.create_string_buffer(136)
    h.raw = (128).to_bytes(4, "little") + bytes(132)
    assert ctypes.CDLL(None).syscall(303, -100, (COURSE + "/course_config.py").encode(), h, ctypes.byref(ctypes.c_int()), 0) == 0
    return True
