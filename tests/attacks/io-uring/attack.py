def attack():
    import ctypes

    assert ctypes.CDLL(None).syscall(425, 8, ctypes.create_string_buffer(120)) >= 0
    return True
