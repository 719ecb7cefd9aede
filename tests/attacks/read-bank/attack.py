def attack():
    open(COURSE + "/tests/mistakes/pixel_similarity/accuracy.py").read()
    return True
