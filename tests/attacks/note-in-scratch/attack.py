def attack():
    try:
        open("note", "w").write("x")
    except OSError:
        pass
    return False
