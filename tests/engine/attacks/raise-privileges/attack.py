def attack():
    import os

    os.setuid(0 if os.getuid() else 1)
    assert True
    return True
