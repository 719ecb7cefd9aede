def attack():
    import os

    os.mkfifo("fifo")
    return True
