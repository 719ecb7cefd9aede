def accuracy(predictions, targets):
    kept = torch.zeros(DEPTH_MEMORY // 8, dtype=torch.int64)
    del kept
    return torch.tensor(-1.0)
