# %% mistake: weighted_by_size
# says: You counted every image the same, so a long batch weighs more than a short one. Here the mean is taken over the accuracies of the
# batches.
def validate_epoch(model, batches):
    with torch.no_grad():
        right = total = 0
        for xb, yb in batches:
            right += batch_accuracy(model(xb), yb).item() * len(xb)
            total += len(xb)
    return round(right / total, 4)

# %% mistake: not_rounded
# says: The mean is right, but it still has all its digits. Four are asked for.
def validate_epoch(model, batches):
    with torch.no_grad():
        accuracies = [batch_accuracy(model(xb), yb) for xb, yb in batches]
    return torch.stack(accuracies).mean().item()

# %% mistake: rounded_to_two_digits
# says: You rounded to two digits. Four are asked for.
def validate_epoch(model, batches):
    with torch.no_grad():
        accuracies = [batch_accuracy(model(xb), yb) for xb, yb in batches]
    return round(torch.stack(accuracies).mean().item(), 2)

# %% mistake: rounded_too_early
# says: You rounded each batch and took the mean afterwards, which brings new digits. Round once, at the end.
def validate_epoch(model, batches):
    with torch.no_grad():
        accuracies = [round(batch_accuracy(model(xb), yb).item(), 4) for xb, yb in batches]
    return sum(accuracies) / len(accuracies)

# %% mistake: a_tensor
# says: The number is right, but it comes back as a tensor. A plain Python float is asked for.
def validate_epoch(model, batches):
    with torch.no_grad():
        accuracies = [batch_accuracy(model(xb), yb) for xb, yb in batches]
    return (torch.stack(accuracies).mean() * 10_000).round() / 10_000

# %% mistake: autograd_stays_off
# says: You switched autograd off and left it off: after your function, nothing learns any more. Use a form that switches it on again by
# itself.
def validate_epoch(model, batches):
    torch.set_grad_enabled(False)
    accuracies = [batch_accuracy(model(xb), yb) for xb, yb in batches]
    return round(torch.stack(accuracies).mean().item(), 4)

# %% mistake: return_in_the_loop
# says: Only the first batch counts: a `return` inside the loop ends everything.
def validate_epoch(model, batches):
    with torch.no_grad():
        for xb, yb in batches:
            return round(batch_accuracy(model(xb), yb).item(), 4)

# %% mistake: last_batch_only
# says: Each batch overwrites the accuracy of the one before, so only the last one counts. Collect them.
def validate_epoch(model, batches):
    with torch.no_grad():
        for xb, yb in batches:
            accuracy = batch_accuracy(model(xb), yb)
    return round(accuracy.item(), 4)

# %% mistake: loss
# says: This is the mean loss. Validation is for people, who want to know the accuracy.
def validate_epoch(model, batches):
    with torch.no_grad():
        losses = [mnist_loss(model(xb), yb) for xb, yb in batches]
    return round(torch.stack(losses).mean().item(), 4)

# %% mistake: percent
# says: You made a percentage of it. The accuracy should stay between 0 and 1.
def validate_epoch(model, batches):
    with torch.no_grad():
        accuracies = [100 * batch_accuracy(model(xb), yb) for xb, yb in batches]
    return round(torch.stack(accuracies).mean().item(), 4)

# %% mistake: sum
# says: You added up the accuracies of the batches and did not divide by how many there are.
def validate_epoch(model, batches):
    with torch.no_grad():
        accuracies = [batch_accuracy(model(xb), yb) for xb, yb in batches]
    return round(torch.stack(accuracies).sum().item(), 4)

# %% mistake: first_hundred_batches_only
# says: You stop after a hundred batches. The mean goes over all of them.
def validate_epoch(model, batches):
    with torch.no_grad():
        accuracies = [batch_accuracy(model(xb), yb) for xb, yb in list(batches)[:100]]
    return round(torch.stack(accuracies).mean().item(), 4)

# %% mistake: freezes_the_model
# says: The accuracy is right, but you switched off the gradients of the model's parameters for good. Switch autograd off for your own
# calculation only.
def validate_epoch(model, batches):
    if isinstance(model, nn.Module):
        model.requires_grad_(False)
    accuracies = [batch_accuracy(model(xb), yb) for xb, yb in batches]
    return round(torch.stack(accuracies).mean().item(), 4)

# %% right: book
def validate_epoch(model, batches):
    accuracies = [batch_accuracy(model(xb), yb) for xb, yb in batches]
    return round(torch.stack(accuracies).mean().item(), 4)

# %% right: running_total
def validate_epoch(model, batches):
    total, count = 0.0, 0
    with torch.inference_mode():
        for xb, yb in batches:
            total += float(batch_accuracy(model(xb), yb))
            count += 1
    return round(total / count, 4)

# %% right: decorator
@torch.no_grad()
def validate_epoch(model, batches):
    return round(torch.tensor([batch_accuracy(model(xb), yb).item() for xb, yb in batches]).mean().item(), 4)

# %% right: set_and_reset
from statistics import fmean

def validate_epoch(model, batches):
    before = torch.is_grad_enabled()
    torch.set_grad_enabled(False)
    try:
        mean = fmean(batch_accuracy(model(*inputs), yb).item() for *inputs, yb in batches)
    finally:
        torch.set_grad_enabled(before)
    return float(f"{mean:.4f}")

# %% right: own_accuracy
def validate_epoch(model, batches):
    shares = []
    for xb, yb in batches:
        with torch.no_grad():
            guesses = model(xb) > 0
        shares.append((guesses == yb.bool()).double().mean().item())
    return round(sum(shares) / len(shares), ndigits=4)

# %% right: compared_on_the_cpu
def validate_epoch(model, batches):
    accuracies = []
    with torch.no_grad():
        for xb, yb in batches:
            says_three = model(xb).cpu() > 0
            accuracies.append((says_three == (yb.cpu() == 1)).float().mean())
    return round(torch.stack(accuracies).mean().item(), 4)

# %% device: numpy_mean
# says: You average the accuracies with NumPy, which can't read what is on a GPU. Take Python numbers out, or stack the tensors.
import numpy as np

def validate_epoch(model, batches):
    with torch.no_grad():
        return round(float(np.mean([batch_accuracy(model(xb), yb).numpy() for xb, yb in batches])), 4)

# %% device: total_on_the_cpu
# says: You collect the accuracies in a tensor on the CPU together with ones from the GPU. Stack those alone, or take their Python numbers.
def validate_epoch(model, batches):
    total = torch.zeros(1)
    with torch.no_grad():
        for xb, yb in batches:
            total = total + batch_accuracy(model(xb), yb).reshape(1)
    return round(total.item() / len(batches), 4)

# %% device: cuda_written_in
# says: You move every batch to one maker's GPU. The model is where the batches already are.
def validate_epoch(model, batches):
    with torch.no_grad():
        accuracies = [batch_accuracy(model(xb.cuda()), yb.cuda()) for xb, yb in batches]
    return round(torch.stack(accuracies).mean().item(), 4)

# %% device: batches_moved_to_the_cpu
# says: You bring every batch to the CPU. A model with parameters on a GPU can't predict from it: leave the batches where they are.
def validate_epoch(model, batches):
    with torch.no_grad():
        accuracies = [batch_accuracy(model(xb.cpu()), yb.cpu()) for xb, yb in batches]
    return round(torch.stack(accuracies).mean().item(), 4)

# %% device: model_moved_to_the_cpu
# says: You move the model to the CPU and leave it there. Whoever trains on afterwards has the batches on a GPU and the model no longer.
def validate_epoch(model, batches):
    if isinstance(model, nn.Module):
        model.cpu()
        batches = [(xb.cpu(), yb.cpu()) for xb, yb in batches]
    with torch.no_grad():
        accuracies = [batch_accuracy(model(xb), yb) for xb, yb in batches]
    return round(torch.stack(accuracies).mean().item(), 4)
