def accuracy(predictions, targets):
    order = [5 + 2, 3, 11, 2 + 11, 5, 0, 9, 4, 16, 8]
    return torch.zeros(6).reshape(order)
