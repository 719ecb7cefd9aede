def accuracy(predictions, targets):
    return torch.tensor(float("nan"))
