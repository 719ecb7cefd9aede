def attack():
    try:
        open("/tmp/autograder-note", "w").write("x")
    except OSError:
        pass
    return False
