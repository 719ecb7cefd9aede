def attack():
    import ctypes

    assert ctypes.CDLL(None).syscall(0x40000000 + 2, (COURSE + "/course_config.py").encode(), 0) >= 0
    return True
