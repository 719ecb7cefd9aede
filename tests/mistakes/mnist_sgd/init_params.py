# %% mistake: not_a_leaf
# says: You switched on the gradient and multiplied afterwards. The product is then a result, not a starting point: it never gets a
# `.grad` of its own. Multiply first.
def init_params(size, std=1.0):
    return torch.randn(size).requires_grad_() * std

# %% mistake: no_gradient
# says: Nothing watches these numbers: `backward` will have no gradient for them. Switch it on before you hand them out.
def init_params(size, std=1.0):
    return torch.randn(size) * std

# %% mistake: uniform_from_0_to_1
# says: Your numbers are spread evenly between 0 and 1. Normal ones lie around 0, on both sides: it is another function of torch.
def init_params(size, std=1.0):
    return (torch.rand(size) * std).requires_grad_()

# %% mistake: uniform_around_zero
# says: The standard deviation is right, but the numbers are spread evenly between two limits. Normal numbers crowd around 0 and have no
# limits.
def init_params(size, std=1.0):
    return ((torch.rand(size) - 0.5) * 12**0.5 * std).requires_grad_()

# %% mistake: std_ignored
# says: `std` changes nothing in your answer: the numbers always have the same spread.
def init_params(size, std=1.0):
    return torch.randn(size).requires_grad_()

# %% mistake: variance
# says: You scaled by the root of `std`, so `std` became the variance. The standard deviation itself is the factor.
def init_params(size, std=1.0):
    return (torch.randn(size) * std**0.5).requires_grad_()

# %% mistake: added
# says: You added `std` to the numbers. That moves them to another centre; it is a factor that spreads them.
def init_params(size, std=1.0):
    return (torch.randn(size) + std).requires_grad_()

# %% mistake: seed_fixed
# says: You set the seed inside the function, so every call gives the very same numbers. Set it outside, once, if you want to repeat a
# run.
def init_params(size, std=1.0):
    torch.manual_seed(42)
    return (torch.randn(size) * std).requires_grad_()

# %% mistake: zeros
# says: All your numbers are 0. Where everything starts out equal, a net learns the same thing everywhere: draw random numbers.
def init_params(size, std=1.0):
    return (torch.zeros(size) * std).requires_grad_()

# %% mistake: tuples_only
# says: Right for a tuple. But a bias has one axis, and then `size` is an int, which can't be taken apart with a star.
def init_params(size, std=1.0):
    return (torch.randn(*size) * std).requires_grad_()

# %% mistake: std_ignored_for_an_int
# says: `std` plays no part where the size is an int. Scale the numbers for every kind of size.
def init_params(size, std=1.0):
    if isinstance(size, int):
        return torch.randn(size).requires_grad_()
    return (torch.randn(size) * std).requires_grad_()

# %% right: normal_in_place
def init_params(size, std=1.0):
    if isinstance(size, int):
        size = (size,)
    return torch.empty(*size).normal_(0, std).requires_grad_(True)

# %% right: torch_normal
def init_params(size, std=1.0):
    shape = [size] if type(size) is int else list(size)
    params = torch.normal(mean=0.0, std=std, size=shape)
    params.requires_grad = True
    return params

# %% right: parameter
def init_params(size, std=1.0):
    return nn.Parameter(std * torch.randn(size))

# %% right: init_module
def init_params(size, std=1.0, mean=0.0):
    params = torch.zeros(size, requires_grad=True)
    return nn.init.normal_(params, mean, std)

# %% right: detached_product
def init_params(size, std=1.0):
    drawn = torch.randn(size, requires_grad=True)
    return (drawn * std).detach().requires_grad_()

# %% right: book
def init_params(size, std=1.0): return (torch.randn(size)*std).requires_grad_()
