"""What a student sees under a check cell, and that these examples never pay marks."""

import base64
import io
import re
import sys
import types

import pytest
import torch

from autograder import visible
from autograder.visible import examples


@pytest.fixture(autouse=True)
def interactive(monkeypatch):
    monkeypatch.delenv("NBGRADER_EXECUTION", raising=False)


@pytest.fixture
def notebook(monkeypatch):
    """Pretends to be in a notebook's kernel; a list of what was displayed."""
    displayed = []
    ipython = types.ModuleType("IPython")
    ipython.get_ipython = lambda: types.SimpleNamespace(kernel=object())
    ipython.display = types.ModuleType("IPython.display")
    ipython.display.display = lambda data, raw: displayed.append(data)
    monkeypatch.setitem(sys.modules, "IPython", ipython)
    monkeypatch.setitem(sys.modules, "IPython.display", ipython.display)
    return displayed


def test_lines_come_at_once_when_left(capsys):
    with examples("double") as example:
        example("Doubles a tensor", 2 * torch.ones(3), torch.full((3,), 2.0))
        example("Doubles <nothing>", torch.ones(3), torch.zeros(3))
        assert capsys.readouterr().out == ""
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "double: 1 of 2 examples pass"
    assert lines[1] == "\u2713 Doubles a tensor"
    assert lines[2] == "\u2717 Doubles <nothing>"
    assert "3 of 3 values are not right" in lines[3]
    assert lines[-1] == visible.FOOTER


def test_tolerance_is_passed_on():
    with examples("root") as example:
        example("Close", torch.tensor(1.0), torch.tensor(1.05), atol=0.1)
        example("Not close", torch.tensor(1.0), torch.tensor(1.05), rtol=1e-6)
    assert [line.passed for line in example.lines] == [True, False]


def test_not_written_yet_is_neutral(capsys):
    def slope():
        raise NotImplementedError("Write your answer here.")

    slope.__code__ = slope.__code__.replace(co_qualname="slope")
    with examples("slope") as example:
        example("One", slope(), 1.0)
    assert [(line.passed, line.sentence) for line in example.lines] == [(None, "Not written yet")]
    with examples("line") as example:
        example("One", slope(), 1.0)
    assert "slope" in example.lines[0].sentence
    assert "\u2717" not in capsys.readouterr().out


def test_an_operation_that_torch_lacks_is_an_error():
    def answer():
        torch.zeros(1, dtype=torch.bool).lgamma_()

    with examples("answer") as example:
        answer()
    assert example.lines[0].passed is False


def test_an_exception_names_the_line_of_the_students_code():
    def answer(numbers):
        total = torch.stack(numbers)  # raises inside torch
        return total

    with examples("answer") as example:
        example("Never reached", answer([]), 1)
        example("Nor this", 1, 1)
    [line] = example.lines
    assert line.passed is False and line.sentence.startswith("RuntimeError: ")
    assert re.fullmatch(r"line \d+ of \S+: total = torch\.stack\(numbers\)  # raises inside torch", line.reason)


def test_an_answer_that_was_not_run():
    with examples("missing") as example:
        missing()  # noqa: F821
    assert example.lines[0].sentence == "NameError: name 'missing' is not defined"
    assert example.lines[0].reason == "Have you run the cell with your answer?"


@pytest.mark.parametrize(
    "error", [SystemExit(1), RecursionError("deep"), type("Odd", (Exception,), {"__str__": lambda self: 1})()]
)
def test_run_all_goes_on_after(error):
    with examples("answer") as example:
        raise error
    assert example.lines[0].passed is False


def test_an_interrupt_interrupts():
    with pytest.raises(KeyboardInterrupt), examples("answer"):
        raise KeyboardInterrupt


def test_html_is_escaped(notebook, capsys):
    with examples("answer") as example:
        example("<b>bold</b>", "<script>", "<i>")
        raise ValueError("<img src=x onerror=alert(1)>")
    [data] = notebook
    assert capsys.readouterr().out == ""
    assert data["text/plain"].startswith("answer: 0 of 2")
    page = data["text/html"]
    for tag in ("<b>bold", "<script", "<img", "<i>"):
        assert tag not in page
    assert page.count("\u2717") == 2 and "&lt;img" in page and visible.FOOTER in page


def test_picture(notebook):
    image_module = pytest.importorskip("PIL.Image")
    with examples("answer") as example:
        example.picture('a "3"', torch.tensor([[0.0, 0.5], [1.0, float("nan")]], requires_grad=True))
        example.picture("flat", torch.zeros(3, 5, dtype=torch.uint8))
        example.picture("not a picture", torch.zeros(3))
    page = notebook[0]["text/html"]
    pictures = [image_module.open(io.BytesIO(base64.b64decode(data))) for data in re.findall(r"base64,([^\"]+)", page)]
    assert [picture.size for picture in pictures] == [(2, 2), (5, 3)]
    assert list(pictures[0].tobytes()) == [255, 128, 0, 255]
    assert "a &quot;3&quot;" in page and "could not be drawn" in page
    assert [line.passed for line in example.lines] == [None]


def test_validation_fails_with_the_failed_lines(monkeypatch, capsys):
    monkeypatch.setenv("NBGRADER_EXECUTION", "validate")
    with examples("good") as example:
        example("Fine", 1, 1)
    with pytest.raises(AssertionError, match=r"bad:\n.*Wrong") as raised, examples("bad") as example:
        example("Fine", 1, 1)
        example("Wrong", 1, 2)
    assert "Fine" not in str(raised.value)
    with pytest.raises(AssertionError, match="Not written yet"), examples("stub"):
        raise NotImplementedError
    assert "bad: 1 of 2" in capsys.readouterr().out


def test_stock_autograding_is_refused(monkeypatch):
    monkeypatch.setenv("NBGRADER_EXECUTION", "autograde")
    with pytest.raises(AssertionError, match="never pay marks"), examples("good") as example:
        example("Fine", 1, 1)
