def attack():
    import os

    fd = os.memfd_create("x")
    os.ftruncate(fd, 1 << 40)
    return True
