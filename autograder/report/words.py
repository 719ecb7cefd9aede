"""How verdicts and points are called where a person reads them."""

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
"""What a verdict is called where a person reads it."""


def as_points(value: float) -> str:
    """Points as a person writes them: 2, 1.5, 0.33."""
    return f"{value:.2f}".rstrip("0").rstrip(".")
