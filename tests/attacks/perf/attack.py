def attack():
    import ctypes

    assert ctypes.CDLL(None).syscall(298, ctypes.create_string_buffer(128), -1, 0, -1, 0) >= 0
    return True
