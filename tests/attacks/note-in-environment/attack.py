def attack():
    import os

    os.environ["NOTE"] = "1"
    return False
