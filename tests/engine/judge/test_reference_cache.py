"""What checks call the reference with is computed once a run, and only where nobody could tell."""

from __future__ import annotations

import types

import pytest
import torch

from autograder.judge import reference_cache
from autograder.judge.reference_cache import Remembered


@pytest.fixture
def made(monkeypatch):
    """`made(function)`: the function as checks call it, and a list that grows with every call of the real one."""
    monkeypatch.setattr(reference_cache, "LONG", 0.0)

    def make(function):
        calls = []

        def answer(*args, **kwargs):
            calls.append(args)
            return function(*args, **kwargs)

        module = types.ModuleType("reference_of_this_test")
        module.answer = answer
        return Remembered(module).answer, calls

    return make


def test_equal_arguments_are_computed_once(made):
    answer, calls = made(lambda x, scale=1: (x * scale).sum(0))
    x = torch.arange(6.0).view(3, 2)
    for _ in range(3):
        assert torch.equal(answer(x.clone(), scale=2), torch.tensor([12.0, 18.0]))
    assert len(calls) == 1


@pytest.mark.parametrize(
    "other",
    [
        torch.tensor([1.0, 3.0]),
        torch.tensor([1.0, 2.0]).double(),
        torch.tensor([[1.0, 2.0]]),
        torch.tensor([1, 2]),
        torch.tensor([-1.0, 2.0]),
    ],
    ids=["values", "dtype", "shape", "whole numbers", "sign"],
)
def test_other_arguments_are_computed_anew(made, other):
    answer, calls = made(lambda x: x * 2)
    for x in (torch.tensor([1.0, 2.0]), other, torch.tensor([1.0, 2.0]), other):
        assert torch.equal(answer(x), x * 2)
    assert len(calls) == 2


def test_zero_and_minus_zero_are_two_arguments(made):
    answer, _ = made(lambda x: 1 / x)
    assert answer(torch.tensor([0.0])).item() == float("inf")
    assert answer(torch.tensor([-0.0])).item() == -float("inf")


def test_another_default_dtype_is_another_call(made):
    answer, _ = made(lambda x: torch.tensor([0.5]))
    assert answer(1).dtype is torch.float32
    torch.set_default_dtype(torch.float64)
    try:
        assert answer(1).dtype is torch.float64
    finally:
        torch.set_default_dtype(torch.float32)


def test_what_a_check_does_to_a_result_is_not_remembered(made):
    answer, _ = made(lambda x: [x + 1, {"more": x + 2}])
    first = answer(torch.zeros(2))
    first[0].fill_(7), first.append(None), first[1].clear()
    again = answer(torch.zeros(2))
    assert (
        torch.equal(again[0], torch.ones(2))
        and torch.equal(again[1]["more"], torch.full((2,), 2.0))
        and len(again) == 2
    )


def changes_its_argument(x):
    return x.add_(1).sum()


def draws(x):
    return x + torch.rand(2)


def gives_its_argument(x):
    return x


def gives_a_part_of_it(x):
    return x[:1]


def gives_something_to_train(x):
    return torch.zeros(2, requires_grad=True)


def gives_an_object(x):
    return iter([x])


@pytest.mark.parametrize(
    "function",
    [changes_its_argument, draws, gives_its_argument, gives_a_part_of_it, gives_something_to_train, gives_an_object],
)
def test_calls_that_do_more_than_give_a_value_are_made_every_time(made, function):
    answer, calls = made(function)
    for _ in range(3):
        answer(torch.ones(2))
    assert len(calls) == 3


def test_arguments_that_are_no_plain_values_are_passed_on(made):
    answer, calls = made(lambda model, x: model(x))
    x = torch.ones(2, requires_grad=True)
    for _ in range(2):
        result = answer(torch.nn.Identity(), x)
        result.sum().backward()
    assert len(calls) == 2 and torch.equal(x.grad, torch.full((2,), 2.0))


def test_what_was_quick_is_not_remembered(made, monkeypatch):
    monkeypatch.setattr(reference_cache, "LONG", 1e9)
    answer, calls = made(lambda x: x + 1)
    for _ in range(3):
        assert answer(1) == 2
    assert len(calls) == 3


def test_there_is_an_end_to_what_is_remembered(made, monkeypatch):
    monkeypatch.setattr(reference_cache, "ROOM", 3 * 2 * 40)
    answer, calls = made(lambda x: x + 1)
    for _ in range(2):
        for number in range(5):
            assert torch.equal(answer(torch.full((10,), float(number))), torch.full((10,), number + 1.0))
    assert len(calls) == 5 + 2
