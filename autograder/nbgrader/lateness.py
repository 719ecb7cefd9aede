"""Late penalties: by the course's policy, or by nbgrader's own if the course configures it."""

from __future__ import annotations

from typing import Any

from autograder.nbgrader.gradebook import Gradebook
from autograder.results import Report

KEEP: Any = object()
"""The penalty if the course has no policy: leave the gradebook's as it is, because a person may have set it."""


def score(grade: Any) -> float:
    """A cell's mark as nbgrader calculates it: the manual mark if there is one, else the automatic one, plus extra
    credit.
    """
    machine = grade.auto_score or 0.0
    return float((machine if grade.manual_score is None else grade.manual_score) + (grade.extra_credit or 0.0))


def penalty(book: Gradebook, notebook: Any) -> Any:
    """The late penalty of a submitted notebook in points, by the course's policy. KEEP if the course has none."""
    settings = book.course.settings
    if not settings.late_percent_per_day:
        return KEEP
    earned = sum(score(grade) for grade in notebook.grades)
    return settings.late_penalty(earned, notebook.assignment.total_seconds_late)


def nbgrader_decides(book: Gradebook) -> bool:
    """Whether the course configures nbgrader's late policy and not ours. Ours takes precedence."""
    own = book.course.config
    return not book.course.settings.late_percent_per_day and (
        "LateSubmissionPlugin" in own or "AssignLatePenalties" in own
    )


def ask_nbgraders_policy(book: Gradebook, report: Report) -> None:
    """Let nbgrader calculate the penalty of one submission and write it to the gradebook."""
    from nbformat.v4 import new_notebook
    from nbgrader.preprocessors import AssignLatePenalties

    place = {
        "notebook": report.notebook,
        "assignment": report.assignment,
        "student": report.student,
        "db_url": book.url,
    }
    with book.telling_whose_fault():
        AssignLatePenalties(config=book.course.config).preprocess(new_notebook(), {"nbgrader": place})
        book.nbgraders.db.expire_all()  # nbgrader has written through a connection of its own
