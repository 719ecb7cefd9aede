"""The commands of an instructor's week beside grading: report, export, gradescope, similar, new-exercise."""

from __future__ import annotations

import contextlib
import pathlib
from collections.abc import Callable
from typing import TYPE_CHECKING, Annotated, Optional

import typer

from autograder.course import config
from autograder.errors import CourseError

if TYPE_CHECKING:
    from rich.console import Console

    from autograder.course.lesson import Exercise, Lesson, Question
    from autograder.report.exports import Column
    from autograder.results import Report

CourseOption = Annotated[Optional[pathlib.Path], typer.Option("--course", help="The course's folder; else the one above this folder.")]
OutOption = Annotated[Optional[pathlib.Path], typer.Option("--out", "-o", help="The file to write.")]


def write(path: pathlib.Path, data: bytes) -> None:
    """Put data in a file, in one piece; raises CourseError where that can't be."""
    from autograder.files import write_whole

    try:
        write_whole(path, data)
    except OSError as error:
        raise CourseError(f"{path} can't be written: {error.strerror}") from None


def stored(course: config.Course, assignment: str) -> list[Report]:
    """The stored reports on an assignment; raises CourseError for one that does not exist or is not graded yet."""
    from autograder.course import lesson
    from autograder.report.store import Records

    known = lesson.assignments(course)
    if assignment not in known:
        raise CourseError(f"there is no assignment {assignment}{config.nearest(assignment, known)}")
    found = Records(course.reports).all(assignment)
    if not found:
        raise CourseError(f"there is no report on {assignment} yet: run `autograder grade {assignment}` first")
    return found


def names_of_mistakes(course: config.Course, chosen: Lesson) -> dict[tuple[str, str], str]:
    """(exercise, sentence) -> the bank's name for the mistake."""
    from autograder.course.bank import MISTAKE, read_bank

    return {
        (entry.exercise, entry.says): entry.name
        for exercise in chosen.exercises
        for entry in read_bank(course.mistakes / chosen.notebook, exercise)
        if entry.kind == MISTAKE
    }


def columns(course: config.Course, assignments: list[str]) -> list[Column]:
    """What the gradebook says of some assignments."""
    from autograder.course import lesson
    from autograder.nbgrader.gradebook import Gradebook
    from autograder.report.exports import Column

    found = []
    with Gradebook(course) as book:
        for name in assignments:
            chosen = lesson.load(course, name)
            everybody = {student: mine for student in book.students(name) if (mine := book.marks(name, student)) is not None}
            graded: list[Exercise | Question] = [*chosen.exercises.values(), *chosen.questions.values()]
            points = sum(one.points for one in graded)
            found.append(Column(name, points, everybody))
    return found


def add_to(
    app: typer.Typer,
    course_of: Callable[[Optional[pathlib.Path]], config.Course],
    faults: Callable[[], contextlib.AbstractContextManager[None]],
    out: Console,
) -> None:
    """Add the commands to the command line, which finds the course, tells faults and prints."""

    def say(text: str) -> None:
        out.print(text, markup=False, highlight=False)

    @app.command()
    def report(assignment: str, to: OutOption = None, course: CourseOption = None) -> None:
        """Write one page about an assignment: marks, exercises, the commonest mistakes, what is held."""
        with faults():
            from autograder.course import lesson
            from autograder.report import class_page

            loaded = course_of(course)
            reports = stored(loaded, assignment)
            (column,) = columns(loaded, [assignment])
            names = names_of_mistakes(loaded, lesson.load(loaded, assignment))
            path = to or loaded.reports / f"{assignment}.html"
            write(path, class_page.page(assignment, reports, column.marks, names).encode("utf-8", "replace"))
            say(f"written: {path}")

    @app.command()
    def export(
        assignments: Annotated[Optional[list[str]], typer.Argument(help="Assignments; else all that somebody handed in.")] = None,
        kind: Annotated[str, typer.Option("--to", help="csv, json, canvas or moodle.")] = "csv",
        roster: Annotated[Optional[pathlib.Path], typer.Option(help="The file that Canvas or Moodle exports; it is filled in.")] = None,
        to: OutOption = None,
        course: CourseOption = None,
    ) -> None:
        """Write marks for a spreadsheet, Canvas or Moodle."""
        with faults():
            from autograder.course import lesson
            from autograder.report import exports

            loaded = course_of(course)
            known = lesson.assignments(loaded)
            for name in assignments or []:
                if name not in known:
                    raise CourseError(f"there is no assignment {name}{config.nearest(name, known)}")
            found = [column for column in columns(loaded, assignments or known) if assignments or column.marks]
            text = exports.export(kind, found, roster)
            waiting = sum(mine.waiting for column in found for mine in column.marks.values())
            if to is None:
                print(text, end="")
                return
            write(to, text.encode())
            say(f"written: {to}" + (f" ({waiting} submissions still wait for a person)" if waiting else ""))

    @app.command()
    def gradescope(assignment: str, to: OutOption = None, course: CourseOption = None) -> None:
        """Build an autograder zip for Gradescope. It holds the answer key: only for Gradescope's own upload form."""
        with faults():
            from autograder.course import lesson
            from autograder.report import gradescope as scope

            loaded = course_of(course)
            path = to or pathlib.Path(f"{assignment}-gradescope.zip")
            write(path, scope.bundle(loaded, lesson.load(loaded, assignment)))
            say(f"written: {path}")

    @app.command(hidden=True)
    def gradescope_run(
        submission: pathlib.Path,
        results: pathlib.Path,
        assignment: Annotated[str, typer.Option()],
        course: CourseOption = None,
    ) -> None:
        """Grade the one notebook in a folder and write Gradescope's results.json: what run_autograder of the zip calls."""
        with faults():
            from autograder.grade.pool import Desk
            from autograder.report import gradescope as scope
            from autograder.run import isolation

            isolation.require()
            loaded = course_of(course)
            notebooks = [path for path in sorted(submission.rglob("*.ipynb")) if ".ipynb_checkpoints" not in path.parts]
            if len(notebooks) != 1:
                raise CourseError(f"{len(notebooks)} notebooks were handed in, not one")
            desk = Desk(loaded, assignment)
            try:
                found = desk.grade(notebooks[0])
            finally:
                desk.close()
            if not scope.write_results(found, results):
                raise CourseError(f"held, so that a person looks at it: {found.reason}")

    @app.command()
    def similar(assignment: str, to: OutOption = None, course: CourseOption = None) -> None:
        """Write a page with pairs of submissions that are alike beyond what the exercises make natural: look at these."""
        with faults():
            from autograder.course import lesson
            from autograder.course.bank import read_bank
            from autograder.report import similar as alike

            loaded = course_of(course)
            reports = stored(loaded, assignment)
            chosen = lesson.load(loaded, assignment)
            natural = {
                name: [
                    exercise.stub,
                    exercise.answer,
                    *(entry.source for entry in read_bank(loaded.mistakes / chosen.notebook, name)),
                ]
                for name, exercise in chosen.exercises.items()
            }
            found = alike.pairs(reports, natural)
            path = to or loaded.reports / f"{assignment}-similar.html"
            write(path, alike.page(assignment, found, len(reports)).encode("utf-8", "replace"))
            for pair in found:
                say(f"look at {pair.students[0]} and {pair.students[1]}: {', '.join(shared.exercise for shared in pair.exercises)}")
            say(f"{len(found)} pairs to look at; written: {path}")

    @app.command()
    def new_exercise(
        name: str,
        lesson_name: Annotated[str, typer.Option("--lesson", help="The assignment that it is added to.")],
        points: Annotated[float, typer.Option(min=0.0)] = 2.0,
        after: Annotated[Optional[str], typer.Option(help="The exercise that it comes behind; else the last.")] = None,
        course: CourseOption = None,
    ) -> None:
        """Put the templates of a new exercise where they go: cells, grader, mistakes."""
        with faults():
            from autograder.course import build, scaffold

            loaded = course_of(course)
            for path in scaffold.new_exercise(loaded, lesson_name, name, points, after):
                say(f"changed: {path.relative_to(loaded.root)}")
            build.build(loaded)
            for line in scaffold.missing(loaded):
                say(f"to do: {line}")
            say("then `autograder build`, which says what is still missing, and `autograder bank " + lesson_name + "`")
