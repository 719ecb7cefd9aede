"""The course's settings: one traitlets file, `course_config.py`, read by nbgrader and by the engine."""

from __future__ import annotations

import datetime
import difflib
import pathlib
import zoneinfo
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from traitlets import Bool, Dict, Enum, Float, Integer, Unicode
from traitlets.config import Config, Configurable
from traitlets.config.loader import PyFileConfigLoader

from autograder import devices
from autograder.errors import CourseError

FILE = "course_config.py"
_STUDENTS = ("submitted", "autograded")
"""Folders of a course with what students handed in."""


class Autograder(Configurable):
    """The settings that `c.Autograder.NAME = value` in course_config.py may set."""

    device = Enum(
        devices.CHOICES, "auto",
        help="Where answers run besides the CPU: an accelerator by its PyTorch name; `simulated`; "
        "`cpu`: nowhere; `auto`: a real accelerator if there is one, else the simulated one.",
    ).tag(config=True)  # fmt: skip
    device_memory = Integer(
        2 << 30, help="Bytes that a student's process may take of a real accelerator's memory."
    ).tag(config=True)
    seed = Integer(7, help="Seed of every random input; change it from year to year, never between students.").tag(
        config=True
    )
    call_seconds = Float(10.0, help="CPU seconds that one call of a student's function may take.").tag(config=True)
    exercise_seconds = Float(20.0, help="CPU seconds that all calls of one exercise may take together.").tag(
        config=True
    )
    load_seconds = Float(60.0, help="CPU seconds that all cells of a notebook may take together.").tag(config=True)
    memory = Integer(3 << 30, help="Bytes of memory that a student's process may take beyond what torch needs.").tag(
        config=True
    )
    trust_submissions = Bool(
        False, help="As --trust-submissions, in every run and in nbgrader's own commands too."
    ).tag(config=True)
    notebook_bytes = Integer(64 << 20, help="Size in bytes of the largest notebook that is read.").tag(config=True)
    stub = Unicode(
        'raise NotImplementedError("Write your answer here in place of this line, then run the check below.")',
        help="What stands in place of an answer in the students' notebooks.",
    ).tag(config=True)
    points = Dict(help="Exercise or question -> points that replace those in the source notebook.").tag(config=True)
    deadlines = Dict(
        help="Assignment -> when it is due, e.g. '2026-11-30 23:59'; others keep nbgrader's own due date."
    ).tag(config=True)
    timezone = Unicode("UTC", help="Time zone of deadlines that name no offset, e.g. 'Europe/Berlin'.").tag(config=True)
    late_grace_minutes = Float(0.0, min=0.0, help="Minutes after the deadline without a penalty.").tag(config=True)
    late_percent_per_day = Float(
        0.0, min=0.0, help="Percent of the earned marks lost for each started day; 0: no penalty."
    ).tag(config=True)
    late_percent_most = Float(
        100.0, min=0.0, max=100.0, help="Most percent of the earned marks that lateness can cost."
    ).tag(config=True)

    NOT_OF_THE_MARKS = frozenset(
        {
            "deadlines",
            "timezone",
            "late_grace_minutes",
            "late_percent_per_day",
            "late_percent_most",
            "stub",
            "trust_submissions",
        }
    )
    """Settings on which no answer's marks depend: changing them regrades nothing."""

    def of_the_marks(self) -> list[tuple[str, Any]]:
        """The settings on which an answer's marks depend, sorted by name."""
        return [
            (name, getattr(self, name))
            for name in sorted(self.class_trait_names(config=True))
            if name not in self.NOT_OF_THE_MARKS
        ]

    def deadline(self, assignment: str) -> datetime.datetime | None:
        """When an assignment is due, in UTC without a time zone, as nbgrader stores it; None if no deadline is set.

        Raises ValueError for an invalid time or time zone.
        """
        if assignment not in self.deadlines:
            return None
        when = datetime.datetime.fromisoformat(str(self.deadlines[assignment]))
        if when.tzinfo is None:
            try:
                when = when.replace(tzinfo=zoneinfo.ZoneInfo(self.timezone))
            except (zoneinfo.ZoneInfoNotFoundError, ValueError):
                raise ValueError(f"there is no time zone called {self.timezone!r}") from None
        return when.astimezone(datetime.timezone.utc).replace(tzinfo=None)

    def late_penalty(self, score: float, seconds_late: float) -> float:
        """The late penalty: a share of the score for each started day after the grace period, up to a maximum of
        `late_percent_most` percent.
        """
        seconds = seconds_late - 60 * self.late_grace_minutes
        if seconds <= 0:
            return 0.0
        percent = min(self.late_percent_most, self.late_percent_per_day * -(-seconds // 86_400))
        return round(score * min(percent, 100.0) / 100, 2)


@dataclass(frozen=True)
class Course:
    """A course and its settings. `root` holds the course; `work` holds what students hand in and the results."""

    root: pathlib.Path
    work: pathlib.Path
    id: str
    settings: Autograder
    config: Config
    chosen_db_url: str = ""

    @property
    def db_url(self) -> str:
        if self.chosen_db_url:
            return self.chosen_db_url
        url = self.config.CourseDirectory.get("db_url") if "CourseDirectory" in self.config else None
        return url if isinstance(url, str) and self.root == self.work else f"sqlite:///{self.work / 'gradebook.db'}"

    @property
    def source(self) -> pathlib.Path:
        return self.root / "source"

    @property
    def release(self) -> pathlib.Path:
        return self.root / "release"

    @property
    def solutions(self) -> pathlib.Path:
        return self.root / "solutions"

    @property
    def graders(self) -> pathlib.Path:
        return self.root / "tests" / "graders"

    @property
    def mistakes(self) -> pathlib.Path:
        return self.root / "tests" / "mistakes"

    @property
    def submitted(self) -> pathlib.Path:
        return self.work / "submitted"

    @property
    def reports(self) -> pathlib.Path:
        return self.work / "reports"


def find_root(start: pathlib.Path) -> pathlib.Path:
    """The nearest folder at or above `start` that holds course_config.py; raises CourseError if there is none.

    A file of that name among the submissions of a course is a student's, and is not the course's settings.
    """
    found = [folder for folder in (start, *start.parents) if (folder / FILE).is_file()]
    for folder in found:
        if not any(above in folder.parents and folder.relative_to(above).parts[0] in _STUDENTS for above in found):
            return folder
    raise CourseError(
        f"no {FILE} in {start} or above it: run this inside the course's folder, or name it with --course"
    )


def load(root: pathlib.Path, work: pathlib.Path | None = None, db_url: str = "") -> Course:
    """Read the course's settings. Raises CourseError for a file that does not run, a misspelt setting or an invalid
    value.
    """
    root = root.resolve()
    try:
        config = PyFileConfigLoader(FILE, path=str(root)).load_config()
    except Exception as error:
        raise CourseError(f"{root / FILE}: {type(error).__name__}: {error}") from None
    _check_names(root / FILE, config)
    try:
        settings = Autograder(config=Config(Autograder=config.get("Autograder", {})))
        for assignment in settings.deadlines:
            settings.deadline(assignment)
        for name, points in settings.points.items():
            if not isinstance(points, (int, float)) or points < 0:
                raise ValueError(f"c.Autograder.points[{name!r}] is {points!r}, not a number of points")
    except Exception as error:
        raise CourseError(f"{root / FILE}: {error}") from None
    course_id = config.CourseDirectory.get("course_id") if "CourseDirectory" in config else None
    return Course(
        root, (work or root).resolve(), course_id if isinstance(course_id, str) else "", settings, config, db_url
    )


def nearest(name: str, known: Iterable[str]) -> str:
    """`; is NAME meant?` if a known name is close, otherwise nothing."""
    near = difflib.get_close_matches(name, sorted(known), 1)
    return f"; is {near[0]} meant?" if near else ""


def _check_names(file: pathlib.Path, config: Config) -> None:
    """Raise CourseError for a setting or a section that is misspelt: traitlets would ignore it silently."""
    known = Autograder.class_trait_names(config=True)
    for section, values in config.items():
        if section == Autograder.__name__:
            for name in values:
                if name not in known:
                    raise CourseError(f"{file}: there is no setting c.Autograder.{name}{nearest(name, known)}")
        elif section in ("Autograde", "AutogradeApp"):  # nbgrader's own, one letter off
            for name in values:
                if name in known:
                    raise CourseError(
                        f"{file}: c.{section}.{name} is no setting of nbgrader's; is c.Autograder.{name} meant?"
                    )
        elif difflib.get_close_matches(section, ["Autograder"], 1, 0.8):
            raise CourseError(f"{file}: there is no section c.{section}; is c.Autograder meant?")
