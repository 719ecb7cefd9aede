# %% mistake: overflows
# says: Right for small numbers. But e to the 100 is more than a float can hold, and infinity divided by infinity is not a number: make
# the exponents small first, in a way that leaves the shares as they are.
def softmax(x, dim=-1):
    exponentials = x.exp()
    return exponentials / exponentials.sum(dim, keepdim=True)

# %% mistake: largest_of_all
# says: You subtracted the largest number of the whole table. A row far below it then becomes 0 divided by 0: each row has a largest of
# its own.
def softmax(x, dim=-1):
    exponentials = (x - x.max()).exp()
    return exponentials / exponentials.sum(dim, keepdim=True)

# %% mistake: clamped
# says: You cut large numbers off before the exponential, so 1000 and 1001 get the same share. Nothing may be lost: find a way that keeps
# the differences.
def softmax(x, dim=-1):
    exponentials = x.clamp(-80, 80).exp()
    return exponentials / exponentials.sum(dim, keepdim=True)

# %% mistake: sum_over_everything
# says: Your shares add up to 1 over the whole table. It is along one axis that they should.
def softmax(x, dim=-1):
    exponentials = (x - x.amax(dim, keepdim=True)).exp()
    return exponentials / exponentials.sum()

# %% mistake: dim_ignored
# says: Right along the last axis, but `dim` changes nothing in your answer.
def softmax(x, dim=-1):
    exponentials = (x - x.amax(-1, keepdim=True)).exp()
    return exponentials / exponentials.sum(-1, keepdim=True)

# %% mistake: axis_lost
# says: After the sum the axis is gone, and what is left no longer lines up with the rows. It should stay, with length 1.
def softmax(x, dim=-1):
    exponentials = (x - x.amax(dim, keepdim=True)).exp()
    return exponentials / exponentials.sum(dim)

# %% mistake: log_softmax
# says: This is the logarithm of the shares. Asked for are the shares.
def softmax(x, dim=-1):
    return torch.log_softmax(x, dim)

# %% mistake: without_exponential
# says: The exponential is missing: you shared out the numbers as they are, and a negative number can't have a share.
def softmax(x, dim=-1):
    return x / x.sum(dim, keepdim=True)

# %% mistake: smallest_subtracted
# says: You subtracted the smallest number. The largest exponent is then larger still, and it is the large ones that overflow.
def softmax(x, dim=-1):
    exponentials = (x - x.amin(dim, keepdim=True)).exp()
    return exponentials / exponentials.sum(dim, keepdim=True)

# %% mistake: subtracts_in_place
# says: The shares are right, but `-=` changed the numbers that were handed in.
def softmax(x, dim=-1):
    x -= x.amax(dim, keepdim=True).detach()
    exponentials = x.exp()
    return exponentials / exponentials.sum(dim, keepdim=True)

# %% right: library
def softmax(x, dim=-1):
    return F.softmax(x, dim=dim)

# %% right: in_logarithms
def softmax(x, dim=-1):
    return torch.exp(x - torch.logsumexp(x, dim, keepdim=True))

# %% right: max_values
def softmax(x, dim=-1):
    largest = torch.max(x, dim=dim, keepdim=True).values.detach()
    e = torch.exp(torch.sub(x, largest))
    return e.div(torch.sum(e, dim, keepdim=True))

# %% right: axis_moved
def softmax(x, dim=-1):
    rows = x.movedim(dim, 0)
    shares = torch.exp(rows - rows.max(0)[0])
    return (shares / sum(shares)).movedim(0, dim)

# %% right: last_axis_first
def softmax_of_rows(x):
    e = (x - x.max(-1, keepdim=True)[0]).exp()
    return e / e.sum(-1, keepdim=True)

def softmax(x, dim=-1):
    return softmax_of_rows(x.transpose(dim, -1)).transpose(dim, -1)

# %% device: moved_to_the_cpu
# says: You give the shares back on the CPU. Whatever comes after a softmax is where its input was.
def softmax(x, dim=-1):
    return torch.softmax(x, dim).cpu()

# %% device: base_made_at_import
# says: You keep e in a tensor outside the function. It was made on the CPU when its cell ran, and an x on a GPU does not go with it.
import math

import torch

E = torch.tensor([math.e])

def softmax(x, dim=-1):
    powers = E ** (x - x.amax(dim, keepdim=True))
    return powers / powers.sum(dim, keepdim=True)

# %% device: cuda_written_in
# says: You move x to one maker's GPU. The shares can be calculated where x is.
def softmax(x, dim=-1):
    return torch.softmax(x.cuda(), dim)
