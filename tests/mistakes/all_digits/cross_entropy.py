# %% mistake: log_of_softmax
# says: Right while the shares are not too small. But one that rounds to 0 has no logarithm: work the logarithm of the quotient out by
# hand, then nothing is divided any more.
def cross_entropy(logits, targets):
    shares = softmax(logits, dim=1)
    return -shares[torch.arange(len(targets)), targets].log().mean()

# %% mistake: small_number_added
# says: A small number inside the logarithm keeps it finite, but the value is wrong wherever the share is smaller than that. Work the
# logarithm of the quotient out by hand.
def cross_entropy(logits, targets):
    shares = softmax(logits, dim=1)
    return -(shares[torch.arange(len(targets)), targets] + 1e-9).log().mean()

# %% mistake: overflows
# says: Right for small logits. But e to the 100 is more than a float can hold: subtract the largest logit of each row first.
def cross_entropy(logits, targets):
    log_softmax = logits - logits.exp().sum(1, keepdim=True).log()
    return -log_softmax[torch.arange(len(targets)), targets].mean()

# %% mistake: without_minus
# says: The sign is missing: the logarithm of a share is negative, and a loss should get smaller as things get better.
def cross_entropy(logits, targets):
    return torch.log_softmax(logits, 1)[torch.arange(len(targets)), targets].mean()

# %% mistake: sum
# says: You added up the losses of the rows. Take their mean, or a larger batch has a larger loss.
def cross_entropy(logits, targets):
    return -torch.log_softmax(logits, 1)[torch.arange(len(targets)), targets].sum()

# %% mistake: every_row_with_every_target
# says: You took the columns of all targets from every row. Each row has one target: two indices have to go together, row and column.
def cross_entropy(logits, targets):
    return -torch.log_softmax(logits, 1)[:, targets].mean()

# %% mistake: along_the_rows
# says: You took the softmax along the wrong axis: the shares of the classes in each row should add up to 1.
def cross_entropy(logits, targets):
    return -torch.log_softmax(logits, 0)[torch.arange(len(targets)), targets].mean()

# %% mistake: softmax_twice
# says: You took the softmax, and the library's function takes it once more. It wants the raw logits.
def cross_entropy(logits, targets):
    return F.cross_entropy(softmax(logits, dim=1), targets)

# %% mistake: without_logarithm
# says: The logarithm is missing: this is the mean share of the targets, with a minus.
def cross_entropy(logits, targets):
    return -softmax(logits, dim=1)[torch.arange(len(targets)), targets].mean()

# %% mistake: one_loss_each
# says: There is a loss for each row left. Take the mean: `backward` starts from one number.
def cross_entropy(logits, targets):
    return -torch.log_softmax(logits, 1)[torch.arange(len(targets)), targets]

# %% mistake: python_number
# says: The value is right, but `.item()` made a plain number of it, and `backward` needs the tensor with its history.
def cross_entropy(logits, targets):
    return -torch.log_softmax(logits, 1)[torch.arange(len(targets)), targets].mean().item()

# %% right: library
def cross_entropy(logits, targets):
    return F.cross_entropy(logits, targets)

# %% right: logsumexp
def cross_entropy(logits, targets):
    rows = torch.arange(len(targets), device=logits.device)
    return (logits.logsumexp(1) - logits[rows, targets]).mean()

# %% right: one_hot_mask
def cross_entropy(logits, targets):
    log_shares = torch.log_softmax(logits, dim=-1)
    return -(log_shares * one_hot(targets, logits.shape[1])).sum() / len(targets)

def one_hot(targets, n_classes):
    return F.one_hot(targets, n_classes).float()

# %% right: differences_to_the_target
def cross_entropy(logits, targets):
    # the share of the target is 1 over the sum of e^(x - x_target)
    differences = logits - logits.gather(1, targets.unsqueeze(1))
    return torch.logsumexp(differences, dim=1).mean()

# %% right: row_by_row
def cross_entropy(logits, targets):
    losses = []
    for row, target in zip(logits, targets):
        shifted = row - row.max()
        losses.append(shifted.exp().sum().log() - shifted[target])
    return sum(losses) / len(losses)

# %% device: identity_on_the_cpu
# says: You look up rows of an identity matrix that is on the CPU, with targets that may be on a GPU: from there nothing can be looked up here.
def cross_entropy(logits, targets):
    chosen = torch.eye(logits.shape[1])[targets]
    return -(torch.log_softmax(logits, 1) * chosen).sum(1).mean()

# %% device: loss_moved_to_the_cpu
# says: You give the loss back on the CPU. It should stay beside the logits.
def cross_entropy(logits, targets):
    return torch.nn.functional.cross_entropy(logits, targets).cpu()

# %% device: targets_by_numpy
# says: You take the targets through NumPy, which can't read what is on a GPU. As indices they can stay a tensor.
def cross_entropy(logits, targets):
    rows = list(range(len(targets)))
    return -torch.log_softmax(logits, 1)[rows, targets.numpy().tolist()].mean()

# %% device: cuda_written_in
# says: You move logits and targets to one maker's GPU. The loss can be calculated where they are.
def cross_entropy(logits, targets):
    return torch.nn.functional.cross_entropy(logits.cuda(), targets.cuda())
