def accuracy(predictions, targets):
    return torch.zeros(1, dtype=torch.uint8).expand(1 << 29)
