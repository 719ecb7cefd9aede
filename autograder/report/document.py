"""What a run keeps of its reports: a table row for each, and the `--json` document in a temporary file.

Pictures, sources and sentences of ten thousand reports would take hundreds of megabytes.
"""

from __future__ import annotations

import json
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from types import TracebackType
from typing import IO

from autograder.report.words import VERDICT_WORDS
from autograder.results import HELD, ExerciseResult, Report, Verdict, run_head


@dataclass(frozen=True, slots=True)
class Row:
    """A submission in the class table. `place`: (offset, length) in bytes of its part of the document in the file."""

    assignment: str
    student: str
    held: bool
    score: float
    max_score: float
    what_to_know: str
    seconds: float
    place: tuple[int, int]


class Tally:
    """Collects reports one at a time; a context manager. Without `document`, `text` has no submissions in it."""

    def __init__(self, document: bool = False) -> None:
        self._rows: list[Row] = []
        self.levels: set[str] = set()
        self._first: tuple[tuple[str, str], Report] | None = None
        self._file: IO[bytes] | None = tempfile.TemporaryFile() if document else None  # noqa: SIM115  (closed in __exit__)

    def __enter__(self) -> Tally:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._file is not None:
            self._file.close()

    def add(self, report: Report) -> None:
        part = b""
        if self._file is not None:
            # indented as `json.dumps` would indent it inside the document
            part = json.dumps(report.public(), indent=1).replace("\n", "\n  ").encode()
            self._file.write(part)
        start = 0 if not self._rows else sum(self._rows[-1].place)
        held, known = report.status == HELD, what_to_know(report)
        row = Row(
            report.assignment, report.student, held, report.score, report.max_score, known, report.seconds,
            place=(start, len(part)),
        )  # fmt: skip
        self._rows.append(row)
        if report.sandbox:
            self.levels.add(str(report.sandbox["level"]))
            key = (report.assignment, report.student)
            # the smallest key, not the first to arrive: the document must not depend on the order of grading
            if self._first is None or key < self._first[0]:
                head = Report(
                    report.student, report.assignment, report.notebook, device=report.device, data=report.data
                )
                head.sandbox = report.sandbox
                self._first = key, head

    @property
    def rows(self) -> list[Row]:
        """The rows, sorted by assignment and student."""
        return sorted(self._rows, key=lambda row: (row.assignment, row.student))

    @property
    def held(self) -> int:
        return sum(row.held for row in self._rows)

    def text(self) -> Iterator[str]:
        """The `--json` document in pieces, never as a whole in memory. No report may be added meanwhile."""
        # the empty list of submissions is the last one in the document: the parts go between its brackets
        head, end = json.dumps(run_head(self._first[1] if self._first else None), indent=1).rsplit("[]", 1)
        yield head + "["
        between = "\n  "
        for row in self.rows if self._file is not None else []:
            assert self._file is not None
            self._file.seek(row.place[0])
            yield between + self._file.read(row.place[1]).decode()
            between = ",\n  "
        yield ("\n ]" if self._rows and self._file is not None else "]") + end


def summary(exercise: ExerciseResult) -> str:
    """The most informative line about an exercise that lost marks."""
    if exercise.diagnosis:
        return exercise.diagnosis
    for check in exercise.checks:
        if check.lost:
            return f"{VERDICT_WORDS[check.verdict]}: {check.message or check.sentence}"
    return ""


def what_to_know(report: Report) -> str:
    """What an instructor should know about a submission, in one line."""
    if report.status == HELD:
        return report.reason or ""
    lost = [exercise for exercise in report.exercises if exercise.score < exercise.max_score]
    if not lost:
        return "all right"
    if all(exercise.unwritten for exercise in report.exercises):
        return "not written yet"
    late = [exercise for exercise in lost if any(check.verdict == Verdict.TIMEOUT for check in exercise.checks)]
    first = late[0] if late else lost[0]
    return f"{first.id}: {summary(first)}" + (f" (+{len(lost) - 1} more)" if len(lost) > 1 else "")
