def attack():
    import os

    fd = os.open(COURSE, os.O_RDONLY | os.O_DIRECTORY)
    os.read(os.open("solutions/pixel_similarity.py", os.O_RDONLY, dir_fd=fd), 10)
    return True
