def accuracy(predictions, targets):
    return list(range(1_000_000))
