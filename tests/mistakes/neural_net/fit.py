# %% mistake: gradients_not_cleared
# says: You never clear the gradients, so each batch adds to those of all the batches before it. The optimiser has a method for that.
def fit(model, opt, train_batches, valid_batches, epochs):
    accuracies = []
    for _ in range(epochs):
        for xb, yb in train_batches:
            calc_grad(xb, yb, model)
            opt.step()
        accuracies.append(validate_epoch(model, valid_batches))
    return accuracies

# %% mistake: cleared_once_an_epoch
# says: You clear the gradients once an epoch only. Within it, each batch adds to those before.
def fit(model, opt, train_batches, valid_batches, epochs):
    accuracies = []
    for _ in range(epochs):
        for xb, yb in train_batches:
            calc_grad(xb, yb, model)
            opt.step()
        opt.zero_grad()
        accuracies.append(validate_epoch(model, valid_batches))
    return accuracies

# %% mistake: cleared_before_the_step
# says: You clear the gradients between working them out and using them, so nothing is ever learnt.
def fit(model, opt, train_batches, valid_batches, epochs):
    accuracies = []
    for _ in range(epochs):
        for xb, yb in train_batches:
            calc_grad(xb, yb, model)
            opt.zero_grad()
            opt.step()
        accuracies.append(validate_epoch(model, valid_batches))
    return accuracies

# %% mistake: one_step_an_epoch
# says: There is one step an epoch. Each batch should have a step of its own: look at the indentation.
def fit(model, opt, train_batches, valid_batches, epochs):
    accuracies = []
    for _ in range(epochs):
        for xb, yb in train_batches:
            calc_grad(xb, yb, model)
        opt.step()
        opt.zero_grad()
        accuracies.append(validate_epoch(model, valid_batches))
    return accuracies

# %% mistake: validated_before_training
# says: Your list is an epoch behind: you validate before the epoch's training. The last steps of all are never looked at.
def fit(model, opt, train_batches, valid_batches, epochs):
    accuracies = []
    for _ in range(epochs):
        accuracies.append(validate_epoch(model, valid_batches))
        for xb, yb in train_batches:
            calc_grad(xb, yb, model)
            opt.step()
            opt.zero_grad()
    return accuracies

# %% mistake: validated_on_the_training_batches
# says: You validate on the batches you trained on. Whether the model has learnt or only memorised, the other ones tell.
def fit(model, opt, train_batches, valid_batches, epochs):
    accuracies = []
    for _ in range(epochs):
        for xb, yb in train_batches:
            calc_grad(xb, yb, model)
            opt.step()
            opt.zero_grad()
        accuracies.append(validate_epoch(model, train_batches))
    return accuracies

# %% mistake: trained_on_the_validation_batches
# says: You train on the validation batches. They have to stay unseen, or they can't judge.
def fit(model, opt, train_batches, valid_batches, epochs):
    accuracies = []
    for _ in range(epochs):
        for xb, yb in valid_batches:
            calc_grad(xb, yb, model)
            opt.step()
            opt.zero_grad()
        accuracies.append(validate_epoch(model, valid_batches))
    return accuracies

# %% mistake: validated_after_each_batch
# says: You validate after each batch, so there are too many numbers. One for each epoch is asked for: look at the indentation.
def fit(model, opt, train_batches, valid_batches, epochs):
    accuracies = []
    for _ in range(epochs):
        for xb, yb in train_batches:
            calc_grad(xb, yb, model)
            opt.step()
            opt.zero_grad()
            accuracies.append(validate_epoch(model, valid_batches))
    return accuracies

# %% mistake: return_in_the_loop
# says: It is over after one epoch: your `return` stands inside the loop.
def fit(model, opt, train_batches, valid_batches, epochs):
    accuracies = []
    for _ in range(epochs):
        for xb, yb in train_batches:
            calc_grad(xb, yb, model)
            opt.step()
            opt.zero_grad()
        accuracies.append(validate_epoch(model, valid_batches))
        return accuracies

# %% mistake: best_accuracy_so_far
# says: You give the best accuracy so far. The accuracy after an epoch can be lower than the one before, and that is what you want to see.
def fit(model, opt, train_batches, valid_batches, epochs):
    accuracies = []
    for _ in range(epochs):
        for xb, yb in train_batches:
            calc_grad(xb, yb, model)
            opt.step()
            opt.zero_grad()
        accuracies.append(max([validate_epoch(model, valid_batches), *accuracies]))
    return accuracies

# %% mistake: stops_when_it_falls
# says: You stop as soon as the accuracy falls. `epochs` says how many epochs to train, and the list has one number for each.
def fit(model, opt, train_batches, valid_batches, epochs):
    accuracies = []
    for _ in range(epochs):
        for xb, yb in train_batches:
            calc_grad(xb, yb, model)
            opt.step()
            opt.zero_grad()
        accuracies.append(validate_epoch(model, valid_batches))
        if len(accuracies) > 1 and accuracies[-1] < accuracies[-2]:
            break
    return accuracies

# %% mistake: last_accuracy_only
# says: You give back the last accuracy alone. A list with one number for each epoch is asked for.
def fit(model, opt, train_batches, valid_batches, epochs):
    for _ in range(epochs):
        for xb, yb in train_batches:
            calc_grad(xb, yb, model)
            opt.step()
            opt.zero_grad()
        accuracy = validate_epoch(model, valid_batches)
    return accuracy

# %% mistake: own_steps
# says: You reached into the optimiser for its parameters or its learning rate. All that is known of it is that it has `step()` and
# `zero_grad()`.
def fit(model, opt, train_batches, valid_batches, epochs):
    accuracies = []
    for _ in range(epochs):
        train_epoch(model, train_batches, opt.params, opt.lr)
        accuracies.append(validate_epoch(model, valid_batches))
    return accuracies

# %% mistake: no_return
# says: The model is trained, but nothing is given back: the list of accuracies is asked for.
def fit(model, opt, train_batches, valid_batches, epochs):
    accuracies = []
    for _ in range(epochs):
        for xb, yb in train_batches:
            calc_grad(xb, yb, model)
            opt.step()
            opt.zero_grad()
        accuracies.append(validate_epoch(model, valid_batches))

# %% right: cleared_first
def fit(model, opt, train_batches, valid_batches, epochs):
    history = []
    for epoch in range(epochs):
        for xb, yb in train_batches:
            opt.zero_grad()
            mnist_loss(model(xb), yb).backward()
            opt.step()
        history += [validate_epoch(model, valid_batches)]
        print(f"epoch {epoch}: {history[-1]}")
    return history

# %% right: helper
def one_epoch(model, opt, batches):
    for batch in batches:
        calc_grad(*batch, model)
        opt.step()
        opt.zero_grad()

def fit(model, opt, train_batches, valid_batches, epochs):
    def epoch_accuracy():
        one_epoch(model, opt, train_batches)
        return validate_epoch(model, valid_batches)

    return [epoch_accuracy() for _ in range(epochs)]

# %% right: recursion
def fit(model, opt, train_batches, valid_batches, epochs):
    if epochs == 0:
        return []
    for xb, yb in train_batches:
        opt.zero_grad()
        calc_grad(xb, yb, model)
        opt.step()
        opt.zero_grad()
    accuracy = validate_epoch(model, valid_batches)
    return [accuracy] + fit(model, opt, train_batches, valid_batches, epochs - 1)

# %% right: one_long_loop
from itertools import chain, repeat

def fit(model, opt, train_batches, valid_batches, epochs):
    history = []
    steps = chain.from_iterable(repeat(train_batches, epochs))
    for i, (xb, yb) in enumerate(steps, start=1):
        calc_grad(xb, yb, model)
        opt.step()
        opt.zero_grad()
        if i % len(train_batches) == 0:
            with torch.no_grad():
                accuracies = [batch_accuracy(model(x), y).item() for x, y in valid_batches]
            history.append(round(sum(accuracies) / len(accuracies), 4))
    return history

# %% right: book
def fit(model, opt, train_batches, valid_batches, epochs):
    history = []

    def train_epoch(model):
        for xb,yb in train_batches:
            calc_grad(xb, yb, model)
            opt.step()
            opt.zero_grad()

    for i in range(epochs):
        train_epoch(model)
        history.append(validate_epoch(model, valid_batches))
        print(history[-1], end=' ')
    return history

# %% device: cuda_written_in
# says: You move the batches to one maker's GPU. The model and the optimiser don't know of it: leave the batches where they are.
def fit(model, opt, train_batches, valid_batches, epochs):
    accuracies = []
    for _ in range(epochs):
        for xb, yb in train_batches:
            calc_grad(xb.cuda(), yb.cuda(), model)
            opt.step()
            opt.zero_grad()
        accuracies.append(validate_epoch(model, valid_batches))
    return accuracies

# %% device: batches_moved_to_the_cpu
# says: You bring the batches to the CPU while the model's parameters stay where they are: on a GPU the two don't meet.
def fit(model, opt, train_batches, valid_batches, epochs):
    accuracies = []
    for _ in range(epochs):
        for xb, yb in train_batches:
            calc_grad(xb.cpu(), yb.cpu(), model)
            opt.step()
            opt.zero_grad()
        accuracies.append(validate_epoch(model, valid_batches))
    return accuracies

# %% device: batches_by_numpy
# says: You take the batches through NumPy, which can't read what is on a GPU. They are tensors already.
def fit(model, opt, train_batches, valid_batches, epochs):
    accuracies = []
    for _ in range(epochs):
        for xb, yb in train_batches:
            calc_grad(torch.from_numpy(xb.numpy()), torch.from_numpy(yb.numpy()), model)
            opt.step()
            opt.zero_grad()
        accuracies.append(validate_epoch(model, valid_batches))
    return accuracies
