def attack():
    import glob

    assert glob.glob("/**/core*", recursive=False) and open(glob.glob("/core*")[0], "rb").read(1)
    return True
