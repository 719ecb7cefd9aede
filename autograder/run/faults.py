"""What an exception in the student's code means, in words that reveal nothing about the call's inputs."""

from __future__ import annotations

import functools
import math
import re
import sys
from collections.abc import Mapping
from typing import Any

from autograder.errors import MissingAnswer, OutOfMemory, StudentError, StudentFault, WorkerDied
from autograder.read.extract import Submission
from autograder.read.facts import Facts
from autograder.results import NOT_WRITTEN
from autograder.run import messages


def record(note: Any) -> dict[str, Any]:
    """The worker's account of an exception. Every field has the type that it should have."""
    note = note if isinstance(note, dict) else {}

    def text(key: str) -> str:
        return note[key] if isinstance(note.get(key), str) else ""

    return {
        "type": text("type")[:80],
        "message": text("message")[:300],
        "line": note["line"] if type(note.get("line")) is int else None,
        "cell": text("cell") or None,
        "memory": note.get("memory") is True,
    }


Notes = Mapping[str, list[dict[str, Any]]]
"""What `record` says of the statements that failed, by cell."""
_NO_NOTES: Notes = {}
_ALWAYS_TOLD = messages.sizes_of(())
_TYPE_BITS = 7.0
"""Of the class of an exception: Python and torch have some 80."""


def _missing_name(message: str) -> str:
    match = re.match(r"(?:name|free variable) '(\w+)'", message)
    return match[1] if match else ""


def _told(error: dict[str, Any]) -> str:
    message = " ".join(error["message"].split())
    where = f" (line {error['line']})" if error["line"] else ""
    return f"{error['type']}: {message}{where}" if message else f"{error['type']}{where}"


class Faults:
    """The faults of one submission. Their messages may show lines and names from its own source."""

    def __init__(self, submission: Submission, facts: Facts | None = None) -> None:
        self.submission, self.facts = submission, facts or Facts()
        self.empty: frozenset[str] = frozenset()
        """Exercises that have only functions without code; known once the cells have run."""
        self._words = messages.words_of(run.source for run in submission.runs)

    def of_call(self, error: dict[str, Any], sizes: frozenset[int], notes: Notes = _NO_NOTES) -> StudentFault:
        """The fault for an exception (`record`) in a call. `sizes` are the numbers that its message may show, `notes`
        the statements that failed earlier.
        """
        if error["memory"]:
            return OutOfMemory("it asked for more memory than it may have")
        if error["type"] == "NotImplementedError" and self._is_a_stubs(error):
            return StudentError(NOT_WRITTEN, error["type"], error["line"], unwritten=True)
        if error["type"] in ("SystemExit", "KeyboardInterrupt"):
            return WorkerDied(f"it ended the program ({error['type']})")
        error, unsaid, bits = self._public(error, sizes, self._words_near(error))
        told = self._with_advice(error, unsaid)
        if error["type"] == "NameError":
            name, causes = self._causes_of(error["message"], notes)
            root = _missing_name(causes[-1]["message"]) if causes and causes[-1]["type"] == "NameError" else ""
            if root in self.submission.lesson.narrative_names:
                told = (
                    f"`{name}` needs `{root}`, which comes from a cell that does not run while grading. "
                    "A function should use only its arguments."
                )
            elif causes:
                cause = self._of_a_cell(causes[-1])
                told = f"{cause}, so there is no `{name}` when the answer is called. {told}"
        return StudentError(told, error["type"], error["line"], bits=bits)

    def of_missing(self, name: str, lethal: Mapping[str, StudentFault], notes: Notes) -> MissingAnswer:
        """The fault for a function that is missing.

        `lethal` holds the cells that ended their worker, `notes` the failed statements of each cell.
        """
        if name in lethal:
            return MissingAnswer(f"Its cell could not be run: {lethal[name]}.")
        problem = self._syntax_error(name)
        if problem:
            return MissingAnswer(problem)
        for note in notes.get(name, []):
            told = self._of_a_cell(note)
            return MissingAnswer(f"Its cell failed before the function was defined: {told}.")
        if name in self.submission.untouched or name in self.empty:
            return MissingAnswer(NOT_WRITTEN, unwritten=True)
        return MissingAnswer(f"There is no function called {name}.")

    def _public(
        self, error: dict[str, Any], sizes: frozenset[int], words: frozenset[str]
    ) -> tuple[dict[str, Any], bool, float]:
        """What may be told of an exception, whether its message had to be hidden, and the bits that it can carry."""
        said = messages.public_message(error["message"], words, sizes)
        public_type = messages.public_type(error["type"])
        bits = _TYPE_BITS + (said.bits if said else 0.0) + self._line_bits
        return {**error, "type": public_type, "message": said.text if said else ""}, said is None, bits

    @functools.cached_property
    def _line_bits(self) -> float:
        """Of which line is told: one of all lines of the submission that could fail."""
        runs = self.submission.runs
        facts = [self.facts.cells.get(run.name) for run in runs]
        return math.log2(1 + sum(len(one.lines if one else run.source.splitlines()) for run, one in zip(runs, facts)))

    def _words_near(self, error: dict[str, Any]) -> frozenset[str]:
        """The names on the line that an error came from, and on its neighbours: a statement may have several lines."""
        number = error["line"]
        if number is None:
            return frozenset()
        return messages.words_of(self._source(error["cell"]).splitlines()[max(0, number - 3) : number + 2])

    def _of_a_cell(self, note: dict[str, Any]) -> str:
        """What is told of a statement that failed while the cells ran: before any hidden input was sent, so every name
        of the submission may be in it.
        """
        return self._with_advice(*self._public(note, _ALWAYS_TOLD, self._words)[:2])

    def _syntax_error(self, name: str) -> str:
        """The sentence for a cell that is not Python; "" for one that is.

        It rests on what a worker said before it ran any cell, so it can't hold anything of a check.
        """
        problem = self.facts.cells[name].syntax if name in self.facts.cells else None
        if problem is None:
            return ""
        told = self._with_advice(
            {"type": problem.type, "message": problem.message, "line": problem.line, "cell": name}, False
        )
        if problem.newer is None:
            return f"Python can't read its cell: {told}."
        here = ".".join(map(str, sys.version_info[:2]))
        return (
            f"Its cell is written for Python {problem.newer[0]}.{problem.newer[1]} or newer, and Python {here}, "
            f"which runs it here, can't read it: {told}."
        )

    def _causes_of(self, message: str, notes: Notes) -> tuple[str, list[dict[str, Any]]]:
        """The name that a NameError lacks, and why: the statement that would have made it and failed, then the one that
        this failed for, and so on.
        """
        causes: list[dict[str, Any]] = []
        name = missing = _missing_name(message)
        failed = [note for cell in notes.values() for note in cell]
        while missing:
            cause = next((note for note in failed if missing in self._made_by(note["cell"], note["line"])), None)
            if cause is None:
                break
            failed.remove(cause)
            causes.append(cause)
            # it may have failed for want of another name, which another statement would have made
            missing = _missing_name(cause["message"]) if cause["type"] == "NameError" else ""
        return name, causes

    def _made_by(self, cell: str | None, line: int | None) -> frozenset[str]:
        """The names that the statement on a line of a cell would make."""
        facts = self.facts.cells.get(cell or "")
        for first, last, names in facts.statements if facts is not None and line is not None else ():
            if first <= (line or 0) <= last:
                return names
        return frozenset()

    def _is_a_stubs(self, error: dict[str, Any]) -> bool:
        """Whether a NotImplementedError means that an answer is not written: it comes from a line of the released stub.

        torch raises some of its own, and an answer may raise one for what it does not take.
        """
        exercise = self.submission.lesson.exercises.get(error["cell"] or "")
        line = self._line(error["cell"], error["line"])
        return exercise is not None and (
            exercise.name in self.empty or line in (one.strip()[:120] for one in exercise.stub.splitlines() if line)
        )

    def _with_advice(self, error: dict[str, Any], unsaid: bool) -> str:
        line = self._line(error["cell"], error["line"])
        told = _told({**error, "line": error["line"] if line else None})
        if line:
            told += f": `{line}`"
        if unsaid:
            told += f" ({messages.UNSAID})"
        if error["type"] == "NameError":
            for name in self.submission.lesson.narrative_names:
                if f"'{name}'" in error["message"]:
                    advice = (
                        "belongs to a cell that is not part of the answers; a function should use only its arguments"
                    )
                    return f"{told}. `{name}` {advice}"
        return told

    def _line(self, cell: str | None, number: int | None) -> str:
        """The line of the student's code that an error came from; "" if it is not known, or if nothing on it could
        fail: code may be compiled onto any line.
        """
        facts = self.facts.cells.get(cell or "")
        if facts is not None and facts.syntax is None and number not in facts.lines:
            return ""
        lines = self._source(cell).splitlines()
        return lines[number - 1].strip()[:120] if number is not None and 0 < number <= len(lines) else ""

    def _source(self, cell: str | None) -> str:
        return next((run.source for run in self.submission.runs if run.name == cell), "")
