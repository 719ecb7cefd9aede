def attack():
    open("../" * 30 + COURSE.lstrip("/") + "/solutions/pixel_similarity.py").read()
    return True
