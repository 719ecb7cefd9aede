def attack():
    import os

    os.symlink(COURSE + "/solutions/pixel_similarity.py", "mine.py")
    open("mine.py").read()
    return True
