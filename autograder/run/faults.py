"""What an exception in the student's code means, in words that reveal nothing about the call's inputs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from autograder.errors import MissingAnswer, OutOfMemory, StudentError, StudentFault, WorkerDied
from autograder.read.extract import Submission
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


def _told(error: dict[str, Any]) -> str:
    message = " ".join(error["message"].split())
    where = f" (line {error['line']})" if error["line"] else ""
    return f"{error['type']}: {message}{where}" if message else f"{error['type']}{where}"


class Faults:
    """The faults of one submission. Their messages may show names and text from its own source."""

    def __init__(self, submission: Submission) -> None:
        self.submission = submission
        self.words = messages.words_of(run.source for run in submission.runs)

    def public_name(self, name: str) -> str:
        return messages.public_name(name, self.words)

    def of_call(self, error: dict[str, Any], sizes: frozenset[int]) -> StudentFault:
        """The fault for an exception (`record`) in a call. `sizes` are the numbers that its message may show."""
        if error["memory"]:
            return OutOfMemory("it asked for more memory than it may have")
        if error["type"] == "NotImplementedError" and self._is_a_stubs(error):
            return StudentError(NOT_WRITTEN, error["type"], error["line"], unwritten=True)
        if error["type"] in ("SystemExit", "KeyboardInterrupt"):
            return WorkerDied(f"it ended the program ({error['type']})")
        error = {**error, "type": messages.public_type(error["type"], self.words)}
        sources = (run.source for run in self.submission.runs)
        message = messages.public_message(error["message"], sources, self.words, sizes)
        error["message"] = message or ""
        return StudentError(self._with_advice(error, message is None), error["type"], error["line"])

    def of_missing(
        self, name: str, lethal: Mapping[str, StudentFault], notes: Mapping[str, list[dict[str, Any]]]
    ) -> MissingAnswer:
        """The fault for a function that is missing.

        `lethal` holds the cells that ended their worker, `notes` the failed statements of each cell.
        """
        if name in lethal:
            return MissingAnswer(f"Its cell could not be run: {lethal[name]}.")
        for note in notes.get(name, []):
            return MissingAnswer(f"Its cell stopped with an error before it defined the function: {_told(note)}.")
        if name in self.submission.untouched:
            return MissingAnswer(NOT_WRITTEN, unwritten=True)
        return MissingAnswer(f"There is no function called {name}.")

    def _is_a_stubs(self, error: dict[str, Any]) -> bool:
        """Whether a NotImplementedError means that an answer is not written.

        torch raises some of its own, for example for the mean of a uint8 tensor.
        """
        # torch's have a message, and come from a line of the student's that does not name the exception
        written = error["message"] and "NotImplementedError" not in self._line(error["cell"], error["line"])
        return error["cell"] in self.submission.lesson.exercises and not written

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
        """The line of the student's code that an error came from; "" if it is not known."""
        for run in self.submission.runs:
            if run.name == cell and number is not None:
                lines = run.source.splitlines()
                return lines[number - 1].strip()[:120] if 0 < number <= len(lines) else ""
        return ""
