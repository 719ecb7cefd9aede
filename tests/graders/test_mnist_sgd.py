"""Graders of lesson 04: the classifier that learns.

The wanted value is always taken before the student's function is called, from copies: what that function does to its inputs is done to ours.
A share of right predictions jumps where a prediction crosses 0, so the inputs that it is taken from are the same in every year; all others
are drawn from the course's seed.
"""

from __future__ import annotations

import copy

import pytest
import torch
from torch import nn

from autograder.compare import expect, unchanged

LINEAR = "lambda w, b: lambda xb: xb @ w + b"
HIDDEN = "lambda w1, b1, w2, b2: lambda xb: (xb @ w1 + b1).clamp(min=0) @ w2 + b2"


def labels(n, dtype=torch.float32):
    """(n, 1) ones and zeros, mixed: about two fifths are ones."""
    return (torch.arange(n) * 3 % 5 < 2).to(dtype)[:, None]


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


FROZEN = "a parameter no longer requires a gradient, so nothing more can be learnt"


def can_be_trained(params):
    return all(p.requires_grad and p.is_leaf for p in params)


def fixed(seed):
    return torch.Generator().manual_seed(seed)


# ---------------------------------------------------------------- data and model


@pytest.mark.exercise("make_dataset")
class TestMakeDataset:
    @pytest.mark.weight(2)
    def test_rows_and_targets(self, student, reference, rng):
        """Gives one row of pixels for each image, threes first, and a column of ones and zeros."""
        threes, sevens = torch.rand(3, 4, 5, generator=rng), torch.rand(5, 4, 5, generator=rng)
        want = reference.make_dataset(threes, sevens)
        expect(student.make_dataset(threes, sevens)).to_match(want)

    def test_more_threes_than_sevens(self, student, reference, rng):
        """Counts the threes and the sevens separately: four of the ones, one of the others."""
        threes, sevens = torch.rand(4, 2, 3, generator=rng), torch.rand(1, 2, 3, generator=rng)
        want = reference.make_dataset(threes, sevens)
        expect(student.make_dataset(threes, sevens)).to_match(want)

    def test_real_digits(self, student, reference, digits):
        """Makes a data set of real 3s and 7s."""
        threes, sevens = digits.stack3[:10], digits.stack7[:7]
        want = reference.make_dataset(threes, sevens)
        expect(student.make_dataset(threes, sevens)).to_match(want)

    def test_leaves_the_stacks_alone(self, student, reference, rng):
        """Gives the right data set and leaves both stacks as they were."""
        threes, sevens = torch.rand(2, 6, 3, generator=rng), torch.rand(3, 6, 3, generator=rng)
        want = reference.make_dataset(threes, sevens)
        with unchanged(threes=threes, sevens=sevens):
            expect(student.make_dataset(threes, sevens)).to_match(want)

    def test_device(self, student, on_device, reference, rng):
        """Works on the device its inputs are on."""
        threes, sevens = torch.rand(3, 4, 2, generator=rng), torch.rand(2, 4, 2, generator=rng)
        want = reference.make_dataset(threes, sevens)
        expect(on_device.make_dataset(threes, sevens)).to_match(want)


def is_normal(drawn, std):
    """Whether 20,000 numbers are spread like a normal distribution around 0.

    Each of the four limits is 6 standard errors wide, so a right answer misses one of them with a chance below 1 in 10**8.
    """
    z = drawn.detach().reshape(-1).double() / std
    near, far = (z.abs() < 1).double().mean(), (z.abs() > 2).double().mean()
    return bool(
        z.mean().abs() < 0.043
        and (z.std() - 1).abs() < 0.03
        and (near - 0.6827).abs() < 0.02
        and (far - 0.0455).abs() < 0.009
    )


def has_form(value, *shape):
    return (
        tuple(value.shape) == shape
        and value.dtype == torch.float32
        and len(set(value.reshape(-1).tolist())) > value.numel() // 2
    )


@pytest.mark.exercise("init_params")
class TestInitParams:
    @pytest.mark.weight(2)
    def test_normal_numbers(self, student):
        """Draws float32 numbers of the size asked for, normally distributed around 0 with standard deviation 1."""
        drawn = student.init_params((200, 100))
        expect(drawn).to_satisfy(lambda p: p.dtype == torch.float32, "does not hold float32 numbers")
        expect(drawn).to_satisfy(lambda p: p.shape == (200, 100), "does not have the size that was asked for")
        expect(drawn).to_satisfy(
            lambda p: is_normal(p, 1.0), "the numbers are not spread like normal ones with standard deviation 1"
        )

    def test_standard_deviation(self, student):
        """Spreads the numbers by `std`, whether that is small or large."""
        for std in (0.1, 30):
            drawn = student.init_params((100, 200), std)
            expect(drawn).to_satisfy(lambda p, std=std: is_normal(p, std), "the numbers are not spread by `std`")

    def test_an_int(self, student):
        """Takes an int for the size of a single axis."""
        expect(student.init_params(7)).to_satisfy(lambda p: has_form(p, 7), "is not a row of 7 random float32 numbers")
        expect(student.init_params(20_000, std=0.5)).to_satisfy(
            lambda p: is_normal(p, 0.5), "the numbers are not spread by `std`"
        )

    def test_three_axes(self, student):
        """Takes a tuple of any length."""
        expect(student.init_params((2, 3, 5))).to_satisfy(
            lambda p: has_form(p, 2, 3, 5), "is not random float32 numbers of that size"
        )

    def test_new_numbers_at_every_call(self, student):
        """Draws new numbers at every call."""
        first, second = student.init_params((4, 3), 2.0), student.init_params((4, 3), 2.0)
        for drawn in (first, second):
            expect(drawn).to_satisfy(lambda p: has_form(p, 4, 3), "is not random float32 numbers of that size")
        expect(second).to_satisfy(lambda p: not torch.equal(p, first), "two calls give the same numbers")

    def test_gradient_arrives(self, student, given, rng):
        """Gives a tensor whose `.grad` is filled by `backward`."""
        factors = torch.rand(5, 2, generator=rng)
        want = factors.clone()
        gradient_of = given("""
def gradient_of(init_params, size, std, factors):
    params = init_params(size, std)
    (params * factors).sum().backward()
    return {"gradient": params.grad}
""")
        expect(gradient_of.in_worker(student, student.init_params, (5, 2), 3.0, factors)).to_match({"gradient": want})


@pytest.mark.exercise("linear1")
class TestLinear1:
    @pytest.mark.weight(2)
    def test_one_prediction_per_row(self, student, reference, rng):
        """Gives one prediction for each row of the batch, as a column."""
        xb, weights, bias = (
            torch.rand(5, 4, generator=rng),
            torch.randn(4, 1, generator=rng),
            torch.randn(1, generator=rng),
        )
        want = reference.linear1(xb, weights, bias)
        expect(student.linear1(xb, weights, bias)).to_match(want)

    def test_a_single_row(self, student, reference, rng):
        """Keeps two axes for a batch of one."""
        xb, weights, bias = (
            torch.rand(1, 6, generator=rng),
            torch.randn(6, 1, generator=rng),
            torch.randn(1, generator=rng),
        )
        want = reference.linear1(xb, weights, bias)
        expect(student.linear1(xb, weights, bias)).to_match(want)

    def test_real_digits(self, student, reference, digits, rng):
        """Predicts from real digits."""
        xb = digits.stack3[:9].flatten(1)
        weights, bias = torch.randn(784, 1, generator=rng), torch.tensor([-2.5])
        want = reference.linear1(xb, weights, bias)
        # 784 products of size 1, added up in another order: sums of size 10 differ by some 1e-5
        expect(student.linear1(xb, weights, bias)).to_match(want, atol=1e-4)

    def test_gradients(self, student, reference, rng):
        """Lets gradients through to weights and bias."""
        xb, params = torch.rand(7, 3, generator=rng), linear_params(rng, 3)
        w, b = copies(params)
        reference.linear1(xb, w, b).sum().backward()
        student.linear1.with_gradient(xb, *params)
        expect({"weights": params[0].grad, "bias": params[1].grad}).to_match({"weights": w.grad, "bias": b.grad})

    def test_leaves_its_inputs_alone(self, student, reference, rng):
        """Gives the right predictions and leaves batch, weights and bias as they were."""
        xb, weights, bias = (
            torch.rand(4, 4, generator=rng),
            torch.randn(4, 1, generator=rng),
            torch.randn(1, generator=rng),
        )
        want = reference.linear1(xb, weights, bias)
        with unchanged(xb=xb, weights=weights, bias=bias):
            expect(student.linear1(xb, weights, bias)).to_match(want)

    def test_device(self, student, on_device, reference, rng):
        """Works on the device its inputs are on."""
        xb, params = torch.rand(6, 4, generator=rng), linear_params(rng, 4)
        w, b = copies(params)
        want = reference.linear1(xb, w, b)
        want.sum().backward()
        expect(on_device.linear1.with_gradient(xb, *params)).to_match(want.detach())
        expect({"weights": params[0].grad, "bias": params[1].grad}).to_match({"weights": w.grad, "bias": b.grad})


@pytest.mark.exercise("sigmoid")
class TestSigmoid:
    @pytest.mark.weight(2)
    def test_values(self, student, reference, rng):
        """Squashes every number of a table into 0 to 1, and 0 into 0.5."""
        x = 4 * torch.randn(3, 5, generator=rng)
        x[1, 2] = 0
        want = reference.sigmoid(x)
        expect(student.sigmoid(x)).to_match(want)

    def test_any_shape(self, student, reference, rng):
        """Keeps the shape: a scalar, a row, three axes."""
        for x in (torch.tensor(-1.5), torch.randn(6, generator=rng), torch.randn(2, 1, 3, generator=rng)):
            want = reference.sigmoid(x)
            expect(student.sigmoid(x)).to_match(want)

    def test_far_from_zero(self, student, reference):
        """Is right far from 0 too, on both sides."""
        x = torch.tensor([-60.0, -45.0, -20.0, -3.0, 3.0, 20.0, 45.0, 60.0])
        want = reference.sigmoid(x)
        expect(student.sigmoid(x)).to_match(want)

    def test_gradient(self, student, rng):
        """Has the right slope, 0.25 at 0."""
        x = torch.cat([torch.zeros(1), 3 * torch.randn(6, generator=rng)])
        p = torch.sigmoid(x)
        x.requires_grad_()
        student.sigmoid.with_gradient(x)
        expect({"gradient": x.grad}).to_match({"gradient": p * (1 - p)})

    def test_gradient_far_from_zero(self, student):
        """Has the right slope far from 0 too, on both sides."""
        x = torch.tensor([-60.0, -40.0, -15.0, -2.0, 2.0, 15.0, 40.0, 60.0])
        p = torch.sigmoid(x)
        x.requires_grad_()
        student.sigmoid.with_gradient(x)
        expect({"gradient": x.grad}).to_match({"gradient": p * (1 - p)})

    def test_leaves_its_input_alone(self, student, reference, rng):
        """Gives the right values and leaves its input as it was."""
        x = torch.randn(4, 2, generator=rng)
        want = reference.sigmoid(x)
        with unchanged(x):
            expect(student.sigmoid(x)).to_match(want)

    def test_device(self, student, on_device, reference):
        """Works on the device its inputs are on."""
        x = torch.tensor([[-60.0, -1.5, 0.0], [0.5, 3.0, 60.0]])
        want = reference.sigmoid(x)
        p = torch.sigmoid(x)
        x.requires_grad_()
        expect(on_device.sigmoid.with_gradient(x)).to_match(want)
        expect({"gradient": x.grad}).to_match({"gradient": p * (1 - p)})


@pytest.mark.exercise("stable_sigmoid")
class TestStableSigmoid:
    @pytest.mark.weight(2)
    def test_values(self, student, reference, rng):
        """Squashes every number of a table into 0 to 1, and 0 into 0.5."""
        x = 4 * torch.randn(3, 5, generator=rng)
        x[1, 2] = 0
        want = reference.stable_sigmoid(x)
        expect(student.stable_sigmoid(x)).to_match(want)

    def test_any_shape(self, student, reference, rng):
        """Keeps the shape: a scalar, a row, three axes."""
        for x in (torch.tensor(-1.5), torch.randn(6, generator=rng), torch.randn(2, 1, 3, generator=rng)):
            want = reference.stable_sigmoid(x)
            expect(student.stable_sigmoid(x)).to_match(want)

    def test_far_from_zero(self, student, reference):
        """Stays finite and right far from 0, on both sides."""
        x = torch.tensor([-1e38, -1000.0, -90.0, -3.0, 3.0, 90.0, 1000.0, 1e38])
        want = reference.stable_sigmoid(x)
        expect(student.stable_sigmoid(x)).to_match(want)

    def test_gradient(self, student, rng):
        """Has the right slope, 0.25 at 0."""
        x = torch.cat([torch.zeros(1), 3 * torch.randn(6, generator=rng)])
        p = torch.sigmoid(x)
        x.requires_grad_()
        student.stable_sigmoid.with_gradient(x)
        expect({"gradient": x.grad}).to_match({"gradient": p * (1 - p)})

    def test_gradient_far_from_zero(self, student):
        """Has a finite and right slope far from 0 too, on both sides."""
        x = torch.tensor([-1e38, -1000.0, -100.0, -2.0, 2.0, 100.0, 1000.0, 1e38])
        p = torch.sigmoid(x)
        x.requires_grad_()
        student.stable_sigmoid.with_gradient(x)
        expect({"gradient": x.grad}).to_match({"gradient": p * (1 - p)})

    def test_leaves_its_input_alone(self, student, reference, rng):
        """Gives the right values and leaves its input as it was."""
        x = torch.randn(4, 2, generator=rng)
        want = reference.stable_sigmoid(x)
        with unchanged(x):
            expect(student.stable_sigmoid(x)).to_match(want)

    def test_device(self, student, on_device, reference):
        """Works on the device its inputs are on."""
        x = torch.tensor([[-1000.0, -1.5, 0.0], [0.5, 3.0, 1000.0]])
        want = reference.stable_sigmoid(x)
        p = torch.sigmoid(x)
        x.requires_grad_()
        expect(on_device.stable_sigmoid.with_gradient(x)).to_match(want)
        expect({"gradient": x.grad}).to_match({"gradient": p * (1 - p)})


# ---------------------------------------------------------------- loss and metric


@pytest.mark.exercise("mnist_loss")
class TestMnistLoss:
    @pytest.mark.weight(2)
    def test_mean_distance_from_the_targets(self, student, reference, rng):
        """Gives the mean distance of the predictions, after the sigmoid, from their targets: one scalar."""
        predictions, targets = 2 * torch.randn(7, 1, generator=rng) + 0.5, labels(7)
        want = reference.mnist_loss(predictions, targets)
        expect(student.mnist_loss(predictions, targets)).to_match(want)

    def test_whole_number_targets(self, student, reference, rng):
        """Takes int targets as well as float ones."""
        predictions, targets = 2 * torch.randn(6, 1, generator=rng) - 0.5, labels(6, torch.int64)
        want = reference.mnist_loss(predictions, targets)
        expect(student.mnist_loss(predictions, targets)).to_match(want)

    def test_a_single_prediction(self, student, reference):
        """Gives a scalar for a single prediction: once a 3, once a 7."""
        for target in (1.0, 0.0):
            predictions, targets = torch.tensor([[1.25]]), torch.tensor([[target]])
            want = reference.mnist_loss(predictions, targets)
            expect(student.mnist_loss(predictions, targets)).to_match(want)

    def test_sure_of_itself(self, student, reference):
        """Is near 0 for predictions that are sure and right, and near 1 for those that are sure and wrong."""
        targets = labels(5)
        for sign in (1, -1):
            predictions = sign * 100 * (targets - 0.5)
            want = reference.mnist_loss(predictions, targets)
            expect(student.mnist_loss(predictions, targets)).to_match(want)

    def test_gradient(self, student, reference, rng):
        """Can be differentiated: the gradient of the predictions is right."""
        predictions, targets = 2 * torch.randn(8, 1, generator=rng), labels(8)
        ours = predictions.clone().requires_grad_()
        reference.mnist_loss(ours, targets).backward()
        predictions.requires_grad_()
        student.mnist_loss.with_gradient(predictions, targets)
        expect({"gradient": predictions.grad}).to_match({"gradient": ours.grad})

    def test_leaves_its_inputs_alone(self, student, reference, rng):
        """Gives the right loss and leaves predictions and targets as they were."""
        predictions, targets = torch.randn(9, 1, generator=rng), labels(9)
        want = reference.mnist_loss(predictions, targets)
        with unchanged(predictions=predictions, targets=targets):
            expect(student.mnist_loss(predictions, targets)).to_match(want)

    def test_device(self, student, on_device, reference, rng):
        """Works on the device its inputs are on."""
        predictions, targets = 2 * torch.randn(7, 1, generator=rng), labels(7)
        ours = predictions.clone().requires_grad_()
        want = reference.mnist_loss(ours, targets)
        want.backward()
        predictions.requires_grad_()
        expect(on_device.mnist_loss.with_gradient(predictions, targets)).to_match(want.detach())
        expect({"gradient": predictions.grad}).to_match({"gradient": ours.grad})


@pytest.mark.exercise("batch_accuracy")
class TestBatchAccuracy:
    @pytest.mark.weight(2)
    def test_share_of_right_predictions(self, student, reference):
        """Gives the share of right predictions of a batch, as a float32 scalar."""
        predictions = torch.tensor([2.5, -1.5, 3.0, -0.75, -2.0, 1.0, -4.0])[:, None]
        targets = torch.tensor([1.0, 1.0, 0.0, 0.0, 0.0, 1.0, 0.0])[:, None]
        want = reference.batch_accuracy(predictions, targets)
        expect(student.batch_accuracy(predictions, targets)).to_match(want)

    def test_near_the_cut(self, student, reference):
        """Cuts where the sigmoid gives 0.5: raw predictions of 0.3 and 0.01 say 3, one of -0.3 says 7."""
        predictions = torch.tensor([0.3, 0.01, -0.3, 0.4, 0.2, -0.01, -0.4, 0.1])[:, None]
        targets = torch.tensor([1.0, 1.0, 0.0, 0.0, 1.0, 0.0, 1.0, 1.0])[:, None]
        want = reference.batch_accuracy(predictions, targets)
        expect(student.batch_accuracy(predictions, targets)).to_match(want)

    def test_whole_number_targets(self, student, reference):
        """Takes int targets as well as float ones."""
        predictions, targets = (
            torch.tensor([-1.0, 2.0, 1.0, -3.0, 0.7])[:, None],
            torch.tensor([0, 1, 0, 0, 1])[:, None],
        )
        want = reference.batch_accuracy(predictions, targets)
        expect(student.batch_accuracy(predictions, targets)).to_match(want)

    def test_all_or_none(self, student, reference):
        """Gives 1 where all predictions are right and 0 where none is, also for a single one."""
        for predictions, targets in (([3.0, -2.0, -1.0], [1, 0, 0]), ([3.0, -2.0, -1.0], [0, 1, 1]), ([-1.0], [1])):
            p, t = torch.tensor(predictions)[:, None], torch.tensor(targets, dtype=torch.float32)[:, None]
            want = reference.batch_accuracy(p, t)
            expect(student.batch_accuracy(p, t)).to_match(want)

    def test_leaves_its_inputs_alone(self, student, reference):
        """Gives the right share and leaves predictions and targets as they were."""
        predictions, targets = torch.linspace(-3, 4, 10)[:, None], labels(10)
        want = reference.batch_accuracy(predictions, targets)
        with unchanged(predictions=predictions, targets=targets):
            expect(student.batch_accuracy(predictions, targets)).to_match(want)

    def test_many_predictions(self, student, reference):
        """Counts a batch of 2,000 in time and in little memory."""
        predictions, targets = 5 * torch.randn(2_000, 1, generator=fixed(1)) + 1, labels(2_000)
        want = reference.batch_accuracy(predictions, targets)
        expect(student.batch_accuracy(predictions, targets)).to_match(want)

    def test_device(self, student, on_device, reference):
        """Works on the device its inputs are on."""
        predictions, targets = torch.tensor([1.5, -2.0, 0.75, -0.5, 3.0])[:, None], labels(5)
        want = reference.batch_accuracy(predictions, targets)
        expect(on_device.batch_accuracy(predictions, targets)).to_match(want)


# ---------------------------------------------------------------- mini-batches

# What `mini_batches` gives may be anything that can be walked over once, a DataLoader too: so the walk is done where it is.
WALK = """
def walk(mini_batches, *args, **kwargs):
    return [tuple(pair) for pair in mini_batches(*args, **kwargs)]
"""


def numbered(n):
    """x (n, 2) and y (n, 1) that tell which row they are: y is the row's number, x holds 10 and 20 times as much."""
    y = torch.arange(float(n))[:, None]
    return torch.cat([10 * y, 20 * y], 1), y


def order_of(batches):
    return [int(number) for _, yb in batches for number in yb.reshape(-1).tolist()]


def are_whole(batches, n, batch_size):
    """Every row once, x beside its y, in batches of the right sizes."""
    sizes = [min(batch_size, n - start) for start in range(0, n, batch_size)]
    together = all(torch.equal(xb, torch.cat([10 * yb, 20 * yb], 1)) for xb, yb in batches)
    return [len(xb) for xb, _ in batches] == sizes and together and sorted(order_of(batches)) == list(range(n))


WHOLE = "the batches do not hold every pair exactly once, each x with its y, in batches of the size asked for"


@pytest.mark.exercise("mini_batches")
class TestMiniBatches:
    @pytest.mark.weight(2)
    def test_in_order(self, student, reference, given, rng):
        """Gives all pairs in order, the last batch being shorter where the rest does not fill it."""
        for n, batch_size in ((7, 3), (6, 3), (4, 9), (3, 1)):
            x, y = torch.rand(n, 4, generator=rng), labels(n)
            want = list(reference.mini_batches(x, y, batch_size))
            expect(given(WALK).in_worker(student, student.mini_batches, x, y, batch_size)).to_match(want)

    def test_a_generator_alone(self, student, given):
        """Keeps the order where a generator is given and `shuffle` is False."""
        x, y = numbered(23)
        for settings in ({"generator": fixed(2)}, {"shuffle": False, "generator": fixed(2)}):
            batches = given(WALK).in_worker(student, student.mini_batches, x, y, 5, **settings)
            expect(batches).to_satisfy(lambda batches: are_whole(batches, 23, 5), WHOLE)
            expect(batches).to_satisfy(
                lambda batches: order_of(batches) == list(range(23)), "the pairs are not in their order"
            )

    def test_shuffled_pairs(self, student, given):
        """Shuffled: holds every pair exactly once, and every x keeps its y."""
        x, y = numbered(23)
        batches = given(WALK).in_worker(student, student.mini_batches, x, y, 5, shuffle=True, generator=fixed(3))
        expect(batches).to_satisfy(lambda batches: are_whole(batches, 23, 5), WHOLE)
        expect(batches).to_satisfy(
            lambda batches: order_of(batches) != list(range(23)), "the pairs are still in their old order"
        )

    def test_every_order(self, student, given):
        """Shuffled: any pair can come into any batch, beside any other."""
        # Of 1,000 pairs in batches of 10, some 10 stay in the batch of their number and 1 keeps the neighbour after it; both numbers are
        # nearly Poisson: 60 and 20 are passed by a right answer with a chance below 1 in 10**15.
        x, y = numbered(1_000)
        batches = given(WALK).in_worker(student, student.mini_batches, x, y, 10, shuffle=True, generator=fixed(4))
        expect(batches).to_satisfy(lambda batches: are_whole(batches, 1_000, 10), WHOLE)

        def staying(batches):
            return sum(number // 10 == place // 10 for place, number in enumerate(order_of(batches)))

        def in_a_row(batches):
            order = order_of(batches)
            return sum(after == before + 1 for before, after in zip(order, order[1:]))

        expect(batches).to_satisfy(lambda batches: staying(batches) < 60, "pairs are shuffled inside their batch only")
        expect(batches).to_satisfy(
            lambda batches: in_a_row(batches) < 20, "the batches are shuffled, but not the pairs in them"
        )

    def test_order_from_the_generator(self, student, given):
        """Shuffled: equal seeds give equal orders; a second call with the same generator gives another one."""
        # Two orders of 40 pairs are equal by chance once in 40! calls.
        x, y = numbered(40)
        generator = fixed(5)
        shuffled = student.changing(generator)
        first = given(WALK).in_worker(shuffled, student.mini_batches, x, y, 8, True, generator)
        second = given(WALK).in_worker(shuffled, student.mini_batches, x, y, 8, True, generator)
        again = given(WALK).in_worker(student, student.mini_batches, x, y, 8, True, fixed(5))
        for batches in (first, second, again):
            expect(batches).to_satisfy(lambda batches: are_whole(batches, 40, 8), WHOLE)
        expect(second).to_satisfy(lambda batches: order_of(batches) != order_of(first), "two calls give the same order")
        expect(again).to_satisfy(
            lambda batches: order_of(batches) == order_of(first), "equal seeds give different orders"
        )

    def test_without_a_generator(self, student, given):
        """Shuffled without a generator: draws an order all the same, another one at every call."""
        x, y = numbered(40)
        first = given(WALK).in_worker(student, student.mini_batches, x, y, 12, True)
        second = given(WALK).in_worker(student, student.mini_batches, x, y, 12, True)
        for batches in (first, second):
            expect(batches).to_satisfy(lambda batches: are_whole(batches, 40, 12), WHOLE)
        expect(second).to_satisfy(lambda batches: order_of(batches) != order_of(first), "two calls give the same order")

    def test_leaves_the_data_alone(self, student, given):
        """Gives every pair once and leaves the caller's x and y as they were, shuffled or not."""
        x, y = numbered(9)
        with unchanged(x=x, y=y):
            for shuffle in (False, True):
                batches = given(WALK).in_worker(
                    student, student.mini_batches, x, y, 4, shuffle=shuffle, generator=fixed(6)
                )
                expect(batches).to_satisfy(lambda batches: are_whole(batches, 9, 4), WHOLE)

    def test_device(self, student, on_device, given):
        """Works on the device its inputs are on."""
        x, y = numbered(11)
        for settings in ({}, {"shuffle": True, "generator": fixed(7)}):
            batches = given(WALK).in_worker(on_device, on_device.mini_batches, x, y, 4, **settings)
            expect(batches).to_satisfy(lambda batches: are_whole(batches, 11, 4), WHOLE)


# ---------------------------------------------------------------- one batch, one epoch


@pytest.mark.exercise("calc_grad")
class TestCalcGrad:
    @pytest.mark.weight(2)
    def test_loss_and_gradients(self, student, reference, rng):
        """Gives the loss of the batch, and leaves its gradients on the model's parameters."""
        xb, yb = torch.randn(6, 4, generator=rng), labels(6)
        model = linear_module(torch.randn(4, generator=rng).tolist(), 0.5)
        ours = copy.deepcopy(model)
        want = reference.calc_grad(xb, yb, ours)
        loss = student.changing(model).calc_grad(xb, yb, model)
        expect({"loss": loss, "weights": model.weight.grad, "bias": model.bias.grad}).to_match(
            {"loss": want, "weights": ours.weight.grad, "bias": ours.bias.grad}
        )

    def test_any_callable(self, student, reference, given, rng):
        """Works for a model that is a plain function."""
        xb, yb, params = torch.randn(5, 3, generator=rng), labels(5), linear_params(rng, 3)
        ours = copies(params)
        want = reference.calc_grad(xb, yb, given(LINEAR)(*ours))
        loss = student.changing(*params).calc_grad(xb, yb, given(LINEAR).in_worker(student, *params))
        expect({"loss": loss, "weights": params[0].grad, "bias": params[1].grad}).to_match(
            {"loss": want, "weights": ours[0].grad, "bias": ours[1].grad}
        )

    def test_adds_to_the_gradients(self, student, reference, rng):
        """Adds to the gradients that are there already: two batches, one sum."""
        model = linear_module(torch.randn(3, generator=rng).tolist(), -0.5)
        ours = copy.deepcopy(model)
        for n in (4, 7):
            xb, yb = torch.randn(n, 3, generator=rng), labels(n)
            reference.calc_grad(xb, yb, ours)
            student.changing(model).calc_grad(xb, yb, model)
        expect({"weights": model.weight.grad, "bias": model.bias.grad}).to_match(
            {"weights": ours.weight.grad, "bias": ours.bias.grad}
        )

    def test_a_net(self, student, reference, given, rng):
        """Reaches the parameters of every layer of a net."""
        xb, yb = torch.randn(6, 4, generator=rng), labels(6)
        params = [torch.randn(shape, generator=rng).requires_grad_() for shape in ((4, 3), (3,), (3, 1), (1,))]
        params[1].data += 1.0  # so that no activation is 0 for all rows
        ours = copies(params)
        reference.calc_grad(xb, yb, given(HIDDEN)(*ours))
        student.changing(*params).calc_grad(xb, yb, given(HIDDEN).in_worker(student, *params))
        expect([p.grad for p in params]).to_match([p.grad for p in ours])

    def test_detached(self, student, reference, rng):
        """Returns the bare loss, detached from all that it was calculated from."""
        xb, yb, model = (
            torch.randn(5, 2, generator=rng),
            labels(5),
            linear_module(torch.randn(2, generator=rng).tolist(), 0.25),
        )
        want = reference.calc_grad(xb, yb, copy.deepcopy(model))
        loss = student.changing(model).calc_grad(xb, yb, model)
        expect(loss).to_match(want)
        expect(loss).to_satisfy(
            lambda loss: not loss.requires_grad, "the loss still hangs on the graph it was calculated in"
        )

    def test_leaves_the_rest_alone(self, student, reference, given, rng):
        """Gives the right gradients and changes neither the batch nor the values of the parameters."""
        xb, yb, params = torch.randn(4, 3, generator=rng), labels(4), linear_params(rng, 3)
        ours, before = copies(params), values(params)
        reference.calc_grad(xb, yb, given(LINEAR)(*ours))
        with unchanged(xb=xb, yb=yb):
            student.changing(*params).calc_grad(xb, yb, given(LINEAR).in_worker(student, *params))
        expect({"weights": params[0].grad, "bias": params[1].grad}).to_match(
            {"weights": ours[0].grad, "bias": ours[1].grad}
        )
        expect(values(params)).to_match(before)
        expect(params).to_satisfy(can_be_trained, FROZEN)

    def test_device(self, student, on_device, reference, given, rng):
        """Works on the device its inputs are on."""
        xb, yb, params = torch.randn(6, 3, generator=rng), labels(6), linear_params(rng, 3)
        ours = copies(params)
        want = reference.calc_grad(xb, yb, given(LINEAR)(*ours))
        loss = on_device.changing(*params).calc_grad(xb, yb, given(LINEAR).in_worker(on_device, *params))
        expect({"loss": loss, "weights": params[0].grad, "bias": params[1].grad}).to_match(
            {"loss": want, "weights": ours[0].grad, "bias": ours[1].grad}
        )


GENERATED = """
def generated(train_epoch, model, batches, params, lr):
    return train_epoch(model, (batch for batch in batches), params, lr)
"""


TRAIN_AND_PREDICT = """
def train_and_predict(train_epoch, model, batches, params, lr):
    train_epoch(model, batches, params, lr)
    return model(batches[0][0]).detach()
"""


@pytest.mark.exercise("train_epoch")
class TestTrainEpoch:
    @pytest.mark.weight(2)
    def test_one_step_for_each_batch(self, student, reference, given, rng):
        """Takes one step for each batch, whatever its size."""
        params = linear_params(rng, 4)
        batches = in_batches(torch.randn(12, 4, generator=rng), labels(12), 5, 5, 2)
        ours = copies(params)
        reference.train_epoch(given(LINEAR)(*ours), batches, ours, 1.5)
        student.changing(*params).train_epoch(given(LINEAR).in_worker(student, *params), batches, params, 1.5)
        expect(values(params)).to_match(values(ours))

    def test_a_single_batch(self, student, reference, given, rng):
        """Goes down by the learning rate times the gradient."""
        params = linear_params(rng, 3)
        batches = in_batches(torch.randn(6, 3, generator=rng), labels(6), 6)
        for lr in (0.25, 4.0):
            ours = copies(params)
            reference.train_epoch(given(LINEAR)(*ours), batches, ours, lr)
            student.changing(*params).train_epoch(given(LINEAR).in_worker(student, *params), batches, params, lr)
            expect(values(params)).to_match(values(ours))

    def test_no_gradient_is_left(self, student, reference, given, rng):
        """Has trained the parameters at the end, leaves no gradient on them, and lets them be trained on."""
        params = linear_params(rng, 3)
        batches = in_batches(torch.randn(8, 3, generator=rng), labels(8), 4, 4)
        ours = copies(params)
        reference.train_epoch(given(LINEAR)(*ours), batches, ours, 1.0)
        student.changing(*params).train_epoch(given(LINEAR).in_worker(student, *params), batches, params, 1.0)
        expect(values(params)).to_match(values(ours))
        expect(params).to_satisfy(are_clear, "a gradient is left on the parameters after the last batch")
        expect(params).to_satisfy(can_be_trained, FROZEN)

    def test_many_batches(self, student, reference, given, rng):
        """Trains on all of 150 batches."""
        params = linear_params(rng, 3)
        batches = in_batches(torch.randn(300, 3, generator=rng), labels(300), *[2] * 150)
        ours = copies(params)
        reference.train_epoch(given(LINEAR)(*ours), batches, ours, 0.5)
        student.changing(*params).train_epoch(given(LINEAR).in_worker(student, *params), batches, params, 0.5)
        expect(values(params)).to_match(values(ours))

    def test_epoch_after_epoch(self, student, reference, given, rng):
        """Can be called again and again: the parameters go on from where they were."""
        params = linear_params(rng, 3)
        x, y = torch.randn(9, 3, generator=rng), labels(9)
        ours = copies(params)
        model = given(LINEAR).in_worker(student, *params)
        for sizes in ((4, 5), (3, 3, 3), (9,)):
            reference.train_epoch(given(LINEAR)(*ours), in_batches(x, y, *sizes), ours, 2.0)
            student.changing(*params).train_epoch(model, in_batches(x, y, *sizes), params, 2.0)
        expect(values(params)).to_match(values(ours))

    def test_a_net(self, student, reference, rng):
        """Trains every layer of a net."""
        net = nn.Sequential(nn.Linear(4, 3), nn.ReLU(), nn.Linear(3, 1))
        for p in net.parameters():
            p.data = torch.randn(p.shape, generator=rng)
        net[0].bias.data += 1.0  # so that no activation is 0 for all rows
        ours = copy.deepcopy(net)
        batches = in_batches(torch.randn(7, 4, generator=rng), labels(7), 4, 3)
        reference.train_epoch(ours, batches, list(ours.parameters()), 1.0)
        student.changing(net).train_epoch(net, batches, list(net.parameters()), 1.0)
        expect([p.detach() for p in net.parameters()]).to_match([p.detach() for p in ours.parameters()])

    def test_batches_from_a_generator(self, student, reference, given, rng):
        """Takes its batches from a generator, which can be walked over only once, and leaves the data as it was."""
        params = linear_params(rng, 3)
        batches = in_batches(torch.randn(7, 3, generator=rng), labels(7), 3, 3, 1)
        ours = copies(params)
        reference.train_epoch(given(LINEAR)(*ours), batches, ours, 1.0)
        model = given(LINEAR).in_worker(student, *params)
        with unchanged(batches=batches):
            given(GENERATED).in_worker(student.changing(*params), student.train_epoch, model, batches, params, 1.0)
        expect(values(params)).to_match(values(ours))

    def test_device(self, student, on_device, reference, given, rng):
        """Works on the device its inputs are on."""
        model = linear_module(torch.randn(3, generator=rng).tolist(), 0.5)
        ours = copy.deepcopy(model)
        batches = in_batches(torch.randn(7, 3, generator=rng), labels(7), 4, 3)
        reference.train_epoch(ours, batches, list(ours.parameters()), 1.0)
        on_device.changing(model).train_epoch(model, batches[:1], list(model.parameters()), 1.0)
        # one more batch and a prediction: the model must still be where its batches are
        train = given(TRAIN_AND_PREDICT).in_worker
        predictions = train(
            on_device.changing(model), on_device.train_epoch, model, batches[1:], list(model.parameters()), 1.0
        )
        expect(predictions).to_match(ours(batches[1][0]).detach())
        expect(values([model.weight, model.bias])).to_match(values([ours.weight, ours.bias]))
        expect(list(model.parameters())).to_satisfy(
            are_clear, "a gradient is left on the parameters after the last batch"
        )


def scored(hits, sign=1.0):
    """A batch for a model that gives its input back: as many right predictions as `hits` has ones."""
    yb = labels(len(hits))
    right = torch.tensor(hits, dtype=torch.float32)[:, None] * 2 - 1
    size = 1 + torch.arange(len(hits), dtype=torch.float32)[:, None]
    return sign * (2 * yb - 1) * right * size, yb


VALIDATE_AND_PREDICT = """
def validate_and_predict(validate_epoch, model, batches):
    accuracy = validate_epoch(model, batches)
    return accuracy, model(batches[0][0]).detach()
"""


@pytest.mark.exercise("validate_epoch")
class TestValidateEpoch:
    @pytest.mark.weight(2)
    def test_every_batch_counts_the_same(self, student, reference, given):
        """Gives the mean of the batch accuracies, in which a short batch counts as much as a long one, as a float."""
        batches = [scored([1, 0, 1, 1, 0, 1, 1, 1]), scored([1, 0, 0, 0]), scored([0])]
        model = given("lambda xb: xb")
        want = reference.validate_epoch(model, batches)
        expect(student.validate_epoch(model, batches)).to_match(want, rtol=0, atol=1e-6)

    def test_four_digits(self, student, reference, given):
        """Rounds to four digits: up here, down there."""
        model = given("lambda xb: xb")
        for batches in ([scored([1, 1, 0])], [scored([0, 1, 0]), scored([1] * 5 + [0] * 2)]):
            want = reference.validate_epoch(model, batches)
            # no tolerance for digits that should be gone: 0.66667 is wrong where 0.6667 is right
            expect(student.validate_epoch(model, batches)).to_match(want, rtol=0, atol=1e-6)

    def test_many_batches(self, student, reference, given):
        """Counts all of 150 batches, and not the first ones only."""
        batches = [scored([1, 1] if i < 110 else [1, 0] if i < 140 else [0, 0]) for i in range(150)]
        model = given("lambda xb: xb")
        want = reference.validate_epoch(model, batches)
        expect(student.validate_epoch(model, batches)).to_match(want, rtol=0, atol=1e-6)

    def test_a_trained_model(self, student, reference, given):
        """Asks the model for its predictions, here a linear one."""
        x, params = (
            torch.randn(20, 3, generator=fixed(11)),
            [torch.tensor([[1.0], [-2.0], [0.5]]), torch.tensor([0.25])],
        )
        batches = in_batches(x, labels(20), 8, 8, 4)
        want = reference.validate_epoch(given(LINEAR)(*params), batches)
        expect(student.validate_epoch(given(LINEAR).in_worker(student, *params), batches)).to_match(
            want, rtol=0, atol=1e-6
        )

    def test_autograd_goes_on(self, student, reference, given, rng):
        """Gives the right accuracy and switches autograd on again: training goes on after it."""
        batches, w = [scored([1, 0, 1, 1, 1])], torch.randn(3, generator=rng).requires_grad_()
        want = reference.validate_epoch(given("lambda xb: xb"), batches)
        train_on = given("""
def train_on(validate_epoch, model, batches, w):
    accuracy = validate_epoch(model, batches)
    loss = (w * w).sum()
    if loss.requires_grad:
        loss.backward()
    return accuracy
""")
        accuracy = train_on.in_worker(student.changing(w), student.validate_epoch, given("lambda xb: xb"), batches, w)
        expect({"accuracy": accuracy, "gradient": w.grad}).to_match({"accuracy": want, "gradient": 2 * w.detach()})

    def test_leaves_model_and_data_alone(self, student, reference):
        """Gives the right accuracy and leaves the model's parameters, their gradients and the batches as they were."""
        model = linear_module([0.5, -1.0, 2.0], -0.5)
        model.weight.grad = torch.tensor([[1.0, 2.0, 3.0]])
        batches = in_batches(torch.randn(10, 3, generator=fixed(12)), labels(10), 6, 4)
        want = reference.validate_epoch(copy.deepcopy(model), batches)
        with unchanged(weights=model.weight, bias=model.bias, batches=batches):
            expect(student.validate_epoch(model, batches)).to_match(want, rtol=0, atol=1e-6)

    def test_device(self, student, on_device, reference, given):
        """Works on the device its inputs are on."""
        batches = [scored([1, 0, 1, 1, 0]), scored([1, 0, 0])]
        want = reference.validate_epoch(given("lambda xb: xb"), batches)
        expect(on_device.validate_epoch(given("lambda xb: xb"), batches)).to_match(want, rtol=0, atol=1e-6)
        # This model has parameters of its own, on that device: a batch that was moved to another one does not get through.
        params = [torch.tensor([[1.0], [-2.0], [0.5]]), torch.tensor([0.15])]
        batches = in_batches(torch.randn(13, 3, generator=fixed(13)), labels(13), 8, 5)
        want = reference.validate_epoch(given(LINEAR)(*params), batches)
        model = given(LINEAR).in_worker(on_device, *params)
        expect(on_device.validate_epoch(model, batches)).to_match(want, rtol=0, atol=1e-6)
        module = linear_module([1.0, -2.0, 0.5], 0.15)
        # one more prediction: the model must still be where its batches are
        together = given(VALIDATE_AND_PREDICT).in_worker(on_device, on_device.validate_epoch, module, batches)
        expect(together).to_match((want, module(batches[0][0]).detach()))
