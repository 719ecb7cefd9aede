"""Gradient descent over the contour lines of a function of two numbers, with a slider for the learning rate."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor

from .output import is_live, picture, show

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

FAR = 1e6  # a descent that gets this far from 0 diverges, and is followed no further
FRAME_MILLISECONDS = 300
NOTCHES = 32  # of the slider, between the smallest and the largest rate
BLUE, RED = "#3b6ea5", "#c0504d"


def descent(
    f: Callable[[Tensor], Tensor],
    start: Sequence[float],
    rates: Sequence[float] = (0.02, 0.2, 0.34),
    n_steps: int = 30,
    side: float = 2.0,
) -> None:
    """Show gradient descent on `f` from `start`: with a slider for the learning rate and a button that plays the steps,
    or, without ipywidgets, as a still picture of all the rates.

    f: a function from a tensor `xs` to numbers that uses `xs[0]` and `xs[1]`, so that it takes a whole grid as well;
    start: two numbers; rates: learning rates, the smallest first (the slider goes from there to the last);
    side: the picture reaches from -side to side.
    """
    words = "\n".join(_sentence(rate, walk(f, start, rate, n_steps), f, n_steps) for rate in rates)
    live = _player(f, start, rates, n_steps, side) if is_live("ipywidgets") else None
    show(words, _still(f, start, rates, n_steps, side), live)


def walk(f: Callable[[Tensor], Tensor], start: Sequence[float], rate: float, n_steps: int) -> Tensor:
    """The places of a descent, `(n_steps + 1, 2)`; fewer where it diverges."""
    places = [torch.tensor([float(number) for number in start])]
    for _ in range(n_steps):
        here = places[-1].clone().requires_grad_()
        (slope,) = torch.autograd.grad(f(here), here)
        there = places[-1] - rate * slope
        if not bool((there.abs() < FAR).all()):  # not a number is not below either
            break
        places.append(there)
    return torch.stack(places)


def _heights(f: Callable[[Tensor], Tensor], places: Tensor) -> list[float]:
    with torch.no_grad():
        return [float(f(place)) for place in places]


def _sentence(rate: float, places: Tensor, f: Callable[[Tensor], Tensor], n_steps: int) -> str:
    heights = _heights(f, places)
    lead = f"Learning rate {rate:.3g}, from a height of {heights[0]:.4g}: after {len(places) - 1} of {n_steps} steps"
    return f"{lead} at a height of {heights[-1]:.4g}."


def _draw_contours(ax: Axes, f: Callable[[Tensor], Tensor], side: float) -> float:
    """Draw the contour lines; returns the lowest height in the picture."""
    ticks = torch.linspace(-side, side, 80)
    first, second = torch.meshgrid(ticks, ticks, indexing="xy")
    with torch.no_grad():
        heights = f(torch.stack([first, second]))
    ax.contour(first, second, heights, levels=15, cmap="Blues_r")
    ax.set(xlim=(-side, side), ylim=(-side, side), xlabel="first number", aspect="equal")
    return float(heights.min())


def _draw_start(ax: Axes, start: Sequence[float]) -> None:
    ax.plot(start[0], start[1], "o", color="black")


def _still(
    f: Callable[[Tensor], Tensor], start: Sequence[float], rates: Sequence[float], n_steps: int, side: float
) -> Figure:
    """The descents of all rates side by side."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(3.6 * len(rates), 3.8), layout="tight")
    for ax, rate in zip(figure.subplots(1, len(rates), sharey=True, squeeze=False)[0], rates):
        places = walk(f, start, rate, n_steps)
        _draw_contours(ax, f, side)
        ax.plot(places[:, 0], places[:, 1], "o-", color=RED, markersize=4, linewidth=1)
        _draw_start(ax, start)
        ax.set_title(f"learning rate {rate:.3g}")
    figure.axes[0].set_ylabel("second number")
    return figure


class _Frames:
    """Two plots that change with rate and step: the way over the contour lines, and the height after each step."""

    def __init__(self, f: Callable[[Tensor], Tensor], start: Sequence[float], n_steps: int, side: float) -> None:
        from matplotlib.figure import Figure

        self.f, self.start, self.n_steps = f, start, n_steps
        self.figure = Figure(figsize=(8.4, 3.8), layout="tight")
        above, right = self.figure.subplots(1, 2)
        bottom = _draw_contours(above, f, side)
        above.set_ylabel("second number")
        (self.way,) = above.plot([], [], "o-", color=RED, markersize=4, linewidth=1)
        _draw_start(above, start)
        (self.curve,) = right.plot([], [], ".-", color=RED)
        (top,) = _heights(f, walk(f, start, 0.0, 0))
        room = max(top - bottom, 1e-6)
        right.set(xlim=(-0.5, n_steps + 0.5), xlabel="step", ylabel="height")
        right.set_ylim(bottom - 0.05 * room, top + 0.5 * room)

    def at(self, rate: float, step: int) -> tuple[bytes, str]:
        """The picture of the first `step` steps, and a sentence on them."""
        places = walk(self.f, self.start, rate, self.n_steps)[: step + 1]
        self.way.set_data(places[:, 0], places[:, 1])
        self.curve.set_data(range(len(places)), _heights(self.f, places))
        return picture(self.figure), _sentence(rate, places, self.f, self.n_steps)


def _player(
    f: Callable[[Tensor], Tensor], start: Sequence[float], rates: Sequence[float], n_steps: int, side: float
) -> Any:
    """The live form: two sliders, a button that plays, the picture and a sentence that a screen reader hears."""
    import ipywidgets as widgets

    frames = _Frames(f, start, n_steps, side)
    wide = {"description_width": "initial"}
    rate = widgets.FloatSlider(
        value=rates[len(rates) // 2],
        min=rates[0],
        max=rates[-1],
        step=(rates[-1] - rates[0]) / NOTCHES,
        description="learning rate",
        readout_format=".3f",
        style=wide,
    )
    step = widgets.IntSlider(value=n_steps, min=0, max=n_steps, description="step", style=wide)
    play = widgets.Play(min=0, max=n_steps, interval=FRAME_MILLISECONDS, description="play the steps")
    image = widgets.Image(format="png", layout={"width": "98%", "max_width": "760px"})
    words = widgets.Label()

    def redraw(_: Any = None) -> None:
        image.value, words.value = frames.at(rate.value, step.value)

    rate.observe(redraw, "value")
    step.observe(redraw, "value")
    play.observe(lambda change: setattr(step, "value", change["new"]), "value")
    redraw()
    return widgets.VBox([rate, widgets.HBox([play, step]), image, words])
