def accuracy(predictions, targets):
    return torch.zeros(0, 5800 + 8, 5900 + 23, 7)
