"""Computation graphs: the record that autograd keeps of a result, and the chain rule on a few steps with numbers."""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor

from .output import DPI, show

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from matplotlib.patches import FancyBboxPatch

MOST = 40  # boxes in a picture that can still be read
CHAIN, RECORD = (1.65, 0.95), (1.08, 0.95)  # inches of one column, one row: a record is long, and its boxes are narrow
BLUE, RED = "#3b6ea5", "#c0504d"
PLAIN, COLOURED = {"fc": "#dbe9f6", "ec": BLUE}, {"fc": "#fdf3d8", "ec": "#b8860b"}


@dataclass(frozen=True)
class Box:
    """One box of a picture: `inputs` are the keys of the boxes that it is computed from, `notes` what stands at the
    arrows from them.
    """

    text: str
    inputs: tuple[Any, ...] = ()
    notes: tuple[str, ...] = ()
    below: str = ""
    start: bool = False


def draw_graph(result: Tensor, **names: Tensor) -> None:
    """Draw the record that autograd keeps of `result`, from `result.grad_fn` back to the tensors that get a gradient.

    names: tensors to be called by name, `draw_graph(loss, params=params)`.
    """
    boxes = recorded(result, names)
    show(described(boxes), drawn(boxes, backward=True, title="backward() follows the arrows from right to left")[0])


def draw_chain(
    steps: Mapping[str, Callable[..., Tensor]], params: Mapping[str, float], data: Mapping[str, float]
) -> None:
    """Draw a computation with its values (forward) and the derivatives of its last step (backward).

    steps: `"p = u + b": lambda u, b: u + b`; the name before " = " is what later steps call the value, and the names of
    a function's arguments say what it is computed from. params get a derivative, data don't.
    """
    boxes = chained(steps, params, data)
    show(described(boxes), drawn(boxes, backward=False, title="")[0])


def recorded(result: Tensor, names: Mapping[str, Tensor]) -> dict[Any, Box]:
    """The boxes of a tensor's record, `result` itself among them. Raises ValueError without a record, or with one that
    is too large to draw.
    """
    if result.grad_fn is None:
        raise ValueError("There is no record to draw: this tensor was not computed from one that requires a gradient.")
    boxes: dict[Any, Box] = {"result": Box(f"result\n{_shape(result)}", (result.grad_fn,), ("",))}
    waiting = [result.grad_fn]
    while waiting:
        node = waiting.pop(0)
        if node in boxes:
            continue
        inputs = tuple(dict.fromkeys(following for following, _ in node.next_functions if following is not None))
        variable = getattr(node, "variable", None)
        if variable is None:
            boxes[node] = Box(node.name(), inputs, ("",) * len(inputs))
        else:
            called = next((name for name, tensor in names.items() if tensor is variable), "leaf")
            boxes[node] = Box(f"{called} {_shape(variable)}\nAccumulateGrad", start=True)
        if len(boxes) > MOST:
            raise ValueError(f"This record is too large to draw: it holds more than {MOST} operations.")
        waiting += inputs
    return boxes


def _shape(tensor: Tensor) -> str:
    return "scalar" if tensor.ndim == 0 else str(tuple(tensor.shape))


def chained(
    steps: Mapping[str, Callable[..., Tensor]], params: Mapping[str, float], data: Mapping[str, float]
) -> dict[Any, Box]:
    """The boxes of a computation: every value and derivative in them is computed here by autograd."""
    values: dict[str, Tensor] = {name: torch.tensor(float(value)) for name, value in data.items()}
    values |= {name: torch.tensor(float(value), requires_grad=True) for name, value in params.items()}
    inputs: dict[str, tuple[str, ...]] = {}
    texts = {name: name for name in values}
    for text, function in steps.items():
        name = text.split(" = ")[0]
        inputs[name] = tuple(inspect.signature(function).parameters)
        values[name], texts[name] = function(*(values[one] for one in inputs[name])), text
    last = list(inputs)[-1]
    boxes: dict[Any, Box] = {}
    for name, value in values.items():
        slope = _derivative(values[last], value)
        below = "" if slope is None else f"d{last}/d{name} = {slope:g}"
        local = [_derivative(value, values[one]) for one in inputs.get(name, ())]
        notes = tuple("" if number is None else f"× {number:g}" for number in local)
        boxes[name] = Box(f"{texts[name]}\n{value.item():g}", inputs.get(name, ()), notes, below, name in params)
    return boxes


def _derivative(value: Tensor, source: Tensor) -> float | None:
    """The derivative of a value with respect to one that it is computed from; None for data, which gets none."""
    if not source.requires_grad:
        return None
    (slope,) = torch.autograd.grad(value, source, retain_graph=True)
    return float(slope)


def described(boxes: Mapping[Any, Box]) -> str:
    """The picture in words, a line for each box."""
    lines = []
    for box in boxes.values():
        sources = ", ".join(boxes[key].text.split("\n")[0] for key in box.inputs)
        parts = [box.text.replace("\n", ": "), f"from {sources}" if sources else "", box.below]
        lines.append("; ".join(part for part in parts if part))
    return "\n".join(lines)


def places(boxes: Mapping[Any, Box]) -> dict[Any, tuple[float, float]]:
    """Where each box stands: what is computed last at the right, and each box left of all that use it.

    An arrow that passes other columns has a place in each of them too, under the key (source, user, column).
    """
    users: dict[Any, list[Any]] = {key: [] for key in boxes}
    for key, box in boxes.items():
        for source in box.inputs:
            users[source].append(key)
    columns: dict[Any, int] = {}

    def column(key: Any) -> int:
        if key not in columns:
            columns[key] = min((column(user) - 1 for user in users[key]), default=0)
        return columns[key]

    stacks: dict[int, dict[Any, list[Any]]] = {}  # column -> key -> what stands to its right
    for key in boxes:
        right = []
        for user in users[key]:
            for passed in range(column(user) - 1, column(key), -1):
                stacks.setdefault(passed, {})[key, user, passed] = [
                    user if passed + 1 == column(user) else (key, user, passed + 1)
                ]
            right.append(user if column(user) == column(key) + 1 else (key, user, column(key) + 1))
        stacks.setdefault(column(key), {})[key] = right
    found: dict[Any, tuple[float, float]] = {}
    for number in sorted(stacks, reverse=True):
        # beside what stands to the right, as near as the others in the same column allow
        wanted = {key: _middle([found[one][1] for one in right]) for key, right in stacks[number].items()}
        ordered = sorted(wanted, key=lambda key: -wanted[key])
        middle, top = _middle(list(wanted.values())), (len(ordered) - 1) / 2
        for row, key in enumerate(ordered):
            found[key] = (float(number), middle + top - row)
    return found


def _middle(numbers: list[float]) -> float:
    return sum(numbers) / len(numbers) if numbers else 0.0


def drawn(boxes: Mapping[Any, Box], backward: bool, title: str) -> tuple[Figure, dict[Any, FancyBboxPatch]]:
    """The picture, and the frame of each box in it."""
    from matplotlib.figure import Figure

    where = places(boxes)
    columns = {x for x, _ in where.values()}
    heights = [y for _, y in where.values()]
    bottom, top = min(heights) - 0.55, max(heights) + (0.75 if title else 0.4)
    column, row = RECORD if backward else CHAIN
    size = (column * len(columns), row * (top - bottom))
    figure = Figure(figsize=size, dpi=DPI)  # as it will be saved: the frames' sizes are needed before
    ax = figure.add_axes((0, 0, 1, 1))
    ax.set(xlim=(min(columns) - 0.5, max(columns) + 0.5), ylim=(bottom, top))
    ax.axis("off")
    ax.text((min(columns) + max(columns)) / 2, top - 0.2, title, ha="center", va="center", fontsize=10, color=RED)
    frames: dict[Any, FancyBboxPatch] = {}
    for key, box in boxes.items():
        x, y = where[key]
        look = {"boxstyle": "round,pad=0.4", **(COLOURED if box.start else PLAIN)}
        # PyTorch's long names in two lines: the picture is shrunk to the width of the page, and so are its letters
        label = re.sub("(?<=[a-z])(?=Backward|Grad)", "\n", box.text)
        text = ax.text(x, y, label, ha="center", va="center", fontsize=9, bbox=look, zorder=2)
        frame = text.get_bbox_patch()
        assert frame is not None, "the text was given a box"
        frames[key] = frame
        ax.text(x, y - 0.4, box.below, ha="center", va="center", fontsize=9, color=RED, zorder=3)
    figure.draw_without_rendering()  # from here on the frames have their sizes, and arrows can end at them
    for key, box in boxes.items():
        for source, note in zip(box.inputs, box.notes):
            between = sorted(
                (one for one in where if isinstance(one, tuple) and one[:2] == (source, key)), key=lambda one: one[2]
            )
            points = [where[source], *(where[one] for one in between), where[key]]
            ends = [frames[source], *(None for _ in between), frames[key]]
            _arrow(
                ax, points[::-1] if backward else points, ends[::-1] if backward else ends, RED if backward else BLUE
            )
            if note:
                (x1, y1), (x2, y2) = points[-2:]
                x, y = (x1 + x2) / 2, (y1 + y2) / 2 + 0.16
                ax.text(x, y, note, ha="center", va="center", fontsize=9, color=RED, zorder=3)
    return figure, frames


def _arrow(ax: Axes, points: list[tuple[float, float]], ends: list[Any], colour: str) -> None:
    """An arrow through points, from the frame of one box to that of another."""
    for number, (tail, head) in enumerate(zip(points, points[1:])):
        style = "-|>" if number == len(points) - 2 else "-"
        look: dict[str, Any] = {"arrowstyle": style, "color": colour, "shrinkA": 0, "shrinkB": 0}
        ax.annotate("", head, tail, arrowprops={**look, "patchA": ends[number], "patchB": ends[number + 1]}, zorder=1)
