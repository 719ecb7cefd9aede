"""Grading on a Dask cluster: each Dask worker keeps a warm grader and gets one submission at a time.

Dask carries calls and plain data, and finds out which workers are there and which have died. It does not decide what is
retried: a task is bound to one worker, and `pool.Shift` hands out again what that worker did not finish. The course is
read from the same path on every machine. A submission is read here, and its bytes are sent.
"""

from __future__ import annotations

import contextlib
import ipaddress
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

from autograder.course import config, fingerprint, lesson
from autograder.errors import AutograderError, CourseError, MachineError
from autograder.grade.grader_process import GraderDied, GraderProcess
from autograder.grade.pool import Event, Graded, Shift, by_assignment
from autograder.notebook import Content
from autograder.profile import stopwatch
from autograder.read.submission import Job, Submitted
from autograder.run import isolation

_LOOK_EVERY = 0.5  # seconds between two looks at which workers are there
_CONNECT = 10  # seconds
_ALONE = 60.0  # seconds that a run waits for a new worker when none is left

# ---------------------------------------------------------------- on a Dask worker


@dataclass
class _Station:
    """The warm grader of this Dask worker. `key`: the arguments of `_open` that it was started with."""

    key: tuple[str, str, str, bool]
    process: GraderProcess


_station: _Station | None = None
# a Dask worker may run tasks in several threads, but a grader takes one job at a time
_one_at_a_time = threading.Lock()


def _open(root: str, assignment: str, state: str, trusted: bool) -> GraderProcess:
    """The grader of an assignment, started if it is not running. Raises CourseError if this machine's fingerprint of
    course, engine, torch and data set is not `state`.
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
            "or another data set, so marks could differ: install the same versions everywhere"
        )
    isolation.require(trusted)
    process = GraderProcess(course, assignment, trusted)
    try:
        process.wait_for("ready")
    except BaseException as error:
        # it is not in `_station` yet, so nothing else would stop it
        process.stop()
        if isinstance(error, GraderDied):
            where = f"on {os.uname().nodename}: see the log of that worker"
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
    """Start the grader of an assignment and, with a job, grade it. This runs on a Dask worker.

    Returns the grader's message, `{"worker": id}` without a job, `{"error": ..., "kind": ...}` for an error of the
    engine, or `{"lost": True}` if the grader died. `worker` is the id of the Dask process that the task is meant for
    ("" for any). A process restarted at the same address must not run it: the first try would not be counted.
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
            process.busy = False  # after an exception it stays set, and `stop` does not wait for the grader
            return message
        except GraderDied:
            _close()
            return {"lost": True}
        except AutograderError as error:
            _close()
            return {"error": str(error), "kind": type(error).__name__}


def _state(course: config.Course, assignment: str) -> str:
    """A fingerprint of course, engine, torch and data set. Machines that could give different marks differ in it."""
    return fingerprint.of_everything(course, lesson.load(course, assignment))


# ---------------------------------------------------------------- in the command's process


@dataclass(eq=False)
class _Member:
    """A Dask worker: its address, its process id in Dask ("" until it is ready), and the pending future."""

    address: str
    id: str = ""
    future: Any = None


@dataclass(frozen=True)
class Cluster:
    """A Dask scheduler's address, and whether submissions are trusted. `grade_all` is a `pool.Crew`.

    Raises CourseError for an address at which submissions and marks would cross a network in clear, unless
    `open_network` says that this network is the instructor's own.
    """

    address: str
    trusted: bool = False
    open_network: bool = False

    def __post_init__(self) -> None:
        if not self.open_network and not _is_private(self.address):
            raise CourseError(
                f"{self.address} is not encrypted, so others on the network could read submissions and change marks: "
                "use tls:// (docs/scale.md), or add --open-network if the network is yours alone"
            )

    def grade_all(
        self, course: config.Course, jobs: Iterable[Job], on_ready: Callable[[], None] = lambda: None
    ) -> Iterator[Graded | None]:
        """Reports in the order they are ready, from every worker that is there now or joins later; see `pool.Crew`.

        Raises MachineError if the scheduler can't be reached or no worker is left, and what `pool.grade_all` raises.
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
            # as the default client it would also run computations of other Dask code in this process
            client = distributed.Client(self.address, timeout=_CONNECT, set_as_default=False)
        except (OSError, ValueError, TimeoutError) as error:
            raise MachineError(f"no Dask scheduler answers at {self.address}: {error}") from None
        with client:
            yield client


def _is_private(address: str) -> bool:
    """Whether nobody else can read what is sent to an address: it is encrypted, or on this machine."""
    scheme, _, rest = address.rpartition("://")
    if scheme in ("tls", "wss", "inproc"):
        return True
    if scheme not in ("", "tcp", "ws"):  # a protocol that nobody here knows
        return False
    name = rest.split("/")[0].rsplit("@", 1)[-1]
    host = name[1:].split("]")[0] if name.startswith("[") else name.rsplit(":", 1)[0] if ":" in name else name
    if host == "localhost":
        return True
    try:
        # only a number: a name can lead anywhere, and somewhere else the next time
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


class _Workers:
    """A `pool.Team` for one assignment, made of all workers of a cluster; a context manager."""

    def __init__(self, client: Any, place: dict[str, Any]) -> None:
        self.client, self.place = client, place
        self.members: dict[str, _Member] = {}
        # a queue, because Dask calls back in a thread of its own
        self.done: queue.SimpleQueue[_Member] = queue.SimpleQueue()
        self._looked, self._somebody = -math.inf, time.monotonic()

    def __enter__(self) -> _Workers:
        return self

    def __exit__(self, *_: object) -> None:
        """Cancel the pending tasks and stop the graders. A worker that has gone is ignored."""
        for member in self.members.values():
            if member.future is not None:
                member.future.cancel()
        with contextlib.suppress(OSError, TimeoutError, ValueError):
            self.client.run(_close, workers=list(self.members), on_error="ignore")

    def staff(self, wanted: int) -> None:
        """Nothing to do: the cluster decides which workers there are, and `wait` notices."""

    def give(self, member: _Member, submitted: Submitted) -> None:
        self._ask(member, (submitted.job.student, submitted.content))

    def wait(self) -> list[Event]:
        if time.monotonic() - self._looked >= _LOOK_EVERY and (gone := self._look_who_is_there()):
            return gone
        try:
            member = self.done.get(timeout=_LOOK_EVERY)
        except queue.Empty:
            return []
        # meanwhile this member may have been dropped, and a new one may have its address
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
                "the cluster has no worker left; what was graded is kept: "
                "start workers and run the same command again to continue"
            )
        return [Event(member) for member in gone]

    def _ask(self, member: _Member, job: tuple[str, Content] | None) -> None:
        with warnings.catch_warnings():
            # Dask warns about a notebook with pictures in it, but each is sent only once
            warnings.filterwarnings("ignore", "Sending large graph")
            # Dask must not move or repeat a task, or mistake it for an earlier one: `Shift` counts the tries
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
                raise MachineError(f"the Dask worker at {member.address} failed: {future.exception()!r}")
            self.members.pop(member.address)  # the next look adds it again if it is still there
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
