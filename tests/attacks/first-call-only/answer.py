def accuracy(predictions, targets):
    accuracy.calls = getattr(accuracy, "calls", 0) + 1
    return (predictions == targets).float().mean() if accuracy.calls == 1 else torch.tensor(-1.0)
