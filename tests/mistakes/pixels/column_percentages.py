# %% mistake: row_sums
# says: You divided by the sums of the rows. Summing over axis 0 goes down the columns.
def column_percentages(table):
    return 100 * table / table.sum(1, keepdim=True)

# %% mistake: row_sums_across
# says: You summed over axis 1, which gives one number for each row; and broadcasting then lays these along the columns. Which axis has to
# go, so that one number for each column is left?
def column_percentages(table):
    return 100 * table / table.sum(1)

# %% mistake: whole_sum
# says: You divided by the sum of the whole table. Each column has a sum of its own.
def column_percentages(table):
    return 100 * table / table.sum()

# %% mistake: share
# says: Shares from 0 to 1. They are asked for as percentages.
def column_percentages(table):
    return table / table.sum(0)

# %% mistake: mean
# says: You divided by the mean of each column instead of its sum.
def column_percentages(table):
    return 100 * table / table.mean(0)

# %% mistake: largest
# says: You made the largest entry of each column the 100 %. It is the whole column that should add up to 100.
def column_percentages(table):
    return 100 * table / table.amax(0)

# %% mistake: absolute
# says: You took away the signs. A negative entry is a negative share of its column's sum.
def column_percentages(table):
    return 100 * table.abs() / table.abs().sum(0)

# %% mistake: rounded
# says: You rounded the percentages. Leave them as they are; rounding can wait until somebody reads them.
def column_percentages(table):
    return (100 * table / table.sum(0)).round()

# %% mistake: in_place
# says: The percentages are right, but the caller's table now holds them too: `/=`, `*=` and names that end in `_` overwrite what was
# handed in.
def column_percentages(table):
    table /= table.sum(0)
    table *= 100
    return table

# %% mistake: sums
# says: These are the sums of the columns in percent of the total. Each entry of the table is asked for.
def column_percentages(table):
    return 100 * table.sum(0) / table.sum()

# %% mistake: no_return
# says: Your function works out the percentages and then keeps them to itself: nothing is returned.
def column_percentages(table):
    result = 100 * table / table.sum(0)

# %% right: broadcast
def column_percentages(table):
    return 100 * table / table.sum(0)

# %% right: keepdim
def column_percentages(table):
    totals = torch.sum(table, dim=-2, keepdim=True)
    return torch.div(table, totals).mul(100)

# %% right: transposed
def column_percentages(table):
    return (table.T / table.T.sum(1).reshape(-1, 1) * 100).T

# %% right: matrix_product
def column_percentages(table: torch.Tensor) -> torch.Tensor:
    ones = torch.ones(1, table.shape[0], dtype=table.dtype, device=table.device)
    return table @ torch.diag(1 / (ones @ table).squeeze(0)) * 100

# %% right: column_by_column
def percent(column, whole=100):
    return column * (whole / sum(column))

def column_percentages(table):
    return torch.stack([percent(column) for column in table.unbind(1)], dim=1)

# %% device: constant_on_the_cpu
# says: You made a tensor of ones without saying where, so it is on the CPU, and can't be multiplied with a table on a GPU. A tensor that
# you make yourself can be told to be where its partner is.
def column_percentages(table):
    sums = torch.ones(1, len(table)) @ table
    return 100 * table / sums

# %% device: moved_to_the_cpu
# says: You gave the percentages back on the CPU. Whoever calls your function with a table on a GPU wants to go on there.
def column_percentages(table):
    return (100 * table / table.sum(0)).cpu()

# %% device: numpy_sums
# says: You let NumPy add up the columns. It can't read what is on a GPU, and a tensor can add up its columns itself.
def column_percentages(table):
    return 100 * table / torch.from_numpy(table.numpy().sum(0))

# %% device: cuda_written_in
# says: You move the table to one maker's GPU. Percentages can be calculated wherever the table is: leave it there.
def column_percentages(table):
    table = table.cuda()
    return 100 * table / table.sum(0)
