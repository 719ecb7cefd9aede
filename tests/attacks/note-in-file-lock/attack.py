def attack():
    import fcntl, torch

    fcntl.flock(open(torch.__file__), fcntl.LOCK_EX)
    return False
