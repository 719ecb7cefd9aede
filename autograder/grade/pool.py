"""The scheduler: hands out submissions to graders, here or on a cluster, and decides what is retried or held."""

from __future__ import annotations

import selectors
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, Protocol

from autograder import devices
from autograder.course.config import Course
from autograder.errors import CourseError
from autograder.grade.grader_process import GraderProcess, as_error
from autograder.profile import stopwatch
from autograder.read.submission import Job, Submitted, read
from autograder.results import DIED, HELD, Report

TRIES = 2
"""How often a submission is tried if its grader dies."""
PATIENCE = 1.0
"""Seconds without a report after which a crew yields None."""

Graded = tuple[Submitted, Report]
Crew = Callable[[Course, Iterable[Job], Callable[[], None]], Iterator[Graded | None]]
"""Grades jobs. Takes the course, the jobs, and a callback for each grader that is ready.

Yields each submission with its report as they come. Yields None if no report has come for `PATIENCE`, so that the
consumer can write what it has collected.
"""

Member = Any
"""A grader of a team. Opaque to everything but the team itself."""


@dataclass(frozen=True)
class Event:
    """A message from a member: `ready`, a `report` or an `error`. None: the member has died, and its job is lost."""

    member: Member
    message: dict[str, Any] | None = None


class Team(Protocol):
    """Graders for one assignment. The team reports a death as an Event and replaces the member."""

    def staff(self, wanted: int) -> None:
        """Start graders for `wanted` submissions, including those being graded, up to the team's own limit."""

    def give(self, member: Member, submitted: Submitted) -> None:
        """Send a submission to an idle member."""

    def wait(self) -> list[Event]:
        """New events; empty after a timeout. Raises CourseError or MachineError if no grader can be started."""


class Shift:
    """Hands out one assignment's jobs to a team."""

    def __init__(self, course: Course, team: Team, jobs: Iterable[Job], on_ready: Callable[[], None]) -> None:
        self._course, self._team, self._on_ready = course, team, on_ready
        self._jobs = deque(jobs)
        self._again: deque[Submitted] = deque()
        self._tries: dict[Job, int] = {}
        self._idle: deque[Member] = deque()
        self._at_work: dict[Member, Submitted] = {}

    def reports(self) -> Iterator[Graded | None]:
        """Reports in the order they are ready. Raises CourseError or MachineError if a grader reports one."""
        while left := len(self._jobs) + len(self._again) + len(self._at_work):
            self._team.staff(left)  # in every round: it also replaces members that have died
            self._hand_out()
            events = self._team.wait()
            if not events:
                yield None
            gone = {event.member for event in events if event.message is None}
            # first, so that no dead member is given a submission
            self._idle = deque(member for member in self._idle if member not in gone)
            for event in events:
                graded = self._gone(event.member) if event.message is None else self._heard(event.member, event.message)
                if graded is not None:
                    self._hand_out()  # before `yield`: a grader must not wait until the report is written
                    yield graded

    def _hand_out(self) -> None:
        """Give each idle member a submission. It is read only now, so memory holds no more than are being graded."""
        while self._idle and (self._jobs or self._again):
            submitted = self._next()
            member = self._idle.popleft()
            self._at_work[member] = submitted
            self._team.give(member, submitted)

    def _next(self) -> Submitted:
        if self._jobs:
            return read(self._jobs.popleft(), self._course.settings.notebook_bytes)
        return self._again.popleft()

    def _heard(self, member: Member, message: dict[str, Any]) -> Graded | None:
        if "error" in message:
            raise as_error(message)
        if "ready" in message:
            self._idle.append(member)
            self._on_ready()
        elif isinstance(message.get("report"), dict):
            stopwatch.add(message.get("stages", {}))
            self._idle.append(member)
            return self._at_work.pop(member), Report.from_dict(message["report"])
        return None

    def _gone(self, member: Member) -> Graded | None:
        """Queue a dead member's submission once more. After the second death, return a held report."""
        submitted = self._at_work.pop(member, None)
        if submitted is None:
            return None
        job = submitted.job
        self._tries[job] = self._tries.get(job, 0) + 1
        if self._tries[job] < TRIES:
            self._again.append(submitted)
            return None
        # no marks are lost: `try_again` lets the next run grade it
        return submitted, Report(job.student, job.assignment, job.path.stem, HELD, DIED, try_again=True)


def by_assignment(jobs: Iterable[Job]) -> dict[str, list[Job]]:
    found: dict[str, list[Job]] = {}
    for job in jobs:
        found.setdefault(job.assignment, []).append(job)
    return found


# ---------------------------------------------------------------- processes on this machine


class Processes:
    """A `Team` of at most `count` processes on this machine; a context manager."""

    def __init__(self, course: Course, assignment: str, count: int, trusted: bool = False) -> None:
        self._course, self._assignment, self._count, self._trusted = course, assignment, count, trusted
        self._selector = selectors.DefaultSelector()
        self._processes: set[GraderProcess] = set()
        self._ready: set[GraderProcess] = set()

    def __enter__(self) -> Processes:
        return self

    def __exit__(self, *_: object) -> None:
        # first all of them, so that they end at the same time
        for process in self._processes:
            process.hang_up()
        for process in self._processes:
            process.stop()
        self._selector.close()

    def staff(self, wanted: int) -> None:
        # no more graders than submissions: each takes seconds to start
        while len(self._processes) < min(wanted, self._count):
            process = GraderProcess(self._course, self._assignment, self._trusted)
            self._processes.add(process)
            self._selector.register(process.replies, selectors.EVENT_READ, process)

    def give(self, member: GraderProcess, submitted: Submitted) -> None:
        member.give(submitted.job.student, submitted.content, stopwatch.running)

    def wait(self) -> list[Event]:
        return [event for key, _ in self._selector.select(PATIENCE) for event in self._heard(key.data)]

    def _heard(self, process: GraderProcess) -> list[Event]:
        messages = process.read()
        if messages is None:
            self._selector.unregister(process.replies)
            self._processes.remove(process)
            process.stop()
            # it can't be the fault of a submission: a replacement would fail too
            if process not in self._ready:
                raise CourseError(f"the grader of {self._assignment} ended before it was ready: see its output above")
            self._ready.remove(process)
            return [Event(process)]
        for message in messages:
            if "ready" in message:
                self._ready.add(process)
            elif "report" in message:
                process.busy = False
        return [Event(process, message) for message in messages]


def grade_all(
    course: Course,
    jobs: Iterable[Job],
    on_ready: Callable[[], None] = lambda: None,
    *,
    count: int,
    trusted: bool = False,
) -> Iterator[Graded | None]:
    """Reports in the order they are ready, from `count` processes; see `Crew`.

    A process that dies is replaced, and its submission is tried once more. After a second death the submission is held.
    Raises CourseError or MachineError if the course or the machine is at fault.
    """
    for assignment, mine in by_assignment(jobs).items():
        with Processes(course, assignment, _at_most(course, count, trusted), trusted) as team:
            yield from Shift(course, team, mine, on_ready).reports()


def _at_most(course: Course, count: int, trusted: bool) -> int:
    """`count`, or fewer if the accelerator's memory holds fewer workers."""
    most = devices.at_once(devices.choose(course.settings.device, course.settings.device_memory, trusted))
    return count if most is None else min(count, most)


def prove(
    course: Course, assignment: str, exercises: list[str], count: int, heavy: bool = False
) -> list[dict[str, Any]]:
    """The rows of `judge.grader.Grader.prove` for these exercises, in their order, from `count` processes.

    The bank is the course's own code, so it is trusted: a real accelerator can only be used without the wall.
    """

    def work(process: GraderProcess, mine: list[str]) -> list[dict[str, Any]]:
        rows: list[dict[str, Any]] = []
        for name in mine:
            process.ask({"prove": name, "heavy": heavy, "id": name})
            rows += process.wait_for("proof")
        process.stop()  # not only in `finally`: an idle grader keeps its memory
        return rows

    count = _at_most(course, count, trusted=True)
    shares = [share for share in (exercises[start::count] for start in range(count)) if share]
    processes = [GraderProcess(course, assignment, trusted=True) for _ in shares]
    try:
        with ThreadPoolExecutor(len(shares)) as pool:
            found = [row for rows in pool.map(work, processes, shares) for row in rows]
    finally:
        for process in processes:
            process.stop()
    return sorted(found, key=lambda row: exercises.index(row["exercise"]))
