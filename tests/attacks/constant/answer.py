def accuracy(predictions, targets):
    return torch.tensor(0.5)
