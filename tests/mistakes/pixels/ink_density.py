# %% mistake: not_divided
# says: These are mean pixels, from 0 to 255. A share of full ink is asked for, from 0 to 1.
def ink_density(images):
    return images.float().mean((1, 2))

# %% mistake: divided_by_256
# says: Nearly: full ink is 255, not 256. There are 256 values because 0 is one of them.
def ink_density(images):
    return images.float().mean((1, 2)) / 256

# %% mistake: share_of_inked_pixels
# says: You counted the pixels that have any ink. A pale grey counts less than a black: average how much ink there is.
def ink_density(images):
    return (images > 0).float().mean((1, 2))

# %% mistake: one_for_all
# says: You averaged over all axes, so the whole stack gets one number. Name the axes of the pixels, and the axis of the images stays.
def ink_density(images):
    return images.float().mean() / 255

# %% mistake: over_images
# says: You averaged over axis 0, the one that counts the images. It is the pixels of each image that should be averaged.
def ink_density(images):
    return images.float().mean(0) / 255

# %% mistake: one_axis_only
# says: You averaged over one of the two axes of an image, so a row of numbers is left for each.
def ink_density(images):
    return images.float().mean(1) / 255

# %% mistake: mean_of_uint8
# says: PyTorch takes no mean of whole numbers: turn them into floats first.
def ink_density(images):
    return images.mean((1, 2)) / 255

# %% mistake: uint8_overflow
# says: The sum is kept in uint8 here, which starts again at 0 after 255. Turn the pixels into floats before you add them up.
def ink_density(images):
    return images.sum((1, 2), dtype=torch.uint8) / (255 * images.shape[1] * images.shape[2])

# %% mistake: divided_by_784
# says: You divided by 784. That is the size of an MNIST image, but not of every image: count the pixels that are there.
def ink_density(images):
    return images.float().sum((1, 2)) / 784 / 255

# %% mistake: float64
# says: The values are right, but in float64 (`double`). The course works in float32.
def ink_density(images):
    return images.double().mean((1, 2)) / 255

# %% mistake: squeezed
# says: Right for several images. With a single one the axis of the images is gone too: one image is still a stack of one.
def ink_density(images):
    return images.float().mean((1, 2)).squeeze() / 255

# %% mistake: own_maximum
# says: You divided each image by its own largest pixel. Full ink is 255 for all of them, or they can't be compared.
def ink_density(images):
    images = images.float()
    return images.mean((1, 2)) / images.amax((1, 2)).clamp(min=1)

# %% mistake: maximum_of_all
# says: You divide by the darkest pixel of the whole stack. That is 255 in most stacks, but not in all: full ink is always 255.
def ink_density(images):
    images = images.float()
    return images.mean((1, 2)) / images.max()

# %% mistake: no_return
# says: Your function works out the densities and then keeps them to itself: nothing is returned.
def ink_density(images):
    density = images.float().mean((1, 2)) / 255

# %% right: float_mean
def ink_density(images):
    return images.float().mean((1, 2)) / 255

# %% right: scaled_first
def ink_density(images):
    scaled = images / 255
    return scaled.mean(dim=[-1, -2])

# %% right: flattened
def ink_density(images):
    return images.flatten(1).to(torch.float32).mean(-1).div(255)

# %% right: sum_and_count
def ink_density(images: torch.Tensor, full: int = 255) -> torch.Tensor:
    n, height, width = images.shape
    return images.sum((1, 2)) / (full * height * width)

# %% right: loop
def density(image):
    return image.float().mean() / 255

def ink_density(images):
    return torch.stack([density(image) for image in images])

# %% device: cuda_written_in
# says: You move the images to one maker's GPU. A machine without it stops with an error: work where the images are.
def ink_density(images):
    return images.cuda().float().mean((1, 2)) / 255

# %% device: numbers_of_items
# says: You took Python numbers out with `.item()` and put them into a new tensor. That one is on the CPU, wherever the images were;
# besides, every `.item()` waits for the GPU.
def ink_density(images):
    return torch.tensor([image.float().mean().item() / 255 for image in images])

# %% device: made_at_import
# says: You keep a tensor outside the function. It was made on the CPU when its cell ran, so it does not go with images on a GPU. A plain
# number goes with both.
WHITE_TO_INK = torch.tensor([255.0])

def ink_density(images):
    return images.float().mean((1, 2)) / WHITE_TO_INK

# %% device: whole_number_product
# says: You add the pixels up by a matrix product of whole numbers. A GPU multiplies matrices of floats only: turn the pixels into floats
# first.
def ink_density(images):
    pixels = images.flatten(1).long()
    return pixels @ torch.ones_like(pixels[0]) / (255 * pixels.shape[1])
