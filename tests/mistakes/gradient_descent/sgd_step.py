# %% mistake: rebinds_a_local
# says: Your step makes a new tensor and gives it the name p, inside the function only. The caller's parameter is still the old one: it has
# to be changed in place.
def sgd_step(params, lr):
    for p in params:
        if p.grad is not None:
            grad = p.grad
            p.grad = None
            p = p - lr * grad

# %% mistake: replaced_in_the_list
# says: You put new tensors in the list. The model still holds the old ones, which have not moved: change those in place.
def sgd_step(params, lr):
    for i, p in enumerate(params):
        if p.grad is not None:
            params[i] = (p - lr * p.grad).detach().requires_grad_()

# %% mistake: uphill
# says: Your step goes uphill: the gradient points to where the loss grows.
def sgd_step(params, lr):
    for p in params:
        if p.grad is not None:
            p.data += lr * p.grad
            p.grad = None

# %% mistake: gradient_not_cleared
# says: The step is right, but the gradient is still there afterwards, and the next `backward` adds to it.
def sgd_step(params, lr):
    for p in params:
        if p.grad is not None:
            p.data -= lr * p.grad

# %% mistake: cleared_first
# says: You cleared the gradient before the step, so there is nothing left to step by.
def sgd_step(params, lr):
    for p in params:
        if p.grad is not None:
            p.grad.zero_()
            p.data -= lr * p.grad

# %% mistake: inside_the_graph
# says: The step was made where autograd keeps track, and PyTorch refuses to change a parameter there. The step itself is no part of what
# is differentiated: tell PyTorch not to look.
def sgd_step(params, lr):
    for p in params:
        if p.grad is not None:
            p -= lr * p.grad
            p.grad = None

# %% mistake: weights_zeroed
# says: It is the parameter that you set to zero, not its gradient: everything learned so far is gone.
def sgd_step(params, lr):
    for p in params:
        if p.grad is not None:
            p.data -= lr * p.grad
            p.data.zero_()

# %% mistake: no_learning_rate
# says: The learning rate is never used: you step by the whole gradient.
def sgd_step(params, lr):
    for p in params:
        if p.grad is not None:
            p.data -= p.grad
            p.grad = None

# %% mistake: gradient_expected
# says: Right, as long as every parameter has a gradient. One that had no part in the loss has None, and with None nothing can be computed.
def sgd_step(params, lr):
    for p in params:
        p.data -= lr * p.grad
        p.grad.zero_()

# %% mistake: stops_at_none
# says: You stop at the first parameter without a gradient. Pass over it and go on: the ones after it want their step too.
def sgd_step(params, lr):
    for p in params:
        if p.grad is None:
            return
        p.data -= lr * p.grad
        p.grad = None

# %% mistake: first_only
# says: Your loop ends after the first parameter: look at how far the last lines are indented.
def sgd_step(params, lr):
    for p in params:
        if p.grad is not None:
            p.data -= lr * p.grad
            p.grad = None
        return

# %% mistake: clears_the_last_only
# says: Every parameter moves, but only the gradient of the last one is cleared: look at how far that line is indented.
def sgd_step(params, lr):
    for p in params:
        if p.grad is not None:
            p.data -= lr * p.grad
    if p.grad is not None:
        p.grad.zero_()

# %% mistake: no_longer_trained
# says: The step is right, but afterwards the parameter no longer requires a gradient, so it has taken its last step.
def sgd_step(params, lr):
    for p in params:
        if p.grad is not None:
            p.requires_grad_(False)
            p -= lr * p.grad
            p.grad = None

# %% right: no_grad
def sgd_step(params, lr):
    with torch.no_grad():
        for p in params:
            if p.grad is None:
                continue
            p -= p.grad * lr
            p.grad.zero_()

# %% right: data
def sgd_step(params, lr):
    for p in (p for p in params if p.grad is not None):
        p.data = p.data - lr * p.grad.data
        p.grad = None

# %% right: library
def sgd_step(params, lr):
    optimizer = torch.optim.SGD(params, lr=lr)
    optimizer.step()
    optimizer.zero_grad()

# %% right: decorated
@torch.no_grad()
def sgd_step(params: list, lr: float) -> None:
    moving = [p for p in params if p.grad is not None]
    for p in moving:
        p.add_(p.grad, alpha=-lr)
    for p in moving:
        p.grad = torch.zeros_like(p)

# %% right: helpers
def move(p, lr):
    p.detach().sub_(lr * p.grad)

def clear(p):
    del p.grad

class Step:
    def __call__(self, params, lr):
        for p in params:
            if p.grad is not None:
                move(p, lr)
                clear(p)

sgd_step = Step()

# %% device: step_from_a_list
# says: You took the gradient out as Python numbers and built the step from them: a tensor on the CPU, which can't be subtracted from a
# parameter on a GPU. The gradient itself is already beside its parameter.
def sgd_step(params, lr):
    for p in params:
        if p.grad is not None:
            p.data = p.data - lr * torch.tensor([g.item() for g in p.grad.reshape(-1)]).reshape(p.shape)
            p.grad = None

# %% device: step_by_numpy
# says: You calculate the step with NumPy, which can't read a gradient on a GPU. Tensors can be multiplied and subtracted too.
def sgd_step(params, lr):
    for p in params:
        if p.grad is not None:
            p.data -= torch.as_tensor(lr * p.grad.numpy()).to(p.dtype)
            p.grad = None

# %% device: parameters_moved_to_the_cpu
# says: After your step the parameters are on the CPU. The same tensor must also stay in the same place: the data of the next batch are
# where it was.
def sgd_step(params, lr):
    for p in params:
        if p.grad is not None:
            p.data, p.grad = (p.data - lr * p.grad).cpu(), None

# %% device: cuda_written_in
# says: You move the gradient to one maker's GPU. It is where its parameter is, and that is where the step is taken.
def sgd_step(params, lr):
    for p in params:
        if p.grad is not None:
            p.data -= lr * p.grad.cuda()
            p.grad = None
