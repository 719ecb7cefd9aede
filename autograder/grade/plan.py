"""What a run has left to do."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from autograder.course import data, fingerprint, lesson
from autograder.course.config import Course
from autograder.read.submission import Job, Submitted, read
from autograder.report.store import Records


@dataclass(frozen=True)
class Plan:
    """Jobs of a run. `known`: those that a stored report answers, with its fingerprint; `states`: assignment -> course
    and engine.
    """

    course: Course
    waiting: list[Job]
    known: dict[Job, str]
    lessons: dict[str, lesson.Lesson]
    states: dict[str, str]

    def fingerprint(self, submitted: Submitted) -> str:
        """What a report on these very bytes is stored under."""
        return submitted.content.fingerprint(self.states[submitted.job.assignment])


def plan(course: Course, jobs: Iterable[Job], again: bool = False) -> Plan:
    """Split jobs into those to grade and those whose stored report is still of the same content and the same course.

    A file is read here only where there is a report that it may still be the file of, and nothing of it is kept: what
    is graded is read when its turn comes, and fingerprinted anew from those bytes.
    """
    jobs = list(jobs)
    lessons = {name: lesson.load(course, name) for name in dict.fromkeys(job.assignment for job in jobs)}
    found = data.find()
    states = {name: fingerprint.of_everything(course, chosen, found) for name, chosen in lessons.items()}
    planned = Plan(course, [], {}, lessons, states)
    records = Records(course.reports)
    for job in jobs:
        known = (
            ""
            if again or not records.path(job.assignment, job.student).exists()
            else planned.fingerprint(read(job, course.settings.notebook_bytes))
        )
        stored = records.load(job.assignment, job.student, known) if known else None
        if stored is None or stored.try_again:
            planned.waiting.append(job)
        else:
            planned.known[job] = known
    return planned
