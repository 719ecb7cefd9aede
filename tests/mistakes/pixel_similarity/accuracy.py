# %% mistake: counts
# says: You counted the right answers. Accuracy is their share: divide by the number of predictions.
def accuracy(predictions, targets):
    return (predictions == targets).float().sum()

# %% mistake: whole_number_count
# says: You counted the right answers, and as a whole number. Accuracy is their share, a float from 0 to 1.
def accuracy(predictions, targets):
    return (predictions == targets).sum()

# %% mistake: percent
# says: Your accuracy is a percentage. Leave it as a share from 0 to 1; the times 100 can wait until somebody reads it.
def accuracy(predictions, targets):
    return (predictions == targets).float().mean() * 100

# %% mistake: error_rate
# says: This is the share of wrong answers, the error rate. Accuracy is the share of right ones.
def accuracy(predictions, targets):
    return (predictions != targets).float().mean()

# %% mistake: share_of_true
# says: You never look at the targets. The share of True tells how often the model says 3, not how often it is right.
def accuracy(predictions, targets):
    return predictions.float().mean()

# %% mistake: both_true
# says: You count only the cases where prediction and target are both True. A right "no" counts too.
def accuracy(predictions, targets):
    return (predictions & targets).float().mean()

# %% mistake: recall
# says: You looked at the True targets only (that share is called recall). Accuracy looks at all predictions.
def accuracy(predictions, targets):
    targets = torch.as_tensor(targets, device=predictions.device).expand_as(predictions).bool()
    return (predictions.bool() & targets).sum() / targets.sum()

# %% mistake: each_answer
# says: You give back one True or False for each prediction. Bring them down to one share.
def accuracy(predictions, targets):
    return predictions == targets

# %% mistake: all_equal
# says: You ask whether all predictions are right. Accuracy asks how many of them are.
def accuracy(predictions, targets):
    return (predictions == targets).all()

# %% mistake: mean_of_bools
# says: A mean of bools is refused by PyTorch: True and False have to become numbers first.
def accuracy(predictions, targets):
    return (predictions == targets).mean()

# %% mistake: python_number
# says: The number is right, but `.item()` (or `float`) made a Python number of it. Keep the tensor.
def accuracy(predictions, targets):
    return (predictions == targets).float().mean().item()

# %% mistake: float64
# says: The value is right, but in float64 (`double`). The course works in float32.
def accuracy(predictions, targets):
    return (predictions == targets).double().mean()

# %% mistake: first_axis_only
# says: Right for a row of predictions, but a table keeps one of its axes: you averaged over the first axis alone.
def accuracy(predictions, targets):
    return (predictions == targets).float().mean(0)

# %% mistake: divided_by_rows
# says: Right for a row of predictions, but `len` counts the rows of a table, not its entries.
def accuracy(predictions, targets):
    return (predictions == targets).float().sum() / len(predictions)

# %% mistake: rounded
# says: You rounded the accuracy, and what is left is 0 or 1 for everything.
def accuracy(predictions, targets):
    return (predictions == targets).float().mean().round()

# %% mistake: integer_division
# says: You divided with whole numbers: any accuracy below 1 became 0.
def accuracy(predictions, targets):
    return ((predictions == targets).sum() // predictions.numel()).float()

# %% mistake: loop_over_targets
# says: You pair predictions and targets one by one, so one target for all of them is not understood, nor is a table.
def accuracy(predictions, targets):
    right = [float(p == t) for p, t in zip(predictions, targets)]
    return torch.tensor(sum(right) / len(right), device=predictions.device)

# %% mistake: one_minus_difference
# says: You measured how far predictions are from their targets. That fits True and False, but with classes such as 3 and 7 a miss
# then counts four times: ask whether they are equal.
def accuracy(predictions, targets):
    if isinstance(targets, bool):
        targets = torch.tensor(targets, device=predictions.device)
    return 1 - (predictions.float() - targets.float()).abs().mean()

# %% mistake: no_return
# says: Your function works something out and then keeps it to itself: nothing is returned.
def accuracy(predictions, targets):
    share = (predictions == targets).float().mean()

# %% mistake: in_place
# says: The accuracy is right, but you wrote the comparison into the predictions: names that end in `_` overwrite what was handed in.
def accuracy(predictions, targets):
    return predictions.eq_(targets).float().mean()

# %% mistake: first_hundred_only
# says: You count the first hundred predictions and leave out all others. The share is taken over all of them.
def accuracy(predictions, targets):
    right = (predictions == targets).float().flatten()
    return right[:100].mean()

# %% right: mean_of_floats
def accuracy(predictions, targets):
    return (predictions == targets).float().mean()

# %% right: count_and_divide
def accuracy(predictions, targets):
    return (predictions == targets).sum() / predictions.numel()

# %% right: mean_with_dtype
def accuracy(predictions: torch.Tensor, targets) -> torch.Tensor:
    return torch.eq(predictions, targets).to(torch.float32).mean()

# %% right: one_minus_errors
def accuracy(predictions, targets):
    wrong = predictions != targets
    return 1 - torch.count_nonzero(wrong) / wrong.numel()

# %% right: where
def accuracy(predictions, targets, hit=1.0, miss=0.0):
    ones = torch.ones(predictions.shape, device=predictions.device)
    return torch.where(predictions == targets, ones * hit, ones * miss).mean()

# %% right: counted_in_python
def accuracy(predictions, targets):
    right = (predictions == targets).flatten().tolist()
    return torch.tensor(sum(right) / len(right), dtype=torch.float32, device=predictions.device)

# %% right: helper_function
def share(flags):
    return flags.float().mean()

def accuracy(predictions, targets):
    return share(predictions == targets)

# %% right: partial
from functools import partial

def compare(predictions, targets, reduce):
    return reduce((predictions == targets).type(torch.float32))

accuracy = partial(compare, reduce=torch.mean)

# %% device: share_of_items
# says: You counted with `.item()` and divided Python numbers, then made a new tensor of the share: it is on the CPU, wherever the predictions
# were.
def accuracy(predictions, targets):
    right = predictions == targets
    return torch.tensor(right.sum().item() / right.numel())

# %% device: numpy_mean
# says: You average with NumPy. Predictions on a GPU can't become an array; a tensor of floats has a mean.
def accuracy(predictions, targets):
    return torch.tensor((predictions == targets).numpy().mean(), dtype=torch.float32)

# %% device: targets_spread_out
# says: You spread one target out to a whole tensor, which is on the CPU. A plain value is compared with every prediction, on any device.
def accuracy(predictions, targets):
    if not isinstance(targets, torch.Tensor) or targets.ndim == 0:
        targets = torch.full(predictions.shape, bool(targets))
    return (predictions == targets).float().mean()

# %% device: cuda_written_in
# says: You move the predictions to one maker's GPU. Counting can be done where they are.
def accuracy(predictions, targets):
    return (predictions.cuda() == torch.as_tensor(targets).cuda()).float().mean()
