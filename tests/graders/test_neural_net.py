"""Graders of lesson 05: a neural net.

The wanted value is always taken before the student's function is called, from copies: what that function does to its inputs is done to ours.
A share of right predictions jumps where a prediction crosses 0, so the inputs that it is taken from are the same in every year; all others
are drawn from the course's seed.
"""

from __future__ import annotations

import copy
import importlib.util

import pytest
import torch
from torch import nn

from autograder.compare import Remote, expect, unchanged

LINEAR = "lambda w, b: lambda xb: xb @ w + b"

PLAIN = """
class Plain:
    __slots__ = ("__params", "__lr")

    def __init__(self, params, lr):
        self.__params, self.__lr = params, lr

    def step(self):
        for p in self.__params:
            if p.grad is not None:
                p.data -= self.__lr * p.grad

    def zero_grad(self):
        for p in self.__params:
            p.grad = None
"""
MOMENTUM = """
class Momentum:
    __slots__ = ("__params", "__velocities")

    def __init__(self, params):
        self.__params, self.__velocities = params, [0 * p.detach() for p in params]

    def step(self):
        for p, velocity in zip(self.__params, self.__velocities):
            if p.grad is not None:
                velocity.mul_(0.5).add_(p.grad)
                p.data -= velocity

    def zero_grad(self):
        for p in self.__params:
            if p.grad is not None:
                p.grad.zero_()
"""


def labels(n):
    """(n, 1) ones and zeros, mixed: about two fifths are ones."""
    return (torch.arange(n) * 3 % 5 < 2).float()[:, None]


def linear_params(generator, size):
    """Weights (size, 1) and a bias (1,): leaves that require grad."""
    return [torch.randn(shape, generator=generator).requires_grad_() for shape in ((size, 1), (1,))]


def in_batches(x, y, *sizes):
    return list(zip(x.split(sizes), y.split(sizes)))


def copies(params):
    return [p.detach().clone().requires_grad_() for p in params]


def linear_module(weights, bias):
    """`nn.Linear` with these numbers: its own are drawn from a seed that is nobody's."""
    module = nn.Linear(len(weights), 1)
    module.weight.data, module.bias.data = torch.tensor([weights]), torch.tensor([bias])
    return module


def values(params):
    """What `params` hold, under names that a message can use."""
    return {"weights": params[0].detach().clone(), "bias": params[1].detach().clone()}


def are_clear(params):
    return all(p.grad is None or not bool(p.grad.any()) for p in params)


def fixed(seed):
    return torch.Generator().manual_seed(seed)


# ---------------------------------------------------------------- optimiser and loop

FROM_GENERATOR = "lambda BasicOptim, params, lr: BasicOptim((p for p in params), lr)"


def expect_optimiser(value):
    """Only an object of the worker's has methods to call; a number, a tensor or None would turn the next line into a grader's fault."""
    expect(value).to_satisfy(lambda opt: isinstance(opt, Remote), "is no object with `step()` and `zero_grad()`")
    return value


@pytest.mark.exercise("BasicOptim")
class TestBasicOptim:
    @pytest.mark.weight(2)
    def test_a_step(self, student, rng):
        """Moves every parameter down by the learning rate times its gradient."""
        params = linear_params(rng, 4)
        for p in params:
            p.grad = torch.randn(p.shape, generator=rng)
        want = {"weights": params[0].detach() - 0.3 * params[0].grad, "bias": params[1].detach() - 0.3 * params[1].grad}
        opt = expect_optimiser(student.changing(*params).BasicOptim(params, 0.3))
        opt.step()
        expect(values(params)).to_match(want)

    def test_parameters_from_a_generator(self, student, given, rng):
        """Takes its parameters from a generator too, as `model.parameters()` is one: steps and clears again and again."""
        params = linear_params(rng, 3)
        slopes = [torch.randn(p.shape, generator=rng) for p in params]
        want = {"weights": params[0].detach() - 2 * slopes[0], "bias": params[1].detach() - 2 * slopes[1]}
        opt = expect_optimiser(
            given(FROM_GENERATOR).in_worker(student.changing(*params), student.BasicOptim, params, 0.5)
        )
        for _ in range(4):
            for p, slope in zip(params, slopes):
                p.grad = slope.clone()
            opt.step()
            opt.zero_grad()
            expect(params).to_satisfy(are_clear, "`zero_grad()` leaves a gradient")
        expect(values(params)).to_match(want)

    def test_zero_grad(self, student, rng):
        """`zero_grad()` clears the gradients and leaves the parameters where the step has put them."""
        params = linear_params(rng, 3)
        for p in params:
            p.grad = torch.randn(p.shape, generator=rng)
        want = {"weights": params[0].detach() - params[0].grad, "bias": params[1].detach() - params[1].grad}
        opt = expect_optimiser(student.changing(*params).BasicOptim(params, 1.0))
        opt.step()
        opt.zero_grad()
        expect(params).to_satisfy(are_clear, "`zero_grad()` leaves a gradient")
        expect(values(params)).to_match(want)

    def test_a_step_keeps_the_gradients(self, student, rng):
        """`step()` leaves the gradients to `zero_grad()`: two steps go twice as far."""
        params = linear_params(rng, 3)
        for p in params:
            p.grad = torch.randn(p.shape, generator=rng)
        want = {"weights": params[0].detach() - 0.5 * params[0].grad, "bias": params[1].detach() - 0.5 * params[1].grad}
        opt = expect_optimiser(student.changing(*params).BasicOptim(params, 0.25))
        opt.step()
        opt.step()
        expect(values(params)).to_match(want)

    def test_two_optimisers(self, student, rng):
        """Keeps two optimisers apart, each with its own parameters and learning rate."""
        params = linear_params(rng, 3)
        for p in params:
            p.grad = torch.randn(p.shape, generator=rng)
        want = {"weights": params[0].detach() - 0.5 * params[0].grad, "bias": params[1].detach() - 2 * params[1].grad}
        first = expect_optimiser(student.changing(params[0]).BasicOptim([params[0]], 0.5))
        second = expect_optimiser(student.changing(params[1]).BasicOptim([params[1]], 2.0))
        first.step()
        second.step()
        expect(values(params)).to_match(want)

    def test_minimises(self, student, given, rng):
        """Minimises a function in a loop of backward, step and zero_grad."""
        target, p = torch.randn(5, generator=rng), torch.randn(5, generator=rng).requires_grad_()
        # each step takes half of the distance to the target away
        want = target + (p.detach() - target) / 2**4
        given("""
def minimise(BasicOptim, p, target):
    opt = BasicOptim([p], 0.25)
    for _ in range(4):
        ((p - target) ** 2).sum().backward()
        opt.step()
        opt.zero_grad()
""").in_worker(student.changing(p), student.BasicOptim, p, target)
        expect(p).to_match(want)

    def test_device(self, student, on_device, rng):
        """Works on the device its inputs are on."""
        params = linear_params(rng, 3)
        for p in params:
            p.grad = torch.randn(p.shape, generator=rng)
        want = {"weights": params[0].detach() - 0.5 * params[0].grad, "bias": params[1].detach() - 0.5 * params[1].grad}
        opt = expect_optimiser(on_device.changing(*params).BasicOptim(params, 0.5))
        opt.step()
        opt.zero_grad()
        expect(values(params)).to_match(want)
        expect(params).to_satisfy(are_clear, "`zero_grad()` leaves a gradient")


def separable(seed, n, size):
    """x (n, size), y (n, 1) by a linear rule, and weights that start far from it: the accuracy rises epoch by epoch."""
    generator = fixed(seed)
    x, rule = torch.randn(n, size, generator=generator), torch.randn(size, 1, generator=generator)
    params = [
        (0.5 * torch.randn(size, 1, generator=generator) - rule).requires_grad_(),
        torch.zeros(1, requires_grad=True),
    ]
    return x, (x @ rule > 0).float(), params


@pytest.mark.exercise("fit")
class TestFit:
    @pytest.mark.weight(2)
    def test_accuracy_after_each_epoch(self, student, reference, given):
        """Trains the model and gives its accuracy on the validation batches after each epoch."""
        x, y, params = separable(21, 36, 4)
        train, valid = in_batches(x[:20], y[:20], 8, 8, 4), in_batches(x[20:], y[20:], 10, 6)
        ours = copies(params)
        want = reference.fit(given(LINEAR)(*ours), given(PLAIN)(ours, 2.0), train, valid, 5)
        model, opt = given(LINEAR).in_worker(student, *params), given(PLAIN).in_worker(student, params, 2.0)
        history = student.changing(*params).fit(model, opt, train, valid, 5)
        expect({"accuracies": history, **values(params)}).to_match({"accuracies": want, **values(ours)})

    def test_another_optimiser(self, student, reference, given):
        """Leaves the step to the optimiser, of which nothing is known but `step()` and `zero_grad()`."""
        x, y, params = separable(22, 18, 3)
        train, valid = in_batches(x, y, 7, 7, 4), in_batches(x, y, 18)
        ours = copies(params)
        want = reference.fit(given(LINEAR)(*ours), given(MOMENTUM)(ours), train, valid, 3)
        model, opt = given(LINEAR).in_worker(student, *params), given(MOMENTUM).in_worker(student, params)
        history = student.changing(*params).fit(model, opt, train, valid, 3)
        expect({"accuracies": history, **values(params)}).to_match({"accuracies": want, **values(ours)})

    def test_one_epoch(self, student, reference, given):
        """Trains before it validates: a single epoch gives the accuracy after its last step."""
        x, y, params = separable(23, 16, 3)
        train, valid = in_batches(x, y, 8, 8), in_batches(x, y, 9, 7)
        ours = copies(params)
        want = reference.fit(given(LINEAR)(*ours), given(PLAIN)(ours, 8.0), train, valid, 1)
        model, opt = given(LINEAR).in_worker(student, *params), given(PLAIN).in_worker(student, params, 8.0)
        history = student.changing(*params).fit(model, opt, train, valid, 1)
        expect({"accuracies": history, **values(params)}).to_match({"accuracies": want, **values(ours)})

    def test_goes_on(self, student, reference, given):
        """Called again, goes on from where the parameters are."""
        x, y, params = separable(24, 24, 3)
        train, valid = in_batches(x[:16], y[:16], 8, 8), in_batches(x[16:], y[16:], 8)
        ours = copies(params)
        model, our_model = given(LINEAR).in_worker(student, *params), given(LINEAR)(*ours)
        for epochs, lr in ((2, 1.0), (3, 4.0)):
            want = reference.fit(our_model, given(PLAIN)(ours, lr), train, valid, epochs)
            history = student.changing(*params).fit(
                model, given(PLAIN).in_worker(student, params, lr), train, valid, epochs
            )
            expect({"accuracies": history, **values(params)}).to_match({"accuracies": want, **values(ours)})

    def test_falls(self, student, reference, given):
        """Trains for as many epochs as asked, and tells the accuracy of each, also where it falls."""
        x, y, params = separable(28, 24, 3)
        # what is right for one set is wrong for the other: the better the model gets, the lower its accuracy
        train, valid = in_batches(x, y, 8, 8, 8), in_batches(x, 1 - y, 24)
        ours = copies(params)
        want = reference.fit(given(LINEAR)(*ours), given(PLAIN)(ours, 2.0), train, valid, 4)
        assert want == sorted(want, reverse=True) and want[-1] < want[0]
        model, opt = given(LINEAR).in_worker(student, *params), given(PLAIN).in_worker(student, params, 2.0)
        history = student.changing(*params).fit(model, opt, train, valid, 4)
        expect({"accuracies": history, **values(params)}).to_match({"accuracies": want, **values(ours)})

    def test_a_net(self, student, reference, given):
        """Trains a net of nn modules and leaves the batches as they were."""
        x, y, _ = separable(25, 22, 4)
        net = nn.Sequential(nn.Linear(4, 5), nn.ReLU(), nn.Linear(5, 1))
        generator = fixed(26)
        for p in net.parameters():
            p.data = torch.randn(p.shape, generator=generator)
        train, valid = in_batches(x[:12], y[:12], 6, 6), in_batches(x[12:], y[12:], 10)
        ours = copy.deepcopy(net)
        want = reference.fit(ours, given(PLAIN)(list(ours.parameters()), 1.0), train, valid, 4)
        opt = given(PLAIN).in_worker(student, list(net.parameters()), 1.0)
        with unchanged(train_batches=train, valid_batches=valid):
            history = student.changing(net).fit(net, opt, train, valid, 4)
        expect(history).to_match(want)
        expect([p.detach() for p in net.parameters()]).to_match([p.detach() for p in ours.parameters()])

    def test_device(self, student, on_device, reference, given):
        """Works on the device its inputs are on."""
        x, y, params = separable(27, 20, 3)
        train, valid = in_batches(x[:12], y[:12], 6, 6), in_batches(x[12:], y[12:], 5, 3)
        ours = copies(params)
        want = reference.fit(given(LINEAR)(*ours), given(PLAIN)(ours, 2.0), train, valid, 2)
        model, opt = given(LINEAR).in_worker(on_device, *params), given(PLAIN).in_worker(on_device, params, 2.0)
        history = on_device.changing(*params).fit(model, opt, train, valid, 2)
        expect({"accuracies": history, **values(params)}).to_match({"accuracies": want, **values(ours)})


# ---------------------------------------------------------------- the net by hand, the net, and fastai


def net_params(generator, size, hidden):
    """w1 (size, hidden), b1 (hidden,), w2 (hidden, 1), b2 (1,): leaves that require grad."""
    shapes = ((size, hidden), (hidden,), (hidden, 1), (1,))
    return [torch.randn(shape, generator=generator).requires_grad_() for shape in shapes]


def gradients_of(params):
    return dict(zip(("w1", "b1", "w2", "b2"), (p.grad for p in params)))


@pytest.mark.exercise("two_layer")
class TestTwoLayer:
    @pytest.mark.weight(2)
    def test_linear_cut_linear(self, student, reference, rng):
        """Gives one prediction for each row: linear, every negative number replaced by 0, linear."""
        xb, params = torch.randn(9, 5, generator=rng), net_params(rng, 5, 6)
        want = reference.two_layer(xb, *params)
        expect(student.two_layer(xb, *[p.detach() for p in params])).to_match(want.detach())

    def test_nothing_left(self, student):
        """Gives the last bias alone for a row whose hidden numbers are all negative, also where that is negative itself."""
        xb = torch.tensor([[1.0, 2.0], [0.5, 0.25]])
        w1, b1 = torch.tensor([[-1.0, -2.0, -0.5], [-0.5, -1.0, -3.0]]), torch.tensor([0.25, -1.0, 0.1])
        w2 = torch.tensor([[1.5], [-2.0], [0.5]])
        for last in (0.75, -1.25):
            want = torch.full((2, 1), last)
            expect(student.two_layer(xb, w1, b1, w2, torch.tensor([last]))).to_match(want)

    def test_a_single_row(self, student, reference, rng):
        """Keeps two axes for a batch of one."""
        xb, params = torch.randn(1, 4, generator=rng), net_params(rng, 4, 3)
        want = reference.two_layer(xb, *params)
        expect(student.two_layer(xb, *[p.detach() for p in params])).to_match(want.detach())

    def test_other_sizes(self, student, reference, rng):
        """Works for any numbers of pixels and of hidden numbers: more, fewer, as many, only one."""
        for size, hidden in ((2, 8), (7, 3), (4, 4), (6, 1)):
            xb, params = torch.randn(3, size, generator=rng), net_params(rng, size, hidden)
            want = reference.two_layer(xb, *params)
            expect(student.two_layer(xb, *[p.detach() for p in params])).to_match(want.detach())

    def test_real_digits(self, student, reference, digits, rng):
        """Predicts from real digits, with 30 hidden numbers."""
        xb, params = digits.stack7[:9].flatten(1), [p.detach() for p in net_params(rng, 784, 30)]
        want = reference.two_layer(xb, *params)
        # sums of hundreds of products, added up in another order: numbers near 100 differ by some 1e-5
        expect(student.two_layer(xb, *params)).to_match(want, atol=1e-3)

    def test_gradients(self, student, reference, rng):
        """Lets gradients through to the weights and biases of both layers."""
        xb, params = torch.randn(8, 4, generator=rng), net_params(rng, 4, 5)
        params[1].data += 1.0  # so that no hidden number is 0 for all rows
        ours = copies(params)
        reference.two_layer(xb, *ours).sum().backward()
        student.two_layer.with_gradient(xb, *params)
        expect(gradients_of(params)).to_match(gradients_of(ours))

    def test_leaves_its_inputs_alone(self, student, reference, rng):
        """Gives the right predictions and leaves batch, weights and biases as they were."""
        xb, (w1, b1, w2, b2) = torch.randn(6, 3, generator=rng), [p.detach() for p in net_params(rng, 3, 4)]
        want = reference.two_layer(xb, w1, b1, w2, b2)
        with unchanged(xb=xb, w1=w1, b1=b1, w2=w2, b2=b2):
            expect(student.two_layer(xb, w1, b1, w2, b2)).to_match(want)

    def test_device(self, student, on_device, reference, rng):
        """Works on the device its inputs are on."""
        xb, params = torch.randn(6, 4, generator=rng), net_params(rng, 4, 3)
        params[1].data += 1.0
        ours = copies(params)
        want = reference.two_layer(xb, *ours)
        want.sum().backward()
        expect(on_device.two_layer.with_gradient(xb, *params)).to_match(want.detach())
        expect(gradients_of(params)).to_match(gradients_of(ours))


def layers_of(net):
    """Kinds and sizes of the layers, such as ["Linear 784 -> 30", "ReLU"]."""
    return [
        f"Linear {layer.in_features} -> {layer.out_features}" if isinstance(layer, nn.Linear) else type(layer).__name__
        for layer in net
    ]


def expect_net(net, hidden):
    """Three layers of the right kinds and sizes, which calculate what such layers do."""
    expect(net).to_satisfy(lambda net: isinstance(net, nn.Sequential), "is no `nn.Sequential` of PyTorch's own layers")
    expect(net).to_satisfy(lambda net: len(net) == 3, "does not have three layers")
    wanted = [f"Linear 784 -> {hidden}", "ReLU", f"Linear {hidden} -> 1"]
    expect(net).to_satisfy(lambda net: layers_of(net) == wanted, "its layers are not of the kinds and sizes asked for")
    expect(net).to_satisfy(
        lambda net: all(p.dtype == torch.float32 for p in net.parameters()), "its parameters are not float32"
    )
    x = torch.linspace(-1, 1, 3 * 784).reshape(3, 784)
    expect(net).to_satisfy(lambda net: len(net.state_dict()) == 4, "a linear layer of it has no bias")
    w1, b1, w2, b2 = net.state_dict().values()
    # three rows of 784 products of size 1, in another order
    expect(net(x)).to_match((x @ w1.T + b1).clamp(min=0) @ w2.T + b2, atol=1e-4)


@pytest.mark.exercise("simple_net")
class TestSimpleNet:
    @pytest.mark.weight(2)
    def test_three_layers(self, student):
        """Is a net of Linear, ReLU, Linear, from 784 pixels to one prediction, with 30 activations in between."""
        expect_net(student.simple_net(), 30)

    def test_hidden(self, student):
        """Has as many activations between its layers as `hidden` says."""
        for hidden in (1, 7):
            expect_net(student.simple_net(hidden), hidden)

    def test_a_fresh_net(self, student, given):
        """Is a new net at each call, with random weights of its own."""
        # 784 random floats are never the same by chance
        for nets in (given("lambda f: [f(3), f(3)]"), given("lambda f: [f(), f()]")):
            pair = nets.in_worker(student, student.simple_net)
            expect(pair).to_satisfy(
                lambda pair: len(pair) == 2 and len(list(pair[0].parameters())) == 4,
                "does not have two weights and two biases",
            )
            for layer in (0, 2):
                expect(pair).to_satisfy(
                    lambda pair, layer=layer: not torch.equal(pair[0][layer].weight, pair[1][layer].weight),
                    "two calls give nets with the same weights",
                )

    def test_can_be_trained(self, student, rng):
        """Learns: a step along its gradients lowers the loss."""
        net = student.simple_net(hidden=5)
        expect_net(net, 5)
        expect(net).to_satisfy(
            lambda net: all(p.requires_grad for p in net.parameters()), "its parameters do not require gradients"
        )
        x, y = torch.rand(8, 784, generator=rng), labels(8)

        def loss_of(net):
            return (torch.sigmoid(net(x)) - y).abs().mean()

        def learns(net):
            before = loss_of(net)
            gradients = torch.autograd.grad(before, list(net.parameters()))
            for p, gradient in zip(net.parameters(), gradients):
                p.data -= 1e-3 * gradient
            return loss_of(net) < before

        expect(net).to_satisfy(learns, "can't be trained")


LOADERS = """
def loaders(train, valid):
    from fastai.data.core import DataLoaders
    from fastai.data.load import DataLoader

    return DataLoaders(*(DataLoader(list(zip(x, y)), bs=4, num_workers=0) for x, y in (train, valid)))
"""
TRAIN = """
def train(learner, epochs):
    learner.fit(epochs)
"""
VALIDATE = """
def validate(learner):
    return [float(value) for value in learner.validate()]
"""


@pytest.fixture
def fastai():
    if importlib.util.find_spec("fastai") is None:
        pytest.skip("fastai is not installed here")


IS_LEARNER = """
def is_learner(value):
    from fastai.learner import Learner

    return issubclass(type(value), Learner)
"""


def expect_learner(value, given, student):
    """fastai's own class or one made from it: something else with a `fit` and a `validate` is not what is asked for."""
    sentence = "is no fastai `Learner`"
    expect(value).to_satisfy(lambda learner: isinstance(learner, Remote), sentence)
    is_one = given(IS_LEARNER).in_worker(student, value)
    expect(is_one).to_satisfy(lambda is_one: is_one is True, sentence)
    return value


@pytest.mark.exercise("make_learner")
@pytest.mark.usefixtures("fastai")
class TestMakeLearner:
    @pytest.mark.weight(2)
    def test_trains_like_the_loop(self, student, reference, given, rng):
        """Trains a model just as `fit` with plain SGD does: the same steps, epoch by epoch."""
        x, y, model = (
            torch.randn(12, 3, generator=rng),
            labels(12),
            linear_module(torch.randn(3, generator=rng).tolist(), 0.75),
        )
        ours = copy.deepcopy(model)
        batches = in_batches(x, y, 4, 4, 4)
        reference.fit(ours, given(PLAIN)(list(ours.parameters()), 1.5), batches, batches, 2)
        dls = given(LOADERS).in_worker(student, (x, y), (x, y))
        # what making the learner does to the model would be taken back, and nobody would see that it was trained
        learner = expect_learner(student.changing(model).make_learner(dls, model, 1.5), given, student)
        given(TRAIN).in_worker(student.changing(model), learner, 2)
        expect(values([model.weight, model.bias])).to_match(values([ours.weight, ours.bias]))

    def test_learning_rate(self, student, given, rng):
        """Has the learning rate that it was given, 0.1 where it was given none."""
        x, y = torch.randn(8, 3, generator=rng), labels(8)
        dls = given(LOADERS).in_worker(student, (x, y), (x, y))
        for settings, want in (({}, 0.1), ({"lr": 0.75}, 0.75)):
            made = student.make_learner(dls, linear_module([1.0, 0.5, -1.0], 0.0), **settings)
            learner = expect_learner(made, given, student)
            expect(learner.fetch("lr")).to_match(want)

    def test_loss(self, student, reference, given, rng):
        """Its loss is `mnist_loss`."""
        x, y = torch.randn(8, 3, generator=rng), labels(8)
        predictions, targets = 2 * torch.randn(6, 1, generator=rng), labels(6)
        want = reference.mnist_loss(predictions, targets)
        dls = given(LOADERS).in_worker(student, (x, y), (x, y))
        learner = expect_learner(student.make_learner(dls, linear_module([1.0, 0.5, -1.0], 0.0)), given, student)
        expect(learner.loss_func(predictions, targets)).to_match(want)

    def test_metric(self, student, reference, given):
        """Reports the loss and the accuracy on the validation set."""
        x, y, model = torch.randn(8, 3, generator=fixed(31)), labels(8), linear_module([1.0, -0.5, 0.25], 0.1)
        predictions = model(x).detach()
        want = [reference.mnist_loss(predictions, y).item(), reference.batch_accuracy(predictions, y).item()]
        dls = given(LOADERS).in_worker(student, (1 - x, y), (x, y))
        learner = expect_learner(student.make_learner(dls, model), given, student)
        expect(given(VALIDATE).in_worker(student, learner)).to_match(want)
