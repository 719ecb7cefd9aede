"""Start, time, and stop the processes that run student code.

A `WarmParent` is started with exec and a scrubbed environment, in bubblewrap where the machine has it, so nothing of the grader's memory
is in it. It forks a `Worker` for each submission, which locks itself in before it reads any of the student's code; the grader talks to
that worker over a channel of its own, watches what it uses, and kills it, and all it left behind, by process descriptor.
"""

from __future__ import annotations

import contextlib
import json
import os
import pathlib
import select
import signal
import socket
import subprocess
import tempfile
import time
from dataclasses import dataclass, field
from typing import Any

from autograder.errors import MachineError, OutOfMemory, TimedOut, TooMuch, WorkerDied
from autograder.profile import stopwatch
from autograder.run import isolation, sandbox_rules, temporary
from autograder.worker import frames, limits

_NOBODY_KNOWS = -1  # no wait status: the process that could have asked for it has ended
_LOOK_EVERY = 25  # milliseconds between two looks at what a busy worker uses
_WORKER = isolation.WORKER_FOLDER / "main.py"


@dataclass(frozen=True)
class Limits:
    """What one worker may use.

    Times are CPU seconds (of one call, of all calls of an exercise, of all cells of a notebook), so a busy machine never turns a right
    answer into a slow one; what sleeps is stopped after `patience` times as many seconds by the clock. Sizes are bytes: of memory beyond
    what torch needs, of one reply, of one file, of all of them; `entries` is how many files and folders there may be, `threads` how many
    threads.
    """

    call_seconds: float = 10.0
    exercise_seconds: float = 20.0
    load_seconds: float = 60.0
    patience: float = 4.0
    memory: int = 3 << 30
    reply: int = 256 << 20
    file: int = 64 << 20
    scratch: int = 256 << 20
    entries: int = 2000
    threads: int = 256

    def for_child(self, unlimited: bool = False) -> dict[str, int]:
        """What the child is told; `unlimited` address space is for real accelerators, whose drivers map far more than they use."""
        return {"memory": 0 if unlimited else self.memory, "file": self.file, "cpu": 3600}


def _font_cache(environment: dict[str, str]) -> pathlib.Path | None:
    """Where matplotlib keeps its list of fonts, made beforehand so that workers only ever read it; None where that can't be."""
    cache = pathlib.Path.home() / ".cache" / "autograder" / "matplotlib"
    try:
        cache.mkdir(parents=True, exist_ok=True)
        if not any(cache.glob("fontlist*.json")):
            make = f"import sys; sys.path.extend({sandbox_rules.packages()!r}); import matplotlib.font_manager"
            known = {**environment, "MPLCONFIGDIR": str(cache)}
            subprocess.run([sandbox_rules.executable(), "-I", "-S", "-c", make], env=known, check=False, timeout=120, capture_output=True)
    except (OSError, RuntimeError, subprocess.TimeoutExpired):
        return None
    return cache if any(cache.glob("fontlist*.json")) else None


def _environment(scratch: str) -> dict[str, str]:
    """The worker's whole environment: one thread per library, no home, no tokens."""
    return {
        "PATH": os.defpath,
        "LANG": "C.UTF-8",
        "HOME": scratch,
        "TMPDIR": scratch,
        "MPLBACKEND": "Agg",
        "OMP_NUM_THREADS": "1",
        "OPENBLAS_NUM_THREADS": "1",
        "MKL_NUM_THREADS": "1",
        "MALLOC_ARENA_MAX": "2",
        # keep freed memory for the next tensor, up to 64 MiB: to get every page anew from the kernel costs more than to fill it
        "MALLOC_TRIM_THRESHOLD_": str(64 << 20),
        "MALLOC_MMAP_THRESHOLD_": str(32 << 20),  # the most that mallopt(3) takes
        "MALLOC_TOP_PAD_": str(16 << 20),
        "PYTHONHASHSEED": "0",
        "PYTHONDONTWRITEBYTECODE": "1",
    }


def _outer_pid(pidfd: int) -> int | None:
    """The process number, on this side of any namespace, of the process behind a descriptor; see pidfd_open(2)."""
    try:
        with open(f"/proc/self/fdinfo/{pidfd}") as info:
            return next((int(line.split()[1]) for line in info if line.startswith("Pid:")), None)
    except (OSError, ValueError):
        return None


def _threads(pid: int) -> int:
    try:
        return os.stat(f"/proc/{pid}/task").st_nlink - 2  # a folder for each; to read `stat` takes five times as long
    except OSError:
        return 1


def _cpu_seconds(pid: int) -> float:
    """CPU time of a process by its clock id (clock_getcpuclockid(3)); 0 where that can't be read."""
    try:
        return time.clock_gettime((~pid << 3) | 2)
    except (OSError, AttributeError, OverflowError):
        return 0.0


class WarmParent:
    """A process that has imported what a lesson needs and forks workers.

    `preload` are import statements from the lesson's set-up cell; they are the course's own, not a student's. `simulated`: its workers
    will be asked for the simulated accelerator, which can be set up before they are forked.
    Raises MachineError where it can't be started.
    """

    def __init__(
        self, preload: tuple[str, ...] = (), limits: Limits | None = None, fence: isolation.Fence | None = None, simulated: bool = False
    ) -> None:
        self.preload, self.simulated = preload, simulated
        self.limits = limits or Limits()
        self.fence = fence or isolation.fence()
        self._process: subprocess.Popen[bytes] | None = None
        self._ready = False

    def start(self) -> None:
        """Start the process without waiting for it to be warm."""
        if not hasattr(os, "fork") or not hasattr(socket, "send_fds"):
            raise MachineError("student code runs in forked processes, which this operating system lacks: use Linux, macOS or WSL 2")
        fence = self.fence
        self._folder = temporary.Folder("worker")
        self._scratch = self._folder.path
        environment = _environment(self._scratch)
        fonts = _font_cache(environment)
        environment["MPLCONFIGDIR"] = str(fonts or self._scratch)
        readable = sandbox_rules.readable(isolation.WORKER_FOLDER) + ([str(fonts)] if fonts else [])
        ours, theirs = socket.socketpair()
        command = [sandbox_rules.executable(), "-I", "-S", str(_WORKER), str(theirs.fileno())]
        if fence.bubblewrap:
            command = sandbox_rules.bubblewrap(fence.bubblewrap, command, readable, self._scratch, see_processes=fence.landlock)
        self._errors = tempfile.TemporaryFile()  # noqa: SIM115  (closed in stop)
        self._process = subprocess.Popen(
            command,
            pass_fds=[theirs.fileno()],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=self._errors,
            env=environment,
            cwd=self._scratch,
        )
        theirs.close()
        self._control = ours
        self._ready = False
        self._send({
            "op": "warm_up", "packages": sandbox_rules.packages(), "preload": list(self.preload), "simulated": self.simulated,
            "scratch": self._scratch, "readable": readable, "landlock": fence.landlock, "filter": fence.filter.hex(),
            "namespaces": bool(fence.bubblewrap),
        })  # fmt: skip

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
            reply, descriptors = self._receive()
            if "error" in reply:
                raise MachineError(reply["error"])
            pid = _outer_pid(descriptors[0]) if descriptors else None
            for descriptor in descriptors:
                os.close(descriptor)
            # the address space is counted from the warm parent's own: a fixed figure would be too small for torch, or no limit
            self._mapped = limits.address_space(pid) if pid else 0
            self._ready = True

    def spawn(self, unlimited: bool = False) -> Worker:
        """Fork a worker, with or without a limit on its address space; a warm parent that has died in between is started anew, once."""
        for attempt in (1, 2):
            try:
                self.wait_until_warm()
                ours, theirs = socket.socketpair()
                with theirs, stopwatch.stage("fork"):
                    allowed = {**self.limits.for_child(unlimited), "mapped": self._mapped}
                    self._send({"op": "spawn", "limits": allowed}, (theirs.fileno(),))
                    reply, descriptors = self._receive()
                pidfd = descriptors[0] if descriptors else None
                outer = _outer_pid(pidfd) if pidfd is not None else None
                return Worker(self, reply["pid"], pidfd, ours, reply["pid"] if outer is None else outer, pathlib.Path(reply["scratch"]))
            except MachineError:
                if attempt == 2:
                    raise
                self.stop()
        raise AssertionError("unreachable")

    def reap(self, pid: int) -> int:
        """Wait status of a worker that has ended or was killed; _NOBODY_KNOWS where the warm parent is gone too."""
        try:
            self._send({"op": "reap", "pid": pid})
            return int(self._receive()[0]["status"])
        except MachineError:
            self.stop()
            return _NOBODY_KNOWS

    def stop(self) -> None:
        if self._process is None:
            return
        self._control.close()
        with contextlib.suppress(ProcessLookupError):
            self._process.kill()
        self._process.wait()
        self._errors.close()
        self._folder.remove()
        self._process = None
        self._ready = False

    def __enter__(self) -> WarmParent:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()


@dataclass
class Worker:
    """One child process with a submission in it, and the grader's end of its channel.

    `pid` is its number where its parent lives, `outer_pid` its number here; they differ where it lives in a namespace of its own.
    """

    parent: WarmParent
    pid: int
    pidfd: int | None
    channel: socket.socket
    outer_pid: int
    scratch: pathlib.Path
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
        return _cpu_seconds(self.outer_pid)

    def begin(self, seconds: float) -> None:
        """From now on, the worker has `seconds` of CPU time to reply in."""
        self._seconds = seconds
        self._deadline = (_cpu_seconds(self.outer_pid) + seconds, time.monotonic() + seconds * self.parent.limits.patience)

    def _wait(self, events: int = select.POLLIN) -> None:
        while True:
            cpu, clock = self._deadline
            if _cpu_seconds(self.outer_pid) > cpu or time.monotonic() > clock:
                raise TimedOut("")
            self._poll.modify(self.channel, events)
            if self._poll.poll(_LOOK_EVERY):
                return
            self.look_after()

    def look_after(self) -> None:
        """Raise TooMuch where the worker has more files or threads than it may have: what no limit of the kernel's bounds here."""
        limits = self.parent.limits
        if _threads(self.outer_pid) > limits.threads:
            raise TooMuch(f"it started more than {limits.threads} threads")
        entries, size, folders = 0, 0, [str(self.scratch)]
        try:
            while folders:
                with os.scandir(folders.pop()) as listing:
                    for entry in listing:
                        entries += 1
                        size += entry.stat(follow_symlinks=False).st_blocks * 512
                        if entry.is_dir(follow_symlinks=False):
                            folders.append(entry.path)
                        if entries > limits.entries:
                            raise TooMuch(f"it made more than {limits.entries} files and folders")
        except FileNotFoundError:
            pass  # it tidied up in the meantime
        except OSError as error:
            raise TooMuch(f"it made folders that can't be listed ({error.strerror})") from None
        if size > limits.scratch:
            raise TooMuch(f"it wrote more than {limits.scratch >> 20} MiB of files")

    def send(self, header: dict[str, Any], blobs: list[memoryview]) -> None:
        with self._losing_the_worker():
            frames.write_frame(self.channel.fileno(), header, blobs, lambda: self._wait(select.POLLOUT))

    def receive(self) -> tuple[dict[str, Any], list[bytearray]]:
        """One frame from the worker.

        Raises TimedOut, OutOfMemory or WorkerDied, and the worker is then gone; these are the student's faults.
        """
        with self._losing_the_worker():
            frame = frames.read_frame(self.channel.fileno(), self._wait, max_bytes=self.parent.limits.reply)
            self.look_after()
            return frame

    @contextlib.contextmanager
    def _losing_the_worker(self) -> Any:
        """Whatever goes wrong on the channel ends the worker and is told as what the student's code did."""
        try:
            yield
        except TooMuch:
            self.kill()
            raise
        except TimedOut:
            self.kill()
            raise TimedOut(f"it was stopped after {self._seconds:.0f} seconds") from None
        except frames.ChannelClosed:
            self.kill()
            raise self._cause_of_death() from None
        except frames.WireError as error:
            self.kill()
            raise WorkerDied(f"what came back can't be read: {error}") from None

    def _cause_of_death(self) -> WorkerDied | OutOfMemory | TimedOut:
        status = self.status or 0
        if status == _NOBODY_KNOWS:
            return WorkerDied("its process ended with the one that had started it", from_outside=True)
        if os.WIFSIGNALED(status):
            number = os.WTERMSIG(status)
            if number == signal.SIGXCPU:
                return TimedOut("it used up all the time a submission has")
            if number == signal.SIGKILL and not self._killed_by_us:
                return OutOfMemory("its process was killed, most likely for want of memory", from_outside=True)
            if number != signal.SIGKILL:
                return WorkerDied(f"its process crashed ({signal.Signals(number).name})")
        return WorkerDied("it ended its own process")

    def kill(self) -> None:
        """End the worker and everything it started, and wait until they are gone."""
        if not self.alive:
            return
        with stopwatch.stage("end"):
            self._kill()

    def _kill(self) -> None:
        # Ended already? Then its own wait status tells why; SIGKILL would not change it.
        self._killed_by_us = False
        if self.pidfd is not None:
            ended = select.poll()
            ended.register(self.pidfd, select.POLLIN)
            self._killed_by_us = not ended.poll(200 if self.hung_up() else 0)
            with contextlib.suppress(ProcessLookupError):
                signal.pidfd_send_signal(self.pidfd, signal.SIGKILL)
            os.close(self.pidfd)
        else:
            with contextlib.suppress(ProcessLookupError):
                os.kill(self.outer_pid, signal.SIGKILL)
        self.channel.close()
        self.status = self.parent.reap(self.pid)

    def hung_up(self) -> bool:
        """Whether its end of the channel is closed."""
        return any(event & (select.POLLHUP | select.POLLERR) for _, event in self._poll.poll(0))
