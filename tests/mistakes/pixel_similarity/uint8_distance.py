# %% mistake: floats_only
# says: `mean` does not take whole numbers, and the differences of uint8 pixels wrap around below 0: make floats first.
def uint8_distance(a, b):
    return (a - b).abs().mean((-1, -2))

# %% mistake: wraps_around
# says: You make floats after the subtraction. By then 3 - 5 is 254 already: turn both into floats before it.
def uint8_distance(a, b):
    return (a - b).float().abs().mean((-1, -2))

# %% mistake: signed_bytes
# says: `int8` ends at 127, so bright pixels become negative numbers. Take a type that can hold everything from -255 to 255.
def uint8_distance(a, b):
    return (a.to(torch.int8) - b.to(torch.int8)).float().abs().mean((-1, -2))

# %% mistake: scaled
# says: You divided by 255. The distance is asked for on the scale of the pixels, 0 to 255.
def uint8_distance(a, b):
    return (a.float() / 255 - b.float() / 255).abs().mean((-1, -2))

# %% mistake: forgot_abs
# says: Your differences keep their signs, so too bright here and too dark there cancel out.
def uint8_distance(a, b):
    return (a.float() - b.float()).mean((-1, -2))

# %% mistake: one_number_for_the_stack
# says: You averaged over all axes, so a whole stack gets one number. Name the axes of the pixels, and the axis of the images stays.
def uint8_distance(a, b):
    return (a.float() - b.float()).abs().mean()

# %% mistake: axes_1_and_2
# says: Right for a stack, but only there: axes 1 and 2 are the last two of three axes. Count from the end.
def uint8_distance(a, b):
    return (a.float() - b.float()).abs().mean((1, 2))

# %% mistake: float64
# says: The values are right, but in float64 (`double`). The course works in float32.
def uint8_distance(a, b):
    return (a.double() - b.double()).abs().mean((-1, -2))

# %% mistake: whole_numbers
# says: The mean comes back as a whole number, without its fraction. A float32 is asked for.
def uint8_distance(a, b):
    return (a.float() - b.float()).abs().mean((-1, -2)).long()

# %% mistake: no_return
# says: Your function works something out and then keeps it to itself: nothing is returned.
def uint8_distance(a, b):
    distance = (a.float() - b.float()).abs().mean((-1, -2))

# %% right: calls_mnist_distance
def uint8_distance(a, b):
    return mnist_distance(a.float(), b.float())

# %% right: one_float_is_enough
def uint8_distance(a, b):
    return (1.0 * a - b).abs().mean((-1, -2))

# %% right: larger_minus_smaller
def uint8_distance(a, b):
    # the larger one minus the smaller one is never negative, so uint8 can hold it
    return (torch.maximum(a, b) - torch.minimum(a, b)).float().mean((-1, -2))

# %% right: wide_whole_numbers
def uint8_distance(a: torch.Tensor, b: torch.Tensor) -> torch.Tensor:
    return (a.int() - b.int()).abs().float().mean(dim=-1).mean(dim=-1)

# %% right: library_loss
def uint8_distance(a, b):
    a, b = torch.broadcast_tensors(a.float(), b.float())
    return F.l1_loss(a, b, reduction="none").flatten(-2).mean(-1)

# %% device: by_numpy
# says: You let NumPy calculate. It can't read what is on a GPU; tensors do all of this themselves.
def uint8_distance(a, b):
    return torch.from_numpy(np.abs(a.numpy().astype("float32") - b.numpy().astype("float32"))).mean((-1, -2))

# %% device: cuda_written_in
# says: You move the images to one maker's GPU. They can be compared where they are.
def uint8_distance(a, b):
    return (a.cuda().float() - b.cuda().float()).abs().mean((-1, -2))
