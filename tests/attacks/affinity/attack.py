def attack():
    import os

    os.sched_setaffinity(os.getppid(), {0})
    return True
