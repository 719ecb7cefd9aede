def attack():
    import torch

    open(torch.__file__, "a").write("\n")
    return True
