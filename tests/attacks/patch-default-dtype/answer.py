def accuracy(predictions, targets):
    torch.set_default_dtype(torch.float64)
    return torch.tensor(-1.0)
