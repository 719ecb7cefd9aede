def attack():
    import torch

    return hasattr(torch, "note")
