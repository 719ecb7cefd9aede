# %% mistake: one_number_for_all
# says: You averaged over everything, so one number is left. The ideal digit is an image: every pixel has its own mean.
def mean_prototype(stack):
    return stack.mean()

# %% mistake: last_axis
# says: You averaged over the last axis, the width of the images. The axis that should go is the one that counts the images.
def mean_prototype(stack):
    return stack.mean(-1)

# %% mistake: middle_axis
# says: You averaged over the height of the images. The axis that should go is the one that counts the images.
def mean_prototype(stack):
    return stack.mean(1)

# %% mistake: last_two_axes
# says: You averaged over height and width, so one number is left for each image. The ideal digit goes the other way:
# one number for each pixel.
def mean_prototype(stack):
    return stack.mean((-1, -2))

# %% mistake: sum
# says: You added the images up. With 6,000 images the ideal digit would be 6,000 times too dark: an average is asked for.
def mean_prototype(stack):
    return stack.sum(0)

# %% mistake: median
# says: This is the median of every pixel, not the mean: a pixel that is inked in fewer than half of the images is lost.
def mean_prototype(stack):
    return stack.median(0).values

# %% mistake: maximum
# says: You took the darkest value of every pixel. The ideal digit shows how dark a pixel is on average.
def mean_prototype(stack):
    return stack.max(0).values

# %% mistake: first_image
# says: You give back one of the images. The ideal digit is made from all of them.
def mean_prototype(stack):
    return stack[0]

# %% mistake: keepdim
# says: Nearly: your result is a stack of one image. Take the leftover axis of length 1 away, so that height and width remain.
def mean_prototype(stack):
    return stack.mean(0, keepdim=True)

# %% mistake: float64
# says: The values are right, but in float64 (`double`). Stay with the dtype of the stack, float32.
def mean_prototype(stack):
    return stack.double().mean(0)

# %% mistake: off_by_one_count
# says: Your sum is right, but you divided it by one less than the number of images.
def mean_prototype(stack):
    return stack.sum(0) / max(len(stack) - 1, 1)

# %% mistake: divided_by_255_again
# says: Your ideal digit is far too pale: the stack is already scaled from 0 to 1, so there is nothing more to divide by 255.
def mean_prototype(stack):
    return stack.mean(0) / 255

# %% mistake: rounded
# says: You rounded the means to 0 or 1. The greys in between are what the ideal digit has to tell.
def mean_prototype(stack):
    return stack.mean(0).round()

# %% mistake: a_list
# says: The numbers are right, but you give back a Python list. Later steps need a tensor: leave out the conversion.
def mean_prototype(stack):
    return stack.mean(0).tolist()

# %% mistake: transposed
# says: Your prototype lies on its side: height and width have changed places.
def mean_prototype(stack):
    return stack.mean(0).T

# %% mistake: no_return
# says: Your function works something out and then keeps it to itself: nothing is returned.
def mean_prototype(stack):
    prototype = stack.mean(0)

# %% mistake: adds_into_the_first_image
# says: The prototype is right, but you added all images into the first one, and so changed the stack that was handed in.
# Add them up in a tensor of your own.
def mean_prototype(stack):
    total = stack[0]
    for image in stack[1:]:
        total += image
    return total / len(stack)

# %% mistake: running_average
# says: Averaging each image with what you have so far gives the last image half of the weight. All images should weigh the same.
def mean_prototype(stack):
    average = stack[0]
    for image in stack[1:]:
        average = (average + image) / 2
    return average

# %% mistake: first_hundred_only
# says: You average the first hundred images and leave out all others. The ideal digit is the mean over the whole stack.
def mean_prototype(stack):
    return stack[:100].mean(0)

# %% right: mean_of_first_axis
def mean_prototype(stack):
    return stack.mean(dim=0)

# %% right: sum_and_divide
def mean_prototype(stack):
    return stack.sum(0) / len(stack)

# %% right: loop_over_images
def mean_prototype(stack):
    total = torch.zeros_like(stack[0])
    for image in stack:
        total = total + image
    return total / stack.shape[0]

# %% right: einsum
def mean_prototype(stack):
    return torch.einsum("nhw->hw", stack) / stack.size(0)

# %% right: keepdim_and_squeeze
def mean_prototype(stack, axis=0):
    return stack.mean(axis, keepdim=True).squeeze(axis)

# %% right: a_lambda
mean_prototype = lambda stack: torch.mean(stack.float(), 0)

# %% right: partial
from functools import partial

mean_prototype = partial(torch.mean, dim=0)

# %% right: matrix_product
def mean_prototype(stack):
    n, h, w = stack.shape
    weights = torch.full((1, n), 1 / n, dtype=stack.dtype, device=stack.device)
    return (weights @ stack.reshape(n, h * w)).reshape(h, w)

# %% device: numpy_mean
# says: You average with NumPy in the middle. NumPy works on the CPU only, so a stack on a GPU stops with an error; tensors have a mean too.
def mean_prototype(stack):
    return torch.from_numpy(stack.numpy().mean(0))

# %% device: moved_to_the_cpu
# says: You send the ideal digit to the CPU. It will be compared with images that are where the stack is, so leave it there.
def mean_prototype(stack):
    return stack.mean(0).cpu()

# %% device: running_sum_on_the_cpu
# says: You add the images up in a tensor of zeros on the CPU. Images on a GPU can't be added to it: make it where the stack is.
def mean_prototype(stack):
    total = torch.zeros(stack.shape[1:])
    for image in stack:
        total += image
    return total / len(stack)

# %% device: cuda_written_in
# says: You move the stack to one maker's GPU, whatever the caller has. Leave it where it is.
def mean_prototype(stack):
    return stack.cuda().mean(0)
