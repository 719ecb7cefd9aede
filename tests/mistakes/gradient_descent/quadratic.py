# %% mistake: reversed
# says: Your parameters are in the opposite order: a belongs to the square, and c stands alone.
def quadratic(t, params):
    c, b, a = params
    return a * t**2 + b * t + c

# %% mistake: forgot_c
# says: The third parameter is never used: your parabola always goes through 0 at time 0.
def quadratic(t, params):
    a, b, c = params
    return a * t**2 + b * t

# %% mistake: doubled
# says: Where the square of t is asked for, you have twice t: `*` multiplies, `**` raises to a power.
def quadratic(t, params):
    a, b, c = params
    return a * t * 2 + b * t + c

# %% mistake: squared_too_much
# says: You squared a together with t. The power belongs to t alone.
def quadratic(t, params):
    a, b, c = params
    return (a * t) ** 2 + b * t + c

# %% mistake: bracket_too_wide
# says: Your bracket is too wide: a multiplies everything, not only the square of t.
def quadratic(t, params):
    a, b, c = params
    return a * (t**2 + b * t + c)

# %% mistake: xor
# says: In Python, `^` is not a power (it compares bits, and refuses floats).
def quadratic(t, params):
    a, b, c = params
    return a * t^2 + b * t + c

# %% mistake: tensor_only
# says: Right for a tensor of parameters, but a tuple of three numbers is allowed too, and has no tensor methods.
def quadratic(t, params):
    powers = torch.stack([t**2, t, torch.ones_like(t)])
    return (params.reshape(3, *[1] * t.dim()) * powers).sum(0)

# %% mistake: python_numbers
# says: The values are right, but you turned the parameters into Python numbers, and a gradient can't find its way back through these.
def quadratic(t, params):
    a, b, c = (float(p) for p in params)
    return a * t**2 + b * t + c

# %% mistake: made_anew
# says: The values are right, but you made a new tensor out of the parameters, and a gradient can't find its way back through that one.
# A new tensor out of t cuts that way as well.
def quadratic(t, params):
    a, b, c = torch.tensor([float(p) for p in params])
    t = t.detach()
    return a * t**2 + b * t + c

# %% mistake: summed
# says: You added everything up. There should be one value for each time in t.
def quadratic(t, params):
    a, b, c = params
    return (a * t**2 + b * t + c).sum()

# %% mistake: in_place
# says: The values are right, but an operation in place (`*=`, or a name that ends in `_`) wrote them into the caller's own t.
def quadratic(t, params):
    a, b, c = params
    square = t * t
    t *= b
    return a * square + t + c

# %% mistake: no_return
# says: Your function works out the values and then keeps them to itself: nothing is returned.
def quadratic(t, params):
    a, b, c = params
    y = a * t**2 + b * t + c

# %% right: formula
def quadratic(t, params):
    a, b, c = params
    return a * (t**2) + (b * t) + c

# %% right: horner
def quadratic(t, params):
    return (params[0] * t + params[1]) * t + params[2]

# %% right: sum_of_powers
def quadratic(t, params, highest=2):
    return sum(p * t ** (highest - i) for i, p in enumerate(params))

# %% right: matrix_product
def quadratic(t, params):
    if not isinstance(params, torch.Tensor):
        params = torch.tensor(params, device=t.device)
    powers = torch.stack([t * t, t, torch.ones_like(t)], dim=-1)
    return powers @ params.to(t.dtype)

# %% right: reduce
from functools import reduce

class Polynomial:
    def __call__(self, t: torch.Tensor, params) -> torch.Tensor:
        return reduce(lambda value, p: value * t + p, params, torch.zeros_like(t))

quadratic = Polynomial()

# %% right: book
def f(t, params):
    a,b,c = params
    return a*(t**2) + (b*t) + c

quadratic = f

# %% device: powers_on_the_cpu
# says: You made a tensor of exponents without saying where: it is on the CPU, and t may be on a GPU.
def quadratic(t, params):
    a, b, c = params
    powers = t[..., None] ** torch.tensor([2.0, 1.0])
    return a * powers[..., 0] + b * powers[..., 1] + c

# %% device: cuda_written_in
# says: You move t to one maker's GPU. Work where t is: the parameters are there too, or are plain numbers.
def quadratic(t, params):
    a, b, c = params
    t = t.cuda()
    return a * t**2 + b * t + c

# %% device: moved_to_the_cpu
# says: You give the values back on the CPU. The measurements that they will be compared with are where t is.
def quadratic(t, params):
    a, b, c = params
    return (a * t**2 + b * t + c).cpu()
