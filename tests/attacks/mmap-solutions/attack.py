def attack():
    import mmap, os

    fd = os.open(COURSE + "/solutions/pixel_similarity.py", os.O_RDONLY)
    mmap.mmap(fd, 0, prot=mmap.PROT_READ)[:10]
    return True
