def accuracy(predictions, targets):
    torch._C._set_grad_enabled(False)
    return torch.tensor(-1.0)
