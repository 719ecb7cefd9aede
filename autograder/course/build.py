"""Build students' notebooks and modules of reference answers from the source notebooks.

nbgrader's own preprocessors remove the answers, so `nbgrader generate_assignment` and `autograder build` agree. The
output is the same, byte for byte, on every run.
"""

from __future__ import annotations

import ast
import pathlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from autograder.course import claims
from autograder.course import lesson as lessons
from autograder.course.config import Course
from autograder.errors import CourseError
from autograder.notebook import read


@dataclass(frozen=True)
class Generated:
    """A generated file and what it should contain."""

    path: pathlib.Path
    content: bytes

    @property
    def drifted(self) -> bool:
        try:
            return self.path.read_bytes() != self.content
        except OSError:
            return True


def generated(course: Course) -> Iterator[Generated]:
    """Every generated file of the course; raises CourseError for a source notebook that can't be built."""
    for assignment in lessons.assignments(course):
        path = lessons.source_path(course, assignment)
        cells = tuple(read(path, 1 << 30).cells)
        lessons.check_cells(path, cells)
        yield Generated(course.release / assignment / path.name, _release(course, path))
        yield Generated(course.solutions / f"{path.stem}.py", _solutions(course, path, cells))


def without_claim(course: Course) -> list[str]:
    """A line for each figure in a lesson's prose that no claim cell asserts: notebook, cell, figure."""
    lines = []
    for assignment in lessons.assignments(course):
        path = lessons.source_path(course, assignment)
        for cell, figure in claims.unclaimed(read(path, 1 << 30).cells):
            lines.append(f"{path.relative_to(course.root)}, cell {cell.grade_id or cell.id}: no claim asserts {figure}")
    return lines


def build(course: Course) -> list[Generated]:
    """Write every file that has drifted; return those files."""
    written = []
    for file in generated(course):
        if file.drifted:
            file.path.parent.mkdir(parents=True, exist_ok=True)
            file.path.write_bytes(file.content)
            written.append(file)
    return written


def _release(course: Course, path: pathlib.Path) -> bytes:
    import nbformat
    from nbgrader import preprocessors
    from traitlets.config import Config

    notebook: Any = nbformat.read(path, as_version=4)
    config = Config(course.config)
    config.ClearSolutions.code_stub = {"python": course.settings.stub}
    resources: dict[str, Any] = {}
    steps = (
        preprocessors.LockCells,
        preprocessors.ClearSolutions,
        preprocessors.ClearOutput,
        preprocessors.CheckCellMetadata,
        preprocessors.ComputeChecksums,
        preprocessors.ClearHiddenTests,
        preprocessors.ClearMarkScheme,
    )
    claims.remove(notebook)
    set_points(notebook, course)
    fold_hints(notebook)
    for step in steps:
        try:
            notebook, resources = step(config=config).preprocess(notebook, resources)
        except Exception as error:
            raise CourseError(f"{path}: {type(error).__name__}: {error}") from None
    clear_counts(notebook)
    nbformat.validate(notebook)
    return (str(nbformat.writes(notebook)) + "\n").encode()


def clear_counts(notebook: Any) -> None:
    """Remove execution counts."""
    for cell in notebook.cells:
        if cell.cell_type == "code":
            cell.execution_count = None


def set_points(notebook: Any, course: Course) -> None:
    """Give graded cells the points set in course_config.py."""
    for cell in notebook.cells:
        about = cell.metadata.get("nbgrader", {})
        if about.get("grade") is True:
            points = lessons.points_of(course, about["grade_id"], about["points"])
            if points != about["points"]:
                about["points"] = int(points) if points.is_integer() else points


def fold_hints(notebook: Any) -> None:
    """Move each answer's hints from its metadata into a collapsed cell below its check."""
    from nbformat.v4 import new_markdown_cell

    cells: list[Any] = []
    waiting: dict[str, list[str]] = {}
    for cell in notebook.cells:
        hints = cell.metadata.pop("autograder", {}).get("hints", [])
        grade_id = cell.metadata.get("nbgrader", {}).get("grade_id", "")
        if hints:
            waiting[lessons.TEST_PREFIX + grade_id] = hints
        cells.append(cell)
        if grade_id in waiting:
            folded = "\n\n".join(
                f"<details><summary>Hint {number}</summary>\n\n{hint}\n\n</details>"
                for number, hint in enumerate(waiting.pop(grade_id), 1)
            )
            name = grade_id.removeprefix(lessons.TEST_PREFIX)
            cells.append(new_markdown_cell(folded, id=f"hints-{name.replace('_', '-')}"[:64]))
    notebook.cells = cells


def _solutions(course: Course, path: pathlib.Path, cells: tuple[Any, ...]) -> bytes:
    name = path.relative_to(course.root).as_posix()
    parts = [
        f'"""Reference answers of {name}. AUTOGENERATED by `autograder build`: edit the notebook, not this file."""\n'
    ]
    answers = [
        lessons.without_marks(cell.source).strip() + "\n"
        for cell in cells
        if cell.kind == "code" and cell.nbgrader.get("solution") is True
    ]
    setup = [cell.source for cell in cells if lessons.SETUP in cell.tags]
    return "\n\n".join([*parts, *_with_needed_imports(setup, answers), *answers]).encode()


def _with_needed_imports(setup: list[str], answers: list[str]) -> list[str]:
    """Set-up cells without the imports that no answer needs: matplotlib alone takes a grader most of a second."""
    trees = [ast.parse(source) for source in [*setup, *answers]]
    used = {node.id for tree in trees for node in ast.walk(tree) if isinstance(node, ast.Name)}
    kept = []
    for tree in trees[: len(setup)]:
        for statement in tree.body:
            if isinstance(statement, (ast.Import, ast.ImportFrom)):
                statement.names = [one for one in statement.names if (one.asname or one.name.split(".")[0]) in used]
        tree.body = [one for one in tree.body if not isinstance(one, (ast.Import, ast.ImportFrom)) or one.names]
        kept.append(ast.unparse(tree) + "\n")
    return kept
