def attack():
    import torch

    return torch.initial_seed() == 666
