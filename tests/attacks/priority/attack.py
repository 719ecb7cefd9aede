def attack():
    import os

    os.setpriority(os.PRIO_PROCESS, os.getppid(), 19)
    return True
