def accuracy(predictions, targets):
    seen = " ".join(str(5800 + 8 + 115 * bit) for bit in (0, 1))
    return type("str " + seen, (), {})()
