# %% mistake: no_root
# says: This is the mean squared difference. Take its root at the end, so that the distance is back on the scale of the pixels.
def l2_distance(a, b):
    return ((a.float() - b.float()) ** 2).mean()

# %% mistake: root_before_mean
# says: You took the root before averaging. Pixel by pixel it just undoes the square, and the L1 distance is left:
# first average, then the root.
def l2_distance(a, b):
    return ((a.float() - b.float()) ** 2).sqrt().mean()

# %% mistake: sum
# says: You added up the squares instead of averaging them. Then a larger image has a larger distance to everything.
def l2_distance(a, b):
    return ((a.float() - b.float()) ** 2).sum().sqrt()

# %% mistake: norm_over_pixels
# says: You took the root of the sum and divided it by the number of pixels. The division has to come before the root.
def l2_distance(a, b):
    return ((a.float() - b.float()) ** 2).sum().sqrt() / a.numel()

# %% mistake: square_after_mean
# says: You averaged before squaring. By then the differences have already cancelled out: square every pixel's difference first.
def l2_distance(a, b):
    return ((a.float() - b.float()).mean() ** 2).sqrt()

# %% mistake: difference_of_squares
# says: You subtracted the squared pixels. It is the difference that gets squared.
def l2_distance(a, b):
    return (a.float() ** 2 - b.float() ** 2).mean().abs().sqrt()

# %% mistake: one_axis_only
# says: You averaged over one of the two axes, so a row of numbers is left. Two images have one distance.
def l2_distance(a, b):
    return ((a.float() - b.float()) ** 2).mean(-1).sqrt()

# %% mistake: first_axis_only
# says: You averaged over the rows only, so a number for each column is left. Two images have one distance.
def l2_distance(a, b):
    return ((a.float() - b.float()) ** 2).mean(0).sqrt()

# %% mistake: python_number
# says: The number is right, but `.item()`, `float` or `math.sqrt` made a Python number of it. Keep the tensor: it stays on its
# device and can be worked with.
def l2_distance(a, b):
    return ((a.float() - b.float()) ** 2).mean().sqrt().item()

# %% mistake: no_return
# says: Your function works something out and then keeps it to itself: nothing is returned.
def l2_distance(a, b):
    distance = ((a.float() - b.float()) ** 2).mean().sqrt()

# %% mistake: in_place
# says: The distance is right, but names that end in `_` overwrite the image that was handed in. (`a.float()` does not protect it: if a
# holds floats already, that is still the same tensor.)
def l2_distance(a, b):
    return a.float().sub_(b).pow_(2).mean().sqrt()

# %% mistake: float64
# says: The value is right, but in float64 (`double`). The course works in float32.
def l2_distance(a, b):
    return ((a.double() - b.double()) ** 2).mean().sqrt()

# %% mistake: times_two
# says: You multiplied the difference by 2 where it should be squared.
def l2_distance(a, b):
    return ((a.float() - b.float()) * 2).mean().abs().sqrt()

# %% mistake: standard_deviation
# says: `std` subtracts the mean difference before it squares, so two images that differ by the same grey everywhere get distance 0.
# Square the differences themselves.
def l2_distance(a, b):
    return (a.float() - b.float()).std()

# %% mistake: divided_by_784
# says: You divided by 784. That is the size of an MNIST image, but not of every image: count the pixels that are there.
def l2_distance(a, b):
    return (((a.float() - b.float()) ** 2).sum() / 784).sqrt()

# %% right: floats_after_the_square
def l2_distance(a, b):
    return ((a - b) ** 2).float().mean().sqrt()

# %% right: book
def l2_distance(a, b):
    return ((a - b) ** 2).mean().sqrt()

# %% right: method_chain
def l2_distance(a, b):
    return (a.float() - b.float()).pow(2).mean().sqrt()

# %% right: library_loss
def l2_distance(a, b):
    return F.mse_loss(a.float(), b.float()).sqrt()

# %% right: half_power
def l2_distance(a, b, p=2):
    difference = a.to(torch.float32) - b.to(torch.float32)
    return (difference.abs() ** p).mean((-1, -2)) ** (1 / p)

# %% right: norm
def l2_distance(a, b):
    difference = (a.float() - b.float()).flatten()
    return difference.norm() / difference.numel() ** 0.5

# %% right: einsum
def l2_distance(a, b):
    d = a.float() - b.float()
    return torch.sqrt(torch.einsum("hw,hw->", d, d) / d.numel())

# %% right: helper_function
def mean_square(x):
    return (x * x).mean()

def l2_distance(a: torch.Tensor, b: torch.Tensor) -> torch.Tensor:
    return mean_square(a.float() - b.float()).sqrt()

# %% right: callable_object
class Distance:
    def __call__(self, a, b):
        total = torch.zeros((), device=a.device)
        for row_a, row_b in zip(a.float(), b.float()):
            total = total + ((row_a - row_b) ** 2).sum()
        return (total / a.numel()).sqrt()

l2_distance = Distance()

# %% device: exponent_made_at_import
# says: You keep the exponent in a tensor outside the function. It was made on the CPU when the cell ran, and images on a GPU can't be
# raised to it. A plain 2 goes everywhere.
TWO = torch.tensor([2.0])

def l2_distance(a, b):
    return ((1.0 * a - b) ** TWO).mean().sqrt()

# %% device: root_by_numpy
# says: You take the root with NumPy. It works on the CPU only; a tensor has a root of its own.
import numpy as np

def l2_distance(a, b):
    return torch.tensor(np.sqrt(((1.0 * a - b) ** 2).mean().numpy()))

# %% device: root_of_an_item
# says: You left the tensors for a Python number on the way to the root and came back with a new tensor, which is on the CPU.
def l2_distance(a, b):
    return torch.tensor(((1.0 * a - b) ** 2).mean().item() ** 0.5)

# %% device: cuda_written_in
# says: You move both images to one maker's GPU before you compare them. They can be compared where they are.
def l2_distance(a, b):
    return ((1.0 * a.cuda() - b.cuda()) ** 2).mean().sqrt()
