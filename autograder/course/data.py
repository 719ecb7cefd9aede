"""The pictures that graders work on, for a report: their name, and what they leave unchecked. No other part of the
engine names them.
"""

from __future__ import annotations

from dataclasses import dataclass

from autograder import digits


@dataclass(frozen=True)
class Data:
    """A data set; `not_checked` says what could not be checked with it, and is empty where all could."""

    name: str
    not_checked: str = ""


def find() -> Data:
    """The data set of this machine; raises MachineError where there is none and none can be made."""
    found = digits.find()
    return Data(found.name, found.not_checked)
