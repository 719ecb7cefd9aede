def attack():
    import os

    return bool(set(os.listdir("..")) - {os.path.basename(os.getcwd())})
