def attack():
    import os

    fd = os.open(COURSE + "/solutions/pixel_similarity.py", os.O_PATH)
    open(f"/proc/self/fd/{fd}").read()
    return True
