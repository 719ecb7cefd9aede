def attack():
    import torch, random

    torch.manual_seed(666)
    random.seed(666)
    return False
