def attack():
    open(COURSE + "/tests/graders/test_pixel_similarity.py").read()
    return True
