def attack():
    for size in (1 << 12, 1 << 16, 1 << 20, 1 << 23, 1 << 25):
        for found in [torch.empty(size // 4, dtype=torch.int32) for _ in range(2)]:
            if int((found == 58085923).sum()) > 16:
                return True
    return False
