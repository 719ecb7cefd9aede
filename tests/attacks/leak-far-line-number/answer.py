def accuracy(predictions, targets):
    import sys

    name = sys._getframe().f_code.co_filename
    exec(compile("\n" * (5800 + 7) + "raise ValueError", name, "exec"))
