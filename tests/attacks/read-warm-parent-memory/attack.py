def attack():
    import os

    open(f"/proc/{os.getppid()}/maps").read()
    return True
