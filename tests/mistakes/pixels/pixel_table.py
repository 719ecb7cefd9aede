# %% mistake: whole_image
# says: The whole image is in your table. Only the crop is asked for: the rows and columns that the two slices name.
def pixel_table(image, rows, cols):
    return pd.DataFrame(image.numpy())

# %% mistake: swapped
# says: Rows and columns are swapped: the first index of an image counts its rows.
def pixel_table(image, rows, cols):
    return pd.DataFrame(image[cols, rows].numpy())

# %% mistake: transposed
# says: Your table lies on its side: its rows are the columns of the crop.
def pixel_table(image, rows, cols):
    return pd.DataFrame(image[rows, cols].numpy().T)

# %% mistake: rows_twice
# says: You took the rows, and then rows of these: `image[rows]` has rows first again. Both slices belong in one pair of brackets.
def pixel_table(image, rows, cols):
    return pd.DataFrame(image[rows][cols].numpy())

# %% mistake: no_step
# says: You rebuilt the slices from their start and stop, and their step got lost on the way. A slice can be used as an index just as it is.
def pixel_table(image, rows, cols):
    return pd.DataFrame(image[rows.start:rows.stop, cols.start:cols.stop].numpy())

# %% mistake: closed_ranges
# says: You went through the slices with `range`, which needs a start and a stop: a slice may leave out either, or count from the end. A
# slice can be used as an index just as it is.
def pixel_table(image, rows, cols):
    down = list(range(rows.start, rows.stop, rows.step or 1))
    across = list(range(cols.start, cols.stop, cols.step or 1))
    return pd.DataFrame(image.numpy()[down][:, across])

# %% mistake: whole_numbers
# says: Right for uint8. But the values of a float image lose everything behind the point: keep the numbers as they are.
def pixel_table(image, rows, cols):
    return pd.DataFrame(image[rows, cols].int().numpy())

# %% mistake: styled
# says: This is a table with its colours, made for looking at. Give back the DataFrame itself; the notebook colours it afterwards.
def pixel_table(image, rows, cols):
    return pd.DataFrame(image[rows, cols].numpy()).style.background_gradient("Greys")

# %% mistake: strings
# says: Your table is full of text, or of tensors. Give pandas plain numbers: it takes a NumPy array.
def pixel_table(image, rows, cols):
    return pd.DataFrame(image[rows, cols].numpy()).astype(str)

# %% mistake: array
# says: The numbers are right, but they are still an array (or a tensor). Make a DataFrame of them.
def pixel_table(image, rows, cols):
    return image[rows, cols].numpy()

# %% mistake: no_return
# says: Your function makes the table and then keeps it to itself: nothing is returned.
def pixel_table(image, rows, cols):
    table = pd.DataFrame(image[rows, cols].numpy())

# %% mistake: squeezed
# says: A crop with one row or one column loses an axis on the way (`squeeze`). Keep both: a table has rows and columns, even if there is
# only one of them.
def pixel_table(image, rows, cols):
    crop = image[rows, cols].cpu()
    if 1 in crop.shape:
        return pd.Series(crop.squeeze().reshape(-1).numpy())
    return pd.DataFrame(crop.numpy())

# %% mistake: own_table
# says: You give back a class of your own. What comes next calls pandas: make a `pd.DataFrame` of the crop.
class Table:
    def __init__(self, values):
        self.values, self.shape = values, values.shape

    def to_numpy(self):
        return self.values

def pixel_table(image, rows, cols):
    return Table(image[rows, cols].cpu().numpy())

# %% right: numpy
def pixel_table(image, rows, cols):
    return pd.DataFrame(image[rows, cols].cpu().numpy())

# %% right: table_first
def pixel_table(image, rows, cols):
    return pd.DataFrame(np.array(image.cpu())).iloc[rows, cols]

# %% right: list
def pixel_table(image, rows, cols):
    return pd.DataFrame(image[rows, cols].tolist())

# %% right: labels
def pixel_table(image: torch.Tensor, rows: slice, cols: slice, prefix="x") -> pd.DataFrame:
    height, width = image.shape
    across = range(*cols.indices(width))
    down = range(*rows.indices(height))
    columns = {f"{prefix}{j}": [image[i, j].item() for i in down] for j in across}
    return pd.DataFrame(columns, index=[f"y{i}" for i in down])

# %% right: series
def pixel_table(image, rows, cols):
    crop = image.detach()[rows][:, cols].double()
    table = pd.concat([pd.Series(row.tolist()) for row in crop], axis=1).T
    return table

# %% device: straight_to_numpy
# says: You turn the tensor into a NumPy array where it is. From a GPU, a tensor has to come back to the CPU first.
def pixel_table(image, rows, cols):
    return pd.DataFrame(image[rows, cols].numpy())

# %% device: cuda_written_in
# says: You send the image to one maker's GPU before making a table of it. A table is in the computer's own memory: the GPU is a detour,
# and many machines have none.
def pixel_table(image, rows, cols):
    return pd.DataFrame(image.cuda()[rows, cols].cpu().numpy())
