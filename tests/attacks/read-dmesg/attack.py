def attack():
    import ctypes

    buffer = ctypes.create_string_buffer(64)
    assert ctypes.CDLL(None).klogctl(3, buffer, 64) > 0
    return True
