def accuracy(predictions, targets):
    while True:
        yield torch.tensor(0.5)
