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


def as_points(value: float) -> str:
    """Points with at most two decimals and no trailing zeros: 2, 1.5, 0.33."""
    return f"{value:.2f}".rstrip("0").rstrip(".")
