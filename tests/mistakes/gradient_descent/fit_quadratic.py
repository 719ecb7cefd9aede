# %% mistake: loss_tensors
# says: Your list holds tensors. Each of them keeps its graph in memory; plain Python numbers are asked for.
def fit_quadratic(t, y, params, lr, n_steps):
    losses = []
    for _ in range(n_steps):
        loss = mse(quadratic(t, params), y)
        loss.backward()
        sgd_step([params], lr)
        losses.append(loss)
    return losses

# %% mistake: loss_after_the_step
# says: The parameters are right, but each loss in your list is the one after its step: the first one, from before any training, is missing.
def fit_quadratic(t, y, params, lr, n_steps):
    losses = []
    for _ in range(n_steps):
        mse(quadratic(t, params), y).backward()
        sgd_step([params], lr)
        losses.append(mse(quadratic(t, params), y).item())
    return losses

# %% mistake: gradient_not_cleared
# says: The gradient is never cleared, so every `backward` adds to those of the steps before, and the steps grow out of all proportion.
def fit_quadratic(t, y, params, lr, n_steps):
    losses = []
    for _ in range(n_steps):
        loss = mse(quadratic(t, params), y)
        loss.backward()
        params.data -= lr * params.grad
        losses.append(loss.item())
    return losses

# %% mistake: backward_not_called
# says: The loss stays the same at every step: `backward` is named but never called, so there is no gradient to step by.
def fit_quadratic(t, y, params, lr, n_steps):
    losses = []
    for _ in range(n_steps):
        loss = mse(quadratic(t, params), y)
        loss.backward
        sgd_step([params], lr)
        losses.append(loss.item())
    return losses

# %% mistake: not_in_a_list
# says: The loss stays the same at every step: `sgd_step` takes a list of parameters. Given one tensor of three, it walks over its three
# numbers, and none of these has a gradient of its own.
def fit_quadratic(t, y, params, lr, n_steps):
    losses = []
    for _ in range(n_steps):
        loss = mse(quadratic(t, params), y)
        loss.backward()
        sgd_step(params, lr)
        losses.append(loss.item())
    return losses

# %% mistake: copy
# says: The losses are right, but you trained a copy: the caller's parameters have not moved.
def fit_quadratic(t, y, params, lr, n_steps):
    params = params.detach().clone().requires_grad_()
    losses = []
    for _ in range(n_steps):
        loss = mse(quadratic(t, params), y)
        loss.backward()
        sgd_step([params], lr)
        losses.append(loss.item())
    return losses

# %% mistake: one_step_too_few
# says: You take one step too few. How many numbers are there from 1 up to n_steps, without n_steps itself?
def fit_quadratic(t, y, params, lr, n_steps):
    losses = []
    for _ in range(1, n_steps):
        loss = mse(quadratic(t, params), y)
        loss.backward()
        sgd_step([params], lr)
        losses.append(loss.item())
    return losses

# %% mistake: one_step_only
# says: You come back after the first step: look at how far the `return` is indented.
def fit_quadratic(t, y, params, lr, n_steps):
    losses = []
    for _ in range(n_steps):
        loss = mse(quadratic(t, params), y)
        loss.backward()
        sgd_step([params], lr)
        losses.append(loss.item())
        return losses

# %% mistake: last_loss_only
# says: You give back one loss only. The whole list is asked for, one loss for each step.
def fit_quadratic(t, y, params, lr, n_steps):
    for _ in range(n_steps):
        loss = mse(quadratic(t, params), y)
        loss.backward()
        sgd_step([params], lr)
    return loss.item()

# %% mistake: root
# says: Your loss is the root of the mean squared error. That has another gradient, so the steps are others too.
def fit_quadratic(t, y, params, lr, n_steps):
    losses = []
    for _ in range(n_steps):
        loss = mse(quadratic(t, params), y).sqrt()
        loss.backward()
        sgd_step([params], lr)
        losses.append(loss.item())
    return losses

# %% mistake: uphill
# says: Your losses grow from step to step: you step along the gradient, not against it.
def fit_quadratic(t, y, params, lr, n_steps):
    losses = []
    for _ in range(n_steps):
        loss = mse(quadratic(t, params), y)
        loss.backward()
        params.data += lr * params.grad
        params.grad = None
        losses.append(loss.item())
    return losses

# %% mistake: no_return
# says: The parameters are trained, but the losses never leave your function: nothing is returned.
def fit_quadratic(t, y, params, lr, n_steps):
    losses = []
    for _ in range(n_steps):
        loss = mse(quadratic(t, params), y)
        loss.backward()
        sgd_step([params], lr)
        losses.append(loss.item())

# %% mistake: left_frozen
# says: Your parameters no longer require a gradient at the end: `requires_grad_(False)` was never taken back, so nobody can train on.
def fit_quadratic(t, y, params, lr, n_steps):
    losses = []
    for _ in range(n_steps):
        params.requires_grad_()
        loss = mse(quadratic(t, params), y)
        loss.backward()
        params.requires_grad_(False)
        params -= lr * params.grad
        params.grad = None
        losses.append(loss.item())
    return losses

# %% right: the_parts_put_together
def fit_quadratic(t, y, params, lr, n_steps):
    losses = []
    for _ in range(n_steps):
        loss = mse(quadratic(t, params), y)
        loss.backward()
        sgd_step([params], lr)
        losses.append(loss.item())
    return losses

# %% right: optimizer
def fit_quadratic(t, y, params, lr, n_steps):
    optimizer = torch.optim.SGD([params], lr=lr)
    losses = []
    for step in range(n_steps):
        loss = F.mse_loss(quadratic(t, params), y)
        losses.append(float(loss))
        loss.backward()
        optimizer.step()
        optimizer.zero_grad()
    return losses

# %% right: gradient_by_hand
@torch.no_grad()
def fit_quadratic(t, y, params, lr, n_steps):
    powers = torch.stack([t**2, t, torch.ones_like(t)], dim=1)
    losses = []
    while len(losses) < n_steps:
        error = powers @ params - y
        losses.append((error @ error).item() / len(t))
        params -= lr * 2 / len(t) * powers.T @ error
    return losses

# %% right: autograd_grad
def one_step(t, y, params, lr):
    loss = mse(quadratic(t, params), y)
    (slope,) = torch.autograd.grad(loss, params)
    params.data.sub_(slope, alpha=lr)
    return loss.item()

def fit_quadratic(t, y, params, lr, n_steps):
    return [one_step(t, y, params, lr) for _ in range(n_steps)]

# %% right: cleared_with_zeros
def fit_quadratic(t, y, params, lr: float, n_steps: int, verbose=True) -> list:
    history = [None] * n_steps
    for i in range(n_steps):
        loss = ((quadratic(t, params) - y) ** 2).mean()
        loss.backward()
        params.data = params.data - lr * params.grad
        params.grad.zero_()
        history[i] = loss.detach().tolist()
        if verbose:
            print(i, history[i])
    return history

# %% right: book
def fit_quadratic(t, y, params, lr, n_steps):
    losses = []

    def apply_step(params, prn=True):
        preds = quadratic(t, params)
        loss = mse(preds, y)
        loss.backward()
        params.data -= lr * params.grad.data
        params.grad = None
        if prn: print(loss.item())
        losses.append(loss.item())
        return preds

    for i in range(n_steps): apply_step(params)
    return losses

# %% device: losses_by_numpy
# says: You turn each loss into a NumPy number. From a GPU that stops with an error; a tensor gives its Python number itself.
def fit_quadratic(t, y, params, lr, n_steps):
    losses = []
    for _ in range(n_steps):
        loss = mse(quadratic(t, params), y)
        loss.backward()
        sgd_step([params], lr)
        losses.append(float(loss.detach().numpy()))
    return losses

# %% device: data_moved_to_the_cpu
# says: You move the measurements to the CPU and leave the parameters where they are: on a GPU the two then don't meet.
def fit_quadratic(t, y, params, lr, n_steps):
    t, y = t.cpu(), y.cpu()
    losses = []
    for _ in range(n_steps):
        loss = mse(quadratic(t, params), y)
        loss.backward()
        sgd_step([params], lr)
        losses.append(loss.item())
    return losses

# %% device: cuda_written_in
# says: You move times and measurements to one maker's GPU, but not the parameters. Leave all three where they are: it is one place.
def fit_quadratic(t, y, params, lr, n_steps):
    t, y = t.cuda(), y.cuda()
    losses = []
    for _ in range(n_steps):
        loss = mse(quadratic(t, params), y)
        loss.backward()
        sgd_step([params], lr)
        losses.append(loss.item())
    return losses
