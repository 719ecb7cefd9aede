# %% mistake: whole_numbers
# says: The ones are in the right places, but as whole numbers. Floats are asked for: they meet predictions, which are floats.
def one_hot(targets, n_classes):
    return F.one_hot(targets, n_classes)

# %% mistake: bools
# says: The comparison is right, but its results are True and False. Floats are asked for.
def one_hot(targets, n_classes):
    return targets[:, None] == torch.arange(n_classes)

# %% mistake: classes_that_occur
# says: You made only as many columns as there are classes that occur here. `n_classes` says how many there are.
def one_hot(targets, n_classes):
    return F.one_hot(targets).float()

# %% mistake: columns_for_targets
# says: Rows and columns have changed places: each target should have a row of its own.
def one_hot(targets, n_classes):
    return F.one_hot(targets, n_classes).float().T

# %% mistake: whole_columns
# says: You set whole columns to 1: an index with `:` takes all rows. Each row has one target: row number and target have to go together.
def one_hot(targets, n_classes):
    rows = torch.zeros(len(targets), n_classes)
    rows[:, targets] = 1
    return rows

# %% mistake: counted_from_one
# says: Your ones stand a place too far to the left: you counted the classes from 1. The first one is 0.
def one_hot(targets, n_classes):
    return (targets[:, None] == torch.arange(1, n_classes + 1)).float()

# %% mistake: targets_as_values
# says: In the place of the target stands the target's own number. A 1 should stand there.
def one_hot(targets, n_classes):
    rows = torch.zeros(len(targets), n_classes)
    rows[torch.arange(len(targets)), targets] = targets.float()
    return rows

# %% mistake: one_cold
# says: Your rows are turned round: ones everywhere and a 0 at the target.
def one_hot(targets, n_classes):
    return (targets[:, None] != torch.arange(n_classes)).float()

# %% mistake: squeezed
# says: For a single target you lose the axis of the rows: something like `squeeze` drops every axis of length 1.
def one_hot(targets, n_classes):
    return F.one_hot(targets, n_classes).float().squeeze()

# %% right: library
def one_hot(targets, n_classes):
    return F.one_hot(targets, num_classes=n_classes).to(torch.float32)

# %% right: rows_of_the_identity
def one_hot(targets, n_classes):
    return torch.eye(n_classes, device=targets.device)[targets]

# %% right: two_indices
def one_hot(targets, n_classes):
    rows = torch.zeros(len(targets), n_classes, device=targets.device)
    rows[torch.arange(len(targets)), targets] = 1.0
    return rows

# %% right: scatter
def one_hot(targets, n_classes):
    return torch.zeros(targets.shape[0], n_classes, device=targets.device).scatter_(1, targets.unsqueeze(1), 1)

# %% right: lists
def one_hot(targets, n_classes):
    return torch.tensor([[float(c == t) for c in range(n_classes)] for t in targets.tolist()], device=targets.device)

# %% device: identity_on_the_cpu
# says: You look up rows of an identity matrix that is on the CPU. Targets on a GPU can't look anything up there: make the matrix where the
# targets are.
def one_hot(targets, n_classes):
    return torch.eye(n_classes)[targets]

# %% device: identity_by_numpy
# says: You look up rows of NumPy's identity matrix. NumPy can't read targets on a GPU; PyTorch has such a matrix too.
import numpy as np

def one_hot(targets, n_classes):
    return torch.tensor(np.eye(n_classes)[targets.numpy()], dtype=torch.float32)

# %% device: rows_from_a_list
# says: You made the rows from Python numbers. A new tensor is on the CPU unless you say otherwise, wherever the targets were.
def one_hot(targets, n_classes):
    return torch.tensor([[float(c == target) for c in range(n_classes)] for target in targets.tolist()])

# %% device: cuda_written_in
# says: You make the rows on one maker's GPU, whatever the targets are on. Make them where the targets are.
def one_hot(targets, n_classes):
    return torch.nn.functional.one_hot(targets.cuda(), n_classes).float()
