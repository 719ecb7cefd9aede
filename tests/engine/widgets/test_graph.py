"""Computation graphs: what is drawn is what autograd recorded, and the numbers are the ones that it computes."""

import pytest
import torch

from autograder.widgets import draw_chain, draw_graph, output
from autograder.widgets.graph import MOST, chained, drawn, places, recorded

STEPS = {
    "u = w · t": lambda w, t: w * t,
    "p = u + b": lambda u, b: u + b,
    "e = p - y": lambda p, y: p - y,
    "loss = e²": lambda e: e**2,
}
PARAMS, DATA = {"w": 2.0, "b": 1.0}, {"t": 3.0, "y": 10.0}


def test_the_record_of_a_loss():
    w, b = torch.tensor([2.0, 3.0], requires_grad=True), torch.tensor(1.0, requires_grad=True)
    boxes = recorded(((w * 5 + b) ** 2).mean(), {"weights": w})
    texts = [box.text for box in boxes.values()]
    assert texts == [
        "result\nscalar",
        "MeanBackward0",
        "PowBackward0",
        "AddBackward0",
        "MulBackward0",
        "leaf scalar\nAccumulateGrad",
        "weights (2,)\nAccumulateGrad",
    ]
    by_text = {box.text: [boxes[key].text for key in box.inputs] for box in boxes.values()}
    assert by_text["AddBackward0"] == ["MulBackward0", "leaf scalar\nAccumulateGrad"]
    assert by_text["MulBackward0"] == ["weights (2,)\nAccumulateGrad"]


def test_a_tensor_without_a_record_is_refused():
    with pytest.raises(ValueError, match="not computed from one that requires a gradient"):
        draw_graph(torch.ones(3).sum())


def test_a_record_that_nobody_could_read_is_refused():
    x = torch.tensor(1.0, requires_grad=True)
    result = x
    for _ in range(MOST):
        result = result + 1
    with pytest.raises(ValueError, match=f"more than {MOST} operations"):
        draw_graph(result)


def test_values_and_derivatives_of_a_chain():
    boxes = chained(STEPS, PARAMS, DATA)
    assert {name: box.text.split("\n")[1] for name, box in boxes.items()} == {
        **{"t": "3", "y": "10", "w": "2", "b": "1"},
        **{"u": "6", "p": "7", "e": "-3", "loss": "9"},
    }
    assert {name: box.below for name, box in boxes.items() if box.below} == {
        "w": "dloss/dw = -18",
        "b": "dloss/db = -6",
        **{name: f"dloss/d{name} = -6" for name in ("u", "p", "e")},
        "loss": "dloss/dloss = 1",
    }
    assert boxes["u"].notes == ("× 3", "") and boxes["loss"].notes == ("× -6",)


def test_each_box_stands_left_of_those_that_use_it_and_alone():
    w = torch.tensor([2.0, 3.0, 4.0], requires_grad=True)
    a, b, c = w
    for boxes in (chained(STEPS, PARAMS, DATA), recorded((a * 2 + b * 3 + c) ** 2, {})):
        where = places(boxes)
        for key, box in boxes.items():
            assert all(where[source][0] < where[key][0] for source in box.inputs)
        assert len(set(where.values())) == len(where)


def test_a_long_arrow_passes_beside_the_boxes():
    x = torch.tensor(2.0, requires_grad=True)
    boxes = recorded(x.sin().cos().exp() * x, {"x": x})
    where = places(boxes)
    passed = [key for key in where if isinstance(key, tuple)]
    assert len(passed) == 3, "three operations lie between x and the product"
    assert len(set(where.values())) == len(where)


def test_the_record_of_a_loss_can_be_read_in_a_notebook():
    """A notebook shrinks what is wider than its page, letters too; no box may lie on another."""
    params = torch.tensor([1.0, 2.0, 3.0], requires_grad=True)
    a, b, c = params
    t = torch.linspace(-1, 1, 5)
    boxes = recorded(((a * t**2 + b * t + c - t) ** 2).mean(), {"params": params})
    figure, frames = drawn(boxes, backward=True, title="")
    assert len({x for x, _ in places(boxes).values()}) == 9
    assert figure.get_figwidth() <= 10
    extents = [frame.get_window_extent() for frame in frames.values()]
    for number, one in enumerate(extents):
        assert not any(one.overlaps(other) for other in extents[:number])
    texts = {text.get_text() for text in figure.axes[0].texts}
    assert {"Mul\nBackward0", "params (3,)\nAccumulate\nGrad"} <= texts


def test_pictures_are_drawn_and_told(monkeypatch, capsys):
    w = torch.tensor(2.0, requires_grad=True)
    draw_graph(w**2, w=w)
    assert "PowBackward0; from w scalar" in capsys.readouterr().out
    found = []
    monkeypatch.setattr(output, "has_kernel", lambda: True)
    monkeypatch.setattr("IPython.display.display", lambda forms, **_: found.append(forms))
    draw_graph(w**2, w=w)
    draw_chain(STEPS, PARAMS, DATA)
    assert [set(forms) for forms in found] == [{"text/plain", "image/png"}] * 2
    assert "w: 2; dloss/dw = -18" in found[1]["text/plain"].splitlines()
