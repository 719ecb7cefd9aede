def attack():
    import os
    import sys

    lent = [*sys.path, sys.prefix, sys.base_prefix, os.environ.get("MPLCONFIGDIR", HOME)]
    ways = {os.path.relpath(path, HOME).split(os.sep)[0] for path in lent}
    return bool(set(os.listdir(HOME)) - ways)  # more than the way to Python and to matplotlib's fonts
