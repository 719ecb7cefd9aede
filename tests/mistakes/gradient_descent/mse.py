# %% mistake: root
# says: You have the root of it: that is the RMSE, as in the L2 distance. The loss here is the mean of the squares itself.
def mse(predictions, targets):
    return ((predictions - targets) ** 2).mean().sqrt()

# %% mistake: sum
# says: You added up the squared errors. Their mean is asked for, so that the loss does not grow with the amount of data.
def mse(predictions, targets):
    return ((predictions - targets) ** 2).sum()

# %% mistake: not_squared
# says: You averaged the errors with their signs, so one above and one below cancel out. Square them first.
def mse(predictions, targets):
    return (predictions - targets).mean()

# %% mistake: squared_too_late
# says: You squared the mean of the errors. By then, errors above and below have already cancelled out: the square comes first.
def mse(predictions, targets):
    return (predictions - targets).mean() ** 2

# %% mistake: absolute
# says: This is the mean absolute error, the L1 loss. Squares are asked for here.
def mse(predictions, targets):
    return (predictions - targets).abs().mean()

# %% mistake: half
# says: You halved the loss. Some books do so to make the derivative shorter; the mean squared error has no half.
def mse(predictions, targets):
    return ((predictions - targets) ** 2).mean() / 2

# %% mistake: not_averaged
# says: You give back one squared error for each prediction. Training needs one number for all of them.
def mse(predictions, targets):
    return (predictions - targets) ** 2

# %% mistake: python_number
# says: The number is right, but `.item()` (or `float`) made a Python number of it, which knows nothing of gradients. Keep the tensor.
def mse(predictions, targets):
    return ((predictions - targets) ** 2).mean().item()

# %% mistake: detached
# says: The value is right, but its way back to the predictions is cut (by `.detach()`, `.data`, `no_grad` or a tensor made anew), so
# nothing can be learned from it.
def mse(predictions, targets):
    return ((predictions.detach() - targets) ** 2).mean()

# %% mistake: no_return
# says: Your function works out the loss and then keeps it to itself: nothing is returned.
def mse(predictions, targets):
    loss = ((predictions - targets) ** 2).mean()

# %% right: method_chain
def mse(predictions, targets):
    return ((predictions - targets) ** 2).mean()

# %% right: library
def mse(predictions, targets):
    return F.mse_loss(predictions, targets)

# %% right: dot_product
def mse(predictions, targets):
    error = (predictions - targets).flatten()
    return error @ error / len(error)

# %% right: sum_and_count
def squared(x):
    return torch.mul(x, x)

def mse(predictions: torch.Tensor, targets: torch.Tensor, reduce=torch.sum) -> torch.Tensor:
    return reduce(squared(targets - predictions)) / targets.numel()

# %% right: module
mse = torch.nn.MSELoss()

# %% right: book
def mse(preds, targets): return ((preds-targets)**2).mean()

# %% device: exponent_made_at_import
# says: You keep the exponent in a tensor outside the function. It was made on the CPU when the cell ran, and predictions on a GPU don't go
# with it. A plain number goes everywhere.
SQUARED = torch.tensor([2.0])

def mse(predictions, targets):
    return ((predictions - targets) ** SQUARED).mean()

# %% device: moved_to_the_cpu
# says: You send the loss to the CPU. It still can be differentiated, but whatever is added to it on the GPU meets a tensor elsewhere.
def mse(predictions, targets):
    return ((predictions - targets) ** 2).mean().cpu()

# %% device: targets_by_numpy
# says: You take the targets through NumPy. It can't read what is on a GPU; tensors subtract by themselves.
def mse(predictions, targets):
    return ((predictions - torch.from_numpy(targets.numpy())) ** 2).mean()

# %% device: cuda_written_in
# says: You move predictions and targets to one maker's GPU. Work where they are.
def mse(predictions, targets):
    return ((predictions.cuda() - targets.cuda()) ** 2).mean()
