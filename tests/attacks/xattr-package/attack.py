def attack():
    import os, torch

    os.setxattr(torch.__file__, "user.eve", b"x")
    return True
