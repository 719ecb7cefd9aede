"""Graders of lesson 03: derivative, step, loop.

The wanted value is always taken before the student's function is called, and what is used again afterwards is sent as a copy: what that
function does to its inputs is done to ours.
Functions to differentiate are `given`: they are run in the worker, so every kind of autograd can take their derivative, the forward mode
and `torch.func` too. They work in float32 and float64 alike.
"""

from __future__ import annotations

import pytest
import torch

from autograder.compare import expect, unchanged

_FROZEN = "leaves a parameter that no longer requires a gradient"
_CLEAR = "leaves a gradient behind: the next backward would add to it"


def leaf(values):
    """A tensor that requires a gradient, with memory of its own."""
    return torch.as_tensor(values).detach().clone().requires_grad_()


def expect_gradient(name, tensor, want):
    """The gradient that a call has left on one of our tensors."""
    expect(tensor).to_satisfy(
        lambda t: t.grad is not None, f"no gradient reaches {name}: somewhere its way back is cut"
    )
    expect(tensor.grad).to_match(want)


def expect_clear(*params):
    """None and zeros are both clear."""
    for p in params:
        expect(p).to_satisfy(lambda t: t.grad is None or not t.grad.any(), _CLEAR)


@pytest.mark.exercise("finite_difference")
class TestFiniteDifference:
    def test_slope_of_a_parabola(self, student, given):
        """Gives the slope of x² as a Python float, uphill and downhill."""
        f = given("lambda x: x * x")
        for x in (3.0, -1.5, 4):
            expect(student.finite_difference(f, x)).to_match(2.0 * x)

    @pytest.mark.weight(2)
    def test_a_wide_step(self, student, reference, given):
        """Takes both values at distance h: a wide step shows what a narrow one hides."""
        for f, x, h in ((given("lambda x: x ** 3"), 1.0, 0.5), (given("lambda x: 1 / x"), -2.0, 0.25)):
            want = reference.finite_difference(f, x, h)
            expect(student.finite_difference(f, x, h=h)).to_match(want)
            expect(student.finite_difference(f, x, h)).to_match(want)

    def test_the_step_when_none_is_given(self, student, given):
        """Uses a step of 0.001 where the caller names none."""
        # The central difference of x³ at 0 is h², so a million times that is 1 for this step and for no other.
        expect(student.finite_difference(given("lambda x: 1e6 * x ** 3 + 2 * x"), 0.0)).to_match(3.0)

    def test_the_tip_of_a_v(self, student, given):
        """Gives 0 at the tip of |x|, and the slope of either arm beside it."""
        f = given("lambda x: abs(x)")
        for x, want in ((0.0, 0.0), (-2.0, -1.0), (0.5, 1.0)):
            expect(student.finite_difference(f, x)).to_match(want)

    def test_plain_numbers(self, student, reference, given):
        """Works for a function of Python's own math module, and does not lose its small differences in rounding."""
        # At 1000, neighbours in float32 are 6e-5 apart: of a step of 1e-3 hardly a digit is left. In float64 nine are.
        f = given("import math\ndef f(x):\n    return math.sin(x) + x * x\n")
        want = reference.finite_difference(f, 1000.0)
        expect(student.finite_difference(f, 1000.0)).to_match(want)


@pytest.mark.exercise("derivative")
class TestDerivative:
    @pytest.mark.weight(2)
    def test_parabola(self, student, given):
        """Gives the derivative of x² at several points as a Python float: 6 at 3."""
        f = given("lambda x: x ** 2")
        for x in (3.0, -0.5, 0.25):
            expect(student.derivative(f, x)).to_match(2.0 * x)

    def test_whole_number(self, student, given):
        """Takes x as a whole number too."""
        expect(student.derivative(given("lambda x: x ** 3 - x"), 2)).to_match(11.0)

    def test_chain(self, student, reference, given):
        """Follows a function through several steps."""
        f = given("lambda x: torch.exp(torch.sin(x)) / (1 + x ** 2) - 3 * x")
        for x in (0.75, -1.25):
            want = reference.derivative(f, x)
            expect(student.derivative(f, x)).to_match(want)

    def test_steep(self, student, reference, given):
        """Is exact where the function turns fast, and no finite step is small enough."""
        # 300 * 0.5 has no rounding, and the cosine of 150 is 0.7: nothing cancels. A step of 1e-3 is off by 1.5 %.
        f = given("lambda x: torch.sin(300 * x)")
        want = reference.derivative(f, 0.5)
        expect(student.derivative(f, 0.5)).to_match(want)

    def test_again(self, student, given):
        """Gives the same at every call: nothing adds up, and a flat place is 0."""
        f = given("lambda x: (x - 1) ** 2")
        for x, want in ((2.5, 3.0), (2.5, 3.0), (1.0, 0.0), (2.5, 3.0)):
            expect(student.derivative(f, x)).to_match(want)


@pytest.mark.exercise("gradient")
class TestGradient:
    @pytest.mark.weight(2)
    def test_one_number_per_element(self, student, reference, given, rng):
        """Gives one derivative for each element of a vector."""
        xs = torch.randn(5, generator=rng)
        f = given("lambda xs: (xs ** 2).sum() + xs[0] * xs[-1]")
        want = reference.gradient(f, xs)
        expect(student.gradient(f, xs)).to_match(want)

    def test_any_shape(self, student, reference, given, rng):
        """Keeps the shape of xs: a table, three axes, a scalar."""
        f = given("lambda xs: (xs.sin() * xs).mean()")
        for shape in ((3, 4), (2, 1, 3), ()):
            xs = torch.randn(shape, generator=rng)
            want = reference.gradient(f, xs)
            expect(student.gradient(f, xs)).to_match(want)

    def test_steep(self, student, reference, given):
        """Is exact for a steep function too."""
        xs = torch.tensor([0.5, -0.25, 1.0])  # exact in binary, so 400 times that has no rounding
        f = given("lambda xs: torch.sin(400 * xs).sum()")
        want = reference.gradient(f, xs)
        expect(student.gradient(f, xs)).to_match(want)

    def test_leaves_xs_alone(self, student, reference, given, rng):
        """Gives the right gradient and leaves xs as it was: its values, whether it requires a gradient, and no gradient on it."""
        xs = torch.randn(2, 3, generator=rng)
        f = given("lambda xs: (xs ** 3).sum()")
        want = reference.gradient(f, xs)
        with unchanged(xs=xs):
            expect(student.gradient(f, xs)).to_match(want)

    @pytest.mark.weight(2)
    def test_xs_that_requires_grad(self, student, reference, given, rng):
        """Gives the right gradient where xs already requires one and holds one, and leaves that one as it was."""
        xs = leaf(torch.randn(4, generator=rng))
        xs.grad = torch.randn(4, generator=rng)
        f = given("lambda xs: (xs ** 2).sum()")
        want = reference.gradient(f, xs)
        with unchanged(xs=xs):
            expect(student.gradient(f, xs)).to_match(want)

    def test_detached(self, student, reference, given, rng):
        """Gives back plain numbers: the right gradient, detached from the graph."""
        xs = torch.randn(3, generator=rng)
        f = given("lambda xs: (xs ** 3).sum()")
        want = reference.gradient(f, xs)
        result = student.gradient(f, xs)
        expect(result).to_match(want)
        expect(result).to_satisfy(
            lambda t: not t.requires_grad, "is still part of a graph: the gradient itself should require no gradient"
        )

    def test_device(self, student, on_device, reference, given, rng):
        """Works on the device its inputs are on."""
        xs = torch.randn(3, 2, generator=rng)
        f = given("lambda xs: (xs ** 3).sum()")
        want = reference.gradient(f, xs)
        expect(on_device.gradient(f, xs)).to_match(want)


@pytest.mark.exercise("mse")
class TestMse:
    @pytest.mark.weight(2)
    def test_mean_squared_error(self, student, reference, rng):
        """Gives the mean of the squared differences as a scalar tensor."""
        predictions, targets = 3 * torch.randn(2, 7, generator=rng)
        want = reference.mse(predictions, targets)
        expect(student.mse(predictions, targets)).to_match(want)

    def test_tables(self, student, reference, rng):
        """Gives one number for tables of predictions too."""
        predictions, targets = torch.randn(2, 4, 3, generator=rng)
        want = reference.mse(predictions, targets)
        expect(student.mse(predictions, targets)).to_match(want)

    def test_differences_that_cancel(self, student):
        """Does not let errors above and below cancel."""
        expect(student.mse(torch.tensor([1.0, 3.0, 2.0, 5.0]), torch.tensor([3.0, 1.0, 5.0, 2.0]))).to_match(
            torch.tensor(6.5)
        )

    @pytest.mark.weight(2)
    def test_differentiable(self, student, reference, rng):
        """Has the right gradient, also where every prediction is right."""
        for n_wrong in (5, 0):
            targets = torch.randn(5, generator=rng)
            predictions = leaf(targets)
            predictions.data[:n_wrong] += 1 + torch.rand(n_wrong, generator=rng)
            own = leaf(predictions)
            want = reference.mse(own, targets)
            want.backward()
            expect(student.mse.with_gradient(predictions, targets)).to_match(want.detach())
            expect_gradient("the predictions", predictions, own.grad)

    def test_leaves_inputs_alone(self, student, reference, rng):
        """Gives the right loss and leaves predictions and targets as they were."""
        predictions, targets = torch.randn(2, 6, generator=rng)
        want = reference.mse(predictions, targets)
        with unchanged(predictions=predictions, targets=targets):
            expect(student.mse(predictions, targets)).to_match(want)

    def test_device(self, student, on_device, reference, rng):
        """Works on the device its inputs are on."""
        targets = torch.randn(6, generator=rng)
        predictions = leaf(targets + 1 + torch.rand(6, generator=rng))
        own = leaf(predictions)
        want = reference.mse(own, targets)
        want.backward()
        expect(on_device.mse.with_gradient(predictions, targets)).to_match(want.detach())
        expect_gradient("the predictions", predictions, own.grad)


@pytest.mark.exercise("quadratic")
class TestQuadratic:
    @pytest.mark.weight(2)
    def test_numbers(self, student, reference, rng):
        """Gives a*t² + b*t + c for a tuple of three numbers."""
        t = torch.randn(6, generator=rng)
        for params in ((2.0, -3.0, 0.5), (-1, 4, 10)):
            want = reference.quadratic(t, params)
            expect(student.quadratic(t.clone(), params)).to_match(want)

    def test_tensor(self, student, reference, rng):
        """Takes the three parameters as a tensor."""
        t, params = torch.randn(5, generator=rng), torch.tensor([0.75, 2.0, -1.5])
        want = reference.quadratic(t, params)
        expect(student.quadratic(t, params)).to_match(want)

    def test_any_shape(self, student, reference, rng):
        """Keeps the shape of t: a table, three times, a single time."""
        params = torch.tensor([1.5, -2.0, 3.0])
        for shape in ((4, 2), (3,), (1,), ()):
            t = torch.randn(shape, generator=rng)
            want = reference.quadratic(t, params)
            expect(student.quadratic(t, params)).to_match(want)

    @pytest.mark.weight(2)
    def test_differentiable(self, student, reference, rng):
        """Has the right values, and the right gradients with respect to the parameters and to t."""
        t, params = leaf(torch.randn(6, generator=rng)), leaf([0.5, -1.0, 2.0])
        own_t, own_params = leaf(t), leaf(params)
        want = reference.quadratic(own_t, own_params)
        want.sum().backward()
        expect(student.quadratic.with_gradient(t, params)).to_match(want.detach())
        expect_gradient("the parameters", params, own_params.grad)
        expect_gradient("t", t, own_t.grad)

    def test_leaves_inputs_alone(self, student, reference, rng):
        """Gives the right values and leaves t and the parameters as they were."""
        t, params = torch.randn(4, generator=rng), torch.tensor([3.0, 1.0, -2.0])
        want = reference.quadratic(t, params)
        with unchanged(t=t, params=params):
            expect(student.quadratic(t, params)).to_match(want)

    def test_device(self, student, on_device, reference, rng):
        """Works on the device its inputs are on."""
        t, params = torch.randn(7, generator=rng), leaf([1.5, -2.0, 0.75])
        own = leaf(params)
        want = reference.quadratic(t, own)
        want.sum().backward()
        expect(on_device.quadratic.with_gradient(t, params)).to_match(want.detach())
        expect_gradient("the parameters", params, own.grad)
        expect(on_device.quadratic(t, (2.0, -1.0, 0.5))).to_match(reference.quadratic(t, (2.0, -1.0, 0.5)))


def parameters(rng, *shapes):
    """Parameters with a gradient on each."""
    params = [leaf(torch.randn(shape, generator=rng)) for shape in shapes]
    for p in params:
        p.grad = torch.randn(p.shape, generator=rng)
    return params


def after_step(params, lr):
    """What the parameters should be after one step, computed here and without the caller's list."""
    return [p.detach().clone() if p.grad is None else p.detach() - lr * p.grad for p in params]


def expect_values(params, wants):
    for p, want in zip(params, wants, strict=True):
        expect(p).to_match(want)


@pytest.mark.exercise("sgd_step")
class TestSgdStep:
    # Values are read from our own tensors: whatever the student puts in the list in their place is never looked at.

    @pytest.mark.weight(2)
    def test_against_the_gradient(self, student, rng):
        """Moves the parameter by minus the learning rate times its gradient, in place."""
        for lr in (0.5, 0.125, 2):
            (p,) = parameters(rng, (4,))
            wants = after_step([p], lr)
            student.changing(p).sgd_step([p], lr)
            expect_values([p], wants)

    def test_every_parameter(self, student, rng):
        """Moves every parameter of the list, whatever its shape."""
        params = parameters(rng, (3, 2), (), (1, 4), (2,))
        wants = after_step(params, 0.25)
        student.changing(params).sgd_step(list(params), 0.25)
        expect_values(params, wants)

    @pytest.mark.weight(2)
    def test_clears_the_gradient(self, student, rng):
        """Steps, and clears the gradient of every parameter afterwards."""
        params = parameters(rng, (3,), (2, 2))
        wants = after_step(params, 0.5)
        student.changing(params).sgd_step(list(params), 0.5)
        expect_values(params, wants)
        expect_clear(*params)

    def test_parameter_without_a_gradient(self, student, rng):
        """Leaves a parameter without a gradient as it is, and moves those before and after it."""
        params = parameters(rng, (2,), (3,), (2, 2))
        params[1].grad = None
        wants = after_step(params, 0.5)
        student.changing(params).sgd_step(list(params), 0.5)
        expect_values(params, wants)
        expect_clear(*params)

    @pytest.mark.weight(2)
    def test_step_after_step(self, student, rng):
        """Leaves parameters that can be trained on: backward, step, backward, step."""
        w, b = leaf(torch.randn(3, generator=rng)), leaf(torch.randn((), generator=rng))
        x = torch.randn(3, generator=rng)
        for _ in range(3):
            loss = ((w * x).sum() + b - 1) ** 2
            # Each step's gradients are computed here, from what the last step left.
            gw, gb = torch.autograd.grad(loss, (w, b))
            w.grad, b.grad = gw, gb
            wants = after_step([w, b], 0.125)
            student.changing(w, b).sgd_step([w, b], 0.125)
            expect_values([w, b], wants)
            expect_clear(w, b)
            for p in (w, b):
                expect(p).to_satisfy(lambda p: p.requires_grad and p.is_leaf, _FROZEN)

    def test_device(self, student, on_device, rng):
        """Works on the device its inputs are on."""
        params = parameters(rng, (3, 2), (), (4,))
        wants = after_step(params, 0.25)
        on_device.changing(params).sgd_step(list(params), 0.25)
        expect_values(params, wants)
        expect_clear(*params)


def noisy_parabola(rng, n):
    """n times from -1 to 1, out of order, and a parabola through them with some noise."""
    t = torch.rand(n, generator=rng) * 2 - 1
    return t, 2 * t**2 - t + 0.5 + 0.1 * torch.randn(n, generator=rng)


@pytest.mark.exercise("fit_quadratic")
class TestFitQuadratic:
    @pytest.mark.weight(2)
    def test_losses(self, student, reference, rng):
        """Gives the loss before each step as a list of Python floats, and ends with the right parameters."""
        t, y = noisy_parabola(rng, 12)
        params = leaf([-1.0, 1.0, 2.0])
        own = leaf(params)
        want = reference.fit_quadratic(t, y, own, 0.25, 8)
        expect(student.changing(params).fit_quadratic(t, y, params, 0.25, 8)).to_match(want)
        expect(params).to_match(own)

    @pytest.mark.drawing
    def test_curve(self, student, show):
        """Draws the losses of 8 steps on five points of a parabola."""
        t, params = torch.linspace(-1, 1, 5), leaf([-1.0, 1.0, 2.0])
        show.losses("Your losses, step by step", student.changing(params).fit_quadratic(t, t**2, params, 0.25, 8))

    @pytest.mark.weight(2)
    def test_changes_the_parameters(self, student, reference, rng):
        """Changes the parameters in place, step by step, leaves their gradient clear, and lets them be trained on."""
        t, y = noisy_parabola(rng, 9)
        for n_steps in (1, 2, 5):
            params, own = leaf([0.5, -0.5, 1.0]), leaf([0.5, -0.5, 1.0])
            reference.fit_quadratic(t, y, own, 0.125, n_steps)
            student.changing(params).fit_quadratic(t.clone(), y.clone(), params, 0.125, n_steps)
            expect(params).to_match(own)
            expect_clear(params)
            expect(params).to_satisfy(lambda p: p.requires_grad, _FROZEN)

    def test_goes_on(self, student, reference, rng):
        """Goes on from where an earlier call has stopped."""
        t, y = noisy_parabola(rng, 10)
        params = leaf([1.0, 1.0, -1.0])
        own = leaf(params)
        for n_steps in (3, 4):
            want = reference.fit_quadratic(t, y, own, 0.25, n_steps)
            expect(student.changing(params).fit_quadratic(t.clone(), y.clone(), params, 0.25, n_steps)).to_match(want)
        expect(params).to_match(own)

    def test_the_rolling_ball(self, student, reference, rng):
        """Fits heights at times from 0 to 19 too, with a tiny learning rate."""
        t = torch.arange(20.0)
        y = 0.75 * (t - 9.5) ** 2 + 1 + 3 * torch.randn(20, generator=rng)
        params = leaf(torch.randn(3, generator=rng))
        own = leaf(params)
        want = reference.fit_quadratic(t, y, own, 1e-5, 10)
        expect(student.changing(params).fit_quadratic(t, y, params, 1e-5, 10)).to_match(want)
        expect(params).to_match(own)

    def test_leaves_the_data_alone(self, student, reference, rng):
        """Gives the right losses and leaves times and measurements as they were."""
        t, y = noisy_parabola(rng, 6)
        params = leaf([0.0, 0.0, 0.0])
        want = reference.fit_quadratic(t, y, leaf(params), 0.25, 3)
        with unchanged(t=t, y=y):
            expect(student.changing(params).fit_quadratic(t, y, params, 0.25, 3)).to_match(want)

    def test_many_steps(self, student, reference, rng):
        """Finds the parabola in 300 steps, in time."""
        # A rate far below the one that bounces: rounding then dies out from step to step, and the end is the least squares fit.
        t, y = noisy_parabola(rng, 15)
        params = leaf([3.0, -2.0, 1.0])
        own = leaf(params)
        want = reference.fit_quadratic(t, y, own, 0.3, 300)
        expect(student.changing(params).fit_quadratic(t, y, params, 0.3, 300)).to_match(want)
        # 1e-3: along the flattest direction, differences in the last digit of 300 steps may add up to some 1e-4.
        expect(params).to_match(own, rtol=1e-3, atol=1e-3)

    def test_device(self, student, on_device, reference, rng):
        """Works on the device its inputs are on."""
        t, y = noisy_parabola(rng, 11)
        params = leaf([-0.5, 1.0, 1.5])
        own = leaf(params)
        want = reference.fit_quadratic(t, y, own, 0.25, 4)
        expect(on_device.changing(params).fit_quadratic(t, y, params, 0.25, 4)).to_match(want)
        expect(params).to_match(own)
