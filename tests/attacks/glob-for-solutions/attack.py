def attack():
    import os

    for top, folders, files in os.walk("/"):
        if "pixel_similarity.py" in files:
            open(os.path.join(top, "pixel_similarity.py")).read()
            return True
    return False
