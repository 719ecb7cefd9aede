"""What of an exception's words reaches the student: what Python, NumPy and torch say of honest mistakes, and nothing of the inputs."""

import math

import numpy as np
import pytest
import torch

from autograder.run import messages

X = torch.arange(12.0).reshape(3, 4)
SOURCE = "def f(x, y):\n    return x.abs_mean(y) + undefined_name + x[7]\n"

HONEST = {
    "shapes": lambda: X + torch.ones(5),
    "matmul": lambda: X @ X,
    "view": lambda: X.view(5, 5),
    "bool minus": lambda: (X > 1) - (X > 2),
    "ambiguous": lambda: bool(X > 1),
    "item": lambda: X.item(),
    "index": lambda: X[7],
    "dimension": lambda: X.mean(3),
    "int mean": lambda: torch.arange(3).mean(),
    "too many indices": lambda: X[0, 0, 0],
    "0-d": lambda: X[0, 0][0],
    "stack": lambda: torch.stack([X, X[:2]]),
    "cat": lambda: torch.cat([X, X[:, :2]]),
    "stack of nothing": lambda: torch.stack([]),
    "stack of arrays": lambda: torch.stack([np.ones(3)]),
    "list arithmetic": lambda: [1] - [2],
    "no attribute": lambda: X.abs_mean(),
    "not callable": lambda: X(),
    "missing argument": lambda: (lambda x, y: 0)(1),
    "too many arguments": lambda: (lambda x: 0)(1, 2),
    "name": lambda: undefined_name,  # noqa: F821
    "index of list": lambda: [1][7],
    "zero": lambda: 1 / 0,
    "unpack": lambda: [a for a, b in [(1,)]],
    "backward twice": lambda: X.backward(),
    "no gradient": lambda: X.sum().backward(),
    "grad of ints": lambda: torch.arange(3).requires_grad_(),
    "numpy of grad": lambda: X.clone().requires_grad_().numpy(),
    "in place": lambda: X.clone().requires_grad_().add_(1),
    "scalar outputs": lambda: X.clone().requires_grad_().backward(),
    "numpy shapes": lambda: np.ones((3, 4)) + np.ones(5),
    "numpy reshape": lambda: np.ones((3, 4)).reshape(5, 5),
    "matmul dtypes": lambda: X @ torch.ones(4, 2, dtype=torch.int64),
    "argument type": lambda: torch.mean("x"),
    "loss": lambda: torch.nn.functional.l1_loss(X, None),
    "import": lambda: __import__("undefined_name"),
    "nan to int": lambda: int(math.nan),
    "str and int": lambda: "1" + 1,
    "no len": lambda: len(5),
    "iterate number": lambda: list(5),
    "argument of where": lambda: torch.where(X),
}


def said(do) -> BaseException:
    try:
        do()
    except Exception as error:
        return error
    raise AssertionError("it raises nothing")


@pytest.mark.parametrize("what", [what for what in HONEST if what != "argument of where"])
def test_an_honest_mistakes_words_are_passed_on(what):
    message = str(said(HONEST[what]))
    words = messages.words_of([SOURCE])
    told = messages.public_message(message, [SOURCE], words, messages.sizes_of([X, torch.ones(5), torch.ones(5, 5)]))
    assert told, message
    assert message.replace("\n", " ").startswith(told.split(messages.HIDDEN)[0]), (told, message)


SECRETS = [
    "0.123,0.456", "secret", "'0.5'", "tensor([0.1234, 0.5])", "invalid literal for int() with base 10: '0.25'",
    "could not convert string to float: '0.25'", "[Errno 2] No such file or directory: '0.25'",
    "Expected one of cpu, cuda device type at start of device string: LEAK",
    "einsum(): invalid subscript given at index 0 in the equation string, LEAK",
]  # fmt: skip


@pytest.mark.parametrize("message", SECRETS)
def test_other_words_are_left_out(message):
    told = messages.public_message(message, [SOURCE], messages.words_of([SOURCE]), messages.sizes_of([X]))
    assert told is None or ("0.25" not in told and "LEAK" not in told), told


@pytest.mark.parametrize(
    ("message", "told"),
    [
        ("name 'x0_123' is not defined", "name '…' is not defined"),
        ("'Tensor' object has no attribute 'pixel_12345'", "'Tensor' object has no attribute '…'"),
        (
            "index 183746 is out of bounds for dimension 0 with size 3",
            "index … is out of bounds for dimension 0 with size 3",
        ),
        ("shape '[183, 4]' is invalid for input of size 12", "shape '[…, 4]' is invalid for input of size 12"),
        ("No module named 'x0_5'", "No module named '…'"),
        (
            "index 7 is out of bounds for dimension 0 with size 3 LEAK",
            "index 7 is out of bounds for dimension 0 with size 3",
        ),
    ],
)
def test_numbers_and_names_that_belong_to_nothing_are_left_out(message, told):
    assert messages.public_message(message, [SOURCE], messages.words_of([SOURCE]), messages.sizes_of([X])) == told


def test_the_submissions_own_words_are_its_own():
    source = "def f(x):\n    raise ValueError('please give me a matrix')\n"
    assert (
        messages.public_message("please give me a matrix", [source], messages.words_of([source]), frozenset())
        == "please give me a matrix"
    )


def test_types_have_names_of_their_own_or_the_submissions():
    words = messages.words_of(["class Mine(Exception): pass"])
    assert messages.public_type("ValueError", words) == "ValueError" and messages.public_type("Mine", words) == "Mine"
    assert (
        messages.public_type("pixel_0_5", words) == "Exception" and messages.public_name("pixel_0_5", words) == "thing"
    )
