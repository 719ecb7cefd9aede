def attack():
    open(COURSE + "/solutions/pixel_similarity.py", "a").write("# eve")
    return True
