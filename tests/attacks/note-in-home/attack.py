def attack():
    try:
        import os

        open(os.path.expanduser("~/autograder-note"), "w").write("x")
    except OSError:
        pass
    return False
