# %% mistake: one_number_for_the_stack
# says: You averaged over all axes, so a whole stack gets one number. Name the axes of the pixels, and the axis of the images stays.
def mnist_distance(a, b):
    return (a.float() - b.float()).abs().mean()

# %% mistake: one_axis_only
# says: You averaged over one of the two image axes, so a row of numbers is left for every image.
def mnist_distance(a, b):
    return (a.float() - b.float()).abs().mean(-1)

# %% mistake: height_only
# says: You averaged over the height only, so a number is left for every column of every image.
def mnist_distance(a, b):
    return (a.float() - b.float()).abs().mean(-2)

# %% mistake: first_two_axes
# says: You counted the axes from the front. With a stack, axis 0 counts the images; the pixels are the last two axes, however many
# come before.
def mnist_distance(a, b):
    return (a.float() - b.float()).abs().mean((0, 1))

# %% mistake: axes_1_and_2
# says: Right for a stack, but only there: axes 1 and 2 are the last two of three axes. Count from the end, and a single image or a
# table of pairs works too.
def mnist_distance(a, b):
    return (a.float() - b.float()).abs().mean((1, 2))

# %% mistake: first_axis_only
# says: You averaged over the first axis, the one that counts the images. It is the pixels that should be averaged.
def mnist_distance(a, b):
    return (a.float() - b.float()).abs().mean(0)

# %% mistake: sum
# says: You added up the differences. Then a larger image has a larger distance to everything: average them.
def mnist_distance(a, b):
    return (a.float() - b.float()).abs().sum((-1, -2))

# %% mistake: forgot_abs
# says: Your differences keep their signs, so too bright here and too dark there cancel out.
def mnist_distance(a, b):
    return (a.float() - b.float()).mean((-1, -2))

# %% mistake: abs_after_mean
# says: You took the absolute value after averaging. By then the differences have already cancelled out: it has to come before.
def mnist_distance(a, b):
    return (a.float() - b.float()).mean((-1, -2)).abs()

# %% mistake: squared
# says: You squared the differences. This distance takes them as they are, without the sign.
def mnist_distance(a, b):
    return ((a.float() - b.float()) ** 2).mean((-1, -2))

# %% mistake: root_mean_square
# says: This is the L2 distance of every image. The course goes on with L1: no square, no root.
def mnist_distance(a, b):
    return ((a.float() - b.float()) ** 2).mean((-1, -2)).sqrt()

# %% mistake: keepdim
# says: Nearly: the averaged axes are still there with length 1. They should be gone.
def mnist_distance(a, b):
    return (a.float() - b.float()).abs().mean((-1, -2), keepdim=True)

# %% mistake: a_list
# says: The distances are right, but you give back a Python list. The next step compares them all at once: that takes a tensor.
def mnist_distance(a, b):
    return (a.float() - b.float()).abs().mean((-1, -2)).tolist()

# %% mistake: python_number
# says: `.item()` takes the one number out of a tensor that holds one. Here it meets a whole stack of distances: leave it away.
def mnist_distance(a, b):
    return (a.float() - b.float()).abs().mean((-1, -2)).item()

# %% mistake: library_loss_without_reduction
# says: `l1_loss` averages over everything unless told otherwise, and without its reduction it averages nothing: the pixels are still there.
def mnist_distance(a, b):
    return (a.float() - b.float()).abs()

# %% mistake: loop_over_a_stack_only
# says: Right for a stack, but your loop takes it for granted: with a single image it walks over rows.
def mnist_distance(a, b):
    return torch.stack([(image.float() - b.float()).abs().mean() for image in a])

# %% mistake: no_return
# says: Your function works something out and then keeps it to itself: nothing is returned.
def mnist_distance(a, b):
    distance = (a.float() - b.float()).abs().mean((-1, -2))

# %% mistake: in_place
# says: You subtracted in place: `-=` overwrites the stack that was handed in, and cannot broadcast it to a larger shape.
# (`a.float()` does not protect it: if a holds floats already, that is still the same tensor.)
def mnist_distance(a, b):
    a, b = a.float(), b.float()
    a -= b
    return a.abs().mean((-1, -2))

# %% mistake: float64
# says: The values are right, but in float64 (`double`): a stack then takes twice the memory. The course works in float32.
def mnist_distance(a, b):
    return (a.double() - b.double()).abs().mean((-1, -2))

# %% mistake: divided_by_784
# says: You divided by 784. That is the size of an MNIST image, but not of every image: count the pixels that are there.
def mnist_distance(a, b):
    return (a.float() - b.float()).abs().sum((-1, -2)) / 784

# %% mistake: flattened_to_784
# says: You laid out every image as 784 numbers. That is the size of an MNIST image, but not of every image.
def mnist_distance(a, b):
    return (a.float() - b.float()).abs().reshape(-1, 784).mean(-1)

# %% mistake: median
# says: This is the middle difference of every image. Most pixels of a digit are blank in both images, so it sees next to nothing:
# take the mean.
def mnist_distance(a, b):
    return (a.float() - b.float()).abs().flatten(-2).median(-1).values

# %% mistake: squeezed
# says: `squeeze` drops every axis of length 1, also the axis of the images where there is only one image. Average over the two pixel axes
# and nothing is left to squeeze.
def mnist_distance(a, b):
    return (a - b).abs().mean((-1, -2), keepdim=True).squeeze()

# %% right: floats_after_the_difference
def mnist_distance(a, b):
    return (a - b).float().abs().mean((-1, -2))

# %% right: book
def mnist_distance(a, b):
    return (a - b).abs().mean((-1, -2))

# %% right: method_chain
def mnist_distance(a, b):
    return (a.float() - b.float()).abs().mean((-1, -2))

# %% right: keepdim_and_squeeze
def mnist_distance(a, b):
    return (a.float() - b.float()).abs().mean((-2, -1), keepdim=True).squeeze(-1).squeeze(-1)

# %% right: one_axis_after_the_other
def mnist_distance(a, b):
    return torch.abs(torch.sub(a.float(), b.float())).mean(-1).mean(-1)

# %% right: library_loss
def mnist_distance(a, b):
    a, b = torch.broadcast_tensors(a.float(), b.float())
    return F.l1_loss(a, b, reduction="none").flatten(-2).mean(-1)

# %% right: einsum
def mnist_distance(a: torch.Tensor, b: torch.Tensor) -> torch.Tensor:
    difference = (a.float() - b.float()).abs()
    height, width = difference.shape[-2:]
    return torch.einsum("...hw->...", difference) / (height * width)

# %% right: cdist
def mnist_distance(a, b, p=1):
    a, b = torch.broadcast_tensors(a.float(), b.float())
    a, b = a.flatten(-2).unsqueeze(-2), b.flatten(-2).unsqueeze(-2)
    return torch.cdist(a, b, p=p).squeeze(-1).squeeze(-1) / a.shape[-1]

# %% right: loop_over_images
def image_distance(a, b):
    return (a - b).abs().mean()

def mnist_distance(a, b):
    a, b = torch.broadcast_tensors(a.float(), b.float())
    outer, size = a.shape[:-2], a.shape[-2:]
    pairs = zip(a.reshape(-1, *size), b.reshape(-1, *size))
    return torch.stack([image_distance(x, y) for x, y in pairs]).reshape(outer)

# %% right: callable_object
class MeanAbsoluteDifference:
    axes = (-1, -2)

    def __call__(self, a, b):
        return (a.float() - b.float()).abs().sum(self.axes) / (a.shape[-1] * a.shape[-2])

mnist_distance = MeanAbsoluteDifference()

# %% right: recursion
def mnist_distance(a, b):
    a, b = torch.broadcast_tensors(a, b)
    if a.dim() == 2:
        return F.l1_loss(a.float(), b.float())
    if a.dim() == 3:
        return (a.float() - b.float()).abs().mean(dim=[1, 2])
    return torch.stack([mnist_distance(x, y) for x, y in zip(a, b)])

# %% device: weights_on_the_cpu
# says: You average over a row with a tensor of weights that is on the CPU. Images on a GPU can't be multiplied with it: a tensor of your
# own must be made on the device of a or b.
def mnist_distance(a, b):
    difference = (1.0 * a - b).abs()
    width = difference.shape[-1]
    return (difference @ (torch.ones(width) / width)).mean(-1)

# %% device: moved_to_the_cpu
# says: You give the distances back on the CPU. Whatever is compared with them next may still be on the GPU.
def mnist_distance(a, b):
    return (1.0 * a - b).abs().mean((-1, -2)).cpu()

# %% device: absolute_by_numpy
# says: You ask NumPy for the absolute value. It works in the computer's own memory only: on a GPU this stops with an error.
import numpy as np

def mnist_distance(a, b):
    return torch.as_tensor(np.abs(1.0 * a - b)).mean((-1, -2))

# %% device: cuda_written_in
# says: You move the images to one maker's GPU. It is not there on every machine, and the images were somewhere already.
def mnist_distance(a, b):
    return (1.0 * a.cuda() - b.cuda()).abs().mean((-1, -2))
