# %% mistake: without_sigmoid
# says: You took the raw predictions. They can be any number, so 1 minus one of them is no distance: squash them first.
def mnist_loss(predictions, targets):
    return torch.where(targets == 1, 1 - predictions, predictions).mean()

# %% mistake: sigmoid_twice
# says: You squashed twice. After the second time everything lies between 0.5 and 0.73, and no prediction can ever be sure.
def mnist_loss(predictions, targets):
    p = sigmoid(sigmoid(predictions))
    return torch.where(targets == 1, 1 - p, p).mean()

# %% mistake: where_swapped
# says: Your loss is upside down: the better the prediction, the higher it gets. Look which value belongs to which target.
def mnist_loss(predictions, targets):
    p = sigmoid(predictions)
    return torch.where(targets == 1, p, 1 - p).mean()

# %% mistake: sum
# says: You added up. Then a larger batch has a larger loss, and a larger step: take the mean.
def mnist_loss(predictions, targets):
    p = sigmoid(predictions)
    return torch.where(targets == 1, 1 - p, p).sum()

# %% mistake: no_mean
# says: There is a loss for each prediction left. `backward` starts from one number: take the mean.
def mnist_loss(predictions, targets):
    p = sigmoid(predictions)
    return torch.where(targets == 1, 1 - p, p)

# %% mistake: targets_in_a_row
# says: You compared predictions of shape (B, 1) with targets of shape (B,). That broadcasts to (B, B), every prediction against every
# target, and no error tells you. Keep both as columns.
def mnist_loss(predictions, targets):
    p = sigmoid(predictions)
    return torch.where(targets.squeeze(1) == 1, 1 - p, p).mean()

# %% mistake: squared
# says: You squared the distances. Here they count as they are.
def mnist_loss(predictions, targets):
    return ((sigmoid(predictions) - targets) ** 2).mean()

# %% mistake: signed
# says: Your distances keep their signs, so one prediction too high and one too low cancel out.
def mnist_loss(predictions, targets):
    return (targets - sigmoid(predictions)).mean()

# %% mistake: one_minus_accuracy
# says: You counted wrong predictions. A count changes in jumps, so its slope is 0 or missing altogether: measure how far off each one is.
def mnist_loss(predictions, targets):
    return 1 - ((sigmoid(predictions) > 0.5) == (targets == 1)).float().mean()

# %% mistake: python_number
# says: The value is right, but `.item()` made a plain number of it, and `backward` needs the tensor with its history.
def mnist_loss(predictions, targets):
    p = sigmoid(predictions)
    return torch.where(targets == 1, 1 - p, p).mean().item()

# %% mistake: cut_off_from_autograd
# says: The value is right, but you left autograd on the way (`detach`, `.data` or `no_grad`): no gradient reaches the predictions.
def mnist_loss(predictions, targets):
    p = sigmoid(predictions.detach())
    return torch.where(targets == 1, 1 - p, p).mean()

# %% mistake: no_return
# says: Your function works something out and then keeps it to itself: nothing is returned.
def mnist_loss(predictions, targets):
    p = sigmoid(predictions)
    loss = torch.where(targets == 1, 1 - p, p).mean()

# %% right: absolute_difference
def mnist_loss(predictions, targets):
    return (torch.sigmoid(predictions) - targets).abs().mean()

# %% right: weighted_sum
def mnist_loss(predictions, targets):
    p = predictions.sigmoid()
    return (targets * (1 - p) + (1 - targets) * p).mean()

# %% right: library_loss
def mnist_loss(predictions, targets):
    return nn.functional.l1_loss(sigmoid(predictions), targets.float())

# %% right: sign_flipped
def mnist_loss(predictions, targets):
    # the sigmoid of -x is 1 minus that of x
    return torch.sigmoid(torch.where(targets == 1, -predictions, predictions)).mean()

# %% right: two_groups
def mnist_loss(predictions, targets):
    p = sigmoid(predictions)
    is_three = targets.bool()
    return ((1 - p[is_three]).sum() + p[~is_three].sum()) / len(p)

# %% right: book
def mnist_loss(predictions, targets):
    predictions = predictions.sigmoid()
    return torch.where(targets==1, 1-predictions, predictions).mean()

# %% device: one_made_at_import
# says: You keep a tensor outside the function. It was made on the CPU when its cell ran and stays there, so it does not go with targets on a
# GPU.
ONE = torch.ones(1, 1)

def mnist_loss(predictions, targets):
    p = torch.sigmoid(predictions)
    return torch.where(targets == ONE, 1 - p, p).mean()

# %% device: moved_to_the_cpu
# says: You give the loss back on the CPU. Its gradient still arrives, but on a GPU it should stay beside the predictions.
def mnist_loss(predictions, targets):
    p = torch.sigmoid(predictions)
    return torch.where(targets == 1, 1 - p, p).mean().cpu()

# %% device: mask_by_numpy
# says: You look at the targets with NumPy, which can't read what is on a GPU. A tensor can be compared with 1 itself.
def mnist_loss(predictions, targets):
    p = torch.sigmoid(predictions)
    return torch.where(torch.from_numpy(targets.numpy() == 1), 1 - p, p).mean()

# %% device: cuda_written_in
# says: You move predictions and targets to one maker's GPU. The loss can be calculated where they are.
def mnist_loss(predictions, targets):
    p = torch.sigmoid(predictions.cuda())
    return torch.where(targets.cuda() == 1, 1 - p, p).mean()
