"""Start, time, and stop the processes that run student code.

A `WarmParent` is started with exec and a scrubbed environment, so nothing of the grader's memory is in it. It forks a `Worker` for each
submission; the grader talks to that worker over a channel of its own and kills it, and all it left behind, by process descriptor.
"""

from __future__ import annotations

import contextlib
import json
import os
import pathlib
import select
import shutil
import signal
import socket
import subprocess
import sys
import sysconfig
import tempfile
import time
from dataclasses import dataclass, field
from typing import Any

from autograder.errors import MachineError, OutOfMemory, TimedOut, WorkerDied
from autograder.worker import wire

_WORKER = pathlib.Path(__file__).parent / "worker" / "main.py"
LEVEL = "process"
"""Isolation in words, for reports: a process of its own with limits."""
MISSING = ("bubblewrap", "Landlock", "seccomp")
"""The layers of isolation that this level lacks."""


@dataclass(frozen=True)
class Limits:
    """What one worker may use.

    Times are CPU seconds (of one call, of all calls of an exercise, of all cells of a notebook), so a busy machine never turns a right
    answer into a slow one; what sleeps is stopped after `patience` times as many seconds by the clock. Sizes are bytes.
    """

    call_seconds: float = 10.0
    exercise_seconds: float = 20.0
    load_seconds: float = 60.0
    patience: float = 4.0
    memory: int = 3 << 30
    reply: int = 256 << 20
    file: int = 64 << 20

    def for_child(self, unlimited: bool = False) -> dict[str, int]:
        """What the child is told; `unlimited` address space is for real accelerators, whose drivers map far more than they use."""
        return {"memory": 0 if unlimited else self.memory, "file": self.file, "cpu": 3600}


def _environment(scratch: str) -> dict[str, str]:
    """The worker's whole environment: one thread per library, no home, no tokens."""
    cache = pathlib.Path.home() / ".cache" / "autograder" / "matplotlib"
    with contextlib.suppress(OSError):
        cache.mkdir(parents=True, exist_ok=True)
    return {
        "PATH": os.defpath,
        "LANG": "C.UTF-8",
        "HOME": scratch,
        "TMPDIR": scratch,
        "MPLBACKEND": "Agg",
        "MPLCONFIGDIR": str(cache) if os.access(cache, os.W_OK) else scratch,
        "OMP_NUM_THREADS": "1",
        "OPENBLAS_NUM_THREADS": "1",
        "MKL_NUM_THREADS": "1",
        "MALLOC_ARENA_MAX": "2",
        "PYTHONHASHSEED": "0",
        "PYTHONDONTWRITEBYTECODE": "1",
    }


def _cpu_seconds(pid: int) -> float:
    """CPU time of a process by its clock id (clock_getcpuclockid(3)); 0 where that can't be read."""
    try:
        return time.clock_gettime((~pid << 3) | 2)
    except (OSError, AttributeError, OverflowError):
        return 0.0


class WarmParent:
    """A process that has imported what a lesson needs and forks workers.

    `preload` are import statements from the lesson's set-up cell; they are the course's own, not a student's.
    Raises MachineError where it can't be started.
    """

    def __init__(self, preload: tuple[str, ...] = (), limits: Limits | None = None) -> None:
        self.preload = preload
        self.limits = limits or Limits()
        self._process: subprocess.Popen[bytes] | None = None
        self._ready = False

    def start(self) -> None:
        """Start the process without waiting for it to be warm."""
        if not hasattr(os, "fork") or not hasattr(socket, "send_fds"):
            raise MachineError("student code runs in forked processes, which this operating system lacks: use Linux, macOS or WSL 2")
        self._scratch = tempfile.mkdtemp(prefix="autograder-")
        ours, theirs = socket.socketpair()
        self._errors = tempfile.TemporaryFile()  # noqa: SIM115  (closed in stop)
        self._process = subprocess.Popen(
            [sys.executable, "-I", "-S", str(_WORKER), str(theirs.fileno())],
            pass_fds=[theirs.fileno()],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=self._errors,
            env=_environment(self._scratch),
            cwd=self._scratch,
        )
        theirs.close()
        self._control = ours
        self._ready = False
        packages = list(dict.fromkeys([sysconfig.get_paths()["purelib"], sysconfig.get_paths()["platlib"]]))
        self._send({"op": "warm_up", "packages": packages, "preload": list(self.preload), "scratch": self._scratch})

    def _send(self, message: dict[str, Any], descriptors: tuple[int, ...] = ()) -> None:
        try:
            socket.send_fds(self._control, [json.dumps(message).encode() + b"\n"], descriptors)
        except OSError as error:
            raise MachineError(f"the process that starts workers is gone: {error}{self._last_words()}") from None

    def _receive(self) -> tuple[dict[str, Any], list[int]]:
        line, descriptors = b"", []
        while not line.endswith(b"\n"):
            try:
                piece, new, _, _ = socket.recv_fds(self._control, 1 << 16, 4)
            except OSError:
                piece, new = b"", []
            descriptors += new
            if not piece:
                raise MachineError(f"the process that starts workers is gone{self._last_words()}")
            line += piece
        return json.loads(line), list(descriptors)

    def _last_words(self) -> str:
        self._errors.seek(0)
        words = self._errors.read()[-2000:].decode(errors="replace").strip()
        return f": {words.splitlines()[-1]}" if words else ""

    def wait_until_warm(self) -> None:
        if self._process is None:
            self.start()
        if not self._ready:
            reply, _ = self._receive()
            if "error" in reply:
                raise MachineError(reply["error"])
            self._ready = True

    def spawn(self, unlimited: bool = False) -> Worker:
        """Fork a worker, with or without a limit on its address space; a warm parent that has died in between is started anew, once."""
        for attempt in (1, 2):
            try:
                self.wait_until_warm()
                ours, theirs = socket.socketpair()
                with theirs:
                    self._send({"op": "spawn", "limits": self.limits.for_child(unlimited)}, (theirs.fileno(),))
                reply, descriptors = self._receive()
                return Worker(self, reply["pid"], descriptors[0] if descriptors else None, ours)
            except MachineError:
                if attempt == 2:
                    raise
                self.stop()
        raise AssertionError("unreachable")

    def reap(self, pid: int) -> int:
        """Wait status of a worker that has ended or was killed."""
        try:
            self._send({"op": "reap", "pid": pid})
            return int(self._receive()[0]["status"])
        except MachineError:
            self.stop()
            return 0

    def stop(self) -> None:
        if self._process is None:
            return
        self._control.close()
        with contextlib.suppress(ProcessLookupError):
            self._process.kill()
        self._process.wait()
        self._errors.close()
        shutil.rmtree(self._scratch, ignore_errors=True)
        self._process = None
        self._ready = False

    def __enter__(self) -> WarmParent:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()


@dataclass
class Worker:
    """One child process with a submission in it, and the grader's end of its channel."""

    parent: WarmParent
    pid: int
    pidfd: int | None
    channel: socket.socket
    status: int | None = field(default=None, init=False)

    def __post_init__(self) -> None:
        self.channel.setblocking(False)
        self._deadline = (0.0, 0.0)
        self._poll = select.poll()
        self._poll.register(self.channel, select.POLLIN)

    @property
    def alive(self) -> bool:
        return self.status is None

    @property
    def cpu_seconds(self) -> float:
        """CPU time that the worker has used since it was forked."""
        return _cpu_seconds(self.pid)

    def begin(self, seconds: float) -> None:
        """From now on, the worker has `seconds` of CPU time to reply in."""
        self._seconds = seconds
        self._deadline = (_cpu_seconds(self.pid) + seconds, time.monotonic() + seconds * self.parent.limits.patience)

    def _wait(self, events: int = select.POLLIN) -> None:
        while True:
            cpu, clock = self._deadline
            if _cpu_seconds(self.pid) > cpu or time.monotonic() > clock:
                raise TimedOut("")
            self._poll.modify(self.channel, events)
            if self._poll.poll(100):
                return

    def send(self, header: dict[str, Any], blobs: list[memoryview]) -> None:
        with self._losing_the_worker():
            wire.write_frame(self.channel.fileno(), header, blobs, lambda: self._wait(select.POLLOUT))

    def receive(self) -> tuple[dict[str, Any], list[bytearray]]:
        """One frame from the worker.

        Raises TimedOut, OutOfMemory or WorkerDied, and the worker is then gone; these are the student's faults.
        """
        with self._losing_the_worker():
            return wire.read_frame(self.channel.fileno(), self._wait, max_bytes=self.parent.limits.reply)

    @contextlib.contextmanager
    def _losing_the_worker(self) -> Any:
        """Whatever goes wrong on the channel ends the worker and is told as what the student's code did."""
        try:
            yield
        except TimedOut:
            self.kill()
            raise TimedOut(f"it was stopped after {self._seconds:.0f} seconds") from None
        except wire.ChannelClosed:
            self.kill()
            raise self._cause_of_death() from None
        except wire.WireError as error:
            self.kill()
            raise WorkerDied(f"what came back can't be read: {error}") from None

    def _cause_of_death(self) -> WorkerDied | OutOfMemory | TimedOut:
        status = self.status or 0
        if os.WIFSIGNALED(status):
            number = os.WTERMSIG(status)
            if number == signal.SIGXCPU:
                return TimedOut("it used up all the time a submission has")
            if number == signal.SIGKILL and not self._killed_by_us:
                return OutOfMemory("its process was killed, most likely for want of memory")
            if number != signal.SIGKILL:
                return WorkerDied(f"its process crashed ({signal.Signals(number).name})")
        return WorkerDied("it ended its own process")

    def kill(self) -> None:
        """End the worker and everything it started, and wait until they are gone."""
        if not self.alive:
            return
        # Ended already? Then its own wait status tells why; SIGKILL would not change it.
        self._killed_by_us = False
        if self.pidfd is not None:
            ended = select.poll()
            ended.register(self.pidfd, select.POLLIN)
            self._killed_by_us = not ended.poll(200 if self._hung_up() else 0)
            with contextlib.suppress(ProcessLookupError):
                signal.pidfd_send_signal(self.pidfd, signal.SIGKILL)
            os.close(self.pidfd)
        else:
            with contextlib.suppress(ProcessLookupError):
                os.kill(self.pid, signal.SIGKILL)
        self.channel.close()
        self.status = self.parent.reap(self.pid)

    def _hung_up(self) -> bool:
        return any(event & (select.POLLHUP | select.POLLERR) for _, event in self._poll.poll(0))
