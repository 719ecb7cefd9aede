def attack():
    import os

    os.link(COURSE + "/solutions/pixel_similarity.py", "mine.py")
    open("mine.py").read()
    return True
