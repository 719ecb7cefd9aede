"""Verdicts and points as people read them."""

from __future__ import annotations

from autograder.results import Verdict

VERDICT_WORDS = {
    Verdict.PASSED: "right",
    Verdict.FAILED: "not right",
    Verdict.STUDENT_ERROR: "error",
    Verdict.TIMEOUT: "too slow",
    Verdict.MEMORY: "out of memory",
    Verdict.KILLED: "crashed",
    Verdict.GRADER_ERROR: "grader's fault",
    Verdict.NOT_RUN: "not checked",
}
"""Verdict -> the words for it on pages and in tables."""


WHERE_GRADED = {
    "own": "Graded with what your answer cell defines: before its check, another cell gives one of its names "
    "something else.",
    "before": "Graded as it stood when your check cell had run: a cell below it changes something that your "
    "answer uses.",
    "end": "Graded as it stands after your last cell: where its check stands, something that it needs is not there "
    "yet. Run your notebook from top to bottom to see that.",
}
"""Place in the notebook -> the sentence for a student whose exercise was graded there and not at its check."""

EXTRA = "★ no points"
"""What stands in place of the marks of a starred extra."""


def as_points(value: float) -> str:
    """Points with at most two decimals and no trailing zeros: 2, 1.5, 0.33."""
    return f"{value:.2f}".rstrip("0").rstrip(".")
