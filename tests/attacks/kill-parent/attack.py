def attack():
    import os

    os.kill(os.getppid(), 9)
    return True
