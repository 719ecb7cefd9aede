def attack():
    import numpy

    numpy.fromfile(COURSE + "/solutions/pixel_similarity.py", dtype="u1")
    return True
