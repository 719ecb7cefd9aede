def attack():
    open(COURSE + "/gradebook.db", "rb").read()
    return True
