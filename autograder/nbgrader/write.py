"""Write reports to the gradebook through nbgrader's models, several submissions per transaction.

Marks given by a person are never touched.
"""

from __future__ import annotations

import datetime
import pathlib
from collections.abc import Sequence
from typing import Any

from autograder.course.lesson import Lesson
from autograder.errors import CourseError
from autograder.nbgrader import lateness, read
from autograder.nbgrader.gradebook import Gradebook
from autograder.results import Marks, Report


def prepare(book: Gradebook, lesson: Lesson, released: pathlib.Path) -> None:
    """Make sure that the gradebook has the assignment and its cells, as nbgrader's `generate_assignment` would write
    them. Raises CourseError if it has submissions with other cells.
    """
    from nbgrader.api import MissingEntry

    wanted = {exercise.test_id: exercise.points for exercise in lesson.exercises.values()}
    wanted |= {question.id: question.points for question in lesson.questions.values()}
    with book.telling_whose_fault():
        due = book.course.settings.deadline(lesson.assignment)
        book.nbgraders.update_or_create_assignment(lesson.assignment, **({} if due is None else {"duedate": due}))
        try:
            notebook = book.nbgraders.find_notebook(lesson.notebook, lesson.assignment)
            known = {cell.name: cell.max_score for cell in notebook.grade_cells}
        except MissingEntry:
            known = {}
        if known != wanted:
            _save_cells(book, lesson, released)
        notebook = book.nbgraders.find_notebook(lesson.notebook, lesson.assignment)
        book.cells[lesson.assignment] = {
            cell.id: cell.name for cell in [*notebook.grade_cells, *notebook.solution_cells]
        }


def _save_cells(book: Gradebook, lesson: Lesson, released: pathlib.Path) -> None:
    import nbformat
    from nbgrader.preprocessors import SaveCells

    resources = {"nbgrader": {"notebook": lesson.notebook, "assignment": lesson.assignment, "db_url": book.url}}
    try:
        SaveCells().preprocess(nbformat.read(released, as_version=4), resources)
    except RuntimeError as error:  # nbgrader refuses new or removed cells once there are submissions
        raise CourseError(
            f"the gradebook has submissions for an older {lesson.assignment} ({error}); "
            "`autograder move` says what to do with them"
        ) from None
    book.nbgraders.db.expire_all()  # nbgrader has written through a connection of its own


def record(book: Gradebook, reports: Sequence[tuple[Report, datetime.datetime | None]]) -> list[Marks]:
    """Write the marks of some reports, each with its time of submission, in one transaction. Returns the marks that the
    gradebook then has for each.

    Manual marks, extra credit and comments stay as they are, and so do penalties if the course has no late policy.
    Either everything is written or nothing.
    """
    with book.telling_whose_fault():
        db = book.nbgraders.db
        try:
            # queries in `_put` must not flush submissions that are only half built
            with db.no_autoflush:
                submissions = _put(book, [report for report, _ in reports], [handed_in for _, handed_in in reports])
            db.flush()
            for submission in submissions:
                for notebook in submission.notebooks:
                    penalty = lateness.penalty(book, notebook)
                    if penalty is not lateness.KEEP:
                        notebook.late_submission_penalty = penalty or None
            db.flush()
            known: dict[str, dict[str, tuple[str, float]]] = {}
            # before the commit, after which nbgrader's models load every row again
            marks = [read.marks_of(book, submission, known) for submission in submissions]
            db.commit()
        except BaseException:
            db.rollback()
            raise
    # after the commit: nbgrader's policy reads the marks through a connection of its own
    if lateness.nbgrader_decides(book):
        for report, _ in reports:
            lateness.ask_nbgraders_policy(book, report)
        found = [read.marks(book, report.assignment, report.student) for report, _ in reports]
        return [mine for mine in found if mine is not None]
    return marks


def _put(book: Gradebook, reports: list[Report], handed_in: list[datetime.datetime | None]) -> list[Any]:
    """Put some reports' marks into their submissions, created if missing, in the open transaction. Returns those."""
    from nbgrader.api import Assignment, Student, SubmittedAssignment

    db = book.nbgraders.db
    names = {report.student for report in reports}
    students = {student.id: student for student in db.query(Student).filter(Student.id.in_(names))}
    found = {
        (name, submission.student_id): submission
        for submission, name in db.query(SubmittedAssignment, Assignment.name)
        .join(Assignment, Assignment.id == SubmittedAssignment.assignment_id)
        .filter(
            Assignment.name.in_({report.assignment for report in reports}), SubmittedAssignment.student_id.in_(names)
        )
    }
    assignments = {name: book.nbgraders.find_assignment(name) for name in {report.assignment for report in reports}}
    for report, when in zip(reports, handed_in):
        place = report.assignment, report.student
        if place not in found:
            if report.student not in students:
                students[report.student] = Student(id=report.student)
            found[place] = _new_submission(book, assignments[report.assignment], students[report.student])
        if when is not None:
            found[place].timestamp = when
        _mark(book, found[place], report)
    return [found[report.assignment, report.student] for report in reports]


def _new_submission(book: Gradebook, assignment: Any, student: Any) -> Any:
    from nbgrader.api import Comment, Grade, SubmittedAssignment, SubmittedNotebook

    submission = SubmittedAssignment(assignment=assignment, student=student)
    for notebook in assignment.notebooks:
        mine = SubmittedNotebook(notebook=notebook, assignment=submission)
        for cell in notebook.grade_cells:
            Grade(cell_id=cell.id, notebook=mine)
        for cell in notebook.solution_cells:
            Comment(cell_id=cell.id, notebook=mine)
    book.nbgraders.db.add(submission)
    return submission


def _mark(book: Gradebook, submission: Any, report: Report) -> None:
    # `needs_manual_grade` and "No response." are set as nbgrader's own SaveAutoGrades sets them: the formgrader shows
    # which cells wait for a person, and a cell marked by hand before is to be reviewed
    names, scores = book.cells[report.assignment], read.scores_of(report)
    for notebook in submission.notebooks:
        for grade in notebook.grades:
            name = names.get(grade.cell_id)
            if name in scores:
                grade.auto_score = scores[name]
                grade.needs_manual_grade = scores[name] is None or grade.manual_score is not None
        for comment in notebook.comments:
            unanswered = report.written.get(names.get(comment.cell_id, ""), True) is False
            comment.auto_comment = "No response." if unanswered else None
