# %% mistake: backward_not_called
# says: `loss.backward` names the method and does not call it, so no gradient is worked out. Brackets are missing.
def calc_grad(xb, yb, model):
    loss = mnist_loss(model(xb), yb)
    loss.backward
    return loss.detach()

# %% mistake: gradients_cleared_first
# says: You cleared the gradients before `backward`. Here they should add up: clearing is the business of the training loop.
def calc_grad(xb, yb, model):
    if isinstance(model, nn.Module):
        for p in model.parameters():
            p.grad = None
    loss = mnist_loss(model(xb), yb)
    loss.backward()
    return loss.detach()

# %% mistake: asks_the_model_for_its_parameters
# says: You counted on `model.parameters()`. A model is anything that can be called here, a plain function too, and the gradients are not
# to be cleared anyway.
def calc_grad(xb, yb, model):
    for p in model.parameters():
        p.grad = None
    loss = mnist_loss(model(xb), yb)
    loss.backward()
    return loss.detach()

# %% mistake: not_detached
# says: Nearly: the loss you give back still holds on to the whole graph it was calculated in, and so to its memory.
def calc_grad(xb, yb, model):
    loss = mnist_loss(model(xb), yb)
    loss.backward()
    return loss

# %% mistake: python_number
# says: The gradients are right, but the loss comes back as a Python number. Asked for is a detached tensor.
def calc_grad(xb, yb, model):
    loss = mnist_loss(model(xb), yb)
    loss.backward()
    return loss.item()

# %% mistake: no_return
# says: The gradients are there, but the loss is not given back.
def calc_grad(xb, yb, model):
    mnist_loss(model(xb), yb).backward()

# %% mistake: sigmoid_before_the_loss
# says: You squashed the predictions and `mnist_loss` squashes them again. Hand it the raw numbers.
def calc_grad(xb, yb, model):
    loss = mnist_loss(sigmoid(model(xb)), yb)
    loss.backward()
    return loss.detach()

# %% mistake: arguments_swapped
# says: You handed targets and predictions to `mnist_loss` in the wrong order.
def calc_grad(xb, yb, model):
    loss = mnist_loss(yb.requires_grad_(), model(xb))
    loss.backward()
    return loss.detach()

# %% mistake: sum_over_the_batch
# says: Your gradients are too large by the number of images: you multiplied the loss by the size of the batch before `backward`.
def calc_grad(xb, yb, model):
    loss = mnist_loss(model(xb), yb)
    (loss * len(xb)).backward()
    return loss.detach()

# %% mistake: steps_too
# says: The gradients are right, but you also moved the parameters. The step comes later, with a learning rate.
def calc_grad(xb, yb, model):
    loss = mnist_loss(model(xb), yb)
    loss.backward()
    seen, nodes = set(), [loss.grad_fn]
    while nodes:
        node = nodes.pop()
        if node is None or node in seen:
            continue
        seen.add(node)
        if hasattr(node, "variable"):
            node.variable.data -= node.variable.grad
        nodes += [parent for parent, _ in node.next_functions]
    return loss.detach()

# %% mistake: under_no_grad
# says: You switched autograd off around the model, so there is no way back from the loss to the parameters.
def calc_grad(xb, yb, model):
    with torch.no_grad():
        loss = mnist_loss(model(xb), yb)
    loss.backward()
    return loss.detach()

# %% mistake: freezes_the_parameters
# says: The gradients are right, but afterwards the parameters no longer require any (`requires_grad_(False)`): the next batch can't be
# learnt from.
def calc_grad(xb, yb, model):
    loss = mnist_loss(model(xb), yb)
    loss.backward()
    nodes = [loss.grad_fn]
    while nodes:
        node = nodes.pop()
        if hasattr(node, "variable"):
            node.variable.requires_grad_(False)
        nodes += [parent for parent, _ in getattr(node, "next_functions", ())]
    return loss.detach()

# %% right: step_by_step
def calc_grad(xb, yb, model):
    predictions = model(xb)
    loss = mnist_loss(predictions, yb)
    torch.autograd.backward(loss)
    return loss.data

# %% right: own_loss
def calc_grad(xb, yb, model):
    loss = (torch.sigmoid(model(xb)) - yb).abs().mean()
    loss.backward()
    with torch.no_grad():
        return loss.clone()

# %% right: sum_over_n
def calc_grad(xb, yb, model):
    p = sigmoid(model(xb))
    total = torch.where(yb == 1, 1 - p, p).sum()
    mean = total / yb.shape[0]
    mean.backward()
    return mean.detach().clone()

# %% right: new_tensor
def calc_grad(xb, yb, model, loss_func=None):
    loss_func = loss_func or mnist_loss
    loss = loss_func(model(xb), yb)
    loss.backward()
    return torch.tensor(loss.item(), device=xb.device)

# %% right: gradient_seeded
def calc_grad(xb, yb, model):
    with torch.enable_grad():
        loss = mnist_loss(model(xb), yb)
    loss.backward(torch.ones_like(loss))
    return loss.detach()

# %% right: book
def calc_grad(xb, yb, model):
    preds = model(xb)
    loss = mnist_loss(preds, yb)
    loss.backward()
    return loss.detach()

# %% device: loss_of_an_item
# says: You give back a new tensor, made from the loss's Python number. It is on the CPU: `detach` keeps the loss where it is.
def calc_grad(xb, yb, model):
    loss = mnist_loss(model(xb), yb)
    loss.backward()
    return torch.tensor(loss.item())

# %% device: cuda_written_in
# says: You move the batch to one maker's GPU. The model's parameters are where the batch already is.
def calc_grad(xb, yb, model):
    loss = mnist_loss(model(xb.cuda()), yb.cuda())
    loss.backward()
    return loss.detach()

# %% device: batch_moved_to_the_cpu
# says: You bring the batch to the CPU, but the model's parameters stay where they are: on a GPU the two don't meet.
def calc_grad(xb, yb, model):
    loss = mnist_loss(model(xb.cpu()), yb.cpu())
    loss.backward()
    return loss.detach()
