"""The course's settings: one traitlets file, `course_config.py`, read by nbgrader and by the engine."""

from __future__ import annotations

import difflib
import pathlib
from dataclasses import dataclass

from traitlets import Enum, Float, Integer, Unicode
from traitlets.config import Config, Configurable
from traitlets.config.loader import PyFileConfigLoader

from autograder import devices
from autograder.errors import CourseError

FILE = "course_config.py"


class Autograder(Configurable):
    """What `c.Autograder.NAME = value` in course_config.py may say."""

    device = Enum(
        devices.CHOICES, "auto",
        help="Where answers are run besides the CPU: an accelerator by its name in PyTorch; a simulated one; `cpu`: nowhere; "
        "`auto`: a real accelerator where there is one, else the simulated one.",
    ).tag(config=True)  # fmt: skip
    device_memory = Integer(2 << 30, help="Bytes that a student's process may take of a real accelerator's memory.").tag(config=True)
    seed = Integer(7, help="Seed of every random input; change it from year to year, never between students.").tag(config=True)
    call_seconds = Float(10.0, help="CPU seconds that one call of a student's function may take.").tag(config=True)
    exercise_seconds = Float(20.0, help="CPU seconds that all calls of one exercise may take together.").tag(config=True)
    load_seconds = Float(60.0, help="CPU seconds that all cells of a notebook may take to define things.").tag(config=True)
    memory = Integer(3 << 30, help="Bytes that a student's process may take beyond what torch needs.").tag(config=True)
    notebook_bytes = Integer(64 << 20, help="Size of the largest notebook that is read.").tag(config=True)
    stub = Unicode(
        'raise NotImplementedError("Write your answer here in place of this line, then run the check below.")',
        help="What stands in place of an answer in the students' notebooks.",
    ).tag(config=True)


@dataclass(frozen=True)
class Course:
    """Where a course lives and what it says. `root` holds the course; `work` holds what students hand in and what comes of it."""

    root: pathlib.Path
    work: pathlib.Path
    id: str
    settings: Autograder
    config: Config

    @property
    def db_url(self) -> str:
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
    """The nearest folder at or above `start` that holds course_config.py; raises CourseError where there is none."""
    for folder in (start, *start.parents):
        if (folder / FILE).is_file():
            return folder
    raise CourseError(f"no {FILE} in {start} or above it: run this inside the course's folder, or name it with --course")


def load(root: pathlib.Path, work: pathlib.Path | None = None) -> Course:
    """Read the course's settings. Raises CourseError for a file that does not run, a misspelt setting or a value that can't be."""
    root = root.resolve()
    try:
        config = PyFileConfigLoader(FILE, path=str(root)).load_config()
    except Exception as error:
        raise CourseError(f"{root / FILE}: {type(error).__name__}: {error}") from None
    known = Autograder.class_trait_names(config=True)
    for name in config.get("Autograder", {}):
        if name not in known:
            near = difflib.get_close_matches(name, known, 1)
            raise CourseError(f"{root / FILE}: there is no setting c.Autograder.{name}" + (f"; is {near[0]} meant?" if near else ""))
    try:
        settings = Autograder(config=Config(Autograder=config.get("Autograder", {})))
    except Exception as error:
        raise CourseError(f"{root / FILE}: {error}") from None
    course_id = config.CourseDirectory.get("course_id") if "CourseDirectory" in config else None
    return Course(root, (work or root).resolve(), course_id if isinstance(course_id, str) else "", settings, config)
