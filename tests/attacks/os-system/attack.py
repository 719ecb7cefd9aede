def attack():
    import os

    assert os.system("true") == 0
    return True
