"""Add an exercise from templates for its cells, grader and mistakes; list what is still to be written."""

from __future__ import annotations

import json
import keyword
import pathlib
from collections.abc import Sequence
from typing import Any

from autograder.course import lesson as lessons
from autograder.course.bank import MISTAKE, RIGHT, read_bank
from autograder.course.config import Course
from autograder.errors import CourseError
from autograder.files import PUBLIC, write_whole

FILL_IN = "FILL IN"
"""Marks each place in a template that its author must fill in."""

STAR = "★"
"""Stands in the heading of an exercise without points."""

_PROSE = """## {title}

FILL IN: say what `{name}` is for, and show the idea on a small example. Shapes: what goes in, what comes out.
"""
_ANSWER = '''def {name}(x):
    """FILL IN: what it gives, with shapes, for a (N, H, W) tensor."""
    ### BEGIN SOLUTION
    return x  # FILL IN: the reference answer
    ### END SOLUTION
'''
_CHECK = """with examples("{name}") as example:
    # FILL IN: one or two examples that a student can follow by hand
    example("Gives ...", {name}(torch.tensor([1.0])), torch.tensor([1.0]))
"""
_HINTS = ["FILL IN: a question that leads to the idea?", "FILL IN: nearly there, without the line to write."]
_GRADER = '''

@pytest.mark.exercise("{name}")
class Test{title}:
    def test_the_right_values(self, student, reference, rng):
        """FILL IN: the sentence that the student reads."""
        x = torch.rand(4, 5, 6, generator=rng)  # FILL IN: inputs that tell right from nearly right
        expect(student.{name}(x)).to_match(reference.{name}(x))
'''
_BANK = """# %% mistake: gives_nothing
# says: FILL IN: what went wrong and where to look, in a friendly voice, without the line to write.
def {name}(x):
    pass


# %% right: another_way
# FILL IN: a right answer that looks different from yours
def {name}(x):
    return x
"""


def new_exercise(
    course: Course, assignment: str, name: str, points: float, after: str | None = None
) -> list[pathlib.Path]:
    """Add the templates of an exercise to a lesson, after the exercise `after` (default: the last); return the changed
    files.

    Raises CourseError, before anything is written, for a name that is not a valid function name or is taken.
    """
    if not name.isidentifier() or keyword.iskeyword(name):
        raise CourseError(f"{name!r} is not a valid name for a function, so not for an exercise either")
    for other in lessons.assignments(course):
        if name in lessons.load(course, other).exercises:
            raise CourseError(f"{other} already has an exercise called {name}")
    chosen = lessons.load(course, assignment)
    last = after or list(chosen.exercises)[-1]
    if last not in chosen.exercises:
        raise CourseError(
            f"{assignment} has no exercise {last} to put {name} after; it has {', '.join(chosen.exercises)}"
        )
    grader = course.graders / f"test_{chosen.notebook}.py"
    bank = course.mistakes / chosen.notebook / f"{name}.py"
    if bank.exists():
        raise CourseError(f"{bank} is there already")
    notebook: dict[str, Any] = json.loads(chosen.path.read_text(encoding="utf-8"))
    place = next(i for i, cell in enumerate(notebook["cells"]) if _grade_id(cell) == lessons.TEST_PREFIX + last)
    notebook["cells"][place + 1 : place + 1] = _cells(name, points)
    write_whole(chosen.path, (json.dumps(notebook, indent=1, ensure_ascii=False) + "\n").encode(), PUBLIC)
    title = name.replace("_", " ").title().replace(" ", "")
    write_whole(
        grader,
        (grader.read_text(encoding="utf-8").rstrip("\n") + "\n" + _GRADER.format(name=name, title=title)).encode(),
    )
    write_whole(bank, _BANK.format(name=name).encode(), PUBLIC)
    return [chosen.path, grader, bank]


def _cells(name: str, points: float) -> list[dict[str, Any]]:
    def about(grade_id: str, **more: Any) -> dict[str, Any]:
        return {"grade_id": grade_id, "schema_version": 3, "task": False, **more}

    short = name[:48]
    answer = about(name, grade=False, solution=True, locked=False)
    check = about(
        lessons.TEST_PREFIX + name,
        grade=True,
        solution=False,
        locked=True,
        points=int(points) if points % 1 == 0 else points,
    )
    code: dict[str, Any] = {"cell_type": "code", "execution_count": None, "outputs": []}
    title = ("" if points else f"{STAR} ") + name.replace("_", " ").capitalize()
    return [
        {
            "cell_type": "markdown",
            "id": f"{short}_task",
            "metadata": {},
            "source": _PROSE.format(name=name, title=title).splitlines(True),
        },
        {
            **code,
            "id": short,
            "metadata": {"autograder": {"hints": _HINTS}, "nbgrader": answer},
            "source": _ANSWER.format(name=name).rstrip().splitlines(True),
        },
        {
            **code,
            "id": f"test_{short}",
            "metadata": {"nbgrader": check},
            "source": _CHECK.format(name=name).rstrip().splitlines(True),
        },
    ]


def _grade_id(cell: dict[str, Any]) -> str:
    return str(cell["metadata"].get("nbgrader", {}).get("grade_id", ""))


def missing(course: Course, assignments: Sequence[str] = ()) -> list[str]:
    """What some assignments, or all, still lack, one line each: places to fill in; exercises without a grader, hints,
    known mistakes or right answers.
    """
    lines = []
    for assignment in lessons.chosen(course, assignments):
        path = lessons.source_path(course, assignment)
        where = path.relative_to(course.root)
        chosen = lessons.load(course, assignment)
        for cell in chosen.cells:
            hints = cell.metadata.get("autograder", {}).get("hints", [])
            if FILL_IN in cell.source or any(FILL_IN in hint for hint in hints):
                what = "text" if FILL_IN in cell.source else "hints"
                lines.append(f"{where}: cell {cell.grade_id or cell.id}: {what} to fill in")
        grader = course.graders / f"test_{chosen.notebook}.py"
        text = grader.read_text(encoding="utf-8") if grader.is_file() else ""
        for number, line in enumerate(text.splitlines(), 1):
            if FILL_IN in line:
                lines.append(f"{grader.relative_to(course.root)}:{number}: to fill in")
        heading = ""
        for cell in chosen.cells:
            heading = next(
                (line for line in cell.source.splitlines() if cell.kind == "markdown" and line[:1] == "#"), heading
            )
            task = chosen.exercises.get(cell.grade_id)
            if task is not None and (STAR in heading) == bool(task.points):
                what = f"has {task.points:g} points, but a {STAR}" if task.points else f"has no points, and no {STAR}"
                lines.append(f"{where}: cell {cell.grade_id}: {what} in its heading")
        for name, exercise in chosen.exercises.items():
            if f'exercise("{name}")' not in text:
                lines.append(f"{grader.relative_to(course.root)}: no grader for {name}")
            if not exercise.hints:
                lines.append(f"{where}: cell {name}: no hints")
            bank = course.mistakes / chosen.notebook / f"{name}.py"
            entries = read_bank(course.mistakes / chosen.notebook, name)
            for kind, word in ((MISTAKE, "mistake"), (RIGHT, "right answer")):
                if not any(entry.kind == kind for entry in entries):
                    lines.append(f"{bank.relative_to(course.root)}: no {word} of {name}")
            if bank.is_file() and FILL_IN in bank.read_text(encoding="utf-8"):
                lines.append(f"{bank.relative_to(course.root)}: to fill in")
    return lines
