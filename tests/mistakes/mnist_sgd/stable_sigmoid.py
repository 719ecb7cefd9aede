# %% mistake: as_written
# says: The values are right, but far below 0 your exponential overflows to infinity, and then the gradient is not a number (NaN). Find a
# form of the formula whose exponential never gets large.
def stable_sigmoid(x):
    return 1 / (1 + torch.exp(-x))

# %% mistake: e_to_the_x_above_and_below
# says: Right near 0, but for large x your exponential overflows, and infinity divided by infinity is not a number.
def stable_sigmoid(x):
    return torch.exp(x) / (1 + torch.exp(x))

# %% mistake: where_over_both
# says: The values are fine, but `torch.where` works out both sides and sends the gradient through both: the infinite one that was not
# taken turns it into NaN. Keep the exponential itself from overflowing.
def stable_sigmoid(x):
    return torch.where(x >= 0, 1 / (1 + torch.exp(-x)), torch.exp(x) / (1 + torch.exp(x)))

# %% mistake: sign_of_the_exponent
# says: Your curve runs downhill: large numbers come out near 0. Look at the sign in the exponent.
def stable_sigmoid(x):
    shrunk = torch.exp(-torch.where(x >= 0, x, -x))
    return torch.where(x >= 0, shrunk, 1) / (1 + shrunk)

# %% mistake: one_minus
# says: There is a minus where the formula has a plus: in the denominator.
def stable_sigmoid(x):
    return 1 / (1 - torch.exp(-x))

# %% mistake: tanh
# says: This is the tanh: it runs from -1 to 1. The sigmoid has the same shape between 0 and 1.
def stable_sigmoid(x):
    return torch.tanh(x)

# %% mistake: flat_at_zero
# says: All values are right, and yet the slope at 0 is not: autograd takes the slope of an absolute value at 0 for 0, and so nothing
# learns there.
def stable_sigmoid(x):
    shrunk = torch.exp(-x.abs())
    return torch.where(x >= 0, 1, shrunk) / (1 + shrunk)

# %% mistake: clamped_too_tightly
# says: You cut x off close to 0. There the sigmoid is not flat yet: its values and its slope go wrong.
def stable_sigmoid(x):
    return 1 / (1 + torch.exp(-x.clamp(-2, 2)))

# %% mistake: softmax
# says: This is softmax: it shares out a total of 1 among all the numbers. The sigmoid looks at each number on its own.
def stable_sigmoid(x):
    return torch.softmax(x, dim=-1)

# %% right: library
def stable_sigmoid(x):
    return torch.sigmoid(x)

# %% right: tanh_moved
def stable_sigmoid(x):
    return (torch.tanh(x / 2) + 1) / 2

# %% right: clamped_far_out
def stable_sigmoid(x: torch.Tensor, limit=80) -> torch.Tensor:
    return 1 / (1 + torch.exp(-x.clamp(-limit, limit)))

# %% right: log_space
def stable_sigmoid(x):
    return torch.exp(-nn.functional.softplus(-x))

# %% right: two_masks
def stable_sigmoid(x):
    positive = x >= 0
    shrunk = torch.exp(torch.where(positive, x.neg(), x))
    right = 1 / (1 + shrunk)
    return torch.where(positive, right, shrunk * right)

# %% right: partial
from functools import partial

stable_sigmoid = partial(torch.special.expit)

# %% device: ones_on_the_cpu
# says: You made a tensor of ones without saying where. It is on the CPU, and x may be on a GPU: a plain 1 goes with both.
def stable_sigmoid(x):
    shrunk = torch.exp(torch.where(x >= 0, -x, x))
    return torch.where(x >= 0, torch.ones(x.shape), shrunk) / (1 + shrunk)

# %% device: moved_to_the_cpu
# says: Your sigmoid brings its result to the CPU. Whatever comes next in the model or the loss may be on the GPU.
def stable_sigmoid(x):
    return torch.sigmoid(x.cpu())

# %% device: cuda_written_in
# says: You calculate on one maker's GPU. A sigmoid works anywhere: leave x where it is.
def stable_sigmoid(x):
    return torch.sigmoid(x.cuda())
