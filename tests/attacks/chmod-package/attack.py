def attack():
    import os, torch

    os.chmod(torch.__file__, 0o600)
    return True
