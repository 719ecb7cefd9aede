def accuracy(predictions, targets):
    while True:
        pass
