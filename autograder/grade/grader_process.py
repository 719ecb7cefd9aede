"""A running grader, and a desk that keeps one warm."""

from __future__ import annotations

import contextlib
import json
import os
import pathlib
import subprocess
import sys
from collections.abc import Mapping
from types import MappingProxyType
from typing import IO, Any

from autograder import errors
from autograder.course.config import Course
from autograder.errors import AutograderError, CourseError
from autograder.notebook import Content, content_of
from autograder.results import Report


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
            "PYTHONPATH": os.pathsep.join(
                [str(pathlib.Path(__file__).parents[2]), os.environ.get("PYTHONPATH", "")]
            ).rstrip(os.pathsep),
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
        self.busy = False

    def give(self, student: str, content: Content, profile: bool = False) -> None:
        """Hand it a submission; with `profile`, its reply also says where the time went."""
        self.busy = True
        size = None if content.data is None else len(content.data)
        request = {"student": student, "bytes": size, "problem": content.problem, "id": 0, "profile": profile}
        self.ask(request, content.data or b"")

    def ask(self, request: dict[str, Any], data: bytes = b"") -> None:
        """A request is one JSON line, with the bytes that it speaks of behind it."""
        assert self._process.stdin is not None
        with contextlib.suppress(BrokenPipeError):  # its end of file is seen where its reply is awaited
            self._process.stdin.write(json.dumps(request).encode() + b"\n")
            self._process.stdin.write(data)
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
            self._process.wait(0 if self.busy else 5)
        except subprocess.TimeoutExpired:
            self._process.terminate()
            with contextlib.suppress(subprocess.TimeoutExpired):
                self._process.wait(2)
            self._process.kill()
            self._process.wait()
        self.replies.close()


def as_error(message: dict[str, Any]) -> AutograderError:
    kind = getattr(errors, str(message.get("kind")), AutograderError)
    known = isinstance(kind, type) and issubclass(kind, AutograderError)
    return (kind if known else AutograderError)(str(message["error"]))


class Desk:
    """One warm grader of one assignment for one notebook after another, as a student who checks their own work needs
    it.
    """

    def __init__(self, course: Course, assignment: str) -> None:
        self.course, self.assignment = course, assignment
        self._process: GraderProcess | None = None

    def grade(self, path: pathlib.Path, student: str = "you") -> Report:
        """The report on a notebook as it is now. Raises CourseError or MachineError."""
        content = content_of(path, self.course.settings.notebook_bytes)
        return self.grade_content(content, student)

    def grade_content(self, content: Content, student: str = "you") -> Report:
        """The report on a notebook that was read already. Raises CourseError or MachineError."""
        for last_try in (False, True):
            process = self._process = self._process or GraderProcess(self.course, self.assignment)
            process.give(student, content)
            try:
                report = process.wait_for("report")
                process.busy = False
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
