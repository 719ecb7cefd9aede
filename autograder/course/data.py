"""The data set that graders use, for a report: its name, and what could not be checked with it. No other part of the
engine names it.
"""

from __future__ import annotations

from dataclasses import dataclass

from autograder import digits


@dataclass(frozen=True)
class Data:
    """A data set; `not_checked` says what could not be checked with it, and is empty if everything could."""

    name: str
    not_checked: str = ""


def find() -> Data:
    """The data set of this machine; raises MachineError if there is none and none can be made."""
    found = digits.find()
    return Data(found.name, found.not_checked)
