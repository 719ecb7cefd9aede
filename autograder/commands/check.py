"""`autograder check`: check your own notebook, once or at every save."""

from __future__ import annotations

import contextlib
import pathlib
from typing import TYPE_CHECKING, Annotated, Optional

import typer

from autograder.commands.shared import CourseOption, err, faults, open_course, out, say
from autograder.errors import CourseError
from autograder.results import HELD

if TYPE_CHECKING:
    from autograder.course.config import Course
    from autograder.grade.grader_process import Desk


def check(
    notebooks: Annotated[Optional[list[pathlib.Path]], typer.Argument(help="Your notebooks, one or more.")] = None,
    watch: Annotated[bool, typer.Option("--watch", help="Check again at every save, until Ctrl-C.")] = False,
    hint: Annotated[Optional[str], typer.Option("--hint", help="Show only the next hint for this exercise.")] = None,
    course: CourseOption = None,
) -> None:
    """Check your own notebook: what is right, what is wrong, and why."""
    with faults():
        from autograder.commands.watch import Saves
        from autograder.course.hints import next_hint

        if not notebooks and hint is None:
            raise CourseError("name your notebook: autograder check NOTEBOOK.ipynb")
        notebooks = notebooks or []
        # a student may run this outside the course's folder, with a notebook that is in it
        loaded = open_course(course, near=notebooks[0] if notebooks else None)
        if hint is not None:
            say(next_hint(loaded, hint))
            raise typer.Exit(0)
        full = True
        saves = Saves(notebooks)
        with contextlib.ExitStack() as stack:
            desks: dict[str, Desk] = {}
            for path in notebooks:
                _is_a_notebook(loaded, path)
            for path in notebooks:
                full &= _one(loaded, path, desks, stack)
            if watch:
                say("watching for saves; press Ctrl-C to stop", err)
                for path in saves:
                    _one(loaded, path, desks, stack)
    raise typer.Exit(0 if full else 1)


def _is_a_notebook(course: Course, path: pathlib.Path) -> None:
    """Raise CourseError for a path that can't be checked, before the first one is."""
    from autograder.course.config import nearest
    from autograder.read.inbox import assignment_of

    if path.is_dir():
        inside = sorted(path.glob("*.ipynb"))
        raise CourseError(f"{path} is a folder{f': is {inside[0]} meant?' if inside else ''}")
    if not path.is_file():
        others = {other.name for other in path.parent.glob("*.ipynb")} if path.parent.is_dir() else set()
        raise CourseError(f"{path}: no such notebook{nearest(path.name, others)}")
    assignment_of(course, path)


def _one(course: Course, path: pathlib.Path, desks: dict[str, Desk], stack: contextlib.ExitStack) -> bool:
    """Grade a notebook and print the result. Returns whether it has full marks.

    `desks` keeps one warm grader per assignment, so that a save is graded without starting a process.
    """
    from autograder.course import solutions
    from autograder.grade.grader_process import Desk
    from autograder.read.inbox import assignment_of
    from autograder.report import console

    assignment = assignment_of(course, path)
    if assignment not in desks:
        # The code is the user's own. A real accelerator can only be used without the wall, so it needs this trust.
        desks[assignment] = Desk(course, assignment, trusted=True)
        stack.callback(desks[assignment].close)
    with err.status("checking", spinner="dots") if err.is_terminal else contextlib.nullcontext():
        report = desks[assignment].grade(path.resolve())
    out.rule(console.clean(str(path))) if out.is_terminal else say(f"{path}:")
    console.show_submission(out, report)
    right = [exercise.id for exercise in report.exercises if exercise.right]
    problem = solutions.note_solved(course, [*right, *(name for name, answered in report.written.items() if answered)])
    if problem:
        say(problem, err)
    return report.status != HELD and report.score == report.max_score
