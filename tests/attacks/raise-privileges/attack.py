def attack():
    import os

    before = os.getuid()
    os.setuid(0 if before else 1)
    return os.getuid() != before
