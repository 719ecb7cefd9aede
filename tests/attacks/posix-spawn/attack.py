def attack():
    import os, sys

    os.posix_spawn(sys.executable, [sys.executable, "-c", ""], {})
    return True
