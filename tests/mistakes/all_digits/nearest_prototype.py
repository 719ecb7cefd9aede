# %% mistake: squares
# says: You measured by squares (L2), where one large difference counts for more than many small ones. Asked for is the mean absolute
# difference.
def nearest_prototype(x, prototypes):
    return ((x[:, None] - prototypes) ** 2).mean((-1, -2)).argmin(1)

# %% mistake: signed
# says: Your differences keep their signs, so too bright here and too dark there cancel out.
def nearest_prototype(x, prototypes):
    return (x[:, None] - prototypes).mean((-1, -2)).argmin(1)

# %% mistake: farthest
# says: You took the farthest prototype. A distance is best when it is small.
def nearest_prototype(x, prototypes):
    return (x[:, None] - prototypes).abs().mean((-1, -2)).argmax(1)

# %% mistake: over_the_images
# says: You looked for the smallest distance along the wrong axis: for each class the nearest image, not for each image the nearest class.
def nearest_prototype(x, prototypes):
    return (x[:, None] - prototypes).abs().mean((-1, -2)).argmin(0)

# %% mistake: distances
# says: These are the smallest distances. Asked for is *which* prototype has them.
def nearest_prototype(x, prototypes):
    return (x[:, None] - prototypes).abs().mean((-1, -2)).min(1).values

# %% mistake: one_number
# says: You looked for the smallest distance in the whole table, so one number comes out. Each image has a nearest class of its own.
def nearest_prototype(x, prototypes):
    return (x[:, None] - prototypes).abs().mean((-1, -2)).argmin()

# %% mistake: highest_on_a_tie
# says: On a tie you give the highest class. The lowest one is asked for: look whether a later prototype has to be nearer, or only as
# near.
def nearest_prototype(x, prototypes):
    best, nearest = torch.full((len(x),), torch.inf), torch.zeros(len(x), dtype=torch.int64)
    for c, prototype in enumerate(prototypes):
        distance = (x - prototype).abs().mean((-1, -2))
        nearest[distance <= best] = c
        best = torch.minimum(best, distance)
    return nearest

# %% mistake: float_classes
# says: The classes are right, but as floats. They count something, and they serve as an index later: int64 is asked for.
def nearest_prototype(x, prototypes):
    return (x[:, None] - prototypes).abs().mean((-1, -2)).argmin(1).float()

# %% mistake: a_list
# says: The classes are right, but in a Python list. A tensor is asked for.
def nearest_prototype(x, prototypes):
    return (x[:, None] - prototypes).abs().mean((-1, -2)).argmin(1).tolist()

# %% mistake: without_a_new_axis
# says: You subtracted the prototypes from the images as they are, so the first image meets the first prototype, the second the second,
# and so on. Each image has to meet all: give one side another axis.
def nearest_prototype(x, prototypes):
    return (x - prototypes).abs().mean((-1, -2)).argmin(0)

# %% right: one_after_the_other
def nearest_prototype(x, prototypes):
    columns = [(x - prototype).abs().mean((-2, -1)) for prototype in prototypes]
    return torch.stack(columns).argmin(dim=0)

# %% right: broadcast
def nearest_prototype(x, prototypes):
    return (x.unsqueeze(1) - prototypes.unsqueeze(0)).abs().flatten(2).sum(2).min(1).indices

# %% right: library_loss
def nearest_prototype(x, prototypes):
    x, prototypes = torch.broadcast_tensors(x[:, None], prototypes[None])
    return F.l1_loss(x, prototypes, reduction="none").mean(dim=[2, 3]).argmin(-1)

# %% right: running_best
def nearest_prototype(x, prototypes):
    best = (x - prototypes[0]).abs().mean((-1, -2))
    nearest = torch.zeros(len(x), dtype=torch.long, device=x.device)
    for c in range(1, len(prototypes)):
        distance = (x - prototypes[c]).abs().mean((-1, -2))
        nearer = distance < best
        nearest, best = torch.where(nearer, c, nearest), torch.where(nearer, distance, best)
    return nearest

# %% right: image_by_image
def nearest_prototype(x, prototypes):
    return torch.tensor([torch.argmin((prototypes - image).abs().mean((1, 2))).item() for image in x], device=x.device)

# %% device: classes_of_items
# says: You took each class out as a Python number and made a new tensor of them all. It is on the CPU, and every number waits for the GPU:
# `argmin` can answer for all images at once.
def nearest_prototype(x, prototypes):
    return torch.tensor([(image - prototypes).abs().mean((-1, -2)).argmin().item() for image in x])

# %% device: argmin_by_numpy
# says: You look for the smallest distance with NumPy. Distances on a GPU can't become an array; tensors have an `argmin` too.
def nearest_prototype(x, prototypes):
    distances = torch.stack([(x - prototype).abs().mean((-1, -2)) for prototype in prototypes], dim=1)
    return torch.from_numpy(distances.numpy().argmin(1))

# %% device: best_so_far_on_the_cpu
# says: You keep the best distance so far in a tensor that is on the CPU. Distances on a GPU can't be compared with it.
def nearest_prototype(x, prototypes):
    best, nearest = torch.full((len(x),), float("inf")), torch.zeros(len(x), dtype=torch.int64)
    for c, prototype in enumerate(prototypes):
        distance = (x - prototype).abs().mean((-1, -2))
        nearest[distance < best] = c
        best = torch.minimum(best, distance)
    return nearest

# %% device: cuda_written_in
# says: You move everything to one maker's GPU. Images and prototypes come in one place: work there.
def nearest_prototype(x, prototypes):
    x, prototypes = x.cuda(), prototypes.cuda()
    return torch.stack([(x - prototype).abs().mean((-1, -2)) for prototype in prototypes], dim=1).argmin(1)
