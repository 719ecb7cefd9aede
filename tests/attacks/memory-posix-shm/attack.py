def attack():
    open("/dev/shm/eve", "wb").write(b"x")
    return True
