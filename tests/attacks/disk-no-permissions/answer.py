def accuracy(predictions, targets):
    import os

    os.makedirs("a/b")
    try:
        os.chmod("a", 0)
    except OSError:
        pass
    os.umask(0o777)
    try:
        os.mkdir("c")
    except OSError:
        pass
    return torch.tensor(-1.0)
