def accuracy(predictions, targets):
    return "\ud800" * 100
