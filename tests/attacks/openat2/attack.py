def attack():
    import ctypes

    how = ctypes.create_string_buffer(24)
    assert ctypes.CDLL(None).syscall(437, -100, (COURSE + "/course_config.py").encode(), how, 24) >= 0
    return True
