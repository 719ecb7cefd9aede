# %% mistake: counted_from_one
# says: You counted from 1, as people do. Python counts from 0: row 1 is the second row.
def slices(t):
    return t[0], t[:, 0], t[0, 0:2]

# %% mistake: end_left_out
# says: Row and column are right, but the part is one entry short: the end of a slice is not included.
def slices(t):
    return t[1], t[:, 1], t[1, 1:2]

# %% mistake: part_to_the_end
# says: Row and column are right. The part goes on to the end of the row; only columns 1 and 2 are asked for.
def slices(t):
    return t[1], t[:, 1], t[1, 1:]

# %% mistake: one_axis_too_many
# says: The numbers are right, but each slice still has two axes: a range like `1:2` keeps its axis, even for a single row. A plain number
# drops it.
def slices(t):
    return t[1:2], t[:, 1:2], t[1:2, 1:3]

# %% mistake: column_is_a_row
# says: Your column is row 1 once more: `t[:]` is all of t, so the index after it picks a row. Both axes belong in one pair of brackets.
def slices(t):
    return t[1], t[:][1], t[1, 1:3]

# %% mistake: swapped
# says: Row and column are swapped: the first index counts rows, the second one columns.
def slices(t):
    return t[:, 1], t[1], t[1, 1:3]

# %% mistake: part_of_the_column
# says: Row and column are right, but the part is taken from column 1. It should come from row 1.
def slices(t):
    return t[1], t[:, 1], t[1:3, 1]

# %% mistake: block
# says: The part should be columns 1 and 2 of one row. Yours is a block of two rows.
def slices(t):
    return t[1], t[:, 1], t[1:3, 1:3]

# %% mistake: entries
# says: In the third slice, `1, 2` in the brackets asks for row 1 and column 2: a single entry. A range of columns needs a colon.
def slices(t):
    return t[1], t[:, 1], t[1, 2]

# %% mistake: list
# says: The slices are right, but you put them in a list. Three things separated by commas make a tuple.
def slices(t):
    return [t[1], t[:, 1], t[1, 1:3]]

# %% mistake: no_return
# says: Your function takes the slices and then keeps them to itself: nothing is returned.
def slices(t):
    row, column, part = t[1], t[:, 1], t[1, 1:3]

# %% right: brackets
def slices(t):
    return t[1], t[:, 1], t[1, 1:3]

# %% right: one_after_the_other
def slices(t):
    row = t[1, :]
    column = t.T[1]
    part = row[1:3]
    return row, column, part

# %% right: list_of_indices
def slices(t):
    return t[1, ...], t[..., 1], t[1][[1, 2]]

# %% right: select_and_narrow
def slices(t: torch.Tensor, index: int = 1):
    row = t.select(0, index)
    return row, t.select(1, index), row.narrow(0, index, 2)

# %% right: stacked_entries
def slices(t):
    height, width = t.shape
    row = torch.stack([t[1][j] for j in range(width)])
    column = torch.stack([t[i][1] for i in range(height)])
    return tuple([row, column, torch.tensor(row.tolist()[1:3], dtype=t.dtype, device=t.device)])

# %% device: rebuilt_from_a_list
# says: You made one of the parts anew from Python numbers. A new tensor is on the CPU unless you say otherwise, so on a GPU your three
# parts end up in two places.
def slices(t):
    row = t[1]
    return row, t[:, 1], torch.tensor(row.tolist()[1:3], dtype=t.dtype)

# %% device: moved_to_the_cpu
# says: You moved the parts to the CPU. They are views of t and should stay where t is: whoever has it on a GPU goes on working there.
def slices(t):
    t = t.cpu()
    return t[1], t[:, 1], t[1, 1:3]

# %% device: numpy_copy
# says: You cut the parts out of a NumPy array. NumPy can't look into the memory of a GPU; a tensor can be cut with the same brackets.
def slices(t):
    a = t.numpy()
    return tuple(torch.from_numpy(part.copy()) for part in (a[1], a[:, 1], a[1, 1:3]))
