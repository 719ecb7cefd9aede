"""A crew on other machines: each worker of a Dask cluster keeps a warm grader and is given one submission at a time.

Dask carries calls and plain data, finds out who is there and who has died. It does not decide what is tried again: a task is bound to one
worker, and this module hands out what that worker did not finish. Submissions and the course are read from the same paths on every machine.
"""

from __future__ import annotations

import contextlib
import math
import os
import pathlib
import queue
import threading
import time
import uuid
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from autograder import devices
from autograder.course import config, lesson
from autograder.errors import AutograderError, CourseError, MachineError
from autograder.grade import pool
from autograder.grade.pool import TRIES, GraderDied, GraderProcess
from autograder.judge.grader import engine
from autograder.profile import stopwatch
from autograder.read.inbox import Job
from autograder.results import DIED, HELD, Report
from autograder.run import isolation

_LOOK_EVERY = 0.5  # seconds between two looks at who is there
_CONNECT = 10  # seconds
_ALONE = 60.0  # seconds that a run waits for a worker where none is left

# ---------------------------------------------------------------- on a Dask worker


@dataclass
class _Station:
    """The warm grader of this Dask worker, and what it is warm for."""

    key: tuple[str, str, str, bool]
    process: GraderProcess


_station: _Station | None = None
_one_at_a_time = threading.Lock()


def _open(root: str, assignment: str, state: str, trusted: bool) -> GraderProcess:
    """The grader of an assignment, started where it is not there yet; raises CourseError where course or engine are others here."""
    global _station
    key = (root, assignment, state, trusted)
    if _station is not None and _station.key == key:
        return _station.process
    _close()
    course = config.load(pathlib.Path(root))
    if state != _state(course, assignment):
        raise CourseError(f"the worker on {os.uname().nodename} has another course, engine or torch in {root}: marks could differ")
    isolation.require(trusted)
    process = GraderProcess(course, assignment, {devices.TRUSTED: "1" if trusted else ""})
    try:
        process.wait_for("ready")
    except BaseException as error:
        process.stop()
        if isinstance(error, GraderDied):
            where = f"on {os.uname().nodename}: see that worker's log"
            raise CourseError(f"the grader of {assignment} ended before it was ready, {where}") from None
        raise
    _station = _Station(key, process)
    return process


def _close() -> None:
    global _station
    if _station is not None:
        _station.process.stop()
        _station = None


def _work(place: dict[str, Any], job: tuple[str, str] | None, worker: str, profile: bool) -> dict[str, Any]:
    """Be ready for an assignment and, with a job, grade it: the grader's message, an `error` of the engine, or `lost` where it died.

    `worker` is the id of the process that the task was meant for: one that was started again in its place has not seen the first try.
    """
    from distributed import get_worker

    own = str(get_worker().id)
    if worker not in ("", own):
        return {"lost": True}
    with _one_at_a_time:
        try:
            process = _open(**place)
            if job is None:
                return {"worker": own}
            process.give(Job(job[0], place["assignment"], pathlib.Path(job[1])), profile)
            return process.wait_for_message("report")
        except GraderDied:
            _close()
            return {"lost": True}
        except AutograderError as error:
            _close()
            return {"error": str(error), "kind": type(error).__name__}


def _state(course: config.Course, assignment: str) -> str:
    """The same on two machines only where both give the same marks: course, engine, torch."""
    return lesson.fingerprint(course, lesson.load(course, assignment)) + engine()


# ---------------------------------------------------------------- in the process that runs the command


@dataclass
class _Member:
    """A Dask worker: its address, the id of its process once it is ready, and what it is doing."""

    address: str
    id: str = ""
    future: Any = None
    job: Job | None = None


@dataclass(frozen=True)
class Cluster:
    """A Dask scheduler's address, and whether submissions are trusted; `grade_all` is a crew as `crew.grade_all` is."""

    address: str
    trusted: bool = False

    def grade_all(self, course: config.Course, jobs: Iterable[Job], on_ready: Callable[[], None] = lambda: None) -> Iterator[Report | None]:
        """Reports in the order in which they are ready, from every worker that is there now or comes later; see `crew.Crew`.

        What a worker that died was grading goes to another one, once; if that dies too, the submission is held. Raises MachineError where
        the scheduler can't be reached or no worker is left, and whatever `crew.grade_all` raises.
        """
        by_assignment: dict[str, deque[Job]] = {}
        for job in jobs:
            by_assignment.setdefault(job.assignment, deque()).append(job)
        if not by_assignment:
            return
        with self._connected() as client:
            for assignment, waiting in by_assignment.items():
                place = {"root": str(course.root), "assignment": assignment, "state": _state(course, assignment), "trusted": self.trusted}
                run = _Run(client, place, waiting, on_ready)
                try:
                    yield from run.reports()
                finally:
                    run.close()

    @contextlib.contextmanager
    def _connected(self) -> Iterator[Any]:
        try:
            import distributed
        except ImportError:
            raise CourseError("--cluster needs Dask: pip install 'threes-and-sevens[cluster]'") from None
        try:
            client = distributed.Client(self.address, timeout=_CONNECT, set_as_default=False)
        except (OSError, ValueError, TimeoutError) as error:
            raise MachineError(f"no Dask scheduler answers at {self.address}: {error}") from None
        with client:
            yield client


class _Run:
    """One assignment's submissions on the workers of a cluster."""

    def __init__(self, client: Any, place: dict[str, Any], waiting: deque[Job], on_ready: Callable[[], None]) -> None:
        self.client, self.place, self.waiting, self.on_ready = client, place, waiting, on_ready
        self.members: dict[str, _Member] = {}
        self.done: queue.SimpleQueue[_Member] = queue.SimpleQueue()
        self.tries: dict[Job, int] = {}
        self._looked = self._somebody = -math.inf

    def reports(self) -> Iterator[Report | None]:
        self._somebody = time.monotonic()
        while self.waiting or any(member.job for member in self.members.values()):
            if time.monotonic() - self._looked >= _LOOK_EVERY:
                yield from self._look_who_is_there()
            for member in self.members.values():
                self._give_next(member)
            try:
                member = self.done.get(timeout=_LOOK_EVERY)
            except queue.Empty:
                yield None
                continue
            if self.members.get(member.address) is member and member.future is not None and member.future.done():
                yield from self._take(member)

    def _look_who_is_there(self) -> Iterator[Report]:
        there = self.client.nthreads()
        for address in self.members.keys() - there.keys():
            member = self.members.pop(address)
            if member.future is not None:
                member.future.cancel()
            yield from self._lost(member)
        for address in there.keys() - self.members.keys():
            self.members[address] = member = _Member(address)
            self._ask(member, None)
        self._looked = time.monotonic()
        if self.members:
            self._somebody = self._looked
        elif self._looked - self._somebody > _ALONE:
            raise MachineError("the cluster has no worker; what was graded is kept, and the same command goes on from there")

    def _ask(self, member: _Member, job: Job | None) -> None:
        about = None if job is None else (job.student, os.path.abspath(job.path))
        member.job = job
        member.future = self.client.submit(
            _work, self.place, about, member.id, stopwatch.running,
            key=f"{'grade' if job else 'open'}-{uuid.uuid4().hex}-{job.student if job else member.address}",
            workers=[member.address], allow_other_workers=False, pure=False, retries=0,
        )  # fmt: skip
        member.future.add_done_callback(lambda _: self.done.put(member))

    def _give_next(self, member: _Member) -> None:
        if member.id and member.future is None and self.waiting:
            self._ask(member, self.waiting.popleft())

    def _take(self, member: _Member) -> Iterator[Report]:
        future, member.future = member.future, None
        if future.status != "finished":
            if future.status == "error" and not self._is_gone(future):
                raise MachineError(f"the worker at {member.address} failed: {future.exception()!r}")
            self.members.pop(member.address)  # seen again at the next look, if it is still there
            yield from self._lost(member)
            return
        message = future.result()
        if "error" in message:
            raise pool.as_error(message)
        if "lost" in message:
            self.members.pop(member.address)
            yield from self._lost(member)
        elif "report" in message:
            member.job = None
            stopwatch.add(message.get("stages", {}))
            yield Report.from_dict(message["report"])
        else:
            member.id = message["worker"]
            self.on_ready()

    @staticmethod
    def _is_gone(future: Any) -> bool:
        from distributed import KilledWorker

        return isinstance(future.exception(), (KilledWorker, OSError))

    def _lost(self, member: _Member) -> Iterator[Report]:
        job, member.job = member.job, None
        if job is None:
            return
        self.tries[job] = self.tries.get(job, 0) + 1
        if self.tries[job] < TRIES:
            self.waiting.append(job)
        else:
            yield Report(job.student, job.assignment, job.path.stem, HELD, DIED, try_again=True)

    def close(self) -> None:
        """Cancel what is under way and end the graders; a worker that has gone needs no closing."""
        for member in self.members.values():
            if member.future is not None:
                member.future.cancel()
        with contextlib.suppress(OSError, TimeoutError, ValueError):
            self.client.run(_close, workers=list(self.members), on_error="ignore")
