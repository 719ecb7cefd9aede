def accuracy(predictions, targets):
    return torch.zeros(60 << 20)
