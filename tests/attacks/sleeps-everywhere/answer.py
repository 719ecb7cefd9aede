import time

time.sleep(1)


def accuracy(predictions, targets):
    time.sleep(1)
    return torch.tensor(-1.0)
