# %% mistake: length_of_the_tensor
# says: `len` of a tensor is the size of its first axis (and a scalar has none). The rank is how many axes there are.
def rank_and_shape(t):
    return len(t), tuple(t.shape)

# %% mistake: number_of_elements
# says: You counted the entries of the tensor. The rank is how many axes it has.
def rank_and_shape(t):
    return t.numel(), tuple(t.shape)

# %% mistake: swapped
# says: Both are right, but in the other order: first the rank, then the shape.
def rank_and_shape(t):
    return tuple(t.shape), t.ndim

# %% mistake: shape_only
# says: The shape alone comes back. Two things are asked for: the rank, and then the shape.
def rank_and_shape(t):
    return tuple(t.shape)

# %% mistake: rank_only
# says: The rank alone comes back. Two things are asked for: the rank, and then the shape.
def rank_and_shape(t):
    return t.ndim

# %% mistake: list
# says: Nearly: the shape is a list here. A tuple is asked for, as PyTorch's own shapes are.
def rank_and_shape(t):
    return t.ndim, list(t.shape)

# %% mistake: matrix_rank
# says: This is the rank that linear algebra knows, of a matrix. For a tensor, rank is simply the number of axes.
def rank_and_shape(t):
    return int(torch.linalg.matrix_rank(t.float())), tuple(t.shape)

# %% mistake: squeezed
# says: You dropped the axes of length 1. They count too: an image with one colour channel still has a channel axis.
def rank_and_shape(t):
    t = t.squeeze()
    return t.ndim, tuple(t.shape)

# %% mistake: scalar_as_row
# says: Right, except for a scalar: it has no axis at all, and you gave it one.
def rank_and_shape(t):
    t = torch.atleast_1d(t)
    return t.ndim, tuple(t.shape)

# %% mistake: method_not_called
# says: `t.dim` is a method: without its brackets you get the method itself, not the number.
def rank_and_shape(t):
    return t.dim, tuple(t.shape)

# %% mistake: no_return
# says: Your function finds both and then keeps them to itself: nothing is returned.
def rank_and_shape(t):
    rank, shape = t.ndim, tuple(t.shape)

# %% right: attributes
def rank_and_shape(t):
    return t.ndim, tuple(t.shape)

# %% right: torch_size
def rank_and_shape(t):
    return (t.dim(), t.size())

# %% right: length_of_the_shape
def rank_and_shape(t):
    shape = t.shape
    return len(shape), shape

# %% right: numpy
def rank_and_shape(t):
    array = t.cpu().numpy()
    return np.ndim(array), np.shape(array)

# %% right: counted
def rank_and_shape(t: torch.Tensor, *rest) -> tuple:
    sizes = []
    for axis in range(t.dim()):
        sizes.append(t.size(axis))
    print("axes:", sizes)
    return sum(1 for _ in sizes), (*sizes,)

# %% device: through_numpy
# says: You ask NumPy for something that the tensor itself knows. NumPy has no GPU, so on one this stops with an error.
def rank_and_shape(t):
    array = t.numpy()
    return array.ndim, array.shape

# %% device: cuda_written_in
# says: You send the tensor to one maker's GPU, which this machine may not have. For its rank and shape it can stay where it is.
def rank_and_shape(t):
    t = t.cuda()
    return t.ndim, tuple(t.shape)
