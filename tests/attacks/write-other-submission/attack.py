def attack():
    open(OTHER, "w").write("")
    return True
