"""What of an exception's words reaches the student: what Python, NumPy and torch say of honest mistakes, and nothing of the inputs."""

import contextlib
import math
import pathlib
import re

import numpy as np
import pandas as pd
import pytest
import torch
from PIL import Image

from autograder.run import messages


def told_of(message, words, sizes):
    said = messages.public_message(message, words, sizes)
    return None if said is None else said.text


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
    told = told_of(message, words, messages.sizes_of([X, torch.ones(5), torch.ones(5, 5)]))
    assert told, message
    assert message.replace("\n", " ").startswith(told.split(messages.HIDDEN)[0]), (told, message)


BELOW = """
class WithStep:
    def __init__(self, params, lr): self.params = list(params)
    def step(): pass
class NoForward(nn.Module):
    def __init__(self):
        super().__init__()
class NoSuper(nn.Module):
    def __init__(self):
        self.l = nn.Linear(2, 3)
def one(a): pass
def two(a, b): pass
def key(*, rate): pass
def recursion(): return recursion()
def local():
    print(late)
    late = 1
"""
FUNCTIONS = {  # what a line of everyday_errors.txt can't say
    "two lines": "a = torch.exp(W); a.add_(1); a.sum().backward()", "twice": "a = (W * W).sum(); a.backward(); a.backward()",
    "in place": "w = torch.ones(2, requires_grad=True); w -= 1", "no self": "WithStep([], 1).step()", "one too many": "WithStep([], 1, 2)",
    "no rate": "WithStep([])", "forward": "NoForward()(X)", "super": "NoSuper()", "two": "two()", "key": "key()", "keys": "key(rat=1)", "both": "one(1, a=2)",
    "recursion": "recursion()", "local": "local()", "lambda": "(lambda x: x)()", "unpack": "a, b = [1, 2, 3]", "unpack too few": "a, b, c = [1, 2]",
    "unpack an int": "a, b = 3", "unpack None": "a, b = None", "tuple": "(1, 2)[0] = 1", "parameter": "l = nn.Linear(2, 1); l.weight = torch.ones(1, 2)",
    "no_grad": "with torch.no_grad: pass", "nothing to enter": "with None: pass", "spent": "g = iter([1]); next(g); int(None)", "abstract": "import abc\nclass C(abc.ABC):\n    @abc.abstractmethod\n    def m(self): pass\nC()",
}  # fmt: skip
STILL_HIDDEN = {
    'X.norm("a")', '"{x}".format(y=1)', 'D["b"]', "D[0]", "{X: 1}[X.clone()]", 'X.type("a")', 'A.astype("foo")', "pd.DataFrame(A)[0, 0]",
    'assert X.shape == (9, 9), "wrong shape"', 'raise ValueError("x")', "pd.DataFrame(X)[9]", 'pd.DataFrame(X)["a"]', 'pd.DataFrame(X).loc["a"]',
}  # fmt: skip
"""Lines whose message holds something of the values, or of the student's own words, which are told where they stand in their code."""


@pytest.mark.filterwarnings("ignore")
def test_what_everyday_mistakes_say_is_told():
    """Every line of everyday_errors.txt is a mistake that beginners make, with torch, NumPy, pandas, PIL or plain Python."""
    lines = (pathlib.Path(__file__).parent / "everyday_errors.txt").read_text().splitlines()
    hidden, tried = {}, 0
    for line in [*lines, *FUNCTIONS.values()]:
        names = {
            "torch": torch, "np": np, "nn": torch.nn, "F": torch.nn.functional, "math": math, "pd": pd, "Image": Image, "pathlib": pathlib,
            "X": torch.arange(12.0).reshape(3, 4), "I": torch.arange(3), "W": torch.ones(4, 1, requires_grad=True), "A": np.ones((3, 4)), "L": [1, 2, 3],
            "D": {"a": 1}, "P": torch.rand(5, 3), "T": torch.tensor([0, 1, 2, 1, 0]),
        }  # fmt: skip
        names |= {"B": names["X"] > 2, "U": names["X"].to(torch.uint8), "S": names["X"].sum()}
        exec(compile(BELOW, "<below>", "exec", dont_inherit=True), names)
        with contextlib.suppress(NameError):
            tried += 1
            error = said(lambda line=line, names=names: exec(compile(line, "<line>", "exec", dont_inherit=True), names))
            values = [names[name] for name in "XPTAW"]
            told = told_of(str(error), messages.words_of([BELOW, line]), messages.sizes_of(values))
            if told is None:
                hidden[line] = str(error)
    assert tried > 700
    assert not hidden.keys() - STILL_HIDDEN, hidden


FILLED = {
    "n": "183746",
    "s": "(183746, 25)",
    "w": "secret_0_25.mean",
    "f": "secret_0_25.mean",
    "d": "torch.float32",
    "v": "cpu",
    "o": "+",
    "h": "0.25",
}
LEAKED = re.compile(r"secret|0_25|0\.25|183746|LEAK")


@pytest.mark.parametrize("sentence", messages._SENTENCES)
def test_no_sentence_carries_what_is_not_the_submissions(sentence):
    message = messages._SLOT.sub(lambda slot: FILLED[slot[1]], sentence) + " LEAK"
    told = told_of(message, messages.words_of([SOURCE]), messages.sizes_of([X]))
    assert told is not None and not LEAKED.search(told), told


def test_every_sentence_stands_there_once():
    assert len(set(messages._SENTENCES)) == len(messages._SENTENCES)
    assert not [sentence for sentence in messages._SENTENCES if not sentence.strip() or len(sentence) < 7]


SECRETS = [
    "0.123,0.456", "secret", "'0.5'", "tensor([0.1234, 0.5])", "invalid literal for int() with base 10: '0.25'",
    "could not convert string to float: '0.25'", "[Errno 2] No such file or directory: '0.25'",
    "Expected one of cpu, cuda device type at start of device string: LEAK",
    "einsum(): invalid subscript given at index 0 in the equation string, LEAK",
    "'LEAK.mean' object has no attribute 'shape'", "module 'LEAK' has no attribute 'mean'", "Target 0.25 is out of bounds.", "0.25 is not in list",
    "[0.25] is not in list", "mean: LEAK", "LEAK: shape mismatch", "Invalid device string: 'LEAK'", "No axis named LEAK for object type DataFrame",
    "sequence item 0: expected str instance, LEAK found", "Unknown format code '0.25' for object of type 'str'",
]  # fmt: skip


@pytest.mark.parametrize("message", SECRETS)
def test_other_words_are_left_out(message):
    told = told_of(message, messages.words_of([SOURCE]), messages.sizes_of([X]))
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
    assert told_of(message, messages.words_of([SOURCE]), messages.sizes_of([X])) == told


def test_a_piece_of_ones_own_source_is_no_message():
    """Where in a long text a message begins can say as much as the text is long."""
    text = "".join(f"{number:03}" for number in range(1000))
    for message in (text, text[300:340], "please give me a matrix"):
        assert messages.public_message(message, messages.words_of([message]), frozenset()) is None


WRITTEN = {
    "index 0\u0662 is out of bounds for dimension 0 with size 3": None,  # a digit of another script
    "index 007 is out of bounds for dimension 0 with size 3": "index 7 is out of bounds for dimension 0 with size 3",
    "shape '[3,4, 5]' is invalid for input of size 12": "shape '[3, 4, 5]' is invalid for input of size 12",
    f"shape '[{', '.join('3' * 9)}]' is invalid for input of size 12": "shape '…' is invalid for input of size 12",
    "'a.5555' object is not callable": "'…' object is not callable",
    "'a.b.x.y.k' object is not callable": "'…' object is not callable",
}


@pytest.mark.parametrize("message", WRITTEN)
def test_how_something_is_written_tells_nothing(message):
    assert told_of(message, frozenset("abxyk"), messages.sizes_of([X])) == WRITTEN[message]


def test_types_are_those_of_python_and_the_libraries():
    assert messages.public_type("ValueError") == "ValueError" and messages.public_type("Mine") == "Exception"
    for name in ("pixel_0_5", "str 0.58 0.59", "tensor 1 2 3", "int 5"):
        assert messages.public_name(name) == messages.OTHER
    assert messages.public_name("DataFrame") == "DataFrame"


def test_what_a_message_can_carry_is_counted():
    sizes = messages.sizes_of([X])
    plain = messages.public_message("division by zero", frozenset(), sizes)
    shown = messages.public_message("index 7 is out of bounds for dimension 0 with size 3", frozenset(), sizes)
    assert 5 < plain.bits < shown.bits < 40
