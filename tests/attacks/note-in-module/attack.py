def attack():
    import torch

    torch.note = 1
    return False
