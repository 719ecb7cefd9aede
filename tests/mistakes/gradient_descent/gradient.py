# %% mistake: on_the_callers_tensor
# says: The gradient is computed on the caller's own xs: afterwards that requires a gradient, and holds one that adds to what was there.
# Work on a copy that belongs to nobody else.
def gradient(f, xs):
    xs.requires_grad_()
    f(xs).backward()
    return xs.grad.clone()

# %% mistake: cleaned_up_too_much
# says: You worked on the caller's own xs and cleared its gradient. If it held one already, that is now lost; and it requires a gradient
# though nobody asked it to.
def gradient(f, xs):
    xs.requires_grad_()
    xs.grad = None
    f(xs).backward()
    result, xs.grad = xs.grad, None
    return result

# %% mistake: clone_without_detach
# says: Right for a plain tensor. But if xs already requires a gradient, a clone of it is still tied to it: the gradient runs on, past
# your clone, to the caller's xs.
def gradient(f, xs):
    own = xs.clone().requires_grad_()
    f(own).backward()
    return own.grad

# %% mistake: keeps_the_graph
# says: The numbers are right, but the gradient is itself still part of a graph, which stays in memory as long as it does.
def gradient(f, xs):
    own = xs.detach().clone().requires_grad_()
    return torch.autograd.grad(f(own), own, create_graph=True)[0]

# %% mistake: added_up
# says: You added the derivatives up. There is one for each element of xs, and each is needed on its own.
def gradient(f, xs):
    own = xs.detach().clone().requires_grad_()
    f(own).backward()
    return own.grad.sum()

# %% mistake: item
# says: `.item()` takes the one number out of a tensor that holds one. Here there is a derivative for each element: keep the tensor.
def gradient(f, xs):
    own = xs.detach().clone().requires_grad_()
    f(own).backward()
    return own.grad.item()

# %% mistake: flattened
# says: The derivatives are right, but laid out in one row. They should have the shape of xs.
def gradient(f, xs):
    own = xs.detach().flatten().requires_grad_()
    f(own.reshape(xs.shape)).backward()
    return own.grad

# %% mistake: finite_differences
# says: These are finite differences: nearly right where f is calm, off where it turns fast. Autograd is exact everywhere.
def gradient(f, xs):
    result = torch.zeros_like(xs, dtype=torch.float64, requires_grad=False)
    for i in range(xs.numel()):
        above, below = xs.detach().double().clone(), xs.detach().double().clone()
        above.view(-1)[i] += 1e-3
        below.view(-1)[i] -= 1e-3
        result.view(-1)[i] = (f(above) - f(below)).detach() / 2e-3
    return result.float()

# %% mistake: value
# says: This is the value of f. The gradient is what `backward` leaves on the tensor that f was given.
def gradient(f, xs):
    own = xs.detach().clone().requires_grad_()
    y = f(own)
    y.backward()
    return y.detach()

# %% mistake: no_return
# says: Nothing comes back: either the `return` is missing, or `backward` was named without the brackets that call it.
def gradient(f, xs):
    own = xs.detach().clone().requires_grad_()
    f(own).backward()

# %% right: clone_and_backward
def gradient(f, xs):
    own = xs.detach().clone().requires_grad_()
    f(own).backward()
    return own.grad

# %% right: autograd_grad
def gradient(f, xs):
    xs = xs.detach().requires_grad_()
    return torch.autograd.grad(f(xs), xs)[0]

# %% right: functional
def gradient(f, xs):
    return torch.func.grad(f)(xs.detach())

# %% right: jacobian
def gradient(f, xs, strict=False):
    return torch.autograd.functional.jacobian(f, xs.detach(), strict=strict)

# %% right: made_anew
import numpy as np

def fresh(xs):
    return torch.tensor(np.array(xs.tolist()), dtype=xs.dtype, device=xs.device, requires_grad=True)

def gradient(f, xs):
    own = fresh(xs)
    with torch.enable_grad():
        y = f(own)
    y.backward()
    return own.grad.detach().clone()

# %% device: copy_from_a_list
# says: You made your own copy of xs from a Python list. It is on the CPU, so the gradient is too; copying the tensor itself keeps it where
# xs is.
def gradient(f, xs):
    own = torch.tensor(xs.tolist(), requires_grad=True)
    f(own).backward()
    return own.grad

# %% device: copy_by_numpy
# says: You copy xs by way of NumPy, which can't read what is on a GPU. A tensor can be cloned.
def gradient(f, xs):
    own = torch.from_numpy(xs.detach().numpy().copy()).requires_grad_()
    f(own).backward()
    return own.grad

# %% device: gradient_into_zeros
# says: You add the gradient to a tensor of zeros that is on the CPU. A gradient on a GPU does not go with it.
def gradient(f, xs):
    own = xs.detach().clone().requires_grad_()
    f(own).backward()
    return torch.zeros(xs.shape) + own.grad

# %% device: cuda_written_in
# says: You take the gradient on one maker's GPU, whatever xs is on. Autograd works everywhere: leave the copy where xs is.
def gradient(f, xs):
    own = xs.detach().clone().cuda().requires_grad_()
    f(own).backward()
    return own.grad
