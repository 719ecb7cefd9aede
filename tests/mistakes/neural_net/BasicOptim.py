# %% mistake: generator_used_up
# says: The first walk works, all later ones find nothing: `model.parameters()` is a generator, and it is used up after one walk. Keep
# what it gives.
class BasicOptim:
    def __init__(self, params, lr):
        self.params, self.lr = params, lr

    def step(self):
        for p in self.params:
            if p.grad is not None:
                p.data -= self.lr * p.grad

    def zero_grad(self):
        for p in self.params:
            p.grad = None

# %% mistake: uphill
# says: Your steps go uphill: the gradient points to where the loss grows.
class BasicOptim:
    def __init__(self, params, lr):
        self.params, self.lr = list(params), lr

    def step(self):
        for p in self.params:
            if p.grad is not None:
                p.data += self.lr * p.grad

    def zero_grad(self):
        for p in self.params:
            p.grad = None

# %% mistake: step_inside_the_graph
# says: Autograd is watching your step, and a parameter that it watches can't be changed in place. Switch it off for the step.
class BasicOptim:
    def __init__(self, params, lr):
        self.params, self.lr = list(params), lr

    def step(self):
        for p in self.params:
            if p.grad is not None:
                p -= self.lr * p.grad

    def zero_grad(self):
        for p in self.params:
            p.grad = None

# %% mistake: rebound
# says: `p = p - ...` makes a new tensor and calls it `p`; the parameter itself stays where it was. Change it in place.
class BasicOptim:
    def __init__(self, params, lr):
        self.params, self.lr = list(params), lr

    def step(self):
        for p in self.params:
            if p.grad is not None:
                p = p - self.lr * p.grad

    def zero_grad(self):
        for p in self.params:
            p.grad = None

# %% mistake: weights_zeroed
# says: Your `zero_grad` sets the parameters to zero, not their gradients: all that was learnt is wiped out.
class BasicOptim:
    def __init__(self, params, lr):
        self.params, self.lr = list(params), lr

    def step(self):
        for p in self.params:
            if p.grad is not None:
                p.data -= self.lr * p.grad

    def zero_grad(self):
        for p in self.params:
            p.data.zero_()

# %% mistake: step_clears
# says: Your `step` clears the gradients as well. Keep the two apart: who uses the optimiser decides when to clear.
class BasicOptim:
    def __init__(self, params, lr):
        self.params, self.lr = list(params), lr

    def step(self):
        for p in self.params:
            if p.grad is not None:
                p.data -= self.lr * p.grad
                p.grad = None

    def zero_grad(self):
        for p in self.params:
            p.grad = None

# %% mistake: zero_grad_rebinds
# says: Your `zero_grad` gives another value to a variable of its own; the gradient on the parameter is still there.
class BasicOptim:
    def __init__(self, params, lr):
        self.params, self.lr = list(params), lr

    def step(self):
        for p in self.params:
            if p.grad is not None:
                p.data -= self.lr * p.grad

    def zero_grad(self):
        for p in self.params:
            grad = p.grad
            grad = None

# %% mistake: shared_by_all
# says: Your parameters and learning rate are kept on the class, so all optimisers share them and the newest one wins. Keep them on
# `self`.
class BasicOptim:
    def __init__(self, params, lr):
        BasicOptim.params, BasicOptim.lr = list(params), lr

    def step(self):
        for p in self.params:
            if p.grad is not None:
                p.data -= self.lr * p.grad

    def zero_grad(self):
        for p in self.params:
            p.grad = None

# %% mistake: first_parameter_only
# says: Only the first parameter moves: a `return` or `break` inside the loop ends it early.
class BasicOptim:
    def __init__(self, params, lr):
        self.params, self.lr = list(params), lr

    def step(self):
        for p in self.params:
            if p.grad is not None:
                p.data -= self.lr * p.grad
                return

    def zero_grad(self):
        for p in self.params:
            p.grad = None

# %% mistake: learning_rate_ignored
# says: The learning rate plays no part in your step.
class BasicOptim:
    def __init__(self, params, lr):
        self.params, self.lr = list(params), lr

    def step(self):
        for p in self.params:
            if p.grad is not None:
                p.data -= p.grad

    def zero_grad(self):
        for p in self.params:
            p.grad = None

# %% right: zeros_in_place
class BasicOptim:
    def __init__(self, params, lr):
        self.params, self.lr = list(params), lr

    def step(self):
        for p in self.params:
            p.data -= self.lr * p.grad

    def zero_grad(self):
        for p in self.params:
            if p.grad is not None:
                p.grad.zero_()

# %% right: library_subclass
class BasicOptim(torch.optim.SGD):
    def __init__(self, params, lr):
        super().__init__(params, lr=lr)

# %% right: library_inside
class BasicOptim:
    def __init__(self, params, lr):
        self.opt = torch.optim.SGD(list(params), lr)
        self.step, self.zero_grad = self.opt.step, self.opt.zero_grad

# %% right: zeros_and_no_grad
class BasicOptim:
    def __init__(self, params, lr):
        self.params = [p for p in params]
        self.lr = lr

    @torch.no_grad()
    def step(self, *args, **kwargs):
        for p in self.params:
            if p.grad is None:
                continue
            p.sub_(p.grad, alpha=self.lr)

    def zero_grad(self, *args, **kwargs):
        for p in self.params:
            if p.grad is not None:
                p.grad = torch.zeros_like(p.grad)

# %% right: dataclass
from dataclasses import dataclass

@dataclass
class BasicOptim:
    params: list
    lr: float

    def __post_init__(self):
        self.params = tuple(self.params)

    def step(self):
        for p in filter(lambda p: p.grad is not None, self.params):
            p.data = p.data - self.lr * p.grad

    def zero_grad(self):
        for p in self.params:
            p.grad = None

# %% right: closures
from types import SimpleNamespace

def BasicOptim(params, lr):
    params = list(params)

    def step():
        with torch.no_grad():
            for p in params:
                p += -lr * (0 if p.grad is None else p.grad)

    def zero_grad():
        for p in params:
            if p.grad is not None:
                p.grad.detach_().zero_()

    return SimpleNamespace(step=step, zero_grad=zero_grad)

# %% right: book
class BasicOptim:
    def __init__(self,params,lr): self.params,self.lr = list(params),lr

    def step(self, *args, **kwargs):
        for p in self.params: p.data -= p.grad.data * self.lr

    def zero_grad(self, *args, **kwargs):
        for p in self.params: p.grad = None

# %% device: buffers_on_the_cpu
# says: Your optimiser keeps tensors of its own, made on the CPU, and adds gradients to them that may be on a GPU. Make them like their
# parameters, or do without.
class BasicOptim:
    def __init__(self, params, lr):
        self.params, self.lr = list(params), lr
        self.steps = [torch.zeros(p.shape) for p in self.params]

    def step(self):
        for p, step in zip(self.params, self.steps):
            if p.grad is not None:
                step.zero_().add_(p.grad, alpha=self.lr)
                p.data -= step

    def zero_grad(self):
        for p in self.params:
            p.grad = None

# %% device: step_by_numpy
# says: You calculate the step with NumPy. A gradient on a GPU can't become an array; it is a tensor beside its parameter already.
class BasicOptim:
    def __init__(self, params, lr):
        self.params, self.lr = list(params), lr

    def step(self):
        for p in self.params:
            if p.grad is not None:
                p.data -= torch.from_numpy(self.lr * p.grad.numpy())

    def zero_grad(self):
        for p in self.params:
            p.grad = None

# %% device: parameters_moved_to_the_cpu
# says: After your step the parameters are on the CPU, and the model on the GPU is torn apart. Change them where they are.
class BasicOptim:
    def __init__(self, params, lr):
        self.params, self.lr = list(params), lr

    def step(self):
        for p in self.params:
            if p.grad is not None:
                slope = p.grad
                p.grad = None
                p.data = p.data.cpu() - self.lr * slope.cpu()
                p.grad = slope.to(p.device)

    def zero_grad(self):
        for p in self.params:
            p.grad = None

# %% device: cuda_written_in
# says: You move the gradients to one maker's GPU. They are where their parameters are: take the step there.
class BasicOptim:
    def __init__(self, params, lr):
        self.params, self.lr = list(params), lr

    def step(self):
        for p in self.params:
            if p.grad is not None:
                p.data -= self.lr * p.grad.cuda()

    def zero_grad(self):
        for p in self.params:
            p.grad = None
