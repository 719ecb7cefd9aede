"""The process that has imported what a lesson needs and forks a worker for each submission.

It is started with exec and a scrubbed environment, in bubblewrap if the machine has it, so it holds none of the
grader's memory. Each worker locks itself in before it reads any of the student's code.
"""

from __future__ import annotations

import contextlib
import os
import pathlib
import socket
import subprocess
import tempfile
from typing import Any

from autograder.errors import MachineError
from autograder.files import cache_folder
from autograder.profile import stopwatch
from autograder.run import isolation, sandbox_rules, scratch_use, temporary
from autograder.run.limits import Limits
from autograder.run.scratch_use import FileSystem, Use
from autograder.run.worker_process import NOBODY_KNOWS, Worker
from autograder.worker import control
from autograder.worker.limits import address_space

RENEW_AFTER = 500
"""Submissions that one warm parent serves. All of its workers have its layout of addresses, so what one submission
learned of it would help the next to use a hole in a library. A new one costs 2 CPU seconds, or 5 where fastai is
imported: less than 0.01 for each submission.
"""
_WORKER = isolation.WORKER_FOLDER / "main.py"


def _font_cache(environment: dict[str, str]) -> pathlib.Path | None:
    """The folder of matplotlib's list of fonts, made beforehand so that workers only read it; None if that fails."""
    cache = cache_folder("matplotlib")
    try:
        cache.mkdir(parents=True, exist_ok=True)
        if not any(cache.glob("fontlist*.json")):
            make = f"import sys; sys.path.extend({sandbox_rules.packages()!r}); import matplotlib.font_manager"
            known = {**environment, "MPLCONFIGDIR": str(cache)}
            subprocess.run(
                [sandbox_rules.executable(), "-I", "-S", "-c", make],
                env=known,
                check=False,
                timeout=120,
                capture_output=True,
            )
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
        # a pool of threads started before the fork makes every child wait for threads that it does not have
        "OMP_NUM_THREADS": "1",
        "OPENBLAS_NUM_THREADS": "1",
        "MKL_NUM_THREADS": "1",
        "MALLOC_ARENA_MAX": "2",  # an arena for each thread would use up the limited address space, 64 MiB at a time
        # keep up to 64 MiB of freed memory for the next tensor: getting each page from the kernel again costs more than
        # filling it
        "MALLOC_TRIM_THRESHOLD_": str(64 << 20),
        "MALLOC_MMAP_THRESHOLD_": str(32 << 20),  # the most that mallopt(3) takes
        "MALLOC_TOP_PAD_": str(16 << 20),
        "PYTHONHASHSEED": "0",
        "PYTHONDONTWRITEBYTECODE": "1",
    }


def _outer_pid(pidfd: int) -> int | None:
    """The number of the process behind a descriptor, as this process sees it; see pidfd_open(2)."""
    try:
        with open(f"/proc/self/fdinfo/{pidfd}") as info:
            return next((int(line.split()[1]) for line in info if line.startswith("Pid:")), None)
    except (OSError, ValueError):
        return None


class WarmParent:
    """A process that has imported what a lesson needs and forks workers.

    `preload` are import statements from the lesson's set-up cell; they are the course's own, not a student's.
    `heavy`: they include what is slow to import and only some submissions use.
    `simulated`: its workers will be asked for the simulated accelerator, which can be set up before they are forked.
    Raises MachineError where it can't be started.
    """

    def __init__(
        self,
        preload: tuple[str, ...] = (),
        limits: Limits | None = None,
        fence: isolation.Fence | None = None,
        simulated: bool = False,
        heavy: bool = False,
    ) -> None:
        self.preload, self.simulated, self.heavy = preload, simulated, heavy
        self.limits = limits or Limits()
        self.fence = fence or isolation.fence()
        self._process: subprocess.Popen[bytes] | None = None
        self._ready = False
        self._served = 0

    def begin_submission(self) -> None:
        """To be called between two submissions, when no worker is alive: every so often the process is renewed."""
        self._served += 1
        if self._process is not None and self._served > RENEW_AFTER:
            self.stop()
            self.start()
            self._served = 1

    def start(self) -> None:
        """Start the process without waiting for it to be warm."""
        if not hasattr(os, "fork") or not hasattr(socket, "send_fds"):
            raise MachineError(
                "student code runs in forked processes, which this operating system lacks: use Linux, macOS or WSL 2"
            )
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
            command = sandbox_rules.bubblewrap(
                fence.bubblewrap, command, readable, self._scratch,
                scratch_bytes=self.limits.scratch, see_processes=fence.landlock,
            )  # fmt: skip
        # a file, because nobody reads along, and a full pipe would block the process
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
            "op": "warm_up", "packages": sandbox_rules.packages(), "preload": list(self.preload),
            "simulated": self.simulated,
            "scratch": self._scratch, "readable": readable, "landlock": fence.landlock, "filter": fence.filter.hex(),
            "namespaces": bool(fence.bubblewrap),
        })  # fmt: skip

    def _send(self, message: dict[str, Any], descriptors: list[int] | None = None) -> None:
        try:
            control.send(self._control, message, descriptors)
        except OSError as error:
            raise MachineError(f"the process that starts workers has ended: {error}{self._last_words()}") from None

    def _receive(self) -> tuple[dict[str, Any], list[int]]:
        try:
            message, descriptors = control.receive(self._control)
        except OSError:
            message, descriptors = None, []
        if message is None:
            raise MachineError(f"the process that starts workers has ended{self._last_words()}")
        return message, descriptors

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
            folder, *processes = descriptors
            pid = _outer_pid(processes[0]) if processes else None
            for descriptor in processes:
                os.close(descriptor)
            self._disk = FileSystem(folder)
            # a worker's limit counts from this size: a fixed figure would be too small for torch, or no limit at all
            self._mapped = address_space(pid) if pid else 0
            self._ready = True

    def spawn(self, unlimited: bool = False) -> Worker:
        """Fork a worker, with or without a limit on its address space. A dead warm parent is restarted, once."""
        for attempt in (1, 2):
            try:
                self.wait_until_warm()
                ours, theirs = socket.socketpair()
                # our copy of the worker's end is closed, so that its death is the end of the channel
                with theirs, stopwatch.stage("fork"):
                    own_disk = bool(self.fence.bubblewrap)
                    allowed = {**self.limits.for_child(unlimited, own_disk), "mapped": self._mapped}
                    self._send({"op": "spawn", "limits": allowed}, [theirs.fileno()])
                    reply, descriptors = self._receive()
                pidfd = descriptors[0] if descriptors else None
                outer = _outer_pid(pidfd) if pidfd is not None else None
                return Worker(
                    self.limits, self.reap, reply["pid"], pidfd, ours,
                    outer_pid=reply["pid"] if outer is None else outer,
                    use=self._disk.use if own_disk else self._use_of(reply["scratch"]),
                )  # fmt: skip
            except MachineError:
                if attempt == 2:
                    raise
                self.stop()
        raise AssertionError("unreachable")

    def _use_of(self, folder: str) -> Use:
        return lambda: scratch_use.of_folder(folder, self.limits.entries)

    def reap(self, pid: int) -> int:
        """The wait status of a worker that has ended or was killed; NOBODY_KNOWS if the warm parent has ended too."""
        try:
            self._send({"op": "reap", "pid": pid})
            return int(self._receive()[0]["status"])
        except MachineError:
            self.stop()
            return NOBODY_KNOWS

    def stop(self) -> None:
        if self._process is None:
            return
        self._control.close()
        with contextlib.suppress(ProcessLookupError):
            self._process.kill()
        self._process.wait()
        self._errors.close()
        if self._ready:
            self._disk.close()
        self._folder.remove()
        self._process = None
        self._ready = False

    def __enter__(self) -> WarmParent:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()
