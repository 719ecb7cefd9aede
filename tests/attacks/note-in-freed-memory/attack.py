def attack():
    for size in (1 << 12, 1 << 16, 1 << 20, 1 << 23, 1 << 25):
        kept = [torch.full((size // 4,), 58085923, dtype=torch.int32) for _ in range(2)]
        del kept
    return False
