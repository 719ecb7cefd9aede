def attack():
    import os

    assert os.listdir("..")
    return True
