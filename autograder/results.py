"""The record of one graded submission, and how verdicts become marks.

Everything shown or stored afterwards (gradebook, page, table, JSON) is made from these records and from nothing else.
"""

from __future__ import annotations

import datetime
import enum
from dataclasses import dataclass, field
from typing import Any

SCHEMA = 1


class Verdict(str, enum.Enum):
    """What a check said. A `str` as well, so that JSON and pages show the plain value."""

    PASSED = "passed"
    FAILED = "failed"
    STUDENT_ERROR = "student_error"
    TIMEOUT = "timeout"
    MEMORY = "memory"
    KILLED = "killed"
    GRADER_ERROR = "grader_error"
    NOT_RUN = "not_run"

    def __str__(self) -> str:
        return str(self.value)

    def __format__(self, spec: str) -> str:  # Python 3.10 and 3.12 format a mixed-in str differently
        return format(str(self.value), spec)


NOT_WRITTEN = "Not written yet."
"""The diagnosis of an answer that nobody has written."""

KEPT_FOR_THE_VALUE = 0.75
"""The share of an exercise that right values of a neighbouring kind keep."""

IMAGE, CURVE, TABLE = "image", "curve", "table"

DIED = "the grader itself died over it, twice"
KILLED_TWICE = (
    "a process that ran it was killed twice, and not by the grader: most likely the machine has too little memory"
)

GRADED = "graded"
HELD = "held"


@dataclass
class Picture:
    """An image shown beside a check; `pixels` is row-major.

    IMAGE: a greyscale picture, each pixel 0..1. CURVE: row 0 holds the student's values step by step, row 1 the shape
    of a healthy curve. TABLE: whole numbers.
    """

    title: str
    rows: int
    columns: int
    pixels: list[float]
    kind: str = IMAGE


@dataclass
class Check:
    """One graded check. `sentence` is what it looks at, `message` what was wrong; both are for the student to read.

    `parity` marks a check on an accelerator; `unwritten`, one that failed because there is no answer yet;
    `lacking`, one that failed because a function or a name was not found; `kind_only`, one that failed because the
    right value came as a neighbouring kind (`kinds`).
    """

    id: str
    verdict: Verdict
    message: str = ""
    sentence: str = ""
    weight: float = 1.0
    pictures: list[Picture] = field(default_factory=list)
    parity: bool = False
    unwritten: bool = False
    lacking: bool = False
    kind_only: bool = False

    @property
    def lost(self) -> bool:
        """Whether it costs marks; a check that was not run does not."""
        return self.verdict not in (Verdict.PASSED, Verdict.NOT_RUN)


@dataclass
class ExerciseResult:
    """The result of one exercise. `unwritten`: every failure is due to an answer that is still a stub.

    `place`: where in the notebook it was graded, if not at its check cell: "own", with what its answer cell defined;
    "before", there, with nothing below it run; "end", after the last cell. `in_doubt`: why a person should look at the
    marks; "" if nobody needs to.
    """

    id: str
    max_score: float
    checks: list[Check] = field(default_factory=list)
    follow_through: bool = False
    diagnosis: str = ""
    source: str = ""
    replaced: list[str] = field(default_factory=list)
    unwritten: bool = False
    place: str = ""
    in_doubt: str = ""

    @property
    def extra(self) -> bool:
        """Whether it is a starred extra: checked like any other, but worth no points."""
        return not self.max_score

    @property
    def right(self) -> bool:
        """Whether nothing is lost; of a starred extra, the marks can't tell."""
        return bool(self.checks) and self.share == 1 if self.extra else self.score == self.max_score

    @property
    def score(self) -> float:
        """Points times the share of the weight that passed; a check that was not run counts neither way. If every
        failing check differs in kind alone, three quarters remain at least.

        An exercise none of whose checks has a verdict scores 0 here, and its submission is held (see
        `Report.hold_if_unsure`).
        """
        passed, asked = self._weights
        return round(self.max_score * passed / asked, 2) if asked else 0.0

    @property
    def share(self) -> float:
        """The share of the weight that passed: what the score is made of, and all there is of a starred extra."""
        passed, asked = self._weights
        return passed / asked if asked else 0.0

    @property
    def _weights(self) -> tuple[float, float]:
        asked = [check for check in self.checks if check.verdict != Verdict.NOT_RUN]
        total = sum(check.weight for check in asked)
        passed = sum(check.weight for check in asked if check.verdict == Verdict.PASSED)
        if passed < total and all(check.kind_only for check in asked if check.lost):
            passed = max(passed, KEPT_FOR_THE_VALUE * total)
        return passed, total

    @property
    def parity(self) -> dict[str, str] | None:
        """The verdict and reason of the check on an accelerator; None if the exercise has none."""
        check = next((check for check in self.checks if check.parity), None)
        return None if check is None else {"verdict": check.verdict, "reason": check.message}


@dataclass
class Report:
    student: str
    assignment: str
    notebook: str
    status: str = GRADED
    reason: str | None = None
    try_again: bool = False
    """Held for a reason that has nothing to do with the submission: the next run tries it again."""
    seconds: float = 0.0
    exercises: list[ExerciseResult] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    written: dict[str, bool] = field(default_factory=dict)
    """Question in words -> whether the student wrote anything."""
    seed: int = 0
    device: str = "cpu"
    data: str = ""
    sandbox: dict[str, Any] = field(default_factory=dict)
    not_checked: list[str] = field(default_factory=list)
    schema: int = SCHEMA

    @property
    def score(self) -> float:
        return round(sum(exercise.score for exercise in self.exercises), 2)

    @property
    def max_score(self) -> float:
        return round(sum(exercise.max_score for exercise in self.exercises), 2)

    def hold_if_unsure(self) -> None:
        """Hold the submission if an outcome is missing: that is the grader's fault and must not cost marks. A starred
        extra has none to lose.
        """
        for exercise in self.exercises:
            if exercise.extra:
                continue
            errors = [check for check in exercise.checks if check.verdict == Verdict.GRADER_ERROR]
            if errors or not any(check.verdict != Verdict.NOT_RUN for check in exercise.checks):
                self.status = HELD
                why = next((check.message for check in exercise.checks if check.message), "none of its checks was run")
                failed = f"the grader of {exercise.id} failed ({errors[0].id}: {errors[0].message})" if errors else ""
                self.reason = failed or f"{exercise.id} could not be checked on this machine ({why})"
                return

    def to_dict(self) -> dict[str, Any]:
        """Everything, for the stored record. The values are shared with this report, not copied."""
        exercises = [
            {
                **vars(exercise),
                "checks": [{**vars(check), "pictures": list(map(vars, check.pictures))} for check in exercise.checks],
            }
            for exercise in self.exercises
        ]
        return {**vars(self), "exercises": exercises}

    @classmethod
    def from_dict(cls, record: dict[str, Any]) -> Report:
        """The report from its record; raises ValueError if the schema differs or it is not a record."""
        if record.get("schema") != SCHEMA:
            raise ValueError(f"a record of schema {record.get('schema')!r}, not {SCHEMA}")
        try:
            exercises = [
                ExerciseResult(**{**entry, "checks": [_check(check) for check in entry["checks"]]})
                for entry in record["exercises"]
            ]
            return cls(**{**record, "exercises": exercises})
        except (TypeError, KeyError) as error:
            raise ValueError(f"not a record: {error}") from None

    def public(self) -> dict[str, Any]:
        """The part that other tools rely on: `autograder grade --json`."""
        return {
            "student": self.student,
            "assignment": self.assignment,
            "notebook": self.notebook,
            "status": self.status,
            "reason": self.reason,
            "score": self.score,
            "max_score": self.max_score,
            "seconds": round(self.seconds, 3),
            "exercises": [
                {
                    "id": exercise.id,
                    "score": exercise.score,
                    "max_score": exercise.max_score,
                    "follow_through": exercise.follow_through,
                    "place": exercise.place,
                    "in_doubt": exercise.in_doubt,
                    "diagnosis": exercise.diagnosis,
                    "parity": exercise.parity,
                    "checks": [
                        {"id": check.id, "verdict": check.verdict, "message": check.message}
                        for check in exercise.checks
                    ],
                }
                for exercise in self.exercises
            ],
            "notes": list(self.notes),
        }


@dataclass(frozen=True)
class CellMarks:
    """A graded cell in the gradebook. `score` includes extra credit; `waiting`: a person still has to mark it."""

    score: float
    max_score: float
    waiting: bool = False
    by_hand: bool = False
    extra_credit: float = 0.0


@dataclass(frozen=True)
class Marks:
    """One submission in the gradebook: marks by cell id, a person's comments, the late penalty."""

    student: str
    name: str
    email: str
    cells: dict[str, CellMarks]
    comments: dict[str, str]
    penalty: float = 0.0
    handed_in: datetime.datetime | None = None
    seconds_late: float = 0.0

    @property
    def raw_score(self) -> float:
        return round(sum(cell.score for cell in self.cells.values()), 2)

    @property
    def score(self) -> float:
        """The total after the penalty, never below 0."""
        return round(max(0.0, self.raw_score - self.penalty), 2)

    @property
    def max_score(self) -> float:
        return round(sum(cell.max_score for cell in self.cells.values()), 2)

    @property
    def waiting(self) -> bool:
        return any(cell.waiting for cell in self.cells.values())


def _check(entry: dict[str, Any]) -> Check:
    return Check(
        **{
            **entry,
            "verdict": Verdict(entry["verdict"]),
            "pictures": [Picture(**picture) for picture in entry["pictures"]],
        }
    )


def run_head(first: Report | None) -> dict[str, Any]:
    """The `--json` document of a run, without its submissions. `first` is the first report of a submission that ran."""
    return {
        "schema": SCHEMA,
        "sandbox": first.sandbox if first else {"level": "not started", "missing": []},
        "device": first.device if first else "",
        "data": first.data if first else "",
        "submissions": [],
    }
