"""Computation graphs: the record that autograd keeps of a result, and the chain rule on a few steps with numbers."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor

from .output import show

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

MOST = 40  # boxes in a picture that can still be read
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
    show(described(boxes), _figure(boxes, backward=True, title="backward() follows the arrows from right to left"))


def draw_chain(
    steps: Mapping[str, Callable[..., Tensor]], params: Mapping[str, float], data: Mapping[str, float]
) -> None:
    """Draw a computation with its values (forward) and the derivatives of its last step (backward).

    steps: `"p = u + b": lambda u, b: u + b`; the name before " = " is what later steps call the value, and the names of
    a function's arguments say what it is computed from. params get a derivative, data don't.
    """
    boxes = chained(steps, params, data)
    show(described(boxes), _figure(boxes, backward=False, title=""))


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
        if values[name].requires_grad:
            values[name].retain_grad()
    last = list(inputs)[-1]
    local = {name: [_local(values[name], values[one]) for one in inputs[name]] for name in inputs}
    values[last].backward()
    boxes: dict[Any, Box] = {}
    for name, value in values.items():
        slope = "" if value.grad is None else f"d{last}/d{name} = {value.grad.item():g}"
        notes = tuple(f"× {number:g}" if number is not None else "" for number in local.get(name, []))
        boxes[name] = Box(f"{texts[name]}\n{value.item():g}", inputs.get(name, ()), notes, slope, name in params)
    return boxes


def _local(value: Tensor, source: Tensor) -> float | None:
    """The derivative of one step with respect to one of its inputs; None where that input gets none."""
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
    """Where each box stands: what is computed last at the right, and each box left of all that use it."""
    users: dict[Any, list[Any]] = {key: [] for key in boxes}
    for key, box in boxes.items():
        for source in box.inputs:
            users[source].append(key)
    columns: dict[Any, int] = {}

    def column(key: Any) -> int:
        if key not in columns:
            columns[key] = min((column(user) - 1 for user in users[key]), default=0)
        return columns[key]

    stacks: dict[int, list[Any]] = {}
    for key in boxes:
        stacks.setdefault(column(key), []).append(key)
    found: dict[Any, tuple[float, float]] = {}
    for number in sorted(stacks, reverse=True):
        # beside what uses them, as near as the others in the same column allow
        wanted = {key: _middle([found[user][1] for user in users[key]]) for key in stacks[number]}
        ordered = sorted(stacks[number], key=lambda key: -wanted[key])
        middle, top = _middle(list(wanted.values())), (len(ordered) - 1) / 2
        for row, key in enumerate(ordered):
            found[key] = (float(number), middle + top - row)
    return found


def _middle(numbers: list[float]) -> float:
    return sum(numbers) / len(numbers) if numbers else 0.0


def _figure(boxes: Mapping[Any, Box], backward: bool, title: str) -> Figure:
    from matplotlib.figure import Figure

    where = places(boxes)
    columns = {x for x, _ in where.values()}
    heights = [y for _, y in where.values()]
    width, height = 1.75 * len(columns), 1.15 * (max(heights) - min(heights) + 1) + 0.35
    figure = Figure(figsize=(width, height))
    ax = figure.add_axes((0, 0, 1, 1))
    ax.set(xlim=(min(columns) - 0.5, max(columns) + 0.5), ylim=(min(heights) - 0.6, max(heights) + 0.7))
    ax.axis("off")
    ax.set_title(title, y=0.99, va="top", fontsize=10, color=RED)
    for key, box in boxes.items():
        look = {"boxstyle": "round,pad=0.4", **(COLOURED if box.start else PLAIN)}
        ax.text(*where[key], box.text, ha="center", va="center", fontsize=9, bbox=look, zorder=2)
        if box.below:
            x, y = where[key]
            ax.text(x, y - 0.36, box.below, ha="center", va="center", fontsize=9, color=RED, zorder=3)
        for source, note in zip(box.inputs, box.notes):
            _arrow(ax, where[source], where[key], backward, note)
    return figure


def _arrow(ax: Axes, source: tuple[float, float], user: tuple[float, float], backward: bool, note: str) -> None:
    """An arrow between two boxes, drawn under them: from the input to its user, or back."""
    (x1, y1), (x2, y2) = source, user
    from_, to = (user, source) if backward else (source, user)
    look: dict[str, Any] = {"arrowstyle": "-|>", "color": RED if backward else BLUE, "shrinkA": 0, "shrinkB": 36}
    ax.annotate("", to, from_, arrowprops=look, zorder=1)
    if note:
        ax.text((x1 + x2) / 2, (y1 + y2) / 2 + 0.13, note, ha="center", va="center", fontsize=9, color=RED, zorder=3)
