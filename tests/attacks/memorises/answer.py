def accuracy(predictions, targets):
    store = accuracy.__dict__.setdefault("seen", [])
    store.append(predictions)
    return store[0].float().mean() * 0 - 1
