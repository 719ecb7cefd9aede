# %% mistake: tensor
# says: The derivative is right, but it is still wrapped in a tensor. A plain Python number is asked for.
def derivative(f, x):
    x = torch.tensor(float(x), requires_grad=True)
    f(x).backward()
    return x.grad

# %% mistake: value
# says: This is the value of f at x. The derivative is what `backward` leaves on x.
def derivative(f, x):
    x = torch.tensor(float(x), requires_grad=True)
    y = f(x)
    y.backward()
    return y.item()

# %% mistake: whole_number_refused
# says: Right for 3.0, but not for 3: a tensor of whole numbers can't have a gradient. Make x a float first.
def derivative(f, x):
    x = torch.tensor(x, requires_grad=True)
    f(x).backward()
    return x.grad.item()

# %% mistake: forgot_requires_grad
# says: PyTorch keeps track of a calculation only for tensors that were marked when they were made. Your x is not marked.
def derivative(f, x):
    x = torch.tensor(float(x))
    f(x).backward()
    return x.grad.item()

# %% mistake: backward_not_called
# says: `backward` is named but never called: without its brackets nothing happens, and x has no gradient.
def derivative(f, x):
    x = torch.tensor(float(x), requires_grad=True)
    f(x).backward
    return x.grad.item()

# %% mistake: finite_difference
# says: This is a finite difference: nearly right where the function is calm, off where it turns fast. Autograd is exact everywhere.
def derivative(f, x):
    x = torch.tensor(float(x), dtype=torch.float64)
    return ((f(x + 1e-3) - f(x - 1e-3)) / 2e-3).item()

# %% mistake: power_rule
# says: You worked out the derivative of x² by hand, so every function gets that one. Let PyTorch follow whatever f does.
def derivative(f, x):
    return 2.0 * x

# %% mistake: x_kept_between_calls
# says: Right the first time. But you keep the tensors from one call to the next, and gradients add up on a tensor: start with a fresh
# one in every call.
kept = {}

def derivative(f, x):
    x = kept.setdefault(float(x), torch.tensor(float(x), requires_grad=True))
    f(x).backward()
    return x.grad.item()

# %% mistake: no_return
# says: Your function takes the derivative and then keeps it to itself: nothing is returned.
def derivative(f, x):
    x = torch.tensor(float(x), requires_grad=True)
    f(x).backward()

# %% right: backward
def derivative(f, x):
    x = torch.tensor(float(x), requires_grad=True)
    f(x).backward()
    return x.grad.item()

# %% right: autograd_grad
def derivative(f, x):
    point = torch.tensor([x], dtype=torch.float64).requires_grad_()
    (slope,) = torch.autograd.grad(f(point), point)
    return float(slope)

# %% right: functional
def derivative(f, x):
    return torch.func.grad(f)(torch.tensor(float(x))).item()

# %% right: forward_mode
import torch.autograd.forward_ad as forward_ad

def derivative(f, x, direction=1.0):
    with forward_ad.dual_level():
        dual = forward_ad.make_dual(torch.tensor(float(x)), torch.tensor(direction))
        return forward_ad.unpack_dual(f(dual)).tangent.item()

# %% right: jacobian
class Derivative:
    def __call__(self, f, x):
        return torch.autograd.functional.jacobian(f, torch.tensor(x * 1.0)).tolist()

derivative = Derivative()

# %% right: book
def derivative(f, x):
    xt = torch.tensor(float(x)).requires_grad_()
    yt = f(xt)
    yt.backward()
    return xt.grad.item()
