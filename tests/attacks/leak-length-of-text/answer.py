def accuracy(predictions, targets):
    return "a" * (5800 + 8)
