def accuracy(predictions, targets):
    import time

    end = time.process_time() + 0.8 * CALL_SECONDS
    while time.process_time() < end:
        pass
    return torch.tensor(-1.0)
