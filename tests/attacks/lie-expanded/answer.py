def accuracy(predictions, targets):
    return torch.zeros(()).expand(1 << 50)
