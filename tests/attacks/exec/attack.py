def attack():
    import os

    os.execv("/bin/sh", ["sh", "-c", "sleep 100"])
    return True
