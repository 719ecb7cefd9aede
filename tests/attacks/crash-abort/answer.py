def accuracy(predictions, targets):
    import os

    os.abort()
