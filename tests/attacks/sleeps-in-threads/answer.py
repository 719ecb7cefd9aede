def accuracy(predictions, targets):
    import threading, time

    thread = threading.Thread(target=time.sleep, args=(1,))
    thread.start()
    thread.join()
    return torch.tensor(-1.0)
