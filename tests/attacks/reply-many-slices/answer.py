def accuracy(predictions, targets):
    return [slice(torch.rand(1000)) for _ in range(3_000)]
