# %% mistake: last_batch_dropped
# says: The pairs that do not fill a whole batch get lost. Let the last batch be shorter.
def mini_batches(x, y, batch_size, shuffle=False, generator=None):
    order = torch.randperm(len(x), generator=generator) if shuffle else torch.arange(len(x))
    for i in range(len(x) // batch_size):
        chosen = order[i * batch_size:(i + 1) * batch_size]
        yield x[chosen], y[chosen]

# %% mistake: empty_last_batch
# says: Where the pairs fill the batches exactly, you add one more batch with nothing in it. The mean over an empty batch is not a number.
def mini_batches(x, y, batch_size, shuffle=False, generator=None):
    order = torch.randperm(len(x), generator=generator) if shuffle else torch.arange(len(x))
    for i in range(len(x) // batch_size + 1):
        chosen = order[i * batch_size:(i + 1) * batch_size]
        yield x[chosen], y[chosen]

# %% mistake: shuffled_apart
# says: You shuffled x and y each in an order of its own: now the images have the targets of others. One order has to serve both.
def mini_batches(x, y, batch_size, shuffle=False, generator=None):
    if shuffle:
        x, y = x[torch.randperm(len(x), generator=generator)], y[torch.randperm(len(y), generator=generator)]
    for start in range(0, len(x), batch_size):
        yield x[start:start + batch_size], y[start:start + batch_size]

# %% mistake: only_x_shuffled
# says: You shuffled x and left y in its old order: now the images have the targets of others.
def mini_batches(x, y, batch_size, shuffle=False, generator=None):
    if shuffle:
        x = x[torch.randperm(len(x), generator=generator)]
    for start in range(0, len(x), batch_size):
        yield x[start:start + batch_size], y[start:start + batch_size]

# %% mistake: generator_ignored
# says: The order does not come from the generator that was handed in, so nobody can repeat your run. Pass it on to what draws the order.
def mini_batches(x, y, batch_size, shuffle=False, generator=None):
    order = torch.randperm(len(x)) if shuffle else torch.arange(len(x))
    for start in range(0, len(x), batch_size):
        chosen = order[start:start + batch_size]
        yield x[chosen], y[chosen]

# %% mistake: same_order_every_time
# says: You set a seed inside the function, so every epoch gets the same order. Draw from the generator as it is.
def mini_batches(x, y, batch_size, shuffle=False, generator=None):
    generator = torch.Generator().manual_seed(42)
    order = torch.randperm(len(x), generator=generator) if shuffle else torch.arange(len(x))
    for start in range(0, len(x), batch_size):
        chosen = order[start:start + batch_size]
        yield x[chosen], y[chosen]

# %% mistake: never_shuffled
# says: `shuffle=True` changes nothing in your answer.
def mini_batches(x, y, batch_size, shuffle=False, generator=None):
    for start in range(0, len(x), batch_size):
        yield x[start:start + batch_size], y[start:start + batch_size]

# %% mistake: always_shuffled
# says: You shuffle even when nobody asked for it. Without `shuffle` the pairs should come in their order.
def mini_batches(x, y, batch_size, shuffle=False, generator=None):
    order = torch.randperm(len(x), generator=generator)
    for start in range(0, len(x), batch_size):
        chosen = order[start:start + batch_size]
        yield x[chosen], y[chosen]

# %% mistake: drawn_with_replacement
# says: You drew row numbers at random, so some pairs come twice and others never. Every pair should come exactly once.
def mini_batches(x, y, batch_size, shuffle=False, generator=None):
    order = torch.randint(0, len(x), (len(x),), generator=generator) if shuffle else torch.arange(len(x))
    for start in range(0, len(x), batch_size):
        chosen = order[start:start + batch_size]
        yield x[chosen], y[chosen]

# %% mistake: shuffled_inside_the_batches
# says: You cut the batches first and shuffled each of them: the same pairs are always together. Shuffle before you cut.
def mini_batches(x, y, batch_size, shuffle=False, generator=None):
    for start in range(0, len(x), batch_size):
        xb, yb = x[start:start + batch_size], y[start:start + batch_size]
        if shuffle:
            order = torch.randperm(len(xb), generator=generator)
            xb, yb = xb[order], yb[order]
        yield xb, yb

# %% mistake: shuffles_the_callers_data
# says: The batches are right, but you put the shuffled rows back into x and y themselves. They belong to the caller.
def mini_batches(x, y, batch_size, shuffle=False, generator=None):
    if shuffle:
        order = torch.randperm(len(x), generator=generator)
        x[:], y[:] = x[order], y[order]
    for start in range(0, len(x), batch_size):
        yield x[start:start + batch_size], y[start:start + batch_size]

# %% mistake: return_in_the_loop
# says: Only the first batch comes out: a `return` inside the loop ends everything. `yield` goes on.
def mini_batches(x, y, batch_size, shuffle=False, generator=None):
    order = torch.randperm(len(x), generator=generator) if shuffle else torch.arange(len(x))
    for start in range(0, len(x), batch_size):
        chosen = order[start:start + batch_size]
        return [(x[chosen], y[chosen])]

# %% mistake: shuffled_by_a_generator
# says: You shuffle as soon as there is a generator. The generator says *how* to draw, and `shuffle` whether to draw at all.
def mini_batches(x, y, batch_size, shuffle=False, generator=None):
    order = torch.arange(len(x))
    if shuffle or generator is not None:
        order = torch.randperm(len(x), generator=generator)
    for start in range(0, len(x), batch_size):
        chosen = order[start:start + batch_size]
        yield x[chosen], y[chosen]

# %% mistake: shuffled_only_with_a_generator
# says: You shuffle only where there is a generator. With `shuffle=True` alone the order is to be drawn as well; `torch.randperm` takes None.
def mini_batches(x, y, batch_size, shuffle=False, generator=None):
    order = torch.arange(len(x))
    if shuffle and generator is not None:
        order = torch.randperm(len(x), generator=generator)
    for start in range(0, len(x), batch_size):
        chosen = order[start:start + batch_size]
        yield x[chosen], y[chosen]

# %% right: list_of_splits
def mini_batches(x, y, batch_size, shuffle=False, generator=None):
    if shuffle:
        order = torch.randperm(x.shape[0], generator=generator).to(x.device)
        x, y = x[order], y[order]
    return list(zip(x.split(batch_size), y.split(batch_size)))

# %% right: data_loader
from torch.utils.data import DataLoader, TensorDataset

def mini_batches(x, y, batch_size, shuffle=False, generator=None):
    return DataLoader(TensorDataset(x, y), batch_size=batch_size, shuffle=shuffle, generator=generator)

# %% right: sorted_by_random_keys
def mini_batches(x, y, batch_size, shuffle=False, generator=None):
    n = len(x)
    order = torch.rand(n, generator=generator).argsort().tolist() if shuffle else list(range(n))
    while order:
        chosen, order = order[:batch_size], order[batch_size:]
        yield x[chosen], y[chosen]

# %% right: iterator_class
class mini_batches:
    def __init__(self, x, y, batch_size, shuffle=False, generator=None):
        self.x, self.y = x, y
        rows = torch.randperm(len(x), generator=generator) if shuffle else torch.arange(len(x))
        self.pieces = iter(rows.split(batch_size))

    def __iter__(self):
        return self

    def __next__(self):
        rows = next(self.pieces)
        return self.x[rows], self.y[rows]

# %% right: seeded_python_shuffle
import random

def mini_batches(x, y, batch_size, shuffle=False, generator=None):
    rows = list(range(len(x)))
    if shuffle:
        seed = torch.randint(0, 2**62, (), generator=generator).item()
        random.Random(seed).shuffle(rows)
    return ([x[rows[i:i + batch_size]], y[rows[i:i + batch_size]]] for i in range(0, len(rows), batch_size))

# %% right: slices
def mini_batches(x, y, batch_size, shuffle=False, generator=None):
    if shuffle:
        order = torch.randperm(len(x), generator=generator)
        x, y = x[order], y[order]
    for i in range(0, len(x), batch_size):
        yield x[i:i+batch_size], y[i:i+batch_size]

# %% right: book
def mini_batches(x, y, batch_size, shuffle=False, generator=None):
    dset = list(zip(x,y))
    return torch.utils.data.DataLoader(dset, batch_size=batch_size, shuffle=shuffle, generator=generator)

# %% device: generator_elsewhere
# says: You draw the order on the device of x with the generator that you were given. That one is of the CPU and can't draw elsewhere: draw the
# order on the CPU; indices may come from there.
def mini_batches(x, y, batch_size, shuffle=False, generator=None):
    order = torch.arange(len(x), device=x.device)
    if shuffle:
        order = torch.randperm(len(x), generator=generator, device=x.device)
    for start in range(0, len(x), batch_size):
        yield x[order[start:start + batch_size]], y[order[start:start + batch_size]]

# %% device: moved_to_the_cpu
# says: Your batches are on the CPU, wherever the data are. The model is where the data are: leave them there.
def mini_batches(x, y, batch_size, shuffle=False, generator=None):
    order = torch.randperm(len(x), generator=generator) if shuffle else torch.arange(len(x))
    x, y = x.cpu(), y.cpu()
    for start in range(0, len(x), batch_size):
        yield x[order[start:start + batch_size]], y[order[start:start + batch_size]]

# %% device: cut_by_numpy
# says: You cut the batches out of NumPy arrays. Data on a GPU can't become one; tensors take the same brackets.
def mini_batches(x, y, batch_size, shuffle=False, generator=None):
    order = torch.randperm(len(x), generator=generator) if shuffle else torch.arange(len(x))
    x, y = x.numpy(), y.numpy()
    for chosen in order.split(batch_size):
        yield torch.from_numpy(x[chosen.tolist()]), torch.from_numpy(y[chosen.tolist()])

# %% device: cuda_written_in
# says: You move each batch to one maker's GPU. Whoever wants the batches there puts the data there first.
def mini_batches(x, y, batch_size, shuffle=False, generator=None):
    order = torch.randperm(len(x), generator=generator) if shuffle else torch.arange(len(x))
    for chosen in order.split(batch_size):
        yield x[chosen].cuda(), y[chosen].cuda()
