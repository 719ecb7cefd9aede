"""Read the gradebook: marks, students, and whether it already has a report's marks."""

from __future__ import annotations

from typing import Any

from autograder.nbgrader import lateness
from autograder.nbgrader.gradebook import Gradebook
from autograder.results import HELD, CellMarks, Marks, Report


def _submission(book: Gradebook, report: Report) -> Any:
    from nbgrader.api import Assignment, SubmittedAssignment

    return (
        book.nbgraders.db.query(SubmittedAssignment)
        .join(Assignment, Assignment.id == SubmittedAssignment.assignment_id)
        .filter(Assignment.name == report.assignment, SubmittedAssignment.student_id == report.student)
        .one_or_none()
    )


def scores_of(report: Report) -> dict[str, float | None]:
    """Grade cell -> the mark that this report gives it; None if a person has to mark it."""
    scores: dict[str, float | None] = {
        question: None if written else 0.0 for question, written in report.written.items()
    }
    for exercise in report.exercises:
        scores["test_" + exercise.id] = None if report.status == HELD else exercise.score
    return scores


def holds(book: Gradebook, report: Report) -> bool:
    """Whether the gradebook has exactly this report's marks, and the late penalty that follows from them."""
    with book.telling_whose_fault():
        submission = _submission(book, report)
        if submission is None:
            return False
        names = book.cells[report.assignment]
        kept = {
            names.get(grade.cell_id): grade.auto_score for notebook in submission.notebooks for grade in notebook.grades
        }
        # -1 is never a mark: a missing cell must differ even from None, "to be marked by a person"
        same = all(kept.get(name, -1) == score for name, score in scores_of(report).items())
        return same and all(
            lateness.penalty(book, notebook) in (lateness.KEEP, notebook.late_submission_penalty or 0.0)
            for notebook in submission.notebooks
        )


def marks(book: Gradebook, assignment: str, student: str) -> Marks | None:
    """A submission's marks, with manual marks and penalty. None if the gradebook has no such submission."""
    from nbgrader.api import MissingEntry

    with book.telling_whose_fault():
        try:
            return marks_of(book, book.nbgraders.find_submission(assignment, student), {})
        except MissingEntry:
            return None


def marks_of(book: Gradebook, submission: Any, known: dict[str, dict[str, tuple[str, float]]]) -> Marks:
    """The marks of a submission in the database. `known` caches a notebook's cells between calls."""
    cells: dict[str, CellMarks] = {}
    penalty = 0.0
    for notebook in submission.notebooks:
        penalty += notebook.late_submission_penalty or 0.0
        if notebook.notebook_id not in known:
            known[notebook.notebook_id] = _graded_cells(book, notebook.notebook_id)
        about = known[notebook.notebook_id]
        for grade in notebook.grades:
            name, most = about[grade.cell_id]
            # nbgrader's flag is also set for a cell that was marked by hand and then graded again
            waiting = bool(grade.needs_manual_grade) and grade.manual_score is None
            cells[name] = CellMarks(
                lateness.score(grade), most, waiting, grade.manual_score is not None, grade.extra_credit or 0.0
            )
    comments = {
        comment.name: comment.manual_comment
        for notebook in submission.notebooks
        for comment in notebook.comments
        if comment.manual_comment
    }
    person = submission.student
    name = " ".join(part for part in (person.first_name, person.last_name) if part)
    seconds_late = submission.total_seconds_late
    return Marks(person.id, name, person.email or "", cells, comments, penalty, submission.timestamp, seconds_late)


def _graded_cells(book: Gradebook, notebook: str) -> dict[str, tuple[str, float]]:
    """Cell id -> name and points, for the cells of a notebook that carry marks.

    Asking each grade for its own cell would take two queries per grade.
    """
    from nbgrader.api import GradeCell, TaskCell

    rows = [
        book.nbgraders.db.query(kind.id, kind.name, kind.max_score).filter(kind.notebook_id == notebook)
        for kind in (GradeCell, TaskCell)
    ]
    return {identity: (name, most) for found in rows for identity, name, most in found}


def students(book: Gradebook, assignment: str) -> list[str]:
    """The students who have a submission in the gradebook, sorted."""
    from nbgrader.api import Assignment, SubmittedAssignment

    with book.telling_whose_fault():
        rows = (
            book.nbgraders.db.query(SubmittedAssignment.student_id)
            .join(Assignment)
            .filter(Assignment.name == assignment)
        )
        return sorted(row[0] for row in rows)
