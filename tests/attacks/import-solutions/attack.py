def attack():
    import sys

    sys.path.insert(0, COURSE)
    import solutions.pixel_similarity

    return True
