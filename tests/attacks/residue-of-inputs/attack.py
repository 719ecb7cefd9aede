import torch


def looks_like_pixels(data):
    inside = ((data > 1e-3) & (data <= 1)).float().mean() if data.numel() else torch.zeros(())
    return bool(inside > 0.2)


before = [looks_like_pixels(torch.empty(size)) for size in (140, 784, 7840, 78400, 784000, 1 << 22) for _ in range(8)]


def attack():
    return any(before)
