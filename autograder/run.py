"""A whole grading run: what is left to do, the reports as they come, and everything that is made from each of them."""

from __future__ import annotations

import contextlib
import fcntl
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from autograder import handback, lesson
from autograder.config import Course
from autograder.crew import Crew, Job
from autograder.errors import CourseError
from autograder.gradebook import Gradebook
from autograder.records import Records, fingerprint_of
from autograder.results import NOT_ITS_OWN_REASONS, Report
from autograder.stages import watch


@dataclass(frozen=True)
class Plan:
    """Jobs of a run, those that a stored report answers taken out."""

    course: Course
    waiting: list[Job]
    known: list[tuple[Job, Report]]
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
        if stored is None or stored.reason in NOT_ITS_OWN_REASONS:
            waiting.append(job)
        else:
            known.append((job, stored))
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

    A report is stored first, and gradebook and pages are made from the stored one: a run killed at any moment goes on from there, and
    no submission is graded twice.
    """
    if not record:
        yield from ((report, False) for _, report in plan_.known)
        yield from ((report, True) for report in crew(plan_.course, plan_.waiting, on_ready))
        return
    course, records = plan_.course, Records(plan_.course.reports)
    jobs = {(job.student, job.assignment): job for job in plan_.waiting}
    with alone(course), Gradebook(course) as book:
        for name, chosen in plan_.lessons.items():
            book.prepare(chosen, course.release / name / f"{chosen.notebook}.ipynb")
        for job, report in plan_.known:
            if not book.holds(report) or not (course.work / "feedback" / job.student / job.assignment / f"{report.notebook}.html").exists():
                finish(course, plan_.lessons[job.assignment], book, job, report)
            yield report, False
        if plan_.waiting:
            book.back_up()
        for report in crew(course, plan_.waiting, on_ready):
            job = jobs[report.student, report.assignment]
            with watch.stage("report"):
                records.save(report, plan_.fingerprints[job])
            finish(course, plan_.lessons[job.assignment], book, job, report)
            yield report, True


def finish(course: Course, chosen: lesson.Lesson, book: Gradebook, job: Job, report: Report) -> None:
    """Make everything that is made from a report: marks, the formgrader's notebook, the student's page."""
    with watch.stage("gradebook"):
        book.record(report, handback.handed_in(job.path))
        marks = book.marks(report.assignment, report.student)
    with watch.stage("page"):
        handback.write_autograded(course, chosen, report, job.path)
        handback.write_feedback(course, chosen, report, marks, job.path)
