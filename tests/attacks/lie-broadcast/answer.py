def accuracy(predictions, targets):
    return torch.tensor([[-1.0]])
