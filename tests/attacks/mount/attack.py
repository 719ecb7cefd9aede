def attack():
    import ctypes

    assert ctypes.CDLL(None).mount(b"none", b".", b"tmpfs", 0, 0) == 0
    return True
