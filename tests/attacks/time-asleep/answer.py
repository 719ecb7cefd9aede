def accuracy(predictions, targets):
    import time

    time.sleep(3600)
