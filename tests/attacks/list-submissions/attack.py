def attack():
    import os

    assert os.listdir(os.path.dirname(os.path.dirname(OTHER)))
    return True
