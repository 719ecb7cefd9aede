"""A source notebook's exercises, points, questions and set-up. Students' notebooks are matched against it."""

from __future__ import annotations

import ast
import functools
import pathlib
from collections.abc import Sequence
from dataclasses import dataclass, field

from autograder.course import claims
from autograder.course.config import FILE, Course, nearest
from autograder.errors import CourseError, SubmissionUnreadable
from autograder.notebook import Cell, read
from autograder.worker.statements import is_definition

BEGIN, END = "### BEGIN SOLUTION", "### END SOLUTION"
TEST_PREFIX = "test_"
SETUP, NARRATIVE = "setup", "narrative"
HEAVY = frozenset(("fastai",))
"""Packages that take seconds to import. A warm parent has them if its submissions use them."""


@dataclass(frozen=True)
class Exercise:
    """One exercise: `answer` is the reference's cell, `stub` what the student's cell holds before they write."""

    name: str
    points: float
    answer: str
    stub: str
    hints: tuple[str, ...] = ()

    @property
    def test_id(self) -> str:
        return TEST_PREFIX + self.name


@dataclass(frozen=True)
class Question:
    """A question in words; `stub` is what the student's cell holds before they write."""

    id: str
    points: float
    stub: str


@dataclass(frozen=True)
class Lesson:
    assignment: str
    notebook: str
    path: pathlib.Path
    exercises: dict[str, Exercise]
    questions: dict[str, Question]
    cells: tuple[Cell, ...] = field(repr=False)
    release: tuple[Cell, ...] = field(repr=False)
    elsewhere: dict[str, str] = field(default_factory=dict, repr=False)
    """Exercise or question of another lesson -> its assignment."""

    @property
    def setup(self) -> tuple[Cell, ...]:
        return tuple(cell for cell in self.cells if SETUP in cell.tags)

    @functools.cached_property
    def _imports(self) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """Import statements of answers and set-up cells; those of the other course cells."""
        answers = [exercise.answer for exercise in self.exercises.values()]
        needed = [*(cell.source for cell in self.setup), *answers]
        other = [cell.source for cell in self.cells if NARRATIVE in cell.tags]
        return _import_statements(needed), _import_statements(other)

    @property
    def preload(self) -> tuple[str, ...]:
        """Import statements for the warm parent: those of set-up and answer cells, including inside functions; then the
        modules listed in a set-up cell's `metadata.autograder.preload`, which other right answers import; then what the
        other course cells import, without what is slow to import.
        """
        needed, other = self._imports
        more = [f"import {name}" for cell in self.setup for name in _preloaded(cell)]
        return tuple(dict.fromkeys([*needed, *more, *(line for line in other if not is_heavy(line))]))

    @property
    def is_heavy(self) -> bool:
        """Whether the lesson's own answers need what is slow to import, so that every warm parent has it."""
        return any(map(is_heavy, self.preload))

    @property
    def heavy_preload(self) -> tuple[str, ...]:
        """What a warm parent imports, before `preload`, for submissions that use what is slow to import."""
        return ("import fastai.vision.all", *(line for line in self._imports[1] if is_heavy(line)))

    @functools.cached_property
    def heavy_names(self) -> frozenset[str]:
        """Names that the course's cells take from modules that are slow to import."""
        cells = [ast.parse(cell.source).body for cell in self.cells if NARRATIVE in cell.tags]
        statements = [one for body in cells for one in body if is_definition(one) and is_heavy(ast.unparse(one))]
        return frozenset(name for one in statements for name in _bound_names(one))

    def definitions(self, cell: Cell, heavy: bool) -> str:
        """The statements of a course cell that run while grading: the heavy imports, or all others."""
        return _definitions(cell.source, heavy)

    @property
    def narrative_names(self) -> frozenset[str]:
        """Names defined only by statements that the grader does not run."""
        names: set[str] = set()
        for cell in self.cells:
            if NARRATIVE in cell.tags:
                for statement in ast.parse(cell.source).body:
                    if not is_definition(statement):
                        names |= _bound_names(statement)
        return frozenset(names)


@functools.cache  # the same cells run for every submission
def _definitions(source: str, heavy: bool) -> str:
    statements = [ast.unparse(one) for one in ast.parse(source).body if is_definition(one)]
    return "\n".join(one for one in statements if is_heavy(one) == heavy)


def is_heavy(code: str) -> bool:
    """Whether a piece of the course's own code imports a module that takes seconds to import."""
    return any(
        module.split(".")[0] in HEAVY
        for node in ast.walk(ast.parse(code))
        for module in (
            [alias.name for alias in node.names] if isinstance(node, ast.Import)
            else [node.module or ""] if isinstance(node, ast.ImportFrom) else []
        )
    )  # fmt: skip


def _import_statements(sources: list[str]) -> tuple[str, ...]:
    return tuple(
        dict.fromkeys(
            ast.unparse(statement)
            for source in sources
            for statement in ast.walk(ast.parse(source))
            if isinstance(statement, (ast.Import, ast.ImportFrom)) and not _is_ours(statement)
        )
    )


def _is_ours(statement: ast.Import | ast.ImportFrom) -> bool:
    """Whether it imports the package `autograder`, of which a worker has a part of its own."""
    module = statement.module or "" if isinstance(statement, ast.ImportFrom) else statement.names[0].name
    return module.split(".")[0] == "autograder"


def _bound_names(tree: ast.AST) -> set[str]:
    found: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            found.add(node.id)
        elif isinstance(node, (ast.Import, ast.ImportFrom)):
            found |= {(alias.asname or alias.name).split(".")[0] for alias in node.names}
    return found


def _preloaded(cell: Cell) -> list[str]:
    """The modules of a set-up cell's `metadata.autograder.preload`; raises ValueError if that is not a list of module
    names.
    """
    settings = cell.metadata.get("autograder")
    names = settings.get("preload", []) if isinstance(settings, dict) else []
    if not isinstance(names, list) or not all(
        isinstance(name, str) and all(map(str.isidentifier, name.split("."))) for name in names
    ):
        raise ValueError(f"metadata.autograder.preload is not a list of module names: {names!r}")
    return names


def source_path(course: Course, assignment: str) -> pathlib.Path:
    """The source notebook of an assignment; raises CourseError unless there is exactly one."""
    folder = course.source / assignment
    found = sorted(folder.glob("*.ipynb"))
    if len(found) != 1:
        known = ", ".join(assignments(course)) or "none"
        raise CourseError(f"{folder} holds {len(found)} notebooks, not one; assignments here: {known}")
    return found[0]


def assignments(course: Course) -> list[str]:
    """Every assignment of the course, in order."""
    return sorted(path.name for path in course.source.glob("*") if any(path.glob("*.ipynb")))


def chosen(course: Course, names: Sequence[str]) -> list[str]:
    """The assignments with these names, in the order of the course; all of them if there are no names. Raises
    CourseError for a name that no assignment has.
    """
    known = assignments(course)
    for name in names:
        if name not in known:
            raise CourseError(f"there is no assignment {name}{nearest(name, known)}")
    return [name for name in known if name in names or not names]


def _read_course_notebook(path: pathlib.Path) -> tuple[Cell, ...]:
    try:
        return tuple(read(path, 1 << 30).cells)
    except SubmissionUnreadable as error:
        raise CourseError(f"{path}: {error}") from None


def check_cells(path: pathlib.Path, cells: tuple[Cell, ...]) -> None:
    """Raise CourseError for the first cell of a source notebook that has no known kind or lacks its partner."""
    seen: set[str] = set()
    for number, cell in enumerate(cells):
        where = f"{path}, cell {number} ({cell.grade_id or cell.id or cell.source[:30]!r})"
        if cell.grade_id:
            if cell.grade_id in seen:
                raise CourseError(f"{where}: another cell already has this grade_id")
            seen.add(cell.grade_id)
        grade, solution = cell.nbgrader.get("grade") is True, cell.nbgrader.get("solution") is True
        if grade and not isinstance(cell.nbgrader.get("points"), (int, float)):
            raise CourseError(f"{where}: a graded cell without points")
        try:
            _preloaded(cell)
        except ValueError as error:
            raise CourseError(f"{where}: {error}") from None
        if cell.kind != "code":
            continue
        claim = claims.CLAIM in cell.tags
        kinds = [SETUP in cell.tags, NARRATIVE in cell.tags, claim, solution and not grade, grade and not solution]
        if sum(kinds) != 1:
            raise CourseError(
                f"{where}: a code cell must be one of set-up, narrative, claim (by tag), answer, check (by nbgrader "
                "metadata)"
            )
        if solution and (BEGIN not in cell.source or END not in cell.source):
            raise CourseError(f"{where}: an answer without {BEGIN} and {END}")
        try:
            ast.parse(cell.source)
        except SyntaxError as error:
            raise CourseError(f"{where}: not Python: {error.msg} (line {error.lineno})") from None
        if claim and (fault := claims.fault(cell.source)):
            raise CourseError(f"{where}: {fault}")
    answers = {cell.grade_id for cell in cells if cell.kind == "code" and cell.nbgrader.get("solution") is True}
    tests = {cell.grade_id for cell in cells if cell.kind == "code" and cell.nbgrader.get("grade") is True}
    for name in sorted(answers):
        if TEST_PREFIX + name not in tests:
            raise CourseError(f"{path}: the answer cell {name} has no check cell {TEST_PREFIX}{name}")
    for name in sorted(tests):
        if name.removeprefix(TEST_PREFIX) not in answers:
            raise CourseError(f"{path}: the check cell {name} has no answer cell {name.removeprefix(TEST_PREFIX)}")


def points_of(course: Course, grade_id: str, in_source: float) -> float:
    """The points of a graded cell: those in course_config.py for its exercise or question, else those in the source
    notebook.
    """
    return float(course.settings.points.get(grade_id.removeprefix(TEST_PREFIX), in_source))


def check_settings(course: Course) -> None:
    """Raise CourseError if course_config.py names an assignment, exercise or question that does not exist."""
    for name in course.settings.deadlines:
        if name not in (known := assignments(course)):
            raise CourseError(
                f"{course.root / FILE}: c.Autograder.deadlines: there is no assignment {name}{nearest(name, known)}"
            )
    if course.settings.points:
        cells = [
            cell
            for assignment in assignments(course)
            for cell in _read_course_notebook(source_path(course, assignment))
        ]
        graded = {cell.grade_id.removeprefix(TEST_PREFIX) for cell in cells if cell.nbgrader.get("grade") is True}
        for name in course.settings.points:
            if name not in graded:
                raise CourseError(
                    f"{course.root / FILE}: c.Autograder.points: there is no exercise {name}{nearest(name, graded)}"
                )


def without_marks(source: str) -> str:
    """An answer cell without the two lines that mark the solution."""
    return "\n".join(line for line in source.splitlines() if BEGIN not in line and END not in line) + "\n"


def load(course: Course, assignment: str) -> Lesson:
    """The lesson of an assignment, from its source notebook and its released one; raises CourseError if either is at
    fault.
    """
    path = source_path(course, assignment)
    check_settings(course)
    cells = _read_course_notebook(path)
    check_cells(path, cells)
    cells = tuple(cell for cell in cells if claims.CLAIM not in cell.tags)  # no student has them
    released = course.release / assignment / path.name
    if not released.is_file():
        raise CourseError(f"{released} is not there: run `autograder build`")
    release = _read_course_notebook(released)
    stubs = {cell.grade_id: cell.source for cell in release}
    points = {
        cell.grade_id: points_of(course, cell.grade_id, cell.nbgrader["points"])
        for cell in cells
        if cell.nbgrader.get("grade") is True
    }
    exercises, questions = {}, {}
    for cell in cells:
        if cell.nbgrader.get("solution") is not True:
            continue
        if cell.grade_id not in stubs:
            raise CourseError(f"{released} has no cell {cell.grade_id}: run `autograder build`")
        if cell.kind == "code":
            settings = cell.metadata.get("autograder")
            hints = settings.get("hints", []) if isinstance(settings, dict) else []
            exercises[cell.grade_id] = Exercise(
                cell.grade_id,
                points[TEST_PREFIX + cell.grade_id],
                without_marks(cell.source),
                stubs[cell.grade_id],
                tuple(hints),
            )
        elif cell.nbgrader.get("grade") is True:
            questions[cell.grade_id] = Question(cell.grade_id, points[cell.grade_id], stubs[cell.grade_id])
    if not exercises:
        raise CourseError(f"{path} has no answer cell")
    return Lesson(
        assignment, path.stem, path, exercises, questions, cells, release, _asked_elsewhere(course, assignment)
    )


def _asked_elsewhere(course: Course, assignment: str) -> dict[str, str]:
    return {
        cell.grade_id: other
        for other in assignments(course)
        if other != assignment
        for cell in _read_course_notebook(source_path(course, other))
        if cell.nbgrader.get("solution") is True
    }
