def attack():
    import os

    fd = os.open("sparse", os.O_CREAT | os.O_RDWR)
    os.ftruncate(fd, 1 << 50)
    return True
