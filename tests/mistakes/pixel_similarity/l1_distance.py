# %% mistake: forgot_abs
# says: Your differences keep their signs, so too bright here and too dark there cancel out. Two quite different images can then
# seem to be the same.
def l1_distance(a, b):
    return (a.float() - b.float()).mean()

# %% mistake: abs_after_mean
# says: You took the absolute value after averaging. By then the differences have already cancelled out: it has to come before.
def l1_distance(a, b):
    return (a.float() - b.float()).mean().abs()

# %% mistake: sum
# says: You added up the differences. Then a larger image has a larger distance to everything: average them.
def l1_distance(a, b):
    return (a.float() - b.float()).abs().sum()

# %% mistake: squared
# says: You squared the differences. That is the way of the L2 distance; L1 takes them as they are, without the sign.
def l1_distance(a, b):
    return ((a.float() - b.float()) ** 2).mean()

# %% mistake: root_mean_square
# says: This is the L2 distance. L1 neither squares nor takes a root.
def l1_distance(a, b):
    return ((a.float() - b.float()) ** 2).mean().sqrt()

# %% mistake: one_axis_only
# says: You averaged over one of the two axes, so a row of numbers is left. Two images have one distance.
def l1_distance(a, b):
    return (a.float() - b.float()).abs().mean(-1)

# %% mistake: first_axis_only
# says: You averaged over the rows only, so a number for each column is left. Two images have one distance.
def l1_distance(a, b):
    return (a.float() - b.float()).abs().mean(0)

# %% mistake: no_mean
# says: You give back a whole image of differences. Bring it down to one number.
def l1_distance(a, b):
    return (a.float() - b.float()).abs()

# %% mistake: python_number
# says: The number is right, but `.item()` (or `float`) made a Python number of it. Keep the tensor: it stays on its device and can
# be worked with.
def l1_distance(a, b):
    return (a.float() - b.float()).abs().mean().item()

# %% mistake: no_return
# says: Your function works something out and then keeps it to itself: nothing is returned.
def l1_distance(a, b):
    distance = (a.float() - b.float()).abs().mean()

# %% mistake: text
# says: You give back a text about the distance. It reads well, but the next step of the program needs the number, as a tensor.
def l1_distance(a, b):
    return f"The distance is {(a.float() - b.float()).abs().mean()}."

# %% mistake: in_place
# says: The distance is right, but `-=` overwrites the image that was handed in. (`a.float()` does not protect it: if a holds floats
# already, that is still the same tensor.)
def l1_distance(a, b):
    a, b = a.float(), b.float()
    a -= b
    return a.abs().mean()

# %% mistake: float64
# says: The value is right, but in float64 (`double`). The course works in float32.
def l1_distance(a, b):
    return (a.double() - b.double()).abs().mean()

# %% mistake: divided_by_784
# says: You divided by 784. That is the size of an MNIST image, but not of every image: count the pixels that are there.
def l1_distance(a, b):
    return (a.float() - b.float()).abs().sum() / 784

# %% mistake: largest_difference
# says: You give back the largest difference of all pixels. The L1 distance is their mean.
def l1_distance(a, b):
    return (a.float() - b.float()).abs().max()

# %% mistake: shape_1
# says: Your distance sits in a tensor with one axis. A scalar has none: its shape is ().
def l1_distance(a, b):
    return (a.float() - b.float()).abs().mean().reshape(1)

# %% right: floats_after_the_difference
def l1_distance(a, b):
    return (a - b).float().abs().mean()

# %% right: book
def l1_distance(a, b):
    return (a - b).abs().mean()

# %% right: method_chain
def l1_distance(a, b):
    return (a.float() - b.float()).abs().mean()

# %% right: library_loss
def l1_distance(a, b):
    return F.l1_loss(a.float(), b.float())

# %% right: both_axes_by_name
def l1_distance(a: torch.Tensor, b: torch.Tensor) -> torch.Tensor:
    return torch.abs(a.to(torch.float32) - b.to(torch.float32)).mean(dim=(0, 1))

# %% right: larger_minus_smaller
def l1_distance(a, b):
    return (torch.maximum(a, b) - torch.minimum(a, b)).float().mean()

# %% right: norm
def l1_distance(a, b):
    difference = (a.float() - b.float()).flatten()
    return torch.linalg.vector_norm(difference, ord=1) / difference.numel()

# %% right: cdist
def l1_distance(a, b, p=1):
    a, b = a.float().reshape(1, -1), b.float().reshape(1, -1)
    return torch.cdist(a, b, p=p).squeeze() / a.shape[1]

# %% right: loop_over_rows
def row_distance(a, b):
    return (a.float() - b.float()).abs().sum()

def l1_distance(a, b):
    total = sum(row_distance(a[i], b[i]) for i in range(len(a)))
    return total / a.numel()

# %% right: partial
from functools import partial

def distance(a, b, loss):
    return loss(a.float(), b.float())

l1_distance = partial(distance, loss=F.l1_loss)

# %% device: item_in_a_new_tensor
# says: You took the distance out as a Python number and wrapped it in a new tensor. That one is on the CPU, wherever the images were; the
# mean was a tensor already.
def l1_distance(a, b):
    return torch.tensor((1.0 * a - b).abs().mean().item())

# %% device: absolute_by_numpy
# says: You asked NumPy for the absolute value or the mean. It can't read what is on a GPU; tensors have both as methods.
import numpy as np

def l1_distance(a, b):
    return torch.tensor(np.abs((1.0 * a - b).numpy()).mean())

# %% device: cuda_written_in
# says: You move both images to one maker's GPU. Two images can be compared wherever they are.
def l1_distance(a, b):
    return (1.0 * a.cuda() - b.cuda()).abs().mean()

# %% device: weights_on_the_cpu
# says: You average with a tensor of weights that you made on the CPU. Beside images on a GPU it stops with an error.
def l1_distance(a, b):
    difference = (1.0 * a - b).abs()
    return (difference * torch.full(difference.shape, 1 / difference.numel())).sum()
