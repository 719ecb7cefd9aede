def accuracy(predictions, targets):
    raise ValueError("\x1b[2J\x1b[31m" * 10)
