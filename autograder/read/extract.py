"""Which cells of a student's notebook run: cells are matched with the source notebook, repaired if possible, and
named in a note otherwise.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from autograder.course.lesson import NARRATIVE, TEST_PREFIX, Lesson, names_used, parsed
from autograder.notebook import Cell, Notebook


@dataclass(frozen=True)
class Run:
    """A cell to run. `exercise`: the exercise that it answers. `only_definitions`: run only its imports, functions and
    classes.
    """

    name: str
    source: str
    exercise: str | None = None
    only_definitions: bool = False


@dataclass(frozen=True)
class Submission:
    student: str
    lesson: Lesson
    runs: tuple[Run, ...]
    notes: tuple[str, ...] = ()
    answers: dict[str, str] = field(default_factory=dict)
    written: dict[str, Cell] = field(default_factory=dict)
    untouched: frozenset[str] = frozenset()

    def leaning_on(self, exercise: str) -> frozenset[str]:
        """The other exercises whose functions this answer calls, directly or through helpers and other answers."""
        uses: dict[str, set[str]] = {}
        for run in self.runs:
            for defined in _defined_names(run.source) | ({run.exercise} if run.exercise else set()):
                uses.setdefault(defined, set()).update(names_used(run.source))
        found: set[str] = set()
        pending = [exercise]
        while pending:
            for name in uses.get(pending.pop(), ()):
                if name not in found and name != exercise:
                    found.add(name)
                    pending.append(name)
        return frozenset(found & self.lesson.exercises.keys())

    def replacing(self, name: str, source: str) -> Submission:
        """This submission with the answer to one exercise replaced."""
        runs = [run for run in self.runs if run.exercise != name]
        place = next((i for i, run in enumerate(self.runs) if run.exercise == name), len(runs))
        runs.insert(min(place, len(runs)), Run(name, source, name))
        return replace(self, runs=tuple(runs), answers={**self.answers, name: source})


def _defined_names(source: str) -> set[str]:
    tree = parsed(source)
    names: set[str] = set()
    for statement in tree.body if tree else ():
        if isinstance(statement, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            names.add(statement.name)
        elif isinstance(statement, (ast.Assign, ast.AnnAssign)):
            names |= {
                node.id
                for node in ast.walk(statement)
                if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)
            }
    return names


def _defines_something(source: str) -> bool:
    tree = parsed(source)
    kinds = (
        ast.FunctionDef,
        ast.AsyncFunctionDef,
        ast.ClassDef,
        ast.Import,
        ast.ImportFrom,
        ast.Assign,
        ast.AnnAssign,
        ast.AugAssign,
    )
    return tree is not None and any(isinstance(node, kinds) for node in ast.walk(tree))


def _python(source: str) -> str:
    """The cell as Python: magics and shell lines become calls that do nothing in the worker. Plain Python is returned
    unchanged.
    """
    if parsed(source) is not None:
        return source
    if not any(map(_looks_like_ipython, source.splitlines())):
        return source
    from IPython.core.inputtransformer2 import TransformerManager

    try:
        return str(TransformerManager().transform_cell(source))
    except Exception:
        return source


def _looks_like_ipython(line: str) -> bool:
    return line.lstrip().startswith(("%", "!", "?")) or line.rstrip().endswith("?") or "= !" in line or "= %" in line


def _same(a: str, b: str) -> bool:
    """Equal text, apart from blank lines and trailing spaces."""
    return [line.rstrip() for line in a.splitlines() if line.strip()] == [
        line.rstrip() for line in b.splitlines() if line.strip()
    ]


def reference(lesson: Lesson) -> Submission:
    """The source notebook's own answers as a submission."""
    answers = {exercise.name: exercise.answer for exercise in lesson.exercises.values()}
    runs = [Run("setup", cell.source) for cell in lesson.setup] + [
        Run(name, source, name) for name, source in answers.items()
    ]
    return Submission("reference", lesson, tuple(runs), answers=answers)


def extract(lesson: Lesson, notebook: Notebook, student: str) -> Submission:
    """Match a student's notebook with its lesson."""
    notes = list(notebook.notes)
    known_text = {cell.source for cell in lesson.cells if cell.kind == "code" and cell.grade_id not in lesson.exercises}
    by_id = {cell.id: cell for cell in lesson.cells if cell.id}
    runs = [Run("setup", cell.source) for cell in lesson.setup]
    attempts = _attempts(lesson, notebook.cells, notes)
    written: dict[str, Cell] = {}
    added = 0
    for cell in notebook.cells:
        exercise = lesson.exercises.get(cell.grade_id)
        if exercise is not None:
            if any(cell is attempt for attempt in attempts[exercise.name]):
                runs.append(Run(exercise.name, _python(cell.source), exercise.name))
            continue
        if cell.grade_id in lesson.questions:
            previous = written.get(cell.grade_id)
            if previous is None or _same(previous.source, lesson.questions[cell.grade_id].stub):
                written[cell.grade_id] = cell
            continue
        if cell.kind != "code" or cell.source in known_text:
            continue
        source = _python(cell.source)
        if not _defines_something(source):
            continue
        origin = by_id.get(cell.id)
        course_cell = (
            (origin is not None and origin.kind == "code")
            or cell.grade_id.startswith(TEST_PREFIX)
            or NARRATIVE in cell.tags
        )
        added += 1
        runs.append(Run(f"added {added}", source, None, only_definitions=course_cell))
    for name in lesson.exercises:
        if not attempts[name] and not any(cell.grade_id == name for cell in notebook.cells):
            elsewhere = any(name in _defined_names(run.source) for run in runs if run.exercise is None)
            notes.append(
                f"The answer cell of {name} is missing"
                + (
                    "; a function with that name in another cell was used."
                    if elsewhere
                    else ": the notebook has no cell with that id."
                )
            )
    return Submission(
        student,
        lesson,
        tuple(runs),
        tuple(notes),
        answers={name: "\n\n".join(cell.source for cell in cells) for name, cells in attempts.items() if cells},
        written=written,
        untouched=frozenset(name for name, cells in attempts.items() if not cells),
    )


def _attempts(lesson: Lesson, cells: Iterable[Cell], notes: list[str]) -> dict[str, list[Cell]]:
    """Exercise -> its answer cells that the student has edited, in order. Repairs are added to `notes`."""
    attempts: dict[str, list[Cell]] = {name: [] for name in lesson.exercises}
    for name, exercise in lesson.exercises.items():
        found = [cell for cell in cells if cell.grade_id == name]
        if len(found) > 1:
            notes.append(
                f"The answer cell of {name} occurs {len(found)} times; every edited copy is run, the last one counts."
            )
        for cell in found:
            if not cell.source.strip() or _same(cell.source, exercise.stub):
                continue
            if cell.kind != "code":
                notes.append(f"The answer cell of {name} is a {cell.kind} cell; it was read as code.")
            attempts[name].append(cell)
    return attempts
