def attack():
    import os, torch

    os.utime(torch.__file__, (1, 1))
    return True
