"""Reports into nbgrader's gradebook, through nbgrader's own models: some submissions a transaction, marks of a human never touched."""

from __future__ import annotations

import contextlib
import datetime
import os
import pathlib
import sqlite3
import sys
import sysconfig
from collections.abc import Iterator, Sequence
from typing import Any

from autograder.course.config import Course
from autograder.course.lesson import Lesson
from autograder.errors import CourseError
from autograder.results import HELD, CellMarks, Marks, Report

_BACKUPS = 10


@contextlib.contextmanager
def _without_a_grammar() -> Iterator[None]:
    """Import nbgrader without a grammar of international web addresses that nothing of it needs.

    nbformat imports jsonschema, which takes `rfc3987_syntax` where it is installed (a server of Jupyter's wants it), and that one spends
    seconds on building its parser. Without it jsonschema leaves such addresses unchecked; a notebook's schema has none.
    """
    name = "rfc3987_syntax"
    hidden = "jsonschema" not in sys.modules and name not in sys.modules
    if hidden:
        sys.modules[name] = None  # type: ignore[assignment]  # an import of it is now an ImportError, which jsonschema expects
    try:
        yield
    finally:
        if hidden:
            del sys.modules[name]


def find_programs() -> None:
    """Put this environment's programs on the PATH.

    nbgrader calls one, `alembic`, to make a new database; where a virtual environment is not activated it would not find it.
    """
    scripts = sysconfig.get_path("scripts")
    if scripts not in os.environ.get("PATH", "").split(os.pathsep):
        os.environ["PATH"] = scripts + os.pathsep + os.environ.get("PATH", os.defpath)


@contextlib.contextmanager
def _telling_whose_fault(url: str) -> Iterator[None]:
    """Database trouble as one line; the stored reports are untouched by it, so the same command finishes the job later."""
    from sqlalchemy.exc import DatabaseError, OperationalError

    try:
        yield
    except sqlite3.Error as error:
        raise CourseError(f"the gradebook {url} can't be copied ({error}), so nothing was written to it") from None
    except OperationalError as error:
        raise CourseError(f"the gradebook {url} can't be written ({error.orig}); no marks are lost: run the same command again") from None
    except DatabaseError as error:
        raise CourseError(
            f"the gradebook {url} is damaged ({error.orig}) and was left as it is: put a copy back or move it away, and run again"
        ) from None


_KEEP: Any = object()


def _score(grade: Any) -> float:
    """A cell's mark as nbgrader counts it: a human's before the machine's, and extra credit on top."""
    machine = grade.auto_score or 0.0
    return float((machine if grade.manual_score is None else grade.manual_score) + (grade.extra_credit or 0.0))


class Gradebook:
    """The gradebook of a course; a context manager. Raises CourseError where the database can't be used."""

    def __init__(self, course: Course) -> None:
        self.course = course
        self.url = course.db_url
        self.course_id = course.id or "default_course"
        self._cells: dict[str, dict[str, Any]] = {}

    def __enter__(self) -> Gradebook:
        with _without_a_grammar():
            from nbgrader.api import Gradebook as NbgraderGradebook

        find_programs()
        with _telling_whose_fault(self.url):
            self._book = NbgraderGradebook(self.url, self.course_id)
        return self

    def __exit__(self, *_: object) -> None:
        self._book.close()

    def back_up(self) -> pathlib.Path | None:
        """Copy an SQLite gradebook with marks in it to `backups/`, in one piece, and keep the last ten; None where there is nothing to
        copy.

        With another database its own tools do that.
        """
        name = self.url.removeprefix("sqlite:///")
        if name == self.url or not self._book.assignments or not os.path.exists(name):
            return None
        folder = pathlib.Path(name).parent / "backups"
        target = folder / f"gradebook-{datetime.datetime.now():%Y%m%d-%H%M%S-%f}.db"
        with _telling_whose_fault(self.url):
            folder.mkdir(exist_ok=True)
            with contextlib.closing(sqlite3.connect(name)) as now, contextlib.closing(sqlite3.connect(target)) as copy:
                now.backup(copy)
        for old in sorted(folder.glob("gradebook-*.db"))[:-_BACKUPS]:
            old.unlink(missing_ok=True)
        return target

    def prepare(self, lesson: Lesson, released: pathlib.Path) -> None:
        """Make sure that the assignment and its cells are in the gradebook, as nbgrader's generate_assignment would put them there."""
        from nbgrader.api import MissingEntry

        wanted = {exercise.test_id: exercise.points for exercise in lesson.exercises.values()}
        wanted |= {question.id: question.points for question in lesson.questions.values()}
        with _telling_whose_fault(self.url):
            due = self.course.settings.deadline(lesson.assignment)
            self._book.update_or_create_assignment(lesson.assignment, **({} if due is None else {"duedate": due}))
            try:
                notebook = self._book.find_notebook(lesson.notebook, lesson.assignment)
                known = {cell.name: cell.max_score for cell in notebook.grade_cells}
            except MissingEntry:
                known = {}
            if known != wanted:
                self._save_cells(lesson, released)
            notebook = self._book.find_notebook(lesson.notebook, lesson.assignment)
            self._cells[lesson.assignment] = {cell.id: cell.name for cell in [*notebook.grade_cells, *notebook.solution_cells]}

    def _save_cells(self, lesson: Lesson, released: pathlib.Path) -> None:
        import nbformat
        from nbgrader.preprocessors import SaveCells

        resources = {"nbgrader": {"notebook": lesson.notebook, "assignment": lesson.assignment, "db_url": self.url}}
        try:
            SaveCells().preprocess(nbformat.read(released, as_version=4), resources)
        except RuntimeError as error:
            raise CourseError(f"the gradebook holds submissions of an older {lesson.assignment}: {error}") from None
        self._book.db.expire_all()

    def _submission(self, report: Report) -> Any:
        from nbgrader.api import Assignment, SubmittedAssignment

        return (
            self._book.db.query(SubmittedAssignment)
            .join(Assignment, Assignment.id == SubmittedAssignment.assignment_id)
            .filter(Assignment.name == report.assignment, SubmittedAssignment.student_id == report.student)
            .one_or_none()
        )

    def _scores(self, report: Report) -> dict[str, float | None]:
        """Grade cell -> the mark this report gives it; None where a human has to."""
        scores: dict[str, float | None] = {question: None if written else 0.0 for question, written in report.written.items()}
        for exercise in report.exercises:
            scores["test_" + exercise.id] = None if report.status == HELD else exercise.score
        return scores

    def holds(self, report: Report) -> bool:
        """Whether the gradebook already has exactly these marks."""
        with _telling_whose_fault(self.url):
            submission = self._submission(report)
            if submission is None:
                return False
            names = self._cells[report.assignment]
            kept = {names.get(grade.cell_id): grade.auto_score for notebook in submission.notebooks for grade in notebook.grades}
            same = all(kept.get(name, -1) == score for name, score in self._scores(report).items())
            return same and all(
                self._penalty(notebook) in (_KEEP, notebook.late_submission_penalty or 0.0) for notebook in submission.notebooks
            )

    def record(self, reports: Sequence[tuple[Report, datetime.datetime | None]]) -> list[Marks]:
        """Write the marks of some reports, each with when it was handed in, in one transaction; what the gradebook then says of each.

        Manual marks, extra credit, comments and penalties stay as they are. Either all of it is written or nothing.
        """
        with _telling_whose_fault(self.url):
            db = self._book.db
            try:
                with db.no_autoflush:
                    submissions = self._put([report for report, _ in reports], [handed_in for _, handed_in in reports])
                db.flush()
                for submission in submissions:
                    for notebook in submission.notebooks:
                        penalty = self._penalty(notebook)
                        if penalty is not _KEEP:
                            notebook.late_submission_penalty = penalty or None
                db.flush()
                known: dict[str, dict[str, tuple[str, float]]] = {}
                marks = [self._marks_of(submission, known) for submission in submissions]  # now: a commit forgets what was read
                db.commit()
            except BaseException:
                db.rollback()
                raise
        if self._nbgrader_decides_on_lateness:
            for report, _ in reports:
                self._ask_nbgraders_policy(report)
            found = [self.marks(report.assignment, report.student) for report, _ in reports]
            return [mine for mine in found if mine is not None]
        return marks

    def _put(self, reports: list[Report], handed_in: list[datetime.datetime | None]) -> list[Any]:
        """The submissions of some reports with the marks of them, in the open transaction."""
        from nbgrader.api import Assignment, Student, SubmittedAssignment

        db = self._book.db
        names = {report.student for report in reports}
        students = {student.id: student for student in db.query(Student).filter(Student.id.in_(names))}
        found = {
            (name, submission.student_id): submission
            for submission, name in db.query(SubmittedAssignment, Assignment.name)
            .join(Assignment, Assignment.id == SubmittedAssignment.assignment_id)
            .filter(Assignment.name.in_({report.assignment for report in reports}), SubmittedAssignment.student_id.in_(names))
        }
        assignments = {name: self._book.find_assignment(name) for name in {report.assignment for report in reports}}
        for report, when in zip(reports, handed_in):
            place = report.assignment, report.student
            if place not in found:
                if report.student not in students:
                    students[report.student] = Student(id=report.student)
                found[place] = self._new_submission(assignments[report.assignment], students[report.student])
            if when is not None:
                found[place].timestamp = when
            self._mark(found[place], report)
        return [found[report.assignment, report.student] for report in reports]

    def _new_submission(self, assignment: Any, student: Any) -> Any:
        from nbgrader.api import Comment, Grade, SubmittedAssignment, SubmittedNotebook

        submission = SubmittedAssignment(assignment=assignment, student=student)
        for notebook in assignment.notebooks:
            mine = SubmittedNotebook(notebook=notebook, assignment=submission)
            for cell in notebook.grade_cells:
                Grade(cell_id=cell.id, notebook=mine)
            for cell in notebook.solution_cells:
                Comment(cell_id=cell.id, notebook=mine)
        self._book.db.add(submission)
        return submission

    def _mark(self, submission: Any, report: Report) -> None:
        names, scores = self._cells[report.assignment], self._scores(report)
        for notebook in submission.notebooks:
            for grade in notebook.grades:
                name = names.get(grade.cell_id)
                if name in scores:
                    grade.auto_score = scores[name]
                    grade.needs_manual_grade = scores[name] is None or grade.manual_score is not None
            for comment in notebook.comments:
                unanswered = report.written.get(names.get(comment.cell_id, ""), True) is False
                comment.auto_comment = "No response." if unanswered else None

    def _penalty(self, notebook: Any) -> Any:
        """What lateness costs a submitted notebook by the course's policy; _KEEP where it has none, so a penalty set by hand stays."""
        settings = self.course.settings
        if not settings.late_percent_per_day:
            return _KEEP
        score = sum(_score(grade) for grade in notebook.grades)
        return settings.late_penalty(score, notebook.assignment.total_seconds_late)

    @property
    def _nbgrader_decides_on_lateness(self) -> bool:
        """Whether the course configures nbgrader's own late policy, and none of ours."""
        own = self.course.config
        return not self.course.settings.late_percent_per_day and ("LateSubmissionPlugin" in own or "AssignLatePenalties" in own)

    def _ask_nbgraders_policy(self, report: Report) -> None:
        from nbformat.v4 import new_notebook
        from nbgrader.preprocessors import AssignLatePenalties

        place = {"notebook": report.notebook, "assignment": report.assignment, "student": report.student, "db_url": self.url}
        with _telling_whose_fault(self.url):
            AssignLatePenalties(config=self.course.config).preprocess(new_notebook(), {"nbgrader": place})
            self._book.db.expire_all()

    def marks(self, assignment: str, student: str) -> Marks | None:
        """What the gradebook says of a submission, manual marks and penalty included; None where it has none."""
        from nbgrader.api import MissingEntry

        with _telling_whose_fault(self.url):
            try:
                return self._marks_of(self._book.find_submission(assignment, student), {})
            except MissingEntry:
                return None

    def _marks_of(self, submission: Any, known: dict[str, dict[str, tuple[str, float]]]) -> Marks:
        """`known` keeps the cells of notebooks from one call to the next."""
        cells: dict[str, CellMarks] = {}
        penalty = 0.0
        for notebook in submission.notebooks:
            penalty += notebook.late_submission_penalty or 0.0
            if notebook.notebook_id not in known:
                known[notebook.notebook_id] = self._graded_cells(notebook.notebook_id)
            about = known[notebook.notebook_id]
            for grade in notebook.grades:
                name, most = about[grade.cell_id]
                waiting = bool(grade.needs_manual_grade) and grade.manual_score is None
                cells[name] = CellMarks(_score(grade), most, waiting, grade.manual_score is not None, grade.extra_credit or 0.0)
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

    def _graded_cells(self, notebook: str) -> dict[str, tuple[str, float]]:
        """Name and points of each cell of a notebook that carries marks, by id; each grade asked for its own would be two queries."""
        from nbgrader.api import GradeCell, TaskCell

        rows = [
            self._book.db.query(kind.id, kind.name, kind.max_score).filter(kind.notebook_id == notebook) for kind in (GradeCell, TaskCell)
        ]
        return {identity: (name, most) for found in rows for identity, name, most in found}

    def students(self, assignment: str) -> list[str]:
        """Who the gradebook has a submission of, in order."""
        from nbgrader.api import Assignment, SubmittedAssignment

        with _telling_whose_fault(self.url):
            rows = self._book.db.query(SubmittedAssignment.student_id).join(Assignment).filter(Assignment.name == assignment)
            return sorted(row[0] for row in rows)
