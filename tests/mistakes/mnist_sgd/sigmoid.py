# %% mistake: sign_of_the_exponent
# says: Your curve runs downhill: large numbers come out near 0. Look at the sign in the exponent.
def sigmoid(x):
    shrunk = torch.exp(-torch.where(x >= 0, x, -x))
    return torch.where(x >= 0, shrunk, 1) / (1 + shrunk)

# %% mistake: one_minus
# says: There is a minus where the formula has a plus: in the denominator.
def sigmoid(x):
    return 1 / (1 - torch.exp(-x))

# %% mistake: tanh
# says: This is the tanh: it runs from -1 to 1. The sigmoid has the same shape between 0 and 1.
def sigmoid(x):
    return torch.tanh(x)

# %% mistake: flat_at_zero
# says: All values are right, and yet the slope at 0 is not: autograd takes the slope of an absolute value at 0 for 0, and so nothing
# learns there.
def sigmoid(x):
    shrunk = torch.exp(-x.abs())
    return torch.where(x >= 0, 1, shrunk) / (1 + shrunk)

# %% mistake: clamped_too_tightly
# says: You cut x off close to 0. There the sigmoid is not flat yet: its values and its slope go wrong.
def sigmoid(x):
    return 1 / (1 + torch.exp(-x.clamp(-2, 2)))

# %% mistake: softmax
# says: This is softmax: it shares out a total of 1 among all the numbers. The sigmoid looks at each number on its own.
def sigmoid(x):
    return torch.softmax(x, dim=-1)

# %% mistake: brackets_missing
# says: Without brackets the division comes first: 1/1 plus an exponential. Everything below the fraction line belongs together.
def sigmoid(x):
    return 1 / 1 + torch.exp(-x)

# %% mistake: cut_off_from_autograd
# says: The values are right, but you left autograd on the way (`detach`, `.data` or `.item()`): no gradient reaches x.
def sigmoid(x):
    return 1 / (1 + torch.exp(-x.detach()))

# %% mistake: no_return
# says: Your function works something out and then keeps it to itself: nothing is returned.
def sigmoid(x):
    p = 1 / (1 + torch.exp(-x))

# %% mistake: in_place
# says: The values are right, but names that end in `_` write into the x that was handed in.
def sigmoid(x):
    return x.detach().neg_().exp_().add_(1).reciprocal_() + 0 * x

# %% right: book
def sigmoid(x):
    return 1 / (1 + torch.exp(-x))

# %% right: e_to_the_x_above_and_below
def sigmoid(x):
    return torch.exp(x) / (1 + torch.exp(x))

# %% right: where_over_both
def sigmoid(x):
    return torch.where(x >= 0, 1 / (1 + torch.exp(-x)), torch.exp(x) / (1 + torch.exp(x)))

# %% right: library
def sigmoid(x):
    return torch.sigmoid(x)

# %% right: tanh_moved
def sigmoid(x):
    return (torch.tanh(x / 2) + 1) / 2

# %% right: clamped_far_out
def sigmoid(x: torch.Tensor, limit=80) -> torch.Tensor:
    return 1 / (1 + torch.exp(-x.clamp(-limit, limit)))

# %% right: log_space
def sigmoid(x):
    return torch.exp(-nn.functional.softplus(-x))

# %% right: two_masks
def sigmoid(x):
    positive = x >= 0
    shrunk = torch.exp(torch.where(positive, x.neg(), x))
    right = 1 / (1 + shrunk)
    return torch.where(positive, right, shrunk * right)

# %% right: partial
from functools import partial

sigmoid = partial(torch.special.expit)

# %% right: stable
def sigmoid(x):
    shrunk = torch.exp(torch.where(x >= 0, -x, x))
    return torch.where(x >= 0, 1, shrunk) / (1 + shrunk)

# %% right: power_of_e
def sigmoid(x):
    return (1 + math.e ** -x) ** -1

# %% right: calls_stable_sigmoid
def sigmoid(x):
    return stable_sigmoid(x)

# %% device: ones_on_the_cpu
# says: You made a tensor of ones without saying where. It is on the CPU, and x may be on a GPU: a plain 1 goes with both.
def sigmoid(x):
    shrunk = torch.exp(torch.where(x >= 0, -x, x))
    return torch.where(x >= 0, torch.ones(x.shape), shrunk) / (1 + shrunk)

# %% device: moved_to_the_cpu
# says: Your sigmoid brings its result to the CPU. Whatever comes next in the model or the loss may be on the GPU.
def sigmoid(x):
    return torch.sigmoid(x.cpu())

# %% device: cuda_written_in
# says: You calculate on one maker's GPU. A sigmoid works anywhere: leave x where it is.
def sigmoid(x):
    return torch.sigmoid(x.cuda())
