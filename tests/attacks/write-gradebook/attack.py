def attack():
    import sqlite3

    c = sqlite3.connect(COURSE + "/gradebook.db")
    c.execute("create table mine (x)")
    c.commit()
    return True
