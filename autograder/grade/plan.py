"""What a run still has to do."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from autograder.course import data, fingerprint, lesson
from autograder.course.config import Course
from autograder.read.submission import Job, Submitted, read
from autograder.report.store import Records


@dataclass(frozen=True)
class Plan:
    """The jobs of a run. `waiting`: those to grade. `known`: those with a valid stored report -> its fingerprint.

    `states`: assignment -> fingerprint of course, engine, torch and data set.
    """

    course: Course
    waiting: list[Job]
    known: dict[Job, str]
    lessons: dict[str, lesson.Lesson]
    states: dict[str, str]

    def fingerprint(self, submitted: Submitted) -> str:
        """The fingerprint that a report on these bytes is stored with."""
        return submitted.content.fingerprint(self.states[submitted.job.assignment])


def plan(course: Course, jobs: Iterable[Job], again: bool = False) -> Plan:
    """Split jobs into those to grade and those whose stored report still has the same content and the same course.

    A file is read here only if there is a stored report, and only its fingerprint is kept. What is graded is read again
    when its turn comes, and its fingerprint is taken from those bytes.
    """
    jobs = list(jobs)
    lessons = {name: lesson.load(course, name) for name in dict.fromkeys(job.assignment for job in jobs)}
    found = data.find()  # once for all assignments
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
        # `try_again`: held for a reason that has nothing to do with the submission
        if stored is None or stored.try_again:
            planned.waiting.append(job)
        else:
            planned.known[job] = known
    return planned
