def accuracy(predictions, targets):
    return torch.zeros(1 << 38)
