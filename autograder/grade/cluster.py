"""A crew on other machines: each worker of a Dask cluster keeps a warm grader and is given one submission at a time.

Dask carries calls and plain data, finds out who is there and who has died. It does not decide what is tried again: a
task is bound to one worker, and `pool.Shift` hands out what that worker did not finish. The course is read from the
same path on every machine; a submission is read here, and its bytes are sent.
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
import warnings
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from autograder import devices
from autograder.course import config, fingerprint, lesson
from autograder.errors import AutograderError, CourseError, MachineError
from autograder.grade.grader_process import GraderDied, GraderProcess
from autograder.grade.pool import Event, Graded, Shift, by_assignment
from autograder.notebook import Content
from autograder.profile import stopwatch
from autograder.read.submission import Job, Submitted
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
    """The grader of an assignment, started where it is not there yet; raises CourseError where course or engine are
    others here.
    """
    global _station
    key = (root, assignment, state, trusted)
    if _station is not None and _station.key == key:
        return _station.process
    _close()
    course = config.load(pathlib.Path(root))
    if state != _state(course, assignment):
        raise CourseError(
            f"the worker on {os.uname().nodename} has another course, engine or torch in {root}, "
            "or another data set: marks could differ"
        )
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


def _work(place: dict[str, Any], job: tuple[str, Content] | None, worker: str, profile: bool) -> dict[str, Any]:
    """Be ready for an assignment and, with a job, grade it: the grader's message, an `error` of the engine, or `lost`
    where it died.

    `worker` is the id of the process that the task was meant for: one that was started again in its place has not seen
    the first try.
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
            process.give(*job, profile)
            message = process.wait_for_message("report")
            process.busy = False
            return message
        except GraderDied:
            _close()
            return {"lost": True}
        except AutograderError as error:
            _close()
            return {"error": str(error), "kind": type(error).__name__}


def _state(course: config.Course, assignment: str) -> str:
    """The same on two machines only where both give the same marks: course, engine, torch, data set."""
    return fingerprint.of_everything(course, lesson.load(course, assignment))


# ---------------------------------------------------------------- in the process that runs the command


@dataclass(eq=False)
class _Member:
    """A Dask worker: its address, the id of its process once it is ready, and the answer that it is asked for."""

    address: str
    id: str = ""
    future: Any = None


@dataclass(frozen=True)
class Cluster:
    """A Dask scheduler's address, and whether submissions are trusted; `grade_all` is a `pool.Crew`."""

    address: str
    trusted: bool = False

    def grade_all(
        self, course: config.Course, jobs: Iterable[Job], on_ready: Callable[[], None] = lambda: None
    ) -> Iterator[Graded | None]:
        """Reports in the order in which they are ready, from every worker that is there now or comes later; see
        `pool.Crew`.

        Raises MachineError where the scheduler can't be reached or no worker is left, and whatever `pool.grade_all`
        raises.
        """
        parts = by_assignment(jobs)
        if not parts:
            return
        with self._connected() as client:
            for assignment, mine in parts.items():
                state = _state(course, assignment)
                place = {"root": str(course.root), "assignment": assignment, "state": state, "trusted": self.trusted}
                with _Workers(client, place) as team:
                    yield from Shift(course, team, mine, on_ready).reports()

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


class _Workers:
    """The workers of a cluster, as a team for one assignment: all that are there; a context manager."""

    def __init__(self, client: Any, place: dict[str, Any]) -> None:
        self.client, self.place = client, place
        self.members: dict[str, _Member] = {}
        self.done: queue.SimpleQueue[_Member] = queue.SimpleQueue()
        self._looked, self._somebody = -math.inf, time.monotonic()

    def __enter__(self) -> _Workers:
        return self

    def __exit__(self, *_: object) -> None:
        """Cancel what is under way and end the graders; a worker that has gone needs no closing."""
        for member in self.members.values():
            if member.future is not None:
                member.future.cancel()
        with contextlib.suppress(OSError, TimeoutError, ValueError):
            self.client.run(_close, workers=list(self.members), on_error="ignore")

    def staff(self, wanted: int) -> None:
        """Who comes and goes is the cluster's: seen by `wait`."""

    def give(self, member: _Member, submitted: Submitted) -> None:
        self._ask(member, (submitted.job.student, submitted.content))

    def wait(self) -> list[Event]:
        if time.monotonic() - self._looked >= _LOOK_EVERY and (gone := self._look_who_is_there()):
            return gone
        try:
            member = self.done.get(timeout=_LOOK_EVERY)
        except queue.Empty:
            return []
        if self.members.get(member.address) is member and member.future is not None and member.future.done():
            return [self._take(member)]
        return []

    def _look_who_is_there(self) -> list[Event]:
        there = self.client.nthreads()
        gone = [self.members.pop(address) for address in self.members.keys() - there.keys()]
        for member in gone:
            if member.future is not None:
                member.future.cancel()
        for address in there.keys() - self.members.keys():
            self.members[address] = member = _Member(address)
            self._ask(member, None)
        self._looked = time.monotonic()
        if self.members:
            self._somebody = self._looked
        elif self._looked - self._somebody > _ALONE:
            raise MachineError(
                "the cluster has no worker; what was graded is kept, and the same command goes on from there"
            )
        return [Event(member) for member in gone]

    def _ask(self, member: _Member, job: tuple[str, Content] | None) -> None:
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", "Sending large graph")  # a notebook with pictures in it: it is sent once
            member.future = self.client.submit(
                _work, self.place, job, member.id, stopwatch.running,
                key=f"{'grade' if job else 'open'}-{uuid.uuid4().hex}-{job[0] if job else member.address}",
                workers=[member.address], allow_other_workers=False, pure=False, retries=0,
            )  # fmt: skip
        member.future.add_done_callback(lambda _: self.done.put(member))

    def _take(self, member: _Member) -> Event:
        future, member.future = member.future, None
        if future.status != "finished":
            if future.status == "error" and not self._is_gone(future):
                raise MachineError(f"the worker at {member.address} failed: {future.exception()!r}")
            self.members.pop(member.address)  # seen again at the next look, if it is still there
            return Event(member)
        message = future.result()
        if "lost" in message:
            self.members.pop(member.address)
            return Event(member)
        if "worker" in message:
            member.id = message["worker"]
            return Event(member, {"ready": True})
        return Event(member, message)

    @staticmethod
    def _is_gone(future: Any) -> bool:
        from distributed import KilledWorker

        return isinstance(future.exception(), (KilledWorker, OSError))
