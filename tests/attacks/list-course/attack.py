def attack():
    import os

    assert os.listdir(COURSE)
    return True
