def attack():
    import fcntl, torch

    try:
        fcntl.flock(open(torch.__file__), fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    return False
