def accuracy(predictions, targets):
    compile("\n" * (5800 + 7) + "?", "<cell accuracy>", "exec")
