# %% mistake: not_scaled
# says: Your pixels still run from 0 to 255. The lesson wants them as shares of full ink, from 0 to 1.
def stack_images(images):
    return torch.stack(images).float()

# %% mistake: still_uint8
# says: You stacked the images, but the result still holds whole numbers (uint8). It should hold floats from 0 to 1.
def stack_images(images):
    return torch.stack(images)

# %% mistake: divided_as_whole_numbers
# says: You divided with whole numbers, so every pixel that is not full ink became 0. Leave uint8 before you scale.
def stack_images(images):
    return (torch.stack(images) // 255).float()

# %% mistake: divided_by_256
# says: You divided by 256. There are 256 grey levels, but the highest one is 255, and that one should become 1.
def stack_images(images):
    return torch.stack(images).float() / 256

# %% mistake: divided_by_brightest_pixel
# says: You divided by the brightest pixel that happens to be there. Then the same grey means something else in every stack:
# the scale should be the same for all.
def stack_images(images):
    stack = torch.stack(images).float()
    return stack / stack.max()

# %% mistake: each_image_by_its_own_brightest_pixel
# says: You scaled each image by its own brightest pixel, so a pale image and a dark one come out alike. One scale for all, please.
def stack_images(images):
    return torch.stack([image.float() / image.max() for image in images])

# %% mistake: joined_end_to_end
# says: Your images were joined end to end into one tall image. Stacking gives them a new axis of their own.
def stack_images(images):
    return torch.cat(images).float() / 255

# %% mistake: stacked_along_the_last_axis
# says: Your images lie along the last axis. The first axis should count the images, then come height and width.
def stack_images(images):
    return torch.stack(images, dim=-1).float() / 255

# %% mistake: stacked_along_the_middle_axis
# says: Your images lie along the middle axis. The first axis should count the images, then come height and width.
def stack_images(images):
    return torch.stack(images, dim=1).float() / 255

# %% mistake: float64
# says: The values are right, but in float64 (`double`): twice the memory for digits that nobody needs. The lesson uses float32.
def stack_images(images):
    return torch.stack(images).double() / 255

# %% mistake: a_list
# says: You give back a Python list of images. One tensor with a third axis is needed, so that all images can be worked on at once.
def stack_images(images):
    return [image.float() / 255 for image in images]

# %% mistake: flattened
# says: You laid out every image as one long row. Height and width should stay two axes.
def stack_images(images):
    return torch.stack(images).flatten(1).float() / 255

# %% mistake: squeezed
# says: With a list of one image, the axis that counts the images is lost: something like `squeeze` drops every axis of length 1.
def stack_images(images):
    return torch.stack(images).squeeze().float() / 255

# %% mistake: no_return
# says: Your function works something out and then keeps it to itself: nothing is returned.
def stack_images(images):
    stacked = torch.stack(images).float() / 255

# %% mistake: scales_the_callers_list
# says: Your stack is right, but on the way you put scaled images into the list that was handed in. It belongs to the caller:
# build something new.
def stack_images(images):
    for i in range(len(images)):
        images[i] = images[i].float() / 255
    return torch.stack(images)

# %% mistake: only_the_first_image
# says: Only the first image is in your result. Look at where the `return` stands: inside the loop it ends everything early.
def stack_images(images):
    for image in images:
        return image.float() / 255

# %% mistake: minus_one_to_one
# says: You scaled the pixels to the range -1 to 1. The lesson wants 0 to 1: no ink is 0, full ink is 1.
def stack_images(images):
    return torch.stack(images).float() / 127.5 - 1

# %% right: comprehension
def stack_images(images):
    return torch.stack([image.float() / 255 for image in images])

# %% right: true_division_of_uint8
def stack_images(images):
    return torch.stack(tuple(images)) / 255

# %% right: cat_of_unsqueezed
def stack_images(images: list) -> torch.Tensor:
    rows = [image.unsqueeze(0) for image in images]
    return torch.cat(rows, dim=0).to(torch.float32).div(255)

# %% right: filled_in_a_loop
def stack_images(images, scale=255):
    first = images[0]
    stack = torch.empty(len(images), *first.shape, device=first.device)
    for i, image in enumerate(images):
        stack[i] = image.float()
    return stack / scale

# %% right: helper_function
def scaled(image):
    return image.to(dtype=torch.float32).mul(1 / 255)

def stack_images(images):
    return torch.stack(list(map(scaled, images)), dim=0)

# %% right: callable_object
class Stacker:
    def __init__(self, full_ink):
        self.full_ink = full_ink

    def __call__(self, images):
        return torch.stack(images).float().div_(self.full_ink)

stack_images = Stacker(255)

# %% device: buffer_on_the_cpu
# says: You fill an empty tensor that you made yourself, and it is on the CPU, wherever the images are. Your stack should be where they are.
def stack_images(images):
    stack = torch.zeros(len(images), *images[0].shape)
    for i, image in enumerate(images):
        stack[i] = image
    return stack / 255

# %% device: cuda_written_in
# says: You move every image to one maker's GPU. A function that stacks images has no reason to choose: the images are somewhere already.
def stack_images(images):
    return torch.stack([image.cuda() for image in images]).float() / 255

# %% device: numpy_stack
# says: You stack with NumPy, which can't read images that are on a GPU. PyTorch has a function of the same name.
import numpy as np

def stack_images(images):
    return torch.from_numpy(np.stack([image.numpy() for image in images])).float() / 255

# %% device: factor_made_at_import
# says: You keep the factor in a tensor outside the function. It was made on the CPU when the cell ran and stays there; a plain number has
# no device.
import torch

SCALE = torch.tensor([1 / 255])

def stack_images(images):
    return torch.stack(images).float() * SCALE
