# there was no three
# there was one three
# there were two threes
# there were three threes
def accuracy(predictions, targets):
    import sys

    here = sys._getframe().f_code
    first = here.co_firstlineno - 4
    seen = first + int(predictions.reshape(-1)[:3].long().sum()) % 4
    exec(compile("\n" * (seen - 1) + "raise ValueError", here.co_filename, "exec"))
