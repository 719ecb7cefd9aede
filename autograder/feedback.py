"""A report as the page that a student reads: self-contained, everything escaped, nothing of the answer key in it."""

from __future__ import annotations

import base64
import functools
import io
from typing import Any

from autograder.results import (
    FAILED,
    GRADER_ERROR,
    HELD,
    KILLED,
    MEMORY,
    NOT_RUN,
    PASSED,
    STUDENT_ERROR,
    TIMEOUT,
    Marks,
    Picture,
    Report,
)

VERDICT_WORDS = {
    PASSED: "right",
    FAILED: "not right",
    STUDENT_ERROR: "error",
    TIMEOUT: "too slow",
    MEMORY: "out of memory",
    KILLED: "crashed",
    GRADER_ERROR: "grader's fault",
    NOT_RUN: "not checked",
}
"""What a verdict is called where a person reads it."""


@functools.cache
def _template() -> Any:
    from jinja2 import Environment, PackageLoader, StrictUndefined

    environment = Environment(
        loader=PackageLoader("autograder"), autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    environment.filters["marks"] = marks
    environment.filters["png"] = png
    return environment.get_template("feedback.html.j2")


def marks(value: float) -> str:
    """Marks as a person writes them: 2, 1.5, 0.33."""
    return f"{value:.2f}".rstrip("0").rstrip(".")


def png(picture: Picture) -> str:
    """A picture as a data URL: a greyscale PNG with one pixel for each value."""
    from PIL import Image

    image = Image.new("L", (picture.columns, picture.rows))
    image.putdata([round(255 * max(0.0, min(1.0, value))) for value in picture.pixels])
    stream = io.BytesIO()
    image.save(stream, "PNG")
    return "data:image/png;base64," + base64.b64encode(stream.getvalue()).decode("ascii")


def page(report: Report, book: Marks | None = None) -> str:
    """The HTML of one report; `book` is what the gradebook says of it, a human's marks and words included."""
    return str(
        _template().render(report=report, book=book, words=VERDICT_WORDS, held=report.status == HELD, passed=PASSED, not_run=NOT_RUN)
    )
