def attack():
    import os

    return "NOTE" in os.environ
