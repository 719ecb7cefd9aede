"""A whole grading run: what is left to do, the reports as they come, and everything that is made from each of them."""

from __future__ import annotations

import contextlib
import fcntl
import time
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from autograder.course import lesson
from autograder.course.config import Course
from autograder.errors import CourseError
from autograder.grade.pool import PATIENCE, Crew
from autograder.nbgrader import folders
from autograder.nbgrader.gradebook import Gradebook
from autograder.profile import stopwatch
from autograder.read.inbox import Job
from autograder.report.store import Records, fingerprint_of
from autograder.results import Marks, Report

AT_ONCE = 16
"""Reports that are written in one transaction, at the most."""
_PAGES_AT_ONCE = 8
"""Submissions whose pages are written at a time: most of that is waiting for the disk."""


@dataclass(frozen=True)
class Plan:
    """Jobs of a run, those that a stored report answers taken out."""

    course: Course
    waiting: list[Job]
    known: list[Job]
    lessons: dict[str, lesson.Lesson]
    fingerprints: dict[Job, str]


def plan(course: Course, jobs: Iterable[Job], again: bool = False) -> Plan:
    """Split jobs into those to grade and those whose stored report is still of the same file and the same course."""
    jobs = list(jobs)
    lessons_ = {name: lesson.load(course, name) for name in dict.fromkeys(job.assignment for job in jobs)}
    prints = {name: lesson.fingerprint(course, chosen) for name, chosen in lessons_.items()}
    records = Records(course.reports)
    waiting, known, fingerprints = [], [], {}
    for job in jobs:
        fingerprints[job] = fingerprint_of(job.path, prints[job.assignment])
        stored = None if again else records.load(job.assignment, job.student, fingerprints[job])
        if stored is None or stored.try_again:
            waiting.append(job)
        else:
            known.append(job)
    return Plan(course, waiting, known, lessons_, fingerprints)


@contextlib.contextmanager
def alone(course: Course) -> Iterator[None]:
    """Hold the course's lock, so that two runs never write the same gradebook; the system drops it when a run dies."""
    course.reports.mkdir(parents=True, exist_ok=True)
    with (course.reports / ".lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise CourseError(f"another run is grading in {course.work}: wait for it, or stop it and start again") from None
        yield


def carry_out(plan_: Plan, crew: Crew, record: bool = True, on_ready: Callable[[], None] = lambda: None) -> Iterator[tuple[Report, bool]]:
    """Grade what is waiting: each report, and whether it is new. With `record`, all that comes of it is written before it is given.

    A report is stored as soon as it comes, and gradebook and pages are made from the stored ones, some at a time: a run killed at any
    moment goes on from there, and no submission is graded twice.
    """
    if not record:
        yield from ((report, False) for _, report in _stored(plan_))
        yield from ((report, True) for report in crew(plan_.course, plan_.waiting, on_ready) if report is not None)
        return
    course, records = plan_.course, Records(plan_.course.reports)
    jobs = {(job.student, job.assignment): job for job in plan_.waiting}
    with alone(course), Gradebook(course) as book, ThreadPoolExecutor(_PAGES_AT_ONCE) as pool:
        for name, chosen in plan_.lessons.items():
            book.prepare(chosen, course.release / name / f"{chosen.notebook}.ipynb")
        writer = _Writer(plan_, book, pool)
        for job, report in _stored(plan_):
            if not book.holds(report) or not (course.work / "feedback" / job.student / job.assignment / f"{report.notebook}.html").exists():
                writer.take(job, report)
                if writer.is_full:
                    writer.write()
            yield report, False
        writer.write()
        if plan_.waiting:
            book.back_up()
        try:
            for found in crew(course, plan_.waiting, on_ready):
                if found is not None:
                    job = jobs[found.student, found.assignment]
                    with stopwatch.stage("report"):
                        records.save(found, plan_.fingerprints[job])
                    writer.take(job, found)
                if found is None or writer.is_full:
                    yield from ((report, True) for report in writer.write())
        finally:  # what was graded before a fault, or before Ctrl-C, is in the gradebook too
            written = writer.write()
        yield from ((report, True) for report in written)


def _stored(plan_: Plan) -> Iterator[tuple[Job, Report]]:
    """The reports that are known, one at a time."""
    records = Records(plan_.course.reports)
    for job in plan_.known:
        report = records.load(job.assignment, job.student, plan_.fingerprints[job])
        if report is None:
            raise CourseError(f"the report on {job.student}'s {job.assignment} was there and is gone: run the same command again")
        yield job, report


class _Writer:
    """Makes everything that is made from reports, of some at a time: marks in one transaction, the formgrader's notebooks, pages."""

    def __init__(self, plan_: Plan, book: Gradebook, pool: ThreadPoolExecutor) -> None:
        self._plan, self._book, self._pool = plan_, book, pool
        self._waiting: list[tuple[Job, Report]] = []
        self._since = 0.0

    def take(self, job: Job, report: Report) -> None:
        self._since = self._since if self._waiting else time.monotonic()
        self._waiting.append((job, report))

    @property
    def is_full(self) -> bool:
        """Whether there are enough for a transaction, or one has waited long enough to be seen."""
        return len(self._waiting) >= AT_ONCE or (bool(self._waiting) and time.monotonic() - self._since >= PATIENCE)

    def write(self) -> list[Report]:
        """Write what is waiting; the reports of it."""
        waiting, self._waiting = self._waiting, []
        if not waiting:
            return []
        with stopwatch.stage("gradebook"):
            marks = self._book.record([(report, folders.handed_in(job.path)) for job, report in waiting])
        with stopwatch.stage("page"):
            for done in [self._pool.submit(self._hand_back, *one, mine) for one, mine in zip(waiting, marks, strict=True)]:
                done.result()
        return [report for _, report in waiting]

    def _hand_back(self, job: Job, report: Report, marks: Marks) -> None:
        course, chosen = self._plan.course, self._plan.lessons[job.assignment]
        folders.write_autograded(course, chosen, report, job.path)
        folders.write_feedback(course, chosen, report, marks, job.path)
