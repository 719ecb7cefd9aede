"""The pytest side: marks and fixtures for graders.

As a plain plugin (`-p autograder.plugin`), it runs a course's graders as ordinary tests against one notebook: the
reference, or the one named by `--submission`. While a class is graded, `judge.checks.Checks` runs the same items
without collecting them again.
"""

from __future__ import annotations

import pathlib
from collections.abc import Callable, Iterator
from types import ModuleType
from typing import TYPE_CHECKING, Any

import pytest

from autograder.course import config as course_config
from autograder.errors import CourseError
from autograder.judge.current_check import CURRENT, CurrentCheck
from autograder.judge.pictures import Show
from autograder.seeds import derived

if TYPE_CHECKING:
    from autograder.course.lesson import Lesson
    from autograder.judge.reference_cache import Remembered
    from autograder.run.session import Session
    from autograder.run.student import File, Given, Student


__all__ = ["file", "given", "on_device", "reference", "rng", "show", "student"]


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.getgroup("autograder").addoption(
        "--submission", type=pathlib.Path, help="run the graders against this notebook instead of the reference answers"
    )


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "exercise(name): the exercise that a class of checks belongs to")
    config.addinivalue_line(
        "markers", "weight(share): a check's share of its exercise's points, in proportion; 1 if absent"
    )
    config.addinivalue_line(
        "markers", "drawing: draws what an answer gives on inputs that are no secret, in a worker of its own; no check"
    )
    config.stash[CURRENT] = CurrentCheck()


# ---------------------------------------------------------------- fixtures


@pytest.fixture
def student(request: pytest.FixtureRequest) -> Student:
    """The student's functions, as `autograder.run.student.Student`."""
    from autograder.run.student import Student

    session = request.config.stash[CURRENT].session
    if session is None:  # while a class is graded, `Checks` begins each exercise, whose checks share its time
        session = request.getfixturevalue("_default_session")
        mark = request.node.get_closest_marker("exercise")
        session.begin_exercise(mark.args[0] if mark is not None and mark.args else "")
    session.begin_check(request.node.nodeid)
    return Student(session)


@pytest.fixture
def on_device(student: Student) -> Student:
    """The student's functions, called with tensors on the accelerator; without one the check is not run."""
    from autograder.run.student import Student

    reason = student._session.why_no_device()
    if reason:
        pytest.skip(reason)
    return Student(student._session, on_device=True)


@pytest.fixture(scope="module")
def _default_session(request: pytest.FixtureRequest) -> Iterator[Session]:
    """Outside grading: the reference answers, or the notebook named by `--submission`, in a separate worker."""
    from autograder import devices, notebook
    from autograder.read import extract
    from autograder.run.session import Session
    from autograder.run.warm_parent import WarmParent

    course = course_config.load(course_config.find_root(request.path.parent))
    lesson = _lesson_of(course, request.path)
    path = request.config.getoption("--submission")
    chosen = extract.reference(lesson)
    if path is not None:
        chosen = extract.extract(lesson, notebook.read(path, course.settings.notebook_bytes), path.stem)
    with WarmParent(lesson.preload) as parent:
        settings = course.settings
        device = devices.choose(settings.device, settings.device_memory, settings.trust_submissions)
        session = Session(parent, chosen, course.settings.seed, device=device)
        yield session
        session.close()


def _lesson_of(course: course_config.Course, graders: pathlib.Path) -> Lesson:
    from autograder.course import lesson

    for assignment in lesson.assignments(course):
        if lesson.source_path(course, assignment).stem == graders.stem.removeprefix("test_"):
            return lesson.load(course, assignment)
    raise CourseError(f"{graders} belongs to no source notebook: it should be called test_NOTEBOOK.py")


@pytest.fixture
def reference(request: pytest.FixtureRequest) -> ModuleType | Remembered:
    """The reference answers, as a module in this process."""
    from autograder.judge.reference_cache import Remembered, load_reference, module_name

    current, notebook = request.config.stash[CURRENT], request.path.stem.removeprefix("test_")
    if current.reference is None or current.reference.__name__ != module_name(notebook):
        course = course_config.load(course_config.find_root(request.path.parent))
        current.reference = Remembered(load_reference(course.solutions / f"{notebook}.py"))
    return current.reference


@pytest.fixture
def rng(request: pytest.FixtureRequest) -> Any:
    """A `torch.Generator` on the CPU, the same for every student: seeded by the course's seed and the check's name.

    torch uses 32 bits of a seed, so two numbers that a page tells give away all that a check draws; of other checks
    they give away nothing.
    """
    import torch

    seed = derived(request.config.stash[CURRENT].seed, f"rng:{request.node.name}", bits=32)
    return torch.Generator().manual_seed(seed)


@pytest.fixture
def given() -> Callable[[str], Given]:
    """`given(source)`: a function that is sent to the worker as source, for exercises that take one."""
    from autograder.run.student import Given

    return Given


@pytest.fixture
def file() -> Callable[..., File]:
    """`file(name, data)`: a file whose bytes are sent to the worker; the student's function gets its path."""
    from autograder.run.student import File

    return File


@pytest.fixture
def show(request: pytest.FixtureRequest) -> Show:
    """`show(title, image)`, `show.differences`, `show.losses`, `show.table`: see `Show`."""
    return Show(request.config.stash[CURRENT].pictures)
