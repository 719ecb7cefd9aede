"""Mutants of reference answers that mean the same as the answer, or that the course does not hold against anybody, each with the reason.

Exercise -> the changed line, `before => after` as `mutants.py` prints it -> why no check can or should tell it from the answer.
"""

EQUIVALENT: dict[str, dict[str, str]] = {}
