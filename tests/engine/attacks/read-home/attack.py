def attack():
    import os

    assert os.listdir(HOME)
    return True
