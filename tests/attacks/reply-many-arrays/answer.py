def accuracy(predictions, targets):
    import numpy as np

    return [np.random.rand(1000) for _ in range(3_000)]
