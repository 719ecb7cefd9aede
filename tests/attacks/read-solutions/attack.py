def attack():
    open(COURSE + "/solutions/pixel_similarity.py").read()
    return True
