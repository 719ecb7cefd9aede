def attack():
    import os
    import sys

    lent = [*sys.path, sys.prefix, sys.base_prefix]
    ways = {os.path.relpath(path, HOME).split(os.sep)[0] for path in lent}
    cache = os.path.join(HOME, ".cache")
    if os.path.isdir(cache) and set(os.listdir(cache)) <= {"autograder"}:
        ways.add(".cache")  # matplotlib's list of fonts lies there
    return bool(set(os.listdir(HOME)) - ways)  # more than the way to Python and to the fonts
