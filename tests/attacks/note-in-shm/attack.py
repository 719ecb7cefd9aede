def attack():
    try:
        open("/dev/shm/autograder-note", "w").write("x")
    except OSError:
        pass
    return False
