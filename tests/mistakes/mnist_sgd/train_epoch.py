# %% mistake: gradients_not_cleared
# says: You never clear the gradients, so each batch adds to those of all the batches before it.
def train_epoch(model, batches, params, lr):
    for xb, yb in batches:
        calc_grad(xb, yb, model)
        for p in params:
            p.data -= lr * p.grad

# %% mistake: cleared_before_the_batch_only
# says: The steps are right, but the gradient of the last batch is left behind: the next one to use these parameters would find it.
def train_epoch(model, batches, params, lr):
    for xb, yb in batches:
        for p in params:
            p.grad = None
        calc_grad(xb, yb, model)
        for p in params:
            p.data -= lr * p.grad

# %% mistake: cleared_before_the_step
# says: You clear the gradients between working them out and using them, so every step goes nowhere.
def train_epoch(model, batches, params, lr):
    for xb, yb in batches:
        calc_grad(xb, yb, model)
        for p in params:
            p.grad.zero_()
        for p in params:
            p.data -= lr * p.grad

# %% mistake: weights_zeroed
# says: You set the parameters themselves to zero instead of their gradients: all that was learnt is wiped out after each batch.
def train_epoch(model, batches, params, lr):
    for xb, yb in batches:
        calc_grad(xb, yb, model)
        for p in params:
            p.data -= lr * p.grad
            p.data.zero_()

# %% mistake: rebound_in_the_loop
# says: `p = p - ...` makes a new tensor and calls it `p`; the parameter itself stays where it was. Change it in place.
def train_epoch(model, batches, params, lr):
    for xb, yb in batches:
        calc_grad(xb, yb, model)
        for p in params:
            grad, p.grad = p.grad, None
            p = p - lr * grad

# %% mistake: new_tensors_in_the_list
# says: You put new tensors into the list. The model does not know them: it goes on with the old ones. Change those in place.
def train_epoch(model, batches, params, lr):
    for xb, yb in batches:
        calc_grad(xb, yb, model)
        for i, p in enumerate(params):
            if p.grad is not None:
                params[i] = (p - lr * p.grad).detach().requires_grad_()
                p.grad = None

# %% mistake: step_inside_the_graph
# says: Autograd is watching your step, and a parameter that it watches can't be changed in place. Switch it off for the step.
def train_epoch(model, batches, params, lr):
    for xb, yb in batches:
        calc_grad(xb, yb, model)
        for p in params:
            p -= lr * p.grad
            p.grad.zero_()

# %% mistake: uphill
# says: Your steps go uphill: the gradient points to where the loss grows.
def train_epoch(model, batches, params, lr):
    for xb, yb in batches:
        calc_grad(xb, yb, model)
        for p in params:
            p.data += lr * p.grad
            p.grad = None

# %% mistake: one_step_an_epoch
# says: You walk through all batches and step once at the end. Each batch should have a step of its own: look at the indentation.
def train_epoch(model, batches, params, lr):
    for xb, yb in batches:
        calc_grad(xb, yb, model)
    for p in params:
        p.data -= lr * p.grad
        p.grad = None

# %% mistake: returns_after_the_first_batch
# says: Only the first batch is trained on: a `return` inside the loop ends everything.
def train_epoch(model, batches, params, lr):
    for xb, yb in batches:
        loss = calc_grad(xb, yb, model)
        for p in params:
            p.data -= lr * p.grad
            p.grad = None
        return loss

# %% mistake: learning_rate_ignored
# says: The learning rate plays no part in your step.
def train_epoch(model, batches, params, lr):
    for xb, yb in batches:
        calc_grad(xb, yb, model)
        for p in params:
            p.data -= p.grad
            p.grad = None

# %% mistake: counts_the_batches
# says: You measured or walked over the batches before training on them. A generator has no length and can be walked over only once.
def train_epoch(model, batches, params, lr):
    for i in range(len(batches)):
        xb, yb = batches[i]
        calc_grad(xb, yb, model)
        for p in params:
            p.data -= lr * p.grad
            p.grad = None

# %% mistake: left_frozen
# says: Your parameters no longer require a gradient at the end: `requires_grad_(False)` was never taken back, so nobody can train on.
def train_epoch(model, batches, params, lr):
    for xb, yb in batches:
        for p in params:
            p.requires_grad_()
        calc_grad(xb, yb, model)
        for p in params:
            p.requires_grad_(False)
            p -= lr * p.grad
            p.grad = None

# %% mistake: first_hundred_batches_only
# says: You stop after a hundred batches. An epoch goes through all of them.
def train_epoch(model, batches, params, lr):
    for i, (xb, yb) in enumerate(batches):
        if i == 100:
            break
        calc_grad(xb, yb, model)
        for p in params:
            p.data -= lr * p.grad
            p.grad = None

# %% right: data_and_zeros
def train_epoch(model, batches, params, lr):
    for xb, yb in batches:
        calc_grad(xb, yb, model)
        for p in params:
            p.data -= p.grad * lr
            p.grad.zero_()

# %% right: library_optimiser
def train_epoch(model, batches, params, lr):
    opt = torch.optim.SGD(params, lr=lr)
    for xb, yb in batches:
        opt.zero_grad()
        mnist_loss(model(xb), yb).backward()
        opt.step()
    opt.zero_grad()

# %% right: cleared_first_and_last
def clear(params):
    for p in params:
        p.grad = None

def train_epoch(model, batches, params, lr):
    clear(params)
    for batch in batches:
        calc_grad(*batch, model)
        with torch.no_grad():
            for p in params:
                p.sub_(lr * p.grad)
        clear(params)

# %% right: gradients_by_hand
def train_epoch(model, batches, params, lr):
    for xb, yb in batches:
        loss = mnist_loss(model(xb), yb)
        gradients = torch.autograd.grad(loss, params)
        for p, gradient in zip(params, gradients):
            p.detach().add_(gradient, alpha=-lr)

# %% right: copied_into_place
@torch.no_grad()
def step(p, lr):
    p.copy_(p - lr * p.grad)
    p.grad = torch.zeros_like(p)

def train_epoch(model, batches, params, lr):
    for xb, yb in batches:
        calc_grad(xb, yb, model)
        [step(p, lr) for p in params]

# %% right: book
def train_epoch(model, batches, params, lr):
    for xb,yb in batches:
        calc_grad(xb, yb, model)
        for p in params:
            p.data -= p.grad*lr
            p.grad.zero_()

# %% device: cuda_written_in
# says: You move every batch to one maker's GPU. The parameters don't move along, and many machines have none: work where the batches are.
def train_epoch(model, batches, params, lr):
    for xb, yb in batches:
        calc_grad(xb.cuda(), yb.cuda(), model)
        for p in params:
            p.data -= lr * p.grad
            p.grad = None

# %% device: parameters_moved_to_the_cpu
# says: You leave the parameters on the CPU. The next batch is where the last one was, so on a GPU the two don't meet any more.
def train_epoch(model, batches, params, lr):
    for xb, yb in batches:
        calc_grad(xb, yb, model)
        for p in params:
            p.data, p.grad = p.data.cpu() - lr * p.grad.cpu(), None

# %% device: step_by_numpy
# says: You take the step with NumPy. It can't read parameters on a GPU: a tensor can be changed in place itself.
def train_epoch(model, batches, params, lr):
    for xb, yb in batches:
        calc_grad(xb, yb, model)
        for p in params:
            p.data -= lr * torch.from_numpy(p.grad.numpy())
            p.grad = None

# %% device: batches_moved_to_the_cpu
# says: You bring every batch to the CPU, but the parameters stay where they are: on a GPU the two don't meet.
def train_epoch(model, batches, params, lr):
    for xb, yb in batches:
        calc_grad(xb.cpu(), yb.cpu(), model)
        for p in params:
            p.data -= lr * p.grad
            p.grad = None
