# %% mistake: sevens_first
# says: The sevens come first in your rows. The order asked for is threes first, and the targets go with it.
def make_dataset(threes, sevens):
    x = torch.cat([sevens, threes]).flatten(1)
    return x, torch.cat([torch.zeros(len(sevens), 1), torch.ones(len(threes), 1)])

# %% mistake: targets_swapped
# says: Your targets are upside down: a 3 should get a 1, a 7 a 0.
def make_dataset(threes, sevens):
    x = torch.cat([threes, sevens]).flatten(1)
    return x, torch.cat([torch.zeros(len(threes), 1), torch.ones(len(sevens), 1)])

# %% mistake: targets_without_second_axis
# says: Your targets are a row of shape (N,). Give them a second axis of length 1: compared with predictions of shape (B, 1), a row would
# broadcast to a whole square of pairs, without any error.
def make_dataset(threes, sevens):
    x = torch.cat([threes, sevens]).flatten(1)
    return x, torch.tensor([1.0] * len(threes) + [0.0] * len(sevens))

# %% mistake: whole_number_targets
# says: Your targets are whole numbers. They should be float32, as the predictions are.
def make_dataset(threes, sevens):
    x = torch.cat([threes, sevens]).flatten(1)
    return x, torch.tensor([1] * len(threes) + [0] * len(sevens)).unsqueeze(1)

# %% mistake: not_flattened
# says: Your images still have height and width. The model wants each image as one row of pixels.
def make_dataset(threes, sevens):
    x = torch.cat([threes, sevens])
    return x, torch.cat([torch.ones(len(threes), 1), torch.zeros(len(sevens), 1)])

# %% mistake: flattened_to_784
# says: You counted on 784 pixels an image. That is right for MNIST only: take the size from the images.
def make_dataset(threes, sevens):
    x = torch.cat([threes, sevens]).view(-1, 28 * 28)
    return x, torch.cat([torch.ones(len(threes), 1), torch.zeros(len(sevens), 1)])

# %% mistake: half_and_half
# says: Your targets take it for granted that there are as many threes as sevens. Count each of them.
def make_dataset(threes, sevens):
    x = torch.cat([threes, sevens]).flatten(1)
    half = len(x) // 2
    return x, torch.cat([torch.ones(half, 1), torch.zeros(len(x) - half, 1)])

# %% mistake: pixels_transposed
# says: You joined the columns of an image rather than its rows: height and width changed places before the image was laid out in a row.
def make_dataset(threes, sevens):
    x = torch.cat([threes, sevens]).transpose(1, 2).flatten(1)
    return x, torch.cat([torch.ones(len(threes), 1), torch.zeros(len(sevens), 1)])

# %% mistake: only_the_images
# says: You give back the images alone. Two things are asked for: the images and their targets.
def make_dataset(threes, sevens):
    return torch.cat([threes, sevens]).flatten(1)

# %% right: reshape_and_unsqueeze
def make_dataset(threes, sevens):
    x = torch.cat([threes, sevens]).reshape(len(threes) + len(sevens), -1)
    y = torch.tensor([1] * len(threes) + [0] * len(sevens), device=x.device).unsqueeze(1).float()
    return x, y

# %% right: flattened_first
def make_dataset(threes, sevens):
    rows = [stack.flatten(start_dim=1) for stack in (threes, sevens)]
    targets = [torch.full((len(stack), 1), float(target), device=stack.device) for stack, target in ((threes, 1), (sevens, 0))]
    return torch.cat(rows), torch.cat(targets)

# %% right: position_decides
def make_dataset(threes, sevens):
    x = torch.vstack((threes, sevens))
    x = x.view(x.shape[0], x.shape[1] * x.shape[2])
    y = (torch.arange(len(x), device=x.device) < len(threes)).float()
    return x, y[:, None]

# %% right: filled_in
def make_dataset(threes, sevens):
    n3, n7 = len(threes), len(sevens)
    x = threes.new_empty(n3 + n7, threes[0].numel())
    y = torch.zeros((n3 + n7, 1), device=x.device)
    for i, image in enumerate([*threes, *sevens]):
        x[i] = image.ravel()
    y[:n3] = 1
    return x, y

# %% device: targets_on_the_cpu
# says: You made ones and zeros without saying where, so the targets are on the CPU, and the images may be on a GPU. The first batch would
# then stop with an error: make them where the images are.
def make_dataset(threes, sevens):
    x = torch.cat([threes, sevens]).flatten(1)
    return x, torch.cat([torch.ones(len(threes), 1), torch.zeros(len(sevens), 1)])

# %% device: all_on_the_cpu
# says: You give both parts back on the CPU. Whoever has put the images on a GPU wants to train there.
def make_dataset(threes, sevens):
    x = torch.cat([threes, sevens]).flatten(1).cpu()
    return x, torch.cat([torch.ones(len(threes), 1), torch.zeros(len(sevens), 1)])

# %% device: cuda_written_in
# says: You put the data set on one maker's GPU, whatever the images were on. Where to train is the caller's choice.
def make_dataset(threes, sevens):
    x = torch.cat([threes, sevens]).flatten(1)
    return x.cuda(), torch.cat([torch.ones(len(threes), 1), torch.zeros(len(sevens), 1)]).cuda()

# %% device: joined_by_numpy
# says: You join the stacks with NumPy. It can't read what is on a GPU, and PyTorch joins tensors too.
import numpy as np

def make_dataset(threes, sevens):
    x = np.concatenate([threes.numpy(), sevens.numpy()])
    y = np.array([[1.0]] * len(threes) + [[0.0]] * len(sevens))
    return torch.tensor(x.reshape(len(x), -1)), torch.tensor(y, dtype=torch.float32)
