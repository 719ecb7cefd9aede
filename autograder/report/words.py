"""How verdicts and points are called where a person reads them."""

from __future__ import annotations

from autograder.results import FAILED, GRADER_ERROR, KILLED, MEMORY, NOT_RUN, PASSED, STUDENT_ERROR, TIMEOUT

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


def as_points(value: float) -> str:
    """Points as a person writes them: 2, 1.5, 0.33."""
    return f"{value:.2f}".rstrip("0").rstrip(".")
