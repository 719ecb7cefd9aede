def accuracy(predictions, targets):
    import warnings

    for n in range(10_000):
        warnings.warn(f"{n}" * 100)
    return torch.tensor(-1.0)
