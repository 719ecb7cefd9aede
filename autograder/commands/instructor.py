"""Commands for instructors, apart from grading: report, export, gradescope, similar."""

from __future__ import annotations

import pathlib
import sys
from typing import TYPE_CHECKING, Annotated, Optional

import typer

from autograder.commands.shared import CourseOption, OutOption, faults, open_course, say
from autograder.course import config
from autograder.errors import CourseError
from autograder.hidden_characters import shown

if TYPE_CHECKING:
    from autograder.course.lesson import Exercise, Lesson, Question
    from autograder.report.exports import Column
    from autograder.results import Report


def _write(path: pathlib.Path, data: bytes) -> None:
    """Write a file atomically. Raises CourseError if it can't be written."""
    from autograder.files import write_whole

    try:
        write_whole(path, data)
    except OSError as error:
        raise CourseError(f"{path} can't be written: {error.strerror}") from None


def _stored(course: config.Course, assignment: str) -> list[Report]:
    """The stored reports on an assignment. Raises CourseError if it does not exist or has not been graded."""
    from autograder.course import lesson
    from autograder.report.store import Records

    known = lesson.assignments(course)
    if assignment not in known:
        raise CourseError(f"there is no assignment {assignment}{config.nearest(assignment, known)}")
    found = Records(course.reports).all(assignment)
    if not found:
        raise CourseError(f"there is no report on {assignment} yet: run `autograder grade {assignment}` first")
    return found


def _names_of_mistakes(course: config.Course, chosen: Lesson) -> dict[tuple[str, str], str]:
    """(exercise, sentence) -> the mistake's name in the bank. A report holds only the sentence."""
    from autograder.course.bank import MISTAKE, read_bank

    return {
        (entry.exercise, entry.says): entry.name
        for exercise in chosen.exercises
        for entry in read_bank(course.mistakes / chosen.notebook, exercise)
        if entry.kind == MISTAKE
    }


def _columns(course: config.Course, assignments: list[str]) -> list[Column]:
    """The gradebook's marks for some assignments, one column each."""
    from autograder.course import lesson
    from autograder.nbgrader import read
    from autograder.nbgrader.gradebook import Gradebook
    from autograder.report.exports import Column

    found = []
    with Gradebook(course) as book:
        for name in assignments:
            chosen = lesson.load(course, name)
            everybody = {
                student: mine
                for student in read.students(book, name)
                if (mine := read.marks(book, name, student)) is not None
            }
            graded: list[Exercise | Question] = [*chosen.exercises.values(), *chosen.questions.values()]
            points = sum(one.points for one in graded)
            found.append(Column(name, points, everybody))
    return found


def report(assignment: str, to: OutOption = None, course: CourseOption = None) -> None:
    """Write one page about an assignment: marks, exercises, most frequent mistakes, held submissions."""
    with faults():
        from autograder.course import lesson
        from autograder.report import class_page

        loaded = open_course(course)
        reports = _stored(loaded, assignment)
        (column,) = _columns(loaded, [assignment])
        names = _names_of_mistakes(loaded, lesson.load(loaded, assignment))
        path = to or loaded.reports / f"{assignment}.html"
        # "replace": a student's text may hold lone surrogates, which UTF-8 can't encode
        _write(path, class_page.page(assignment, reports, column.marks, names).encode("utf-8", "replace"))
        say(f"written: {path}")


def export(
    assignments: Annotated[
        Optional[list[str]], typer.Argument(help="Assignments (default: all with submissions).")
    ] = None,
    kind: Annotated[str, typer.Option("--to", help="csv, json, canvas or moodle.")] = "csv",
    roster: Annotated[
        Optional[pathlib.Path], typer.Option(help="The file that Canvas or Moodle exported, to fill in.")
    ] = None,
    to: OutOption = None,
    course: CourseOption = None,
) -> None:
    """Write marks for a spreadsheet, Canvas or Moodle."""
    with faults():
        from autograder.course import lesson
        from autograder.report import exports

        loaded = open_course(course)
        known = lesson.assignments(loaded)
        for name in assignments or []:
            if name not in known:
                raise CourseError(f"there is no assignment {name}{config.nearest(name, known)}")
        # an assignment that was named gets a column even if nobody handed it in
        found = [column for column in _columns(loaded, assignments or known) if assignments or column.marks]
        text = exports.export(kind, found, roster)
        waiting = sum(mine.waiting for column in found for mine in column.marks.values())
        if to is None:
            # in a file or a pipe the text is data, on a screen it could drive the terminal
            print(shown(text) if sys.stdout.isatty() else text, end="")
            return
        _write(to, text.encode())
        say(f"written: {to}" + (f" ({waiting} submissions still have to be marked by a person)" if waiting else ""))


def gradescope(assignment: str, to: OutOption = None, course: CourseOption = None) -> None:
    """Build an autograder zip for Gradescope. It contains the answer key: upload it to Gradescope and nowhere else."""
    with faults():
        from autograder.course import lesson
        from autograder.report import gradescope as scope

        loaded = open_course(course)
        path = to or pathlib.Path(f"{assignment}-gradescope.zip")
        _write(path, scope.bundle(loaded, lesson.load(loaded, assignment)))
        say(f"written: {path}")


def gradescope_run(
    submission: pathlib.Path,
    results: pathlib.Path,
    assignment: Annotated[str, typer.Option()],
    course: CourseOption = None,
) -> None:
    """Grade the one notebook in a folder and write Gradescope's results.json. The zip's run_autograder calls this."""
    with faults():
        from autograder.grade.grader_process import Desk
        from autograder.report import gradescope as scope
        from autograder.run import isolation

        isolation.require()  # no trust option here: Gradescope's submissions are strangers' code
        loaded = open_course(course)
        # Jupyter keeps copies of its own in .ipynb_checkpoints, and they come with a submitted folder
        notebooks = [path for path in sorted(submission.rglob("*.ipynb")) if ".ipynb_checkpoints" not in path.parts]
        if len(notebooks) != 1:
            raise CourseError(f"{len(notebooks)} notebooks were handed in: hand in exactly one")
        desk = Desk(loaded, assignment)
        try:
            found = desk.grade(notebooks[0])
        finally:
            desk.close()
        # without results.json Gradescope shows staff a failed autograder: a held submission gets no marks there
        if not scope.write_results(found, results):
            raise CourseError(f"held for a person to look at: {found.reason}")


def similar(assignment: str, to: OutOption = None, course: CourseOption = None) -> None:
    """Write a page of submission pairs that are more alike than the exercises explain, for a person to look at."""
    with faults():
        from autograder.course import lesson
        from autograder.course.bank import read_bank
        from autograder.report import similar as alike

        loaded = open_course(course)
        reports = _stored(loaded, assignment)
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
        _write(path, alike.page(assignment, found, len(reports)).encode("utf-8", "replace"))
        for pair in found:
            say(
                f"look at {pair.students[0]} and {pair.students[1]}: "
                + ", ".join(shared.exercise for shared in pair.exercises)
            )
        say(f"{len(found)} pairs to look at; written: {path}")
