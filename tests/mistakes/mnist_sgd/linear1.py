# %% mistake: no_bias
# says: The bias is missing: without it, a blank image can only ever get a prediction of 0.
def linear1(xb, weights, bias):
    return xb @ weights

# %% mistake: elementwise
# says: You multiplied pixels and weights, and then they have to be added up, for each row: that whole step is one operation, the matrix
# product.
def linear1(xb, weights, bias):
    return xb * weights.T + bias

# %% mistake: summed_to_a_row
# says: The numbers are right, but they lie in a row of shape (B,). Predictions should be a column, (B, 1).
def linear1(xb, weights, bias):
    return (xb * weights.T).sum(1) + bias

# %% mistake: bias_inside_the_sum
# says: Your bias is added to every product before adding up, so it counts once for each pixel. It belongs to the row, once.
def linear1(xb, weights, bias):
    return (xb * weights.T + bias).sum(1, keepdim=True)

# %% mistake: squashed
# says: You squashed the predictions already. This function gives the raw numbers; the sigmoid comes later, in the loss.
def linear1(xb, weights, bias):
    return torch.sigmoid(xb @ weights + bias)

# %% mistake: subtracts_the_bias
# says: The bias goes in with the wrong sign.
def linear1(xb, weights, bias):
    return xb @ weights - bias

# %% mistake: cut_off_from_autograd
# says: The numbers are right, but you took them out of autograd (`detach`, `.data` or `no_grad`): no gradient finds its way back to the
# weights.
def linear1(xb, weights, bias):
    return xb @ weights.detach() + bias.detach()

# %% mistake: adds_to_the_bias_in_place
# says: The predictions are right, but you changed what was handed in: the operators with `=`, such as `*=` or `+=`, write into it.
def linear1(xb, weights, bias):
    xb *= weights.T
    return xb.sum(1, keepdim=True) + bias

# %% mistake: no_return
# says: Your function works something out and then keeps it to itself: nothing is returned.
def linear1(xb, weights, bias):
    predictions = xb @ weights + bias

# %% right: functional
def linear1(xb, weights, bias):
    return nn.functional.linear(xb, weights.t(), bias)

# %% right: addmm
def linear1(xb, weights, bias):
    return torch.addmm(bias, xb, weights)

# %% right: products_summed
def linear1(xb, weights, bias):
    products = xb * weights.squeeze(1)
    return products.sum(dim=1, keepdim=True).add(bias)

# %% right: row_by_row
def linear1(xb, weights, bias):
    return torch.stack([torch.dot(row, weights[:, 0]) + bias[0] for row in xb]).unsqueeze(-1)

# %% right: lambda_einsum
linear1 = lambda xb, weights, bias: torch.einsum("bd,do->bo", xb, weights) + bias

# %% right: book
def linear1(xb, weights, bias): return xb@weights + bias

# %% device: moved_to_the_cpu
# says: You give the predictions back on the CPU. The targets that they will be compared with are where the batch is.
def linear1(xb, weights, bias):
    return (xb @ weights + bias).cpu()

# %% device: bias_spread_out
# says: You spread the bias over the batch with a tensor of ones that is on the CPU. Adding the bias does that by itself, on any device.
def linear1(xb, weights, bias):
    return xb @ weights + torch.ones(len(xb), 1) @ bias[None]

# %% device: cuda_written_in
# says: You move the batch to one maker's GPU, but the weights stay where they are. All three come in one place: work there.
def linear1(xb, weights, bias):
    return xb.cuda() @ weights + bias
