def attack():
    import os

    data = open(f"/proc/{os.getppid()}/environ", "rb").read()
    assert data
    return True
