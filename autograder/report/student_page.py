"""The page that a student reads: self-contained, all text escaped, nothing of the answer key in it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from autograder.png import data_url, grey
from autograder.report.pages import render
from autograder.report.words import EXTRA, VERDICT_WORDS, WHERE_GRADED
from autograder.results import HELD, Marks, Picture, Report, Verdict


def png(picture: Picture) -> str:
    """A picture as a data URL: a greyscale PNG with one pixel for each value."""
    # a wrong answer may hold values outside 0..1
    levels = [round(255 * max(0.0, min(1.0, value))) for value in picture.pixels]
    return data_url(grey(levels, picture.rows, picture.columns))


def curve(picture: Picture, width: int = 260, height: int = 110) -> list[str]:
    """The lines of a CURVE picture as SVG point lists, in a box of this size in pixels. All rows share one scale, which
    includes 0.
    """
    top = max(*picture.pixels, 1e-12)  # a curve of zeros must not divide by 0
    bottom = min(0.0, *picture.pixels)
    lines = []
    for row in range(picture.rows):
        values = picture.pixels[row * picture.columns : (row + 1) * picture.columns]
        step = width / max(1, len(values) - 1)
        places = [f"{i * step:.1f},{height * (top - value) / (top - bottom):.1f}" for i, value in enumerate(values)]
        lines.append(" ".join(places))
    return lines


def next_steps(report: Report) -> list[tuple[str, str]]:
    """Up to three exercises to work on next, each with a sentence: first those begun, then those not written, then
    starred extras, each in the lesson's order.
    """
    lost = [exercise for exercise in report.exercises if not exercise.right and exercise.checks]
    lost.sort(key=lambda exercise: (exercise.extra, exercise.unwritten))
    steps = []
    for exercise in lost[:3]:
        failing = next((check for check in exercise.checks if check.lost), None)
        if exercise.unwritten:
            steps.append((exercise.id, "write a first attempt, run it, and read the check below it."))
        elif exercise.diagnosis:
            steps.append((exercise.id, exercise.diagnosis))
        elif failing is not None:
            steps.append((exercise.id, f"fix this first: {failing.sentence}"))
    return steps


def page(report: Report, book: Marks | None = None, hints: Mapping[str, Sequence[str]] | None = None) -> str:
    """The page as HTML.

    `book`: the gradebook's marks and comments, including those that a person gave. `hints`: exercise -> the hints that
    the released notebook shows as well.
    """
    return render(
        "feedback.html.j2",
        {"png": png, "curve": curve},
        report=report,
        book=book,
        hints=hints or {},
        steps=next_steps(report),
        words=VERDICT_WORDS,
        where=WHERE_GRADED,
        extra=EXTRA,
        held=report.status == HELD,
        passed=Verdict.PASSED,
        not_run=Verdict.NOT_RUN,
    )
