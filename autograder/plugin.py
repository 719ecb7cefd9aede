"""The pytest side: marks and fixtures for graders.

As a plain plugin (`-p autograder.plugin`) it lets the graders of a course run as ordinary tests against one notebook: the reference, or
the one named by `--submission`. While grading, `checks.Checks` drives the same items without collecting them again.
"""

from __future__ import annotations

import importlib.util
import math
import pathlib
import zlib
from collections.abc import Callable, Iterator
from types import ModuleType
from typing import TYPE_CHECKING, Any

import pytest

from autograder.course import config as course_config
from autograder.errors import CourseError
from autograder.results import CURVE, TABLE, Picture

if TYPE_CHECKING:
    from autograder.judge.reference_cache import Remembered
    from autograder.run.proxy import File, Given, Session, Student

STATE = pytest.StashKey["State"]()


class State:
    """What the fixtures of a running check belong to."""

    def __init__(self) -> None:
        self.session: Session | None = None
        self.reference: ModuleType | Remembered | None = None
        self.seed = 0
        self.pictures: list[Picture] = []


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.getgroup("autograder").addoption(
        "--submission", type=pathlib.Path, help="run the graders against this notebook instead of the reference answers"
    )


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "exercise(name): the exercise that a class of checks belongs to")
    config.addinivalue_line("markers", "weight(share): how much of its exercise's points a check carries, in proportion; 1 if absent")
    config.stash[STATE] = State()


def load_reference(path: pathlib.Path) -> ModuleType:
    """The generated module of reference answers; raises CourseError where it does not import."""
    spec = importlib.util.spec_from_file_location(f"reference_{path.stem}", path)
    if spec is None or spec.loader is None or not path.is_file():
        raise CourseError(f"{path} is not there: run `autograder build`")
    module = importlib.util.module_from_spec(spec)
    try:
        spec.loader.exec_module(module)
    except Exception as error:
        raise CourseError(f"{path}: {type(error).__name__}: {error}") from None
    return module


# ---------------------------------------------------------------- fixtures


@pytest.fixture
def student(request: pytest.FixtureRequest) -> Student:
    """The student's functions, as `autograder.run.proxy.Student`."""
    from autograder.run.proxy import Student

    state = request.config.stash[STATE]
    session = state.session or request.getfixturevalue("_default_session")
    session.begin_check(request.node.nodeid)
    return Student(session)


@pytest.fixture
def on_device(student: Student) -> Student:
    """The student's functions, called with their tensors on the accelerator; the check is not run where there is none."""
    from autograder.run.proxy import Student

    reason = student._session.why_no_device()
    if reason:
        pytest.skip(reason)
    return Student(student._session, on_device=True)


@pytest.fixture(scope="module")
def _default_session(request: pytest.FixtureRequest) -> Iterator[Session]:
    """Outside grading: the reference answers, or the notebook that `--submission` names, in a worker of its own."""
    from autograder import devices, notebook
    from autograder.course import lesson
    from autograder.read import extract
    from autograder.run.proxy import Session
    from autograder.run.sandbox import WarmParent

    course = course_config.load(course_config.find_root(request.path.parent))
    lesson_ = _lesson_of(course, request.path)
    path = request.config.getoption("--submission")
    chosen = extract.reference(lesson_)
    if path is not None:
        chosen = extract.extract(lesson_, notebook.read(path, course.settings.notebook_bytes), path.stem)
    del lesson
    with WarmParent(lesson_.preload) as parent:
        device = devices.choose(course.settings.device, course.settings.device_memory)
        session = Session(parent, chosen, course.settings.seed, device=device)
        yield session
        session.close()


def _lesson_of(course: course_config.Course, graders: pathlib.Path) -> Any:
    from autograder.course import lesson

    for assignment in lesson.assignments(course):
        if lesson.source_path(course, assignment).stem == graders.stem.removeprefix("test_"):
            return lesson.load(course, assignment)
    raise CourseError(f"{graders} belongs to no source notebook: it should be called test_NOTEBOOK.py")


@pytest.fixture
def reference(request: pytest.FixtureRequest) -> ModuleType | Remembered:
    """The reference answers, as a module in this process."""
    state = request.config.stash[STATE]
    if state.reference is None or not state.reference.__name__.endswith(request.path.stem.removeprefix("test_")):
        course = course_config.load(course_config.find_root(request.path.parent))
        state.reference = load_reference(course.solutions / f"{request.path.stem.removeprefix('test_')}.py")
    return state.reference


@pytest.fixture
def rng(request: pytest.FixtureRequest) -> Any:
    """A `torch.Generator` on the CPU, the same for every student: seeded from the course's seed and the check's name."""
    import torch

    seed = zlib.crc32(f"{request.config.stash[STATE].seed}:{request.node.name}".encode())
    return torch.Generator().manual_seed(seed)


@pytest.fixture
def given() -> Callable[[str], Given]:
    """`given(source)`: a function that is sent to the worker as source, for exercises that take one."""
    from autograder.run.proxy import Given

    return Given


@pytest.fixture
def file() -> Callable[..., File]:
    """`file(name, data)`: a file whose bytes are sent to the worker; the student's function gets its path."""
    from autograder.run.proxy import File

    return File


class Show:
    """Puts pictures on the student's page, beside the check. What can't be drawn is passed over: an answer may give anything at all."""

    def __init__(self, pictures: list[Picture]) -> None:
        self._pictures = pictures

    def __call__(self, title: str, image: Any) -> None:
        """A picture of a finite (H, W) tensor."""
        self._add(picture_of(title, image))

    def differences(self, title: str, got: Any, want: Any, atol: float = 1e-4) -> None:
        """Where two (H, W) tensors differ, and not by how much: 1 there, 0 elsewhere; nothing where they agree."""
        import torch

        if isinstance(got, torch.Tensor) and got.shape == want.shape and not got.is_complex():
            where = (got.detach().double() - want.double()).abs() > atol
            if bool(where.any()):
                self._add(picture_of(title, where.double(), stretch=False))

    def losses(self, title: str, values: Any) -> None:
        """A curve of 2 to 500 finite losses, and below it the shape of a healthy one, which is drawn by a formula and not by an answer."""
        if not isinstance(values, (list, tuple)) or not 2 <= len(values) <= 500:
            return
        if all(isinstance(value, (int, float)) and math.isfinite(value) for value in values):
            first = float(values[0])
            healthy = [first * (0.15 + 0.85 * 0.5 ** (6 * step / (len(values) - 1))) for step in range(len(values))]
            curve = [float(f"{value:.5g}") for value in (*values, *healthy)]
            self._pictures.append(Picture(title, 2, len(values), curve, CURVE))

    def table(self, title: str, counts: Any) -> None:
        """A (rows, columns) tensor of whole numbers, at most 12 by 12, as a table."""
        import torch

        whole = (torch.int8, torch.int16, torch.int32, torch.int64, torch.uint8)
        if isinstance(counts, torch.Tensor) and counts.dtype in whole and counts.ndim == 2 and counts.numel() and max(counts.shape) <= 12:
            self._pictures.append(
                Picture(title, counts.shape[0], counts.shape[1], [float(value) for value in counts.reshape(-1).tolist()], TABLE)
            )

    def _add(self, picture: Picture | None) -> None:
        if picture is not None:
            self._pictures.append(picture)


@pytest.fixture
def show(request: pytest.FixtureRequest) -> Show:
    """`show(title, image)`, `show.differences`, `show.losses`, `show.table`: see `Show`."""
    return Show(request.config.stash[STATE].pictures)


def picture_of(title: str, image: Any, stretch: bool = True) -> Picture | None:
    """A picture from a real (H, W) tensor, at most 64 by 64, stretched to 0..1 or cut there; None for anything else."""
    import torch

    if not isinstance(image, torch.Tensor) or image.ndim != 2 or not 0 < image.numel() <= 64 * 64 or image.is_complex():
        return None
    values = image.detach().double()
    if not bool(values.isfinite().all()):
        return None
    low, high = float(values.min()), float(values.max())
    scaled = (values - low) / (high - low) if stretch and high > low else values.clamp(0, 1)
    return Picture(title, image.shape[0], image.shape[1], [round(x, 3) for x in scaled.reshape(-1).tolist()])
