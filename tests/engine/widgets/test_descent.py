"""The descent that a slider steers, and the still picture that stands in for it."""

import importlib
import math

import pytest
import torch

from autograder.widgets import descent, output

module = importlib.import_module("autograder.widgets.descent")  # the package's own name for it is the function's


def bowl(xs):
    """Its steps are easy to know: with rate r each number is multiplied by 1 - 2r, or by 1 - 8r."""
    return xs[0] ** 2 + 4 * xs[1] ** 2


def test_a_step_goes_against_the_gradient():
    places = module.walk(bowl, (1.0, -0.5), 0.1, 5)
    want = torch.stack([torch.tensor([0.8**n, -0.5 * 0.2**n]) for n in range(6)])
    torch.testing.assert_close(places, want)


def test_a_descent_that_diverges_ends():
    places = module.walk(bowl, (1.0, 1.0), 5.0, 1000)
    assert 2 < len(places) < 20 and places.isfinite().all()
    assert len(module.walk(lambda xs: xs[0] * math.nan + xs[1], (1.0, 1.0), 0.1, 10)) == 1


def test_without_a_notebook_it_is_told(capsys):
    descent(bowl, (1.0, 1.0), rates=(0.01, 0.3), n_steps=4)
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 2
    assert lines[1].startswith("Learning rate 0.3, from a height of 5: after 4 of 4 steps at a height of")


@pytest.fixture
def shown(monkeypatch):
    """What is shown, as in a notebook with a kernel."""
    found = []
    monkeypatch.setattr(output, "has_kernel", lambda: True)
    monkeypatch.setattr("IPython.display.display", lambda forms, **_: found.append(forms))
    return found


def test_a_still_picture_where_there_are_no_widgets(shown, monkeypatch):
    monkeypatch.setattr(module, "is_live", lambda package: False)
    descent(bowl, (1.0, 1.0))
    assert set(shown[0]) == {"text/plain", "image/png"}


def test_widgets_with_the_still_picture_for_pages_that_know_none(shown):
    descent(bowl, (1.0, 1.0))
    assert set(shown[0]) == {"text/plain", "image/png", output.VIEW}


def test_the_sliders_change_the_picture_and_its_sentence():
    rate, controls, image, words = module._player(bowl, (1.0, 1.0), (0.05, 0.1, 0.3), 10, 2.0).children
    play, step = controls.children
    assert (rate.min, rate.max, rate.value, step.value) == (0.05, 0.3, 0.1, 10)
    assert "Learning rate 0.1," in words.value and "after 10 of 10 steps" in words.value
    before = image.value
    rate.value = 0.3
    assert image.value != before and "Learning rate 0.3," in words.value and "height of 3347" in words.value
    play.value = 1
    assert step.value == 1 and "after 1 of 10 steps" in words.value
    step.value = 0
    assert "after 0 of 10 steps at a height of 5." in words.value
    assert bytes(image.value).startswith(b"\x89PNG")
