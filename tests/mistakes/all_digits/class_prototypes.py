# %% mistake: sum
# says: You added up the images of each class. Divide by how many there are: the prototype is their mean.
def class_prototypes(x, y, n_classes):
    x = x.float()
    sums = [x[y == c].sum(0) if (y == c).any() else torch.full(x.shape[1:], torch.nan) for c in range(n_classes)]
    return torch.stack(sums)

# %% mistake: mean_over_everything
# says: You averaged without naming an axis, so one number is left of each class. Average over the images only.
def class_prototypes(x, y, n_classes):
    x = x.float()
    return torch.stack([x[y == c].mean() for c in range(n_classes)])

# %% mistake: empty_class_is_black
# says: A class without an image gets an image of zeros from you. That looks like a prototype, and a blank digit would be near it: NaN
# says that there is none.
def class_prototypes(x, y, n_classes):
    x = x.float()
    means = [x[y == c].mean(0) if (y == c).any() else torch.zeros(x.shape[1:]) for c in range(n_classes)]
    return torch.stack(means)

# %% mistake: empty_class_left_out
# says: You left out the classes without an image, so the ones after them move up and get a wrong number.
def class_prototypes(x, y, n_classes):
    x = x.float()
    return torch.stack([x[y == c].mean(0) for c in y.unique()])

# %% mistake: last_class_missing
# says: The last class is missing: look where your range ends.
def class_prototypes(x, y, n_classes):
    x = x.float()
    return torch.stack([x[y == c].mean(0) for c in range(n_classes - 1)])

# %% mistake: counted_from_one
# says: You counted the classes from 1. The first one is 0.
def class_prototypes(x, y, n_classes):
    x = x.float()
    return torch.stack([x[y == c].mean(0) for c in range(1, n_classes + 1)])

# %% mistake: floats_only
# says: Right for floats, but whole numbers (uint8) have no mean: turn them into floats first.
def class_prototypes(x, y, n_classes):
    return torch.stack([x[y == c].mean(0) for c in range(n_classes)])

# %% mistake: scaled
# says: You scaled the pixels to 0 to 1. The prototypes should stay on the scale of the images that you get.
def class_prototypes(x, y, n_classes):
    x = x.float() / 255
    return torch.stack([x[y == c].mean(0) for c in range(n_classes)])

# %% mistake: divided_by_all
# says: You divided by the number of all images. Each class has a number of its own.
def class_prototypes(x, y, n_classes):
    x = x.float()
    sums = torch.stack([x[y == c].sum(0) for c in range(n_classes)]) / len(x)
    sums[torch.bincount(y, minlength=n_classes) == 0] = torch.nan
    return sums

# %% mistake: a_list
# says: You give back a list of images. One tensor with an axis for the classes is needed.
def class_prototypes(x, y, n_classes):
    x = x.float()
    return [x[y == c].mean(0) for c in range(n_classes)]

# %% mistake: squeezed
# says: `squeeze` drops every axis of length 1, also the axis of the classes where there is only one class.
def class_prototypes(x, y, n_classes):
    return torch.stack([x[y == c].float().mean(0) for c in range(n_classes)]).squeeze(0)

# %% mistake: first_hundred_only
# says: You average the first hundred images of each class and leave out the others.
def class_prototypes(x, y, n_classes):
    return torch.stack([x[y == c][:100].float().mean(0) for c in range(n_classes)])

# %% right: index_add
def class_prototypes(x, y, n_classes):
    sums = torch.zeros(n_classes, *x.shape[1:], device=x.device).index_add_(0, y, x.float())
    return sums / torch.bincount(y, minlength=n_classes)[:, None, None]

# %% right: matrix_product
def class_prototypes(x, y, n_classes):
    members = (y == torch.arange(n_classes, device=y.device)[:, None]).float()
    sums = members @ x.float().flatten(1)
    return (sums / members.sum(1, keepdim=True)).unflatten(1, x.shape[1:])

# %% right: filled_in
def class_prototypes(x, y, n_classes):
    prototypes = torch.full((n_classes, x.shape[1], x.shape[2]), float("nan"), device=x.device)
    for c in y.unique().tolist():
        prototypes[c] = torch.mean(x[y == c], dim=0, dtype=torch.float32)
    return prototypes

# %% right: running_sums
def class_prototypes(x, y, n_classes):
    sums = [torch.zeros(x.shape[1:], dtype=torch.float64, device=x.device) for _ in range(n_classes)]
    counts = [0] * n_classes
    for image, c in zip(x, y.tolist()):
        sums[c] += image
        counts[c] += 1
    return torch.stack([s / n if n else s * float("nan") for s, n in zip(sums, counts)]).float()

# %% device: table_on_the_cpu
# says: You fill a tensor that you made yourself, and it is on the CPU, wherever the images are. Make it where x is, or stack the means.
def class_prototypes(x, y, n_classes):
    prototypes = torch.zeros(n_classes, *x.shape[1:])
    for c in range(n_classes):
        prototypes[c] = x[y == c].float().mean(0)
    return prototypes

# %% device: picked_by_numpy
# says: You pick the images of a class with NumPy. It can't read what is on a GPU; a tensor takes a mask of bools too.
def class_prototypes(x, y, n_classes):
    labels = y.numpy()
    return torch.stack([x[torch.from_numpy(labels == c)].float().mean(0) for c in range(n_classes)])

# %% device: classes_compared_on_the_cpu
# says: You compare the labels with a list of all classes that is on the CPU. Labels on a GPU can't be compared with it.
def class_prototypes(x, y, n_classes):
    masks = y[None] == torch.arange(n_classes)[:, None]
    return torch.stack([x[mask].float().mean(0) for mask in masks])

# %% device: cuda_written_in
# says: You move images and labels to one maker's GPU. Average where they are.
def class_prototypes(x, y, n_classes):
    x, y = x.cuda().float(), y.cuda()
    return torch.stack([x[y == c].mean(0) for c in range(n_classes)])

# %% device: counted_by_a_whole_number_product
# says: You count the images by a matrix product of whole numbers. A GPU multiplies matrices of floats only: take the sum of each column, or
# floats.
def class_prototypes(x, y, n_classes):
    rows = F.one_hot(y, n_classes)
    counts = rows.T @ torch.ones_like(y)
    sums = rows.T.float() @ x.float().flatten(1)
    return (sums / counts[:, None]).reshape(n_classes, *x.shape[1:])
