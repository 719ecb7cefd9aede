"""The course's functions answer a student's worker from behind a wall of their own, on tensors and numbers alone."""

from __future__ import annotations

import json
import string

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from autograder.errors import OutOfMemory, StudentFault, TimedOut
from autograder.read import extract
from autograder.run.carried import Carrier
from autograder.run.relay import Reference
from autograder.run.session import Session
from autograder.run.student import Given, Student
from autograder.worker.frames import WireError
from autograder.worker.tensor_bytes import DTYPES

FUNCTIONS = """
import torch


def mnist_distance(a, b):
    if isinstance(a, (str, bytes)) or hasattr(a, "__fspath__"):
        open(a).read()
    return (a - b).abs().mean((-1, -2))


def accuracy(predictions, targets):
    while not isinstance(targets, torch.Tensor):
        pass
    return torch.zeros(int(targets.sum()), dtype=torch.uint8)


def l2_distance(model, x):
    return model(x) * 2
"""
NAMES = {"mnist_distance": ("a", "b"), "accuracy": ("predictions", "targets"), "l2_distance": ("model", "x")}


@pytest.fixture
def asking(pixel_lesson, warm_parent):
    """`asking(body)`: what `is_3` gives, with the functions above in the place of the student's."""
    opened = []

    def ask(body, *args):
        source = "def is_3(x, mean3, mean7):\n" + "".join(f"    {line}\n" for line in body.splitlines())
        submission = extract.reference(pixel_lesson).replacing("is_3", source)
        reference = Reference(warm_parent, FUNCTIONS, NAMES)
        session = Session(warm_parent, submission, 7, list(NAMES), reference=reference)
        opened.append(session)
        session.begin_exercise("is_3")
        session.begin_check("test")
        return Student(session).is_3(*(args or (1, 2, 3)))

    yield ask
    for session in opened:
        session.close()


TOLD = "try:\n    {}\nexcept Exception as error:\n    return [type(error).__name__, str(error)]"


def test_no_path_gets_through(asking, tmp_path):
    """Whether a file exists, or can be opened, changes nothing."""
    there = tmp_path / "there.eps"
    there.write_text("%!PS")
    gone = tmp_path / "gone"
    answers = [
        asking(TOLD.format(f"return mnist_distance({path}, 1)"))
        for path in (
            f"'{there}'",
            f"'{gone}'",
            f"__import__('pathlib').Path('{there}')",
            "'/dev/stdin'",
            "b'/dev/stdin'",
        )
    ]
    assert answers[0][0] == "RuntimeError"
    assert all(answer == answers[0] for answer in answers)


def test_keyword_arguments_are_those_of_the_function(asking):
    assert asking("return mnist_distance(b=torch.zeros(2, 2), a=torch.ones(2, 2))") == 1
    assert asking(TOLD.format("return mnist_distance(torch.ones(2, 2), secret=1)"))[0] == "RuntimeError"


def test_gradients_and_models_go_along(asking):
    net = "net = torch.nn.Linear(2, 1)\nnet.weight.data.fill_(3.0); net.bias.data.zero_()\n"
    result = asking(
        net + "x = torch.ones(1, 2, requires_grad=True)\ny = l2_distance(net, x)\ny.sum().backward()\n"
        "return [y.detach(), x.grad, net.weight.grad]"
    )
    assert result[0].item() == 12 and result[1].tolist() == [[6, 6]] and result[2].tolist() == [[2, 2]]


def test_a_model_may_call_such_a_function_in_turn(asking):
    result = asking("return l2_distance(lambda x: mnist_distance(x, 0 * x), torch.full((2, 2), 3.0))")
    assert result == 6


def test_an_endless_answer_ends_and_is_charged(asking):
    with pytest.raises(TimedOut):
        asking("return accuracy(1, 1)")


def test_a_large_answer_is_made_behind_the_wall(asking):
    """No memory of this process: the worker that makes it has a limit."""
    said = asking(TOLD.format("return accuracy(1, torch.tensor([100_000_000_000]))"))
    assert said[0] == "RuntimeError"


@pytest.mark.slow
def test_a_model_that_sleeps_is_stopped_by_the_clock(asking):
    with pytest.raises(StudentFault):
        asking("import time\nreturn l2_distance(lambda x: time.sleep(1000), torch.zeros(2, 2))")


def test_given_functions_are_not_affected(asking):
    assert asking("return x(2)", Given("lambda n: n + 1"), 2, 3) == 3


WORDS = st.text(string.printable, max_size=12)
LEAVES = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(), WORDS,
    st.fixed_dictionaries({"k": WORDS}, optional={"v": WORDS, "h": st.integers(-2, 5), "type": WORDS}),
    st.fixed_dictionaries(
        {"k": st.just("tensor"), "dtype": st.one_of(st.sampled_from(sorted(DTYPES)), WORDS),
         "shape": st.lists(st.integers(-1, 9), max_size=3), "b": st.integers(-1, 3)},
        optional={"rg": st.booleans(), "leaf": WORDS, "n": st.integers(-1, 9), "grad": WORDS, "more": WORDS},
    ),
)  # fmt: skip
NODES = st.recursive(
    LEAVES,
    lambda inner: st.one_of(
        st.fixed_dictionaries({"k": st.sampled_from(["list", "tuple", "dict", "path", "str"]), "v": st.lists(inner)}),
        st.fixed_dictionaries({"k": st.just("list"), "many": inner}),
        st.lists(inner, max_size=3),
    ),
    max_leaves=8,
)
KNOWN = {"k", "v", "b", "n", "h", "dtype", "shape", "rg", "leaf", "grad", "many"}
SAID = {"list", "tuple", "dict", "tensor", "float", "inner", "nan", "inf", "-inf", "a", *DTYPES}


def words(node):
    """Every text in a node, keys too."""
    if isinstance(node, str):
        yield node
    for item in node.values() if isinstance(node, dict) else node if isinstance(node, list) else ():
        yield from words(item)
    if isinstance(node, dict):
        yield from node


@settings(max_examples=400, deadline=None)
@given(NODES, st.booleans())
def test_no_text_passes(node, as_arguments):
    carrier = Carrier(2, ["a"], inner=True)
    try:
        copy = carrier.arguments(node) if as_arguments else carrier.copy(node)
    except WireError:
        return
    assert set(words(copy)) <= KNOWN | SAID
    assert json.loads(json.dumps(copy)) == copy


def test_honest_values_pass():
    node = {"k": "list", "v": [1, {"k": "tensor", "dtype": "float32", "shape": [2], "b": 0, "rg": True, "leaf": True}]}
    assert Carrier(1).copy(node) == node
    assert torch.zeros(1).dtype is DTYPES["float32"] and issubclass(OutOfMemory, StudentFault)
