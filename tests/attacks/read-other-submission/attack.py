def attack():
    open(OTHER).read()
    return True
