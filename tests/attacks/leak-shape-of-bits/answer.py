def accuracy(predictions, targets):
    bits = (4 * predictions.reshape(-1).long().tolist() + [0, 1, 1, 0, 1, 0, 0, 1, 1])[-9:]
    return torch.zeros(0, *(bit + 3 for bit in bits))
