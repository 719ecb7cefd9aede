"""One process that runs a submission: its channel, its deadline, what it uses and how it ends."""

from __future__ import annotations

import contextlib
import os
import select
import signal
import socket
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from autograder.errors import OutOfMemory, OverBudget, TimedOut, TooMuch, WorkerDied
from autograder.profile import stopwatch
from autograder.run.budget import Budget
from autograder.run.limits import Limits
from autograder.run.scratch_use import Use
from autograder.worker import frames

NOBODY_KNOWS = -1
"""Instead of a wait status: the process that could have asked for it has ended."""
_LOOK_EVERY = 25  # milliseconds between two checks of what a busy worker uses


def _threads(pid: int) -> int:
    try:
        return os.stat(f"/proc/{pid}/task").st_nlink - 2  # a folder for each; reading `stat` takes five times as long
    except OSError:
        return 1


def _cpu_seconds(pid: int) -> float:
    """CPU time of a process by its clock id (clock_getcpuclockid(3)); 0 if it can't be read."""
    try:
        # how Linux makes a clock id of a process number; Python has no call for it
        return time.clock_gettime((~pid << 3) | 2)
    except (OSError, AttributeError, OverflowError):
        return 0.0


def _waited(pid: int) -> float:
    """Seconds that a process was ready to run and waited for a processor; 0 if the system does not tell."""
    try:
        with open(f"/proc/{pid}/schedstat", "rb") as about:
            return int(about.read().split()[1]) / 1e9
    except (OSError, ValueError, IndexError):
        return 0.0


_NAP = 0.05
"""Seconds by the clock without CPU time from which on it is looked up what a worker waited for."""


@dataclass
class Worker:
    """One child process with a submission in it, and the grader's end of its channel.

    `pid` is its number as its parent sees it, `outer_pid` its number as this process sees it. They differ if it lives
    in a namespace of its own. `use` tells what it uses of the disk. `reap` asks the warm parent for the wait status of
    a child that has ended. `budget` is charged with the time that it spends asleep.
    """

    limits: Limits
    reap: Callable[[int], int]
    pid: int
    pidfd: int | None
    channel: socket.socket
    outer_pid: int
    use: Use
    status: int | None = field(default=None, init=False)
    budget: Budget | None = field(default=None, init=False)

    def __post_init__(self) -> None:
        self.channel.setblocking(False)
        self._deadline = (0.0, 0.0)
        self._queued = 0.0
        self.begin_check()
        self._poll = select.poll()
        self._poll.register(self.channel, select.POLLIN)

    @property
    def alive(self) -> bool:
        return self.status is None

    @property
    def cpu_seconds(self) -> float:
        """CPU time that the worker has used since it was forked."""
        return _cpu_seconds(self.outer_pid)

    def begin_check(self) -> None:
        """From now on the worker may send `Limits.check` bytes."""
        self._bytes = self.limits.check

    def begin(self, seconds: float) -> None:
        """From now on the worker has `seconds` of CPU time for its reply."""
        self._seconds = seconds
        # the second deadline is by the wall clock, and ends a call that sleeps
        self._deadline = (_cpu_seconds(self.outer_pid) + seconds, time.monotonic() + seconds * self.limits.patience)

    def _wait(self, events: int = select.POLLIN) -> None:
        while True:
            cpu, clock = self._deadline  # both clocks are read here, where the worker can't reach them
            if _cpu_seconds(self.outer_pid) > cpu or time.monotonic() > clock:
                raise TimedOut("")
            self._poll.modify(self.channel, events)
            if self._poll.poll(_LOOK_EVERY):
                return
            self.look_after()

    def look_after(self) -> None:
        """Raise TooMuch if the worker has too many files or threads, which no limit of the kernel bounds here."""
        limits = self.limits
        if _threads(self.outer_pid) > limits.threads:
            raise TooMuch(f"it started more than {limits.threads} threads")
        try:
            entries, size = self.use()
        except FileNotFoundError:
            return  # the submission removed a folder in the meantime
        except OSError as error:
            raise TooMuch(f"it made folders that can't be listed ({error.strerror})") from None
        if entries > limits.entries:
            raise TooMuch(f"it made more than {limits.entries} files and folders")
        if size > limits.scratch:
            raise TooMuch(f"it wrote more than {limits.scratch >> 20} MiB of files")

    def send(self, header: dict[str, Any], blobs: list[memoryview]) -> None:
        with self._losing_the_worker():
            frames.write_frame(self.channel.fileno(), header, blobs, lambda: self._wait(select.POLLOUT))

    def receive(self) -> tuple[dict[str, Any], list[bytearray]]:
        """One frame from the worker.

        Raises TimedOut, OutOfMemory, TooMuch or WorkerDied, which are the student's faults; the worker is then gone.
        """
        with self._losing_the_worker():
            clock, cpu = time.monotonic(), self.cpu_seconds
            try:
                header, blobs = frames.read_frame(self.channel.fileno(), self._wait, max_bytes=self.limits.reply)
                self.look_after()
            finally:
                self._charge_sleep(time.monotonic() - clock, self.cpu_seconds - cpu)
            self._bytes -= sum(map(len, blobs))
            if self._bytes < 0:
                raise TooMuch(f"it gave back more than {self.limits.check >> 20} MiB in one check")
            return header, blobs

    def _charge_sleep(self, clock: float, cpu: float) -> None:
        """Charge the part of some seconds by the clock in which the worker neither computed nor waited for its turn.

        A process that has just ended has no CPU time any more (`cpu` < 0), and nothing is charged.
        """
        if self.budget is None or cpu < 0 or clock - cpu < _NAP:
            return
        before, self._queued = self._queued, _waited(self.outer_pid)
        self.budget.slept(max(0.0, clock - cpu - max(0.0, self._queued - before)))

    @contextlib.contextmanager
    def _losing_the_worker(self) -> Iterator[None]:
        """Any failure on the channel ends the worker and is raised as a fault of the student's code."""
        try:
            yield
        except (TooMuch, OverBudget):
            self.kill()
            raise
        except TimedOut:
            self.kill()
            raise TimedOut(f"it was stopped after {self._seconds:.0f} seconds") from None
        except frames.ChannelClosed:
            self.kill()
            raise self._cause_of_death() from None
        except frames.WireError:  # what it says may hold numbers of the worker's
            self.kill()
            raise WorkerDied("its reply can't be read") from None

    def _cause_of_death(self) -> WorkerDied | OutOfMemory | TimedOut:
        status = self.status or 0
        if status == NOBODY_KNOWS:
            return WorkerDied("its process ended together with the one that had started it", from_outside=True)
        if os.WIFSIGNALED(status):
            number = os.WTERMSIG(status)
            if number == signal.SIGXCPU:  # RLIMIT_CPU
                return TimedOut("it used up all the time that a submission has")
            # behind the filter no answer can send itself this signal
            if number == signal.SIGKILL and not self._killed_by_us:
                return OutOfMemory("its process was killed, most likely because memory ran out", from_outside=True)
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
        # If it has ended already, its wait status says why, and SIGKILL does not change that.
        self._killed_by_us = False
        if self.pidfd is not None:
            ended = select.poll()
            ended.register(self.pidfd, select.POLLIN)
            # a worker whose channel is closed is about to end by itself: give it a moment
            self._killed_by_us = not ended.poll(200 if self.hung_up() else 0)
            with contextlib.suppress(ProcessLookupError):
                signal.pidfd_send_signal(self.pidfd, signal.SIGKILL)
            descriptor, self.pidfd = self.pidfd, None  # never closed twice, whatever fails below
            os.close(descriptor)
        else:
            with contextlib.suppress(ProcessLookupError):
                os.kill(self.outer_pid, signal.SIGKILL)
        self.channel.close()
        self.status = NOBODY_KNOWS  # gone, also where asking for its status fails
        self.status = self.reap(self.pid)

    def hung_up(self) -> bool:
        """Whether the worker's end of the channel is closed."""
        return any(event & (select.POLLHUP | select.POLLERR) for _, event in self._poll.poll(0))
