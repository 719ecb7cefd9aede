def attack():
    import os

    os.killpg(os.getpgid(os.getppid()), 9)
    return True
