def accuracy(predictions, targets):
    n = 0
    while True:
        n += 1
        open(str(n), "w").close()
