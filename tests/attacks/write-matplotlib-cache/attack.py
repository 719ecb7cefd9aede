def attack():
    import os

    open(os.path.join(os.environ["MPLCONFIGDIR"], "matplotlibrc"), "w").write("")
    assert os.environ["MPLCONFIGDIR"] != os.getcwd()
    return True
