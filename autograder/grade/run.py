"""A grading run: what is left to do, the reports as they come, and everything that is made from them."""

from __future__ import annotations

import contextlib
import fcntl
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor

from autograder.course.config import Course
from autograder.errors import CourseError
from autograder.files import make_folder, open_private
from autograder.grade.plan import Plan, plan
from autograder.grade.pool import PATIENCE, Crew, Graded
from autograder.nbgrader import folders, read, write
from autograder.nbgrader.gradebook import Gradebook
from autograder.profile import stopwatch
from autograder.read.submission import Job, Submitted
from autograder.read.submission import read as read_submission
from autograder.report.store import Records
from autograder.results import Marks, Report

__all__ = ["AT_ONCE", "Plan", "alone", "carry_out", "plan"]

AT_ONCE = 16
"""The most reports written in one transaction. nbgrader's models reload everything after a commit, which is slow."""
_PAGES_AT_ONCE = 8
"""Threads that write pages. They mostly wait for the disk."""


@contextlib.contextmanager
def alone(course: Course) -> Iterator[None]:
    """Hold the course's lock, so that no two runs write the same gradebook. Raises CourseError if another run has it.

    It is an flock, so the kernel releases it when a run is killed.
    """
    make_folder(course.reports)
    with open_private(course.reports / ".lock") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise CourseError(
                f"another run is grading in {course.work}: wait for it, or stop it, and run the same command again"
            ) from None
        yield


def carry_out(
    plan_: Plan, crew: Crew, record: bool = True, on_ready: Callable[[], None] = lambda: None
) -> Iterator[tuple[Report, bool]]:
    """Grade what is waiting. Yields each report, and whether it is new.

    With `record`, a new report's marks and pages are written before it is yielded. A report is stored as soon as it
    comes; gradebook and pages are made from stored reports, several at a time. A run killed at any moment can therefore
    be continued without grading those submissions again.
    """
    if not record:
        yield from ((report, False) for _, report in _stored(plan_))
        yield from ((found[1], True) for found in crew(plan_.course, plan_.waiting, on_ready) if found is not None)
        return
    course, records = plan_.course, Records(plan_.course.reports)
    waiting = list(plan_.waiting)
    with alone(course), Gradebook(course) as book, ThreadPoolExecutor(_PAGES_AT_ONCE) as pool:
        for name, chosen in plan_.lessons.items():
            write.prepare(book, chosen, course.release / name / f"{chosen.notebook}.ipynb")
        writer = _Writer(plan_, book, pool)
        for job, report in _stored(plan_):
            # for instance, a run was killed after it had stored the report and before it had written marks or page
            if (
                not read.holds(book, report)
                or not (course.work / "feedback" / job.student / job.assignment / f"{report.notebook}.html").exists()
            ):
                submitted = read_submission(job, course.settings.notebook_bytes)
                # saved again since the plan was made: the stored report is not about this content
                if plan_.fingerprint(submitted) != plan_.known[job]:
                    waiting.append(job)
                    continue
                writer.take(submitted, report)
                if writer.is_full:
                    writer.write()
            yield report, False
        writer.write()
        if waiting:  # otherwise runs that grade nothing would push out the backups that matter
            book.back_up()
        try:
            for found in crew(course, waiting, on_ready):
                if found is not None:
                    # stored before anything else: a crash from here on costs no grading
                    with stopwatch.stage("report"):
                        records.save(found[1], plan_.fingerprint(found[0]))
                    writer.take(*found)
                if found is None or writer.is_full:
                    yield from ((report, True) for report in writer.write())
        finally:  # after a fault or Ctrl-C, what has been graded still goes to the gradebook
            written = writer.write()
        # not in `finally`: a generator that is being closed must not yield
        yield from ((report, True) for report in written)


def _stored(plan_: Plan) -> Iterator[tuple[Job, Report]]:
    """The stored reports that are still valid, one in memory at a time."""
    records = Records(plan_.course.reports)
    for job, fingerprint in plan_.known.items():
        report = records.load(job.assignment, job.student, fingerprint)
        if report is None:
            raise CourseError(
                f"the report on {job.student}'s {job.assignment} disappeared during the run: run the same command again"
            )
        yield job, report


class _Writer:
    """Collects reports and writes several at a time: marks in one transaction, then feedback pages and the formgrader's
    notebooks.
    """

    def __init__(self, plan_: Plan, book: Gradebook, pool: ThreadPoolExecutor) -> None:
        self._plan, self._book, self._pool = plan_, book, pool
        self._waiting: list[Graded] = []
        self._since = 0.0

    def take(self, submitted: Submitted, report: Report) -> None:
        self._since = self._since if self._waiting else time.monotonic()
        self._waiting.append((submitted, report))

    @property
    def is_full(self) -> bool:
        """Whether there are enough reports for a transaction, or the oldest has waited for `PATIENCE`."""
        return len(self._waiting) >= AT_ONCE or (bool(self._waiting) and time.monotonic() - self._since >= PATIENCE)

    def write(self) -> list[Report]:
        """Write the collected reports and return them."""
        waiting, self._waiting = self._waiting, []
        if not waiting:
            return []
        with stopwatch.stage("gradebook"):
            marks = write.record(
                self._book, [(report, folders.handed_in(submitted.job.path)) for submitted, report in waiting]
            )
        # after the transaction: pages show the gradebook's marks
        with stopwatch.stage("page"):
            for done in [
                self._pool.submit(self._hand_back, *one, mine) for one, mine in zip(waiting, marks, strict=True)
            ]:
                done.result()  # raises what the thread raised
        return [report for _, report in waiting]

    def _hand_back(self, submitted: Submitted, report: Report, marks: Marks) -> None:
        course, chosen = self._plan.course, self._plan.lessons[submitted.job.assignment]
        folders.write_autograded(course, chosen, report, submitted.content, submitted.job.path)
        folders.write_feedback(course, chosen, report, marks, submitted.job.path)
