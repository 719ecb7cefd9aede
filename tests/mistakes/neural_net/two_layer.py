# %% mistake: no_relu
# says: Nothing happens between your two linear layers. Without the step in between, two of them can do no more than one.
def two_layer(xb, w1, b1, w2, b2):
    return (xb @ w1 + b1) @ w2 + b2

# %% mistake: relu_at_the_end
# says: You replace negative numbers at the end, where it is the predictions that are cut off. It belongs between the two layers.
def two_layer(xb, w1, b1, w2, b2):
    return ((xb @ w1 + b1) @ w2 + b2).clamp(min=0)

# %% mistake: relu_after_both
# says: The first layer is right. But you replace negative numbers after the second layer too, and a prediction may well be negative.
def two_layer(xb, w1, b1, w2, b2):
    hidden = (xb @ w1 + b1).clamp(min=0)
    return (hidden @ w2 + b2).clamp(min=0)

# %% mistake: abs_instead
# says: You make negative numbers positive. They should become 0.
def two_layer(xb, w1, b1, w2, b2):
    return (xb @ w1 + b1).abs() @ w2 + b2

# %% mistake: sigmoid_instead
# says: Between the layers stands a sigmoid. Here only the negative numbers change: they become 0.
def two_layer(xb, w1, b1, w2, b2):
    return torch.sigmoid(xb @ w1 + b1) @ w2 + b2

# %% mistake: tanh_instead
# says: Between the layers stands a tanh. Here only the negative numbers change: they become 0.
def two_layer(xb, w1, b1, w2, b2):
    return torch.tanh(xb @ w1 + b1) @ w2 + b2

# %% mistake: leaky
# says: Your negative numbers still come through, shrunk to a hundredth. They should become 0.
def two_layer(xb, w1, b1, w2, b2):
    return F.leaky_relu(xb @ w1 + b1) @ w2 + b2

# %% mistake: positive_ones_cut_off
# says: You keep the negative numbers and replace the positive ones by 0. It should be the other way round: `clamp(max=0)` or `torch.min`
# sets the upper limit, and the lower one is asked for.
def two_layer(xb, w1, b1, w2, b2):
    return (xb @ w1 + b1).clamp(max=0) @ w2 + b2

# %% mistake: cut_at_1_too
# says: You also cut off everything above 1. Positive numbers should stay as they are.
def two_layer(xb, w1, b1, w2, b2):
    return (xb @ w1 + b1).clamp(0, 1) @ w2 + b2

# %% mistake: the_mask_alone
# says: You keep only whether a hidden number is positive, as 1 or 0. The number itself should go on to the second layer.
def two_layer(xb, w1, b1, w2, b2):
    return (xb @ w1 + b1 > 0).float() @ w2 + b2

# %% mistake: first_bias_forgotten
# says: The bias of the first layer is missing.
def two_layer(xb, w1, b1, w2, b2):
    return (xb @ w1).clamp(min=0) @ w2 + b2

# %% mistake: second_bias_forgotten
# says: The bias of the second layer is missing.
def two_layer(xb, w1, b1, w2, b2):
    return (xb @ w1 + b1).clamp(min=0) @ w2

# %% mistake: bias_after_the_cut
# says: You replace the negative numbers before the first bias is added. The bias belongs to the linear layer, so it comes first.
def two_layer(xb, w1, b1, w2, b2):
    return ((xb @ w1).clamp(min=0) + b1) @ w2 + b2

# %% mistake: cut_on_the_batch
# says: You replace the negative numbers of the batch, not those of the first layer. Nothing is left between the two layers.
def two_layer(xb, w1, b1, w2, b2):
    return (xb.clamp(min=0) @ w1 + b1) @ w2 + b2

# %% mistake: cut_on_the_batch_in_place
# says: You replace the negative numbers in the batch, which belongs to the caller and is changed by it. What should be cut off are the
# numbers between the two layers.
def two_layer(xb, w1, b1, w2, b2):
    xb[xb < 0] = 0
    return (xb @ w1 + b1) @ w2 + b2

# %% mistake: one_number_left
# says: What goes into your second matrix product is a single number. `max`, `mean` or `sum` without an axis or a second argument make one
# number of the whole table; here each number is compared with 0.
def two_layer(xb, w1, b1, w2, b2):
    return torch.max(xb @ w1 + b1) @ w2 + b2

# %% mistake: largest_of_each_row
# says: `max` along an axis finds the largest number there and its place: two tensors, which `@` can't take. Here each number is compared
# with 0, and none is picked.
def two_layer(xb, w1, b1, w2, b2):
    return (xb @ w1 + b1).max(1) @ w2 + b2

# %% mistake: mean_instead_of_the_second_layer
# says: You take the mean of the hidden numbers, so all of them count the same. Each has a weight of its own: they are in `w2`.
def two_layer(xb, w1, b1, w2, b2):
    return (xb @ w1 + b1).clamp(min=0).mean(1, keepdim=True) + b2

# %% mistake: mean_over_the_batch
# says: You averaged over the rows of the batch, so all images share one prediction. Each row should get its own.
def two_layer(xb, w1, b1, w2, b2):
    return (xb @ w1 + b1).clamp(min=0).mean(0, keepdim=True) @ w2 + b2

# %% mistake: second_layer_missing
# says: You give back the hidden numbers. The second layer makes one prediction of them.
def two_layer(xb, w1, b1, w2, b2):
    return (xb @ w1 + b1).clamp(min=0)

# %% mistake: first_weights_transposed
# says: `w1` is turned the wrong way in your first product: it has a row for each pixel and a column for each hidden number already. Mind
# that `F.linear` turns its weights by itself.
def two_layer(xb, w1, b1, w2, b2):
    return (xb @ w1.T + b1).clamp(min=0) @ w2 + b2

# %% mistake: layers_swapped
# says: You begin with the weights of the second layer. The batch goes through `w1` first.
def two_layer(xb, w1, b1, w2, b2):
    return (xb @ w2 + b2).clamp(min=0) @ w1 + b1

# %% mistake: summed_to_a_row
# says: The numbers are right, but they lie in a row of shape (B,). Predictions should be a column, (B, 1).
def two_layer(xb, w1, b1, w2, b2):
    hidden = (xb @ w1 + b1).clamp(min=0)
    return (hidden * w2[:, 0]).sum(1) + b2

# %% mistake: squashed
# says: You squashed the predictions at the end. This function gives the raw numbers; the loss has the sigmoid in it.
def two_layer(xb, w1, b1, w2, b2):
    return torch.sigmoid((xb @ w1 + b1).clamp(min=0) @ w2 + b2)

# %% mistake: first_layer_cut_off_from_autograd
# says: The numbers are right, but between the layers you left autograd (`detach`, `.data`, `no_grad` or a new tensor): no gradient finds its
# way back to the first layer.
def two_layer(xb, w1, b1, w2, b2):
    hidden = (xb @ w1 + b1).clamp(min=0).detach()
    return hidden @ w2 + b2

# %% mistake: cut_off_from_autograd
# says: The numbers are right, but they come from outside of autograd (`detach`, `.data` or `no_grad`): no gradient finds its way back to
# the parameters.
def two_layer(xb, w1, b1, w2, b2):
    with torch.no_grad():
        return (xb @ w1 + b1).clamp(min=0) @ w2 + b2

# %% mistake: no_return
# says: Your function works something out and then keeps it to itself: nothing is returned.
def two_layer(xb, w1, b1, w2, b2):
    predictions = (xb @ w1 + b1).clamp(min=0) @ w2 + b2

# %% right: book
def two_layer(xb, w1, b1, w2, b2):
    res = xb@w1 + b1
    res = res.max(torch.tensor(0.0))
    res = res@w2 + b2
    return res

# %% right: torch_relu
def two_layer(xb, w1, b1, w2, b2):
    return torch.relu(xb @ w1 + b1) @ w2 + b2

# %% right: functional
def two_layer(xb, w1, b1, w2, b2):
    hidden = F.relu(F.linear(xb, w1.T, b1))
    return F.linear(hidden, w2.T, b2)

# %% right: a_module_for_the_relu
def two_layer(xb, w1, b1, w2, b2):
    return nn.ReLU()(xb @ w1 + b1) @ w2 + b2

# %% right: clamp_min
def two_layer(xb, w1, b1, w2, b2):
    return torch.matmul((torch.matmul(xb, w1) + b1).clamp_min(0), w2) + b2

# %% right: in_place_on_its_own_tensor
def two_layer(xb, w1, b1, w2, b2):
    hidden = xb @ w1 + b1
    hidden[hidden < 0] = 0
    return hidden @ w2 + b2

# %% right: relu_in_place
def two_layer(xb, w1, b1, w2, b2):
    return (xb @ w1 + b1).relu_() @ w2 + b2

# %% right: maximum_with_zeros
def two_layer(xb, w1, b1, w2, b2):
    hidden = xb @ w1 + b1
    return torch.maximum(hidden, torch.zeros_like(hidden)) @ w2 + b2

# %% right: where
def two_layer(xb, w1, b1, w2, b2):
    hidden = xb @ w1 + b1
    return torch.where(hidden > 0, hidden, 0.0) @ w2 + b2

# %% right: times_the_mask
def two_layer(xb, w1, b1, w2, b2):
    hidden = xb @ w1 + b1
    return (hidden * (hidden > 0)) @ w2 + b2

# %% right: the_functions_of_the_lesson
def two_layer(xb, w1, b1, w2, b2):
    return linear1(linear1(xb, w1, b1).clamp(min=0), w2, b2)

# %% right: products_summed
def two_layer(xb, w1, b1, w2, b2):
    hidden = (xb[:, :, None] * w1).sum(1) + b1
    return (hidden.masked_fill(hidden < 0, 0) * w2.T).sum(1, keepdim=True) + b2

# %% right: row_by_row
def two_layer(xb, w1, b1, w2, b2):
    rows = []
    for row in xb:
        hidden = torch.stack([max(h, torch.zeros_like(h)) for h in row @ w1 + b1])
        rows.append(hidden @ w2 + b2)
    return torch.stack(rows)

# %% device: zeros_on_the_cpu
# says: The zeros that you compare with are on the CPU. A plain 0 has no device, and `torch.zeros_like` makes them where the others are.
def two_layer(xb, w1, b1, w2, b2):
    hidden = xb @ w1 + b1
    return torch.maximum(hidden, torch.zeros(hidden.shape)) @ w2 + b2

# %% device: moved_to_the_cpu
# says: You give the predictions back on the CPU. The targets that they will be compared with are where the batch is.
def two_layer(xb, w1, b1, w2, b2):
    return ((xb @ w1 + b1).clamp(min=0) @ w2 + b2).cpu()

# %% device: cuda_written_in
# says: You move the batch to one maker's GPU, but the parameters stay where they are. All come in one place: work there.
def two_layer(xb, w1, b1, w2, b2):
    return (xb.cuda() @ w1 + b1).clamp(min=0) @ w2 + b2
