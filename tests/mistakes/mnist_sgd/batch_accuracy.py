# %% mistake: unsquashed
# says: You compared raw predictions with the targets. A raw prediction is hardly ever exactly 0 or 1: first ask whether it says 3.
def batch_accuracy(predictions, targets):
    return (predictions == targets).float().mean()

# %% mistake: squashed_but_not_cut
# says: After the sigmoid there is still a number between 0 and 1, which equals a target only by rounding. Cut it into yes or no first.
def batch_accuracy(predictions, targets):
    return (sigmoid(predictions) == targets).float().mean()

# %% mistake: raw_cut_at_half
# says: You cut the raw predictions at 0.5. It is the value after the sigmoid that is cut there; a raw 0.3 says 3 already.
def batch_accuracy(predictions, targets):
    return ((predictions > 0.5) == (targets == 1)).float().mean()

# %% mistake: sigmoid_twice
# says: You squashed twice. After the second time everything lies above 0.5, so your model calls everything a 3.
def batch_accuracy(predictions, targets):
    return ((sigmoid(sigmoid(predictions)) > 0.5) == (targets == 1)).float().mean()

# %% mistake: upside_down
# says: Your accuracy is upside down: it counts what is wrong. Beside a loss that is upside down as well, the numbers would even look
# good.
def batch_accuracy(predictions, targets):
    return ((sigmoid(predictions) < 0.5) == (targets == 1)).float().mean()

# %% mistake: targets_in_a_row
# says: You compared predictions of shape (B, 1) with targets of shape (B,). That broadcasts to (B, B): every prediction against every
# target, and no error tells you.
def batch_accuracy(predictions, targets):
    return ((sigmoid(predictions) > 0.5) == (targets.flatten() == 1)).float().mean()

# %% mistake: targets_ignored
# says: This is how often the model says 3. Whether it is right, only the targets know.
def batch_accuracy(predictions, targets):
    return (sigmoid(predictions) > 0.5).float().mean()

# %% mistake: number_of_right_ones
# says: This is how many are right. Asked for is their share.
def batch_accuracy(predictions, targets):
    return ((sigmoid(predictions) > 0.5) == (targets == 1)).float().sum()

# %% mistake: one_value_each
# says: You tell for each prediction whether it is right. One number for the batch is still to come.
def batch_accuracy(predictions, targets):
    return ((sigmoid(predictions) > 0.5) == (targets == 1)).float()

# %% mistake: only_the_threes
# says: You looked at the 3s alone. A 7 that was recognised is right as well.
def batch_accuracy(predictions, targets):
    return ((sigmoid(predictions) > 0.5) & (targets == 1)).float().mean()

# %% mistake: python_number
# says: The share is right, but as a Python number. Keep the scalar tensor: the next exercise averages them.
def batch_accuracy(predictions, targets):
    return ((sigmoid(predictions) > 0.5) == (targets == 1)).float().mean().item()

# %% mistake: rounds_in_place
# says: The share is right, but the underscore methods, such as `sigmoid_()`, write into the predictions that were handed in.
def batch_accuracy(predictions, targets):
    return ((predictions.sigmoid_() > 0.5) == (targets == 1)).float().mean()

# %% right: raw_cut_at_zero
def batch_accuracy(predictions, targets):
    return ((predictions > 0) == (targets > 0)).float().mean()

# %% right: rounded
def batch_accuracy(predictions, targets):
    return torch.eq(torch.sigmoid(predictions).round(), targets).to(torch.float32).mean()

# %% right: distance_below_half
def batch_accuracy(predictions, targets):
    return ((predictions.sigmoid() - targets).abs() < 0.5).float().mean()

# %% right: counted_in_a_loop
def batch_accuracy(predictions, targets):
    right = 0
    for p, t in zip(predictions.flatten().tolist(), targets.flatten().tolist()):
        right += (p > 0) == (t == 1)
    return torch.tensor(right / len(predictions), device=predictions.device)

# %% right: where
def batch_accuracy(predictions, targets, cut=0.5):
    guesses = torch.where(sigmoid(predictions) > cut, 1, 0)
    return guesses.eq(targets.long()).sum() / targets.numel()

# %% right: book
def batch_accuracy(xb, yb):
    preds = xb.sigmoid()
    correct = (preds>0.5) == yb
    return correct.float().mean()

# %% device: share_of_items
# says: You counted with `.item()` and put the share into a new tensor. That one is on the CPU, wherever the predictions were.
def batch_accuracy(predictions, targets):
    right = (torch.sigmoid(predictions) > 0.5) == (targets == 1)
    return torch.tensor(right.sum().item() / len(right))

# %% device: numpy_mean
# says: You average with NumPy. It can't read what is on a GPU: turn the bools into floats and let the tensor average.
def batch_accuracy(predictions, targets):
    right = (torch.sigmoid(predictions) > 0.5) == (targets == 1)
    return torch.tensor(right.numpy().mean(), dtype=torch.float32)

# %% device: cuts_on_the_cpu
# says: You compare with a whole tensor of cuts, which is on the CPU. A plain 0.5 is compared with every prediction, on any device.
def batch_accuracy(predictions, targets):
    says_three = torch.sigmoid(predictions) > torch.full(predictions.shape, 0.5)
    return (says_three == (targets == 1)).float().mean()

# %% device: cuda_written_in
# says: You move predictions and targets to one maker's GPU. Count where they are.
def batch_accuracy(predictions, targets):
    return ((predictions.cuda() > 0) == (targets.cuda() == 1)).float().mean()
