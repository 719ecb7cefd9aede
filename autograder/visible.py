"""The visible examples of a check cell: each shows a green or red line at once; none of them earns marks.

    with examples("mnist_distance") as example:
        example("Gives one distance for each image of a stack", mnist_distance(stack, ideal), torch.ones(5))

This runs in the student's own kernel, where nothing can be trusted with marks. The hidden checks give the marks,
in another process.
"""

from __future__ import annotations

import linecache
import os
import sys
import sysconfig
from dataclasses import dataclass
from html import escape
from pathlib import Path
from types import TracebackType
from typing import Any

from .compare import Mismatch, expect
from .png import data_url, grey

__all__ = ["examples"]

FOOTER = "These are only examples: the hidden checks look at more."
NO_MARKS = (
    "The examples in a notebook never pay marks. This course must be graded with its own nbgrader_config.py "
    "(or with `autograder grade`), which runs the hidden checks."
)
LONGEST = 400  # characters of an error's message
_LIBRARIES = tuple(
    f"{folder}{os.sep}"
    for folder in (*map(sysconfig.get_path, ("stdlib", "purelib", "platlib")), Path(__file__).parent)
)


@dataclass(frozen=True)
class Line:
    """`passed` is True, False, or None if there is nothing to judge yet."""

    passed: bool | None
    sentence: str
    reason: str = ""

    def __str__(self) -> str:
        return f"{_MARKS[self.passed]} {self.sentence}" + (f"\n    {self.reason}" if self.reason else "")


# Symbols as well as colours, for people who can't tell red from green. JupyterLab's variables follow the theme; the
# second value is for other front ends.
_MARKS = {True: "\u2713", False: "\u2717", None: "\u25cb"}
_COLOURS = {
    True: "var(--jp-success-color1, #388e3c)",
    False: "var(--jp-error-color1, #d32f2f)",
    None: "var(--jp-ui-font-color2, #757575)",
}


# a white pixel at the edge can't be told from the page of the light theme
_BORDER = "border:1px solid var(--jp-border-color1, #9e9e9e)"


class examples:
    """A context manager for one exercise's examples; shows all lines on exit, and execution continues.

    Swallows exceptions of the student's code and shows each as a line. Raises AssertionError only under nbgrader: in
    `nbgrader validate` if a line failed, and always when nbgrader autogrades without the course's engine, because
    nbgrader gives full marks to a cell that raises nothing.
    """

    def __init__(self, exercise: str) -> None:
        self.exercise = exercise
        self.lines: list[Line] = []
        self._pictures: list[tuple[str, bytes]] = []

    def __enter__(self) -> examples:
        if os.environ.get("NBGRADER_EXECUTION") == "autograde":
            raise AssertionError(NO_MARKS)
        return self

    def __call__(
        self, sentence: str, got: Any, want: Any, atol: float | None = None, rtol: float | None = None
    ) -> None:
        """Add one line: does `got`, the student's value, match `want`? Tolerances as in `autograder.compare`."""
        try:
            expect(got).to_match(
                want, atol=atol, rtol=rtol, reveal=True
            )  # the student can read the wanted value in the cell anyway
        except Mismatch as mismatch:
            self.lines.append(Line(False, sentence, _one_line(mismatch)))
        else:
            self.lines.append(Line(True, sentence))

    def picture(self, title: str, image: Any) -> None:
        """Show a `(H, W)` tensor beside the lines, smallest value white and largest black. Never raises."""
        try:
            self._pictures.append((title, _png(image)))
        except Exception as error:
            self.lines.append(
                Line(None, title, f"this picture could not be drawn ({type(error).__name__}: {_one_line(error)})")
            )

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> bool:
        if error is not None:
            if not isinstance(error, (Exception, SystemExit)):
                return False  # the student pressed "interrupt"
            self.lines.append(_line_of(error, self.exercise))
        _show(self.exercise, self.lines, self._pictures)
        # `not passed`, so that an answer that is not written yet does not validate either
        failed = [str(line) for line in self.lines if not line.passed]
        if failed and os.environ.get("NBGRADER_EXECUTION") == "validate":
            raise AssertionError("\n".join([f"{self.exercise}:", *failed])) from None
        return True


def _line_of(error: BaseException, exercise: str) -> Line:
    """The line for an exception: its type and message, and where in the student's code it was raised."""
    message = _one_line(error)
    function, number, source = _place(error.__traceback__)
    if isinstance(error, NotImplementedError) and (not message or "NotImplementedError" in source):
        # torch raises the same class, with a message, for an unsupported operation: that is an error
        return Line(
            None,
            "Not written yet"
            if function in ("", exercise)
            else f"Not written yet: {function}, which this answer needs",
        )
    sentence = f"{type(error).__name__}: {message}" if message else type(error).__name__
    if isinstance(error, NameError) and not function:
        return Line(False, sentence, "Have you run the cell with your answer?")
    where = f"line {number} of {function}" if function else f"line {number} of this cell"
    return Line(False, sentence, f"{where}: {source}" if source else where)


def _place(traceback: TracebackType | None) -> tuple[str, int, str]:
    """Outermost function, line number and source line of the innermost frame outside libraries; function "" is the
    check cell.
    """
    function, number, source = "", 0, ""
    first = True
    while traceback is not None:
        code = traceback.tb_frame.f_code
        if first or not code.co_filename.startswith(_LIBRARIES):
            number = traceback.tb_lineno
            source = linecache.getline(code.co_filename, number, traceback.tb_frame.f_globals).strip()
            function = "" if first else getattr(code, "co_qualname", code.co_name).split(".")[0]
        first, traceback = False, traceback.tb_next
    return function, number, source


def _one_line(error: BaseException) -> str:
    try:
        text = " ".join(str(error).split())
    except Exception:
        return "(its message can't be read)"
    return text if len(text) <= LONGEST else text[:LONGEST] + " ..."


def _png(image: Any) -> bytes:
    import numpy as np

    pixels = np.asarray(image.detach().cpu() if hasattr(image, "detach") else image, dtype="float64")
    if pixels.ndim != 2:
        raise ValueError(f"a picture has 2 axes, this has {pixels.ndim}")
    pixels = np.nan_to_num(pixels, posinf=0, neginf=0)
    low, high = pixels.min(), pixels.max()
    levels = 255 - (pixels - low) / max(high - low, 1e-12) * 255
    return grey(levels.round().astype("uint8").reshape(-1).tolist(), *pixels.shape)


def _show(exercise: str, lines: list[Line], pictures: list[tuple[str, bytes]]) -> None:
    judged = [line for line in lines if line.passed is not None]
    heading = (
        f"{exercise}: {sum(bool(line.passed) for line in judged)} of {len(judged)} examples pass"
        if judged
        else exercise
    )
    text = "\n".join([heading, *map(str, lines), *(f"[picture] {title}" for title, _ in pictures), FOOTER])
    shell = sys.modules["IPython"].get_ipython() if "IPython" in sys.modules else None
    if not hasattr(shell, "kernel"):
        print(text)
        return
    from IPython.display import display

    display({"text/html": _html(heading, lines, pictures), "text/plain": text}, raw=True)


def _html(heading: str, lines: list[Line], pictures: list[tuple[str, bytes]]) -> str:
    """Text keeps the theme's colour; everything that comes from the student or the cell is escaped."""
    rows = []
    for line in lines:
        colour = _COLOURS[line.passed]
        reason = f'<div style="margin-left:1.5em;opacity:.8">{escape(line.reason)}</div>' if line.reason else ""
        rows.append(f'<div><b style="color:{colour}">{_MARKS[line.passed]}</b> {escape(line.sentence)}{reason}</div>')
    for title, png in pictures:
        rows.append(
            '<figure style="display:inline-block;margin:.5em 1em .5em 0;text-align:center">'
            f'<img alt="{escape(title)}" style="width:84px;image-rendering:pixelated;{_BORDER}" src="{data_url(png)}">'
            f"<figcaption>{escape(title)}</figcaption></figure>"
        )
    footer = f'<div style="opacity:.7">{escape(FOOTER)}</div>'
    return f'<div style="line-height:1.6"><b>{escape(heading)}</b>{"".join(rows)}{footer}</div>'
