"""The grader processes of a run: start them, hand out submissions, collect reports; replace one that dies."""

from __future__ import annotations

import contextlib
import json
import os
import pathlib
import selectors
import subprocess
import sys
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from types import MappingProxyType
from typing import IO, Any

from autograder import devices, errors
from autograder.course.config import Course
from autograder.errors import AutograderError, CourseError
from autograder.profile import stopwatch
from autograder.read.inbox import Job
from autograder.results import DIED, HELD, Report

TRIES = 2
"""How often a submission is tried over which graders die."""


class GraderDied(CourseError):
    """A grader ended without an answer."""


class GraderProcess:
    """One running grader of one assignment; it takes one job at a time. `variables` are added to its environment."""

    def __init__(self, course: Course, assignment: str, variables: Mapping[str, str] = MappingProxyType({})) -> None:
        reading, writing = os.pipe()
        environment = {
            **os.environ,
            "OMP_NUM_THREADS": "1",
            "OPENBLAS_NUM_THREADS": "1",
            "MKL_NUM_THREADS": "1",
            "PYTHONPATH": os.pathsep.join([str(pathlib.Path(__file__).parents[2]), os.environ.get("PYTHONPATH", "")]).rstrip(os.pathsep),
            **variables,
        }
        self._process = subprocess.Popen(
            [sys.executable, "-m", "autograder.judge.process", str(course.root), assignment, str(writing)],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            pass_fds=[writing],
            env=environment,
            cwd=course.root,
        )
        os.close(writing)
        self.replies: IO[bytes] = os.fdopen(reading, "rb", buffering=0)
        self._buffer = b""
        self.job: Job | None = None
        self.ready = False

    def give(self, job: Job, profile: bool = False) -> None:
        """Hand it a submission; with `profile`, its reply also says where the time went."""
        self.job = job
        self.ask({"student": job.student, "path": os.path.abspath(job.path), "id": 0, "profile": profile})

    def ask(self, request: dict[str, Any]) -> None:
        assert self._process.stdin is not None
        with contextlib.suppress(BrokenPipeError):  # its end of file is seen where its reply is awaited
            self._process.stdin.write(json.dumps(request).encode() + b"\n")
            self._process.stdin.flush()

    def wait_for(self, key: str) -> Any:
        """What the first message that has `key` has there; raises the process's own error, or GraderDied if it ends."""
        return self.wait_for_message(key)[key]

    def wait_for_message(self, key: str) -> dict[str, Any]:
        while (messages := self.read()) is not None:
            for message in messages:
                if "error" in message:
                    raise as_error(message)
                if key in message:
                    return message
        raise GraderDied("the grader ended without an answer; its last words are above")

    def read(self) -> list[dict[str, Any]] | None:
        """The messages that have arrived; None when the process has ended."""
        piece = os.read(self.replies.fileno(), 1 << 20)
        if not piece:
            return None
        *lines, self._buffer = (self._buffer + piece).split(b"\n")
        return [json.loads(line) for line in lines]

    def hang_up(self) -> None:
        """Let the process end after what it is at."""
        if self._process.stdin is not None:
            with contextlib.suppress(BrokenPipeError):
                self._process.stdin.close()

    def stop(self) -> None:
        """End the process; its warm parent and worker end with it, since their control channel closes."""
        if self.replies.closed:
            return
        self.hang_up()
        try:
            self._process.wait(5 if self.job is None else 0)
        except subprocess.TimeoutExpired:
            self._process.terminate()
            with contextlib.suppress(subprocess.TimeoutExpired):
                self._process.wait(2)
            self._process.kill()
            self._process.wait()
        self.replies.close()


PATIENCE = 1.0
"""Seconds without a report after which a crew says so."""

Crew = Callable[[Course, Iterable[Job], Callable[[], None]], Iterator[Report | None]]
"""Who grades: takes the course, the jobs, and what to call when a grader is ready; gives the reports as they come, and None where none has
come for `PATIENCE`, so that whoever collects them need not wait for more."""


def grade_all(course: Course, jobs: Iterable[Job], on_ready: Callable[[], None] = lambda: None, *, count: int) -> Iterator[Report | None]:
    """Reports in the order in which they are ready, from `count` processes; see `Crew`.

    A process that dies over a submission is replaced, and the submission tried once more; if it dies again, the submission is held.
    Raises CourseError or MachineError where the course or the machine is at fault.
    """
    by_assignment: dict[str, deque[Job]] = {}
    for job in jobs:
        by_assignment.setdefault(job.assignment, deque()).append(job)
    most = devices.at_once(devices.choose(course.settings.device, course.settings.device_memory))
    count = count if most is None else min(count, most)
    for assignment, waiting in by_assignment.items():
        yield from _grade_assignment(course, assignment, waiting, count, on_ready)


def _grade_assignment(
    course: Course, assignment: str, waiting: deque[Job], count: int, on_ready: Callable[[], None]
) -> Iterator[Report | None]:
    tries: dict[Job, int] = {}
    with selectors.DefaultSelector() as selector, contextlib.ExitStack() as stack:
        processes: set[GraderProcess] = set()
        stack.callback(_stop_all, processes)

        def start() -> None:
            process = GraderProcess(course, assignment)
            processes.add(process)
            selector.register(process.replies, selectors.EVENT_READ, process)

        def give_next(process: GraderProcess) -> None:
            process.job = None
            if waiting:
                process.give(waiting.popleft(), stopwatch.running)

        for _ in range(min(count, len(waiting))):
            start()
        while waiting or any(process.job for process in processes):
            ready = selector.select(PATIENCE)
            if not ready:
                yield None
            for key, _ in ready:
                process = key.data
                messages = process.read()
                if messages is None:
                    selector.unregister(process.replies)
                    processes.remove(process)
                    lost, was_ready = process.job, process.ready
                    process.stop()
                    if not was_ready:
                        raise CourseError(f"the grader of {assignment} ended before it was ready; its last words are above")
                    if lost is not None:
                        tries[lost] = tries.get(lost, 0) + 1
                        if tries[lost] < TRIES:
                            waiting.append(lost)
                        else:
                            yield Report(lost.student, assignment, lost.path.stem, HELD, DIED, try_again=True)
                    if waiting:
                        start()
                    continue
                for message in messages:
                    if "error" in message:
                        raise as_error(message)
                    if "ready" in message:
                        process.ready = True
                        on_ready()
                        give_next(process)
                    elif isinstance(message.get("report"), dict):
                        report = Report.from_dict(message["report"])
                        stopwatch.add(message.get("stages", {}))
                        give_next(process)
                        yield report


def _stop_all(processes: set[GraderProcess]) -> None:
    for process in processes:
        process.hang_up()
    for process in processes:
        process.stop()


def as_error(message: dict[str, Any]) -> AutograderError:
    kind = getattr(errors, str(message.get("kind")), AutograderError)
    known = isinstance(kind, type) and issubclass(kind, AutograderError)
    return (kind if known else AutograderError)(str(message["error"]))


def prove(course: Course, assignment: str, exercises: list[str], count: int) -> list[dict[str, Any]]:
    """The rows of `grade.Grader.prove` for these exercises, in their order, from `count` processes."""

    def work(process: GraderProcess, mine: list[str]) -> list[dict[str, Any]]:
        rows: list[dict[str, Any]] = []
        for name in mine:
            process.ask({"prove": name, "id": name})
            rows += process.wait_for("proof")
        process.stop()
        return rows

    most = devices.at_once(devices.choose(course.settings.device, course.settings.device_memory))
    count = count if most is None else min(count, most)
    shares = [share for share in (exercises[start::count] for start in range(count)) if share]
    processes = [GraderProcess(course, assignment) for _ in shares]
    try:
        with ThreadPoolExecutor(len(shares)) as pool:
            found = [row for rows in pool.map(work, processes, shares) for row in rows]
    finally:
        for process in processes:
            process.stop()
    return sorted(found, key=lambda row: exercises.index(row["exercise"]))


class Desk:
    """One warm grader of one assignment for one notebook after another, as a student who checks their own work needs it."""

    def __init__(self, course: Course, assignment: str) -> None:
        self.course, self.assignment = course, assignment
        self._process: GraderProcess | None = None

    def grade(self, path: pathlib.Path, student: str = "you") -> Report:
        """The report on a notebook as it is now. Raises CourseError or MachineError."""
        for last_try in (False, True):
            process = self._process = self._process or GraderProcess(self.course, self.assignment)
            process.give(Job(student, self.assignment, path))
            try:
                report = process.wait_for("report")
                process.job = None
                return Report.from_dict(report)
            except AutograderError:
                self.close()
                if last_try:
                    raise
        raise AssertionError("unreachable")

    def close(self) -> None:
        if self._process is not None:
            self._process.stop()
            self._process = None
