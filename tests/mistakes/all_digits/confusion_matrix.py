# %% mistake: rows_and_columns_swapped
# says: Rows and columns have changed places: the rows should be the truth, the columns the predictions.
def confusion_matrix(predictions, targets, n_classes):
    pairs = predictions * n_classes + targets
    return torch.bincount(pairs, minlength=n_classes**2).reshape(n_classes, n_classes)

# %% mistake: repeated_pairs_count_once
# says: A pair that comes several times is counted once: `+=` with tensors as an index reads, adds and writes back once for each place.
def confusion_matrix(predictions, targets, n_classes):
    matrix = torch.zeros(n_classes, n_classes, dtype=torch.int64)
    matrix[targets, predictions] += 1
    return matrix

# %% mistake: classes_that_occur
# says: Your matrix has only as many rows as there are classes that occur here. It should have `n_classes`, whatever occurs.
def confusion_matrix(predictions, targets, n_classes):
    n = int(max(predictions.max(), targets.max())) + 1
    return torch.bincount(targets * n + predictions, minlength=n**2).reshape(n, n)

# %% mistake: float_counts
# says: The counts are right, but as floats. Counts are whole numbers: int64 is asked for.
def confusion_matrix(predictions, targets, n_classes):
    matrix = torch.zeros(n_classes, n_classes)
    for p, t in zip(predictions, targets):
        matrix[t, p] += 1
    return matrix

# %% mistake: shares
# says: You divided each row by its sum. Asked for are the plain counts.
def confusion_matrix(predictions, targets, n_classes):
    matrix = torch.bincount(targets * n_classes + predictions, minlength=n_classes**2).reshape(n_classes, n_classes)
    return matrix / matrix.sum(1, keepdim=True)

# %% mistake: right_ones_only
# says: You counted only what was predicted rightly. What the matrix is drawn for is the rest: which digit was mistaken for which.
def confusion_matrix(predictions, targets, n_classes):
    matrix = torch.zeros(n_classes, n_classes, dtype=torch.int64)
    for p, t in zip(predictions, targets):
        if p == t:
            matrix[t, p] += 1
    return matrix

# %% mistake: a_list
# says: The counts are right, but in nested Python lists. A tensor is asked for.
def confusion_matrix(predictions, targets, n_classes):
    return torch.bincount(targets * n_classes + predictions, minlength=n_classes**2).reshape(n_classes, n_classes).tolist()

# %% mistake: not_square
# says: All pairs are counted, but they lie in one long row. Give it rows and columns.
def confusion_matrix(predictions, targets, n_classes):
    return torch.bincount(targets * n_classes + predictions, minlength=n_classes**2)

# %% mistake: numbers_the_pairs_in_place
# says: The counts are right, but on the way you changed the targets that were handed in: `*=` and `+=` write into them.
def confusion_matrix(predictions, targets, n_classes):
    targets *= n_classes
    targets += predictions
    return torch.bincount(targets, minlength=n_classes**2).reshape(n_classes, n_classes)

# %% right: loop
def confusion_matrix(predictions, targets, n_classes):
    rows = [[0] * n_classes for _ in range(n_classes)]
    for prediction, target in zip(predictions.tolist(), targets.tolist()):
        rows[target][prediction] += 1
    return torch.tensor(rows, device=targets.device)

# %% right: index_put
def confusion_matrix(predictions, targets, n_classes):
    matrix = torch.zeros((n_classes, n_classes), dtype=torch.long, device=targets.device)
    one = torch.ones((), dtype=torch.long, device=targets.device)
    return matrix.index_put_((targets, predictions), one, accumulate=True)

# %% right: product_of_one_hots
def confusion_matrix(predictions, targets, n_classes):
    truth, said = F.one_hot(targets, n_classes).float(), F.one_hot(predictions, n_classes).float()
    return (truth.T @ said).round().long()

# %% right: masks
def confusion_matrix(predictions, targets, n_classes):
    return torch.stack([torch.stack([((targets == t) & (predictions == p)).sum() for p in range(n_classes)]) for t in range(n_classes)])

# %% device: counted_on_the_cpu
# says: You count in a matrix that is on the CPU, one pair after the other. The counts should be where the predictions are; and a loop over a
# GPU's numbers is slow.
def confusion_matrix(predictions, targets, n_classes):
    matrix = torch.zeros(n_classes, n_classes, dtype=torch.int64)
    for p, t in zip(predictions.tolist(), targets.tolist()):
        matrix[t, p] += 1
    return matrix

# %% device: counted_by_numpy
# says: You count with NumPy. It can't read what is on a GPU; `torch.bincount` can.
def confusion_matrix(predictions, targets, n_classes):
    pairs = (targets * n_classes + predictions).numpy()
    counts = [[int((pairs == t * n_classes + p).sum()) for p in range(n_classes)] for t in range(n_classes)]
    return torch.tensor(counts)

# %% device: classes_on_the_cpu
# says: You compare with a list of the classes that is on the CPU. Predictions on a GPU can't be compared with it: make it where they are.
def confusion_matrix(predictions, targets, n_classes):
    classes = torch.arange(n_classes)[:, None]
    return (targets == classes).long() @ (predictions == classes).long().T

# %% device: cuda_written_in
# says: You count on one maker's GPU, whatever the predictions are on. Count where they are.
def confusion_matrix(predictions, targets, n_classes):
    pairs = (targets * n_classes + predictions).cuda()
    return torch.bincount(pairs, minlength=n_classes**2).reshape(n_classes, n_classes)

# %% device: whole_number_product
# says: You multiply two matrices of whole numbers. A GPU multiplies matrices of floats only: make floats before the product and whole
# numbers of its result.
def confusion_matrix(predictions, targets, n_classes):
    return F.one_hot(targets, n_classes).T @ F.one_hot(predictions, n_classes)
