"""A grader in a process of its own, and a desk that keeps one warm."""

from __future__ import annotations

import contextlib
import json
import os
import pathlib
import subprocess
import sys
from typing import IO, Any

from autograder import errors
from autograder.course.config import Course
from autograder.errors import AutograderError, CourseError
from autograder.notebook import Content, content_of
from autograder.results import Report


class GraderDied(CourseError):
    """A grader's process ended without a reply."""


class GraderProcess:
    """A running grader for one assignment. It takes one job at a time. `trusted`: see `devices.choose`."""

    def __init__(self, course: Course, assignment: str, trusted: bool = False) -> None:
        trust = "trusted" if trusted else "strangers"
        reading, writing = os.pipe()
        environment = {
            **os.environ,
            # a run starts one grader per core, so further threads would only compete
            "OMP_NUM_THREADS": "1",
            "OPENBLAS_NUM_THREADS": "1",
            "MKL_NUM_THREADS": "1",
            # the same copy of the engine as here, whatever the working directory
            "PYTHONPATH": os.pathsep.join(
                [str(pathlib.Path(__file__).parents[2]), os.environ.get("PYTHONPATH", "")]
            ).rstrip(os.pathsep),
        }
        self._process = subprocess.Popen(
            [sys.executable, "-m", "autograder.judge.process", str(course.root), assignment, str(writing), trust],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,  # replies have a pipe of their own: anything may print to stdout
            pass_fds=[writing],
            env=environment,
            cwd=course.root,
        )
        os.close(writing)  # otherwise `read` would never see the end of file
        # unbuffered: a selector does not see what is in a buffer
        self.replies: IO[bytes] = os.fdopen(reading, "rb", buffering=0)
        self._buffer = b""
        self.busy = False

    def give(self, student: str, content: Content, profile: bool = False) -> None:
        """Send a submission. With `profile`, the reply also has seconds by stage."""
        self.busy = True
        size = None if content.data is None else len(content.data)
        request = {
            "student": student,
            "bytes": size,
            "problem": content.problem,
            "id": 0,
            "name": content.name,
            "beside": content.beside,
            "profile": profile,
        }
        self.ask(request, content.data or b"")

    def ask(self, request: dict[str, Any], data: bytes = b"") -> None:
        """Send a request: one JSON line, then the bytes that it announces."""
        assert self._process.stdin is not None
        with contextlib.suppress(BrokenPipeError):  # whoever waits for the reply sees the end of file
            self._process.stdin.write(json.dumps(request).encode() + b"\n")
            self._process.stdin.write(data)
            self._process.stdin.flush()

    def wait_for(self, key: str) -> Any:
        """The value of `key` in the first message that has it. Raises the grader's error, or GraderDied if it ends."""
        return self.wait_for_message(key)[key]

    def wait_for_message(self, key: str) -> dict[str, Any]:
        while (messages := self.read()) is not None:
            for message in messages:
                if "error" in message:
                    raise as_error(message)
                if key in message:
                    return message
        raise GraderDied("the grader ended without a reply: see its output above")

    def read(self) -> list[dict[str, Any]] | None:
        """The messages that have arrived, maybe none; None once the process has ended. Blocks until there is data."""
        piece = os.read(self.replies.fileno(), 1 << 20)
        if not piece:
            return None
        *lines, self._buffer = (self._buffer + piece).split(b"\n")
        return [json.loads(line) for line in lines]

    def hang_up(self) -> None:
        """Let the process end after its current job."""
        if self._process.stdin is not None:
            with contextlib.suppress(BrokenPipeError):
                self._process.stdin.close()

    def stop(self) -> None:
        """End the process. Its warm parent and worker end with it, because their control channel closes."""
        if self.replies.closed:
            return
        self.hang_up()
        try:
            # an idle grader exits at the end of stdin; a busy one would finish its submission first
            self._process.wait(0 if self.busy else 5)
        except subprocess.TimeoutExpired:
            self._process.terminate()
            with contextlib.suppress(subprocess.TimeoutExpired):
                self._process.wait(2)
            self._process.kill()
            self._process.wait()
        self.replies.close()


def as_error(message: dict[str, Any]) -> AutograderError:
    """The exception that an `error` message stands for; AutograderError for an unknown kind."""
    kind = getattr(errors, str(message.get("kind")), AutograderError)
    known = isinstance(kind, type) and issubclass(kind, AutograderError)
    return (kind if known else AutograderError)(str(message["error"]))


class Desk:
    """A warm grader for one assignment, for notebooks that come one at a time. One that dies is replaced once per
    notebook.
    """

    def __init__(self, course: Course, assignment: str, trusted: bool = False) -> None:
        self.course, self.assignment, self.trusted = course, assignment, trusted
        self._process: GraderProcess | None = None

    def grade(self, path: pathlib.Path, student: str = "you") -> Report:
        """The report on a notebook file as it is now. Raises CourseError or MachineError."""
        content = content_of(path, self.course.settings.notebook_bytes)
        return self.grade_content(content, student)

    def grade_content(self, content: Content, student: str = "you") -> Report:
        """The report on a notebook that has been read. Raises CourseError or MachineError."""
        for last_try in (False, True):
            process = self._process = self._process or GraderProcess(self.course, self.assignment, self.trusted)
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
