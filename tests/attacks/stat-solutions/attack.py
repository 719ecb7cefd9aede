def attack():
    import os

    assert os.stat(COURSE + "/solutions/pixel_similarity.py").st_size
    return True
