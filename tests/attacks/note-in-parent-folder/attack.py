def attack():
    try:
        open("../autograder-note", "w").write("x")
    except OSError:
        pass
    return False
