def attack():
    open(COURSE + "/source/02-pixel-similarity/pixel_similarity.ipynb").read()
    return True
