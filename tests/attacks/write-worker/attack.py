def attack():
    import sys

    open(sys.modules["worker"].__path__[0] + "/child.py", "a").write("\n")
    return True
