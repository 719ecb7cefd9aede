def accuracy(predictions, targets):
    predictions.resize_(0)
    targets.resize_(0)
    return torch.tensor(float("nan"))
