def accuracy(predictions, targets):
    return torch.zeros(5800 + 8) + torch.zeros(5900 + 23)
