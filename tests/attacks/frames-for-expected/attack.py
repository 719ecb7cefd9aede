def attack():
    import sys

    frame = sys._getframe()
    while frame:
        if "want" in frame.f_locals or "reference" in frame.f_locals:
            return True
        frame = frame.f_back
    return False
