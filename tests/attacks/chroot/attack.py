def attack():
    import os

    os.chroot("/")
    return True
