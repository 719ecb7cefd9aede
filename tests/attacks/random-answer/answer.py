def accuracy(predictions, targets):
    return torch.rand(())
