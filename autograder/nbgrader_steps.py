"""Replacements for nbgrader's own steps, so that its commands and the formgrader's buttons run the engine.

`course_config.py` names these classes as strings, so this module and its names never move. nbgrader makes one exporter
per command and calls it for one notebook after another, so the grader behind it stays warm across students.
"""

from __future__ import annotations

import atexit
import pathlib
import tempfile
import threading
from typing import Any

from nbconvert.exporters import Exporter
from nbgrader.converters.base import NbGraderException
from nbgrader.exchange.default import ExchangeCollect
from nbgrader.preprocessors import NbGraderPreprocessor

from autograder.course import build, claims, config, fingerprint, lesson
from autograder.errors import AutograderError
from autograder.grade import run
from autograder.grade.grader_process import Desk
from autograder.hidden_characters import in_one_line
from autograder.nbgrader import beside, folders, read, write
from autograder.nbgrader.gradebook import Gradebook
from autograder.read import inbox
from autograder.read.submission import Submitted
from autograder.read.submission import read as read_submission
from autograder.report.store import Records
from autograder.run import isolation

__all__ = ["AutogradeExporter", "Collect", "CourseCells", "FeedbackExporter", "LastStep", "take_renamed"]

IDLE_SECONDS = 60.0


class CourseCells(NbGraderPreprocessor):  # type: ignore[misc]
    """First step of `nbgrader generate_assignment`: drop the claims, set points from course_config.py, and move hints
    from the metadata to folded cells.
    """

    def preprocess(self, nb: Any, resources: Any) -> tuple[Any, Any]:
        root = pathlib.Path(self.parent.parent.coursedir.root)
        claims.remove(nb)
        build.set_points(nb, config.load(root))
        build.fold_hints(nb)
        return nb, resources


class LastStep(NbGraderPreprocessor):  # type: ignore[misc]
    """Last step of `nbgrader generate_assignment`: finish the notebook as `autograder build` does."""

    def preprocess(self, nb: Any, resources: Any) -> tuple[Any, Any]:
        build.clear_counts(nb)
        return nb, resources


class _WarmDesks:
    """Keeps a grader warm between calls, for one assignment and one state of the course. It ends after a minute without
    work.
    """

    def __init__(self) -> None:
        self._desks: dict[tuple[pathlib.Path, str], tuple[str, Desk]] = {}
        self._lock = threading.Lock()  # the timer calls `close` in a thread of its own
        self._timer: threading.Timer | None = None
        atexit.register(self.close)

    def grade(self, course: config.Course, assignment: str, state: str, submitted: Submitted) -> Any:
        """The report of a grader that was started with this state of the course. Raises CourseError or MachineError."""
        with self._lock:
            if self._timer is not None:
                self._timer.cancel()
            key = (course.root, assignment)
            known, desk = self._desks.get(key, ("", None))
            if desk is None or known != state:
                # only one is kept: one assignment is graded at a time, and a warm grader holds half a gigabyte
                for _, other in self._desks.values():
                    other.close()
                self._desks = {key: (state, desk := Desk(course, assignment, course.settings.trust_submissions))}
            try:
                return desk.grade_content(submitted.content, submitted.job.student)
            finally:
                self._timer = threading.Timer(IDLE_SECONDS, self.close)
                self._timer.daemon = True  # it must not keep nbgrader's process alive
                self._timer.start()

    def close(self) -> None:
        with self._lock:
            for _, desk in self._desks.values():
                desk.close()
            self._desks = {}


_desks = _WarmDesks()


class _CourseExporter(Exporter):
    """An exporter that knows its course. A fault of the course ends nbgrader's command with one line, before the first
    student.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        converter: Any = self.parent
        coursedir = converter.coursedir
        beside.guard(converter)
        try:
            self.course = config.load(pathlib.Path(coursedir.root), db_url=coursedir.db_url)
            # nbgrader leaves the assignment empty, or "*", if the command is for all of them
            known = lesson.assignments(self.course)
            self.lessons = {
                name: lesson.load(self.course, name) for name in known if coursedir.assignment_id in ("*", "", name)
            }
        except AutograderError as error:
            self.log.error("autograder: %s", line := in_one_line(str(error)))
            raise NbGraderException(line) from None

    def _place(self, resources: dict[str, Any]) -> tuple[lesson.Lesson, str]:
        about = resources["nbgrader"]
        return self.lessons[about["assignment"]], about["student"]


class AutogradeExporter(_CourseExporter):
    """`nbgrader autograde`: grade the submitted file, however damaged, and return the formgrader's notebook.

    An exporter and not a preprocessor, because nbgrader reads the file with nbformat before its first preprocessor.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.file_extension = ".ipynb"
        converter: Any = self.parent
        try:
            if not converter.coursedir.groupshared and converter.permissions == 444:
                converter.permissions = 400  # nbgrader's default lets everybody read what students wrote
            # before the first student, so that a machine without a wall does not leave a class half graded
            isolation.require(self.course.settings.trust_submissions)
            with Gradebook(self.course) as book:
                for name, chosen in self.lessons.items():
                    write.prepare(book, chosen, self.course.release / name / f"{chosen.notebook}.ipynb")
        except AutograderError as error:
            self.log.error("autograder: %s", line := in_one_line(str(error)))
            raise NbGraderException(line) from None

    def from_filename(self, filename: str, resources: Any = None, **kwargs: Any) -> Any:
        """The formgrader's notebook. nbgrader calls this twice: for the submitted file, and then for the file that it
        wrote from the first result.
        """
        path = pathlib.Path(filename)
        chosen, student = self._place(resources)
        resources["output_extension"] = self.file_extension
        if path.resolve().is_relative_to((self.course.work / "autograded").resolve()):
            return path.read_text(encoding="utf-8"), resources
        job = inbox.submission_of(self.course, chosen.assignment, student)
        # for each notebook, because the formgrader's process lives on while the course is edited
        state = fingerprint.of_everything(self.course, chosen)
        submitted = read_submission(job, self.course.settings.notebook_bytes)
        report = _desks.grade(self.course, chosen.assignment, state, submitted)
        # held only while writing: another run that finds the lock taken fails
        with run.alone(self.course), Gradebook(self.course) as book:
            write.prepare(book, chosen, self.course.release / chosen.assignment / path.name)
            Records(self.course.reports).save(report, submitted.content.fingerprint(state))
            write.record(book, [(report, folders.handed_in(job.path))])
        name = in_one_line(student)
        self.log.info("%s: %s, %s of %s points", name, report.status, report.score, report.max_score)
        if report.reason:
            self.log.warning("%s is held: %s", name, in_one_line(report.reason))
        return folders.autograded(self.course, chosen, submitted.content, report), resources


class FeedbackExporter(_CourseExporter):
    """`nbgrader generate_feedback`: the engine's page, with the marks and comments that people have given since."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.file_extension = ".html"

    def from_filename(self, filename: str, resources: Any = None, **kwargs: Any) -> Any:
        chosen, student = self._place(resources)
        resources["output_extension"] = self.file_extension
        report = Records(self.course.reports).load(chosen.assignment, student)
        if report is None:
            raise NbGraderException(
                f"there is no report on {student}'s {chosen.assignment}: run `nbgrader autograde` on it first"
            )
        with Gradebook(self.course) as book:
            return folders.feedback_page(chosen, report, read.marks(book, chosen.assignment, student)), resources


class Collect(ExchangeCollect):  # type: ignore[misc]
    """`nbgrader collect`: copy what students handed in, but no links, pipes or devices.

    nbgrader follows links, with the instructor's rights, in a folder where students can write.
    """

    def do_copy(self, src: str, dest: str, log: Any = None) -> None:
        with tempfile.TemporaryDirectory() as folder:
            copy = pathlib.Path(folder) / "copy"
            copy.mkdir(0o755)
            most = 1000 * int(self.coursedir.max_file_size)  # nbgrader counts in kilobytes
            for name in beside.copy_regular_files(pathlib.Path(src), copy, most):
                said = in_one_line(f"{src}: {name}")
                self.log.warning("%s is not collected: it is a link, a pipe, a device or too large", said)
            super().do_copy(str(copy), dest, log)


def take_renamed(assignment: str, student: str, notebooks: list[str], **_: Any) -> None:
    """A hook that `nbgrader autograde` calls before it looks at a submission: a student's only notebook counts as the
    assignment's, whatever its name. `notebooks` is changed in place.
    """
    folder = pathlib.Path(notebooks[0]).resolve().parent  # ROOT/submitted/STUDENT/ASSIGNMENT
    wanted = list((folder.parents[2] / "source" / folder.name).glob("*.ipynb"))
    if len(notebooks) == len(wanted) == 1:
        notebooks[:] = [str(pathlib.Path(notebooks[0]).parent / wanted[0].name)]
