def attack():
    open("/proc/self/root" + COURSE + "/solutions/pixel_similarity.py").read()
    return True
