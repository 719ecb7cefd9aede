"""A command with all it starts, measured from outside: seconds by the clock, CPU seconds, memory."""

from __future__ import annotations

import ctypes
import os
import pathlib
import subprocess
import sys
import tempfile
import threading
import time
from dataclasses import dataclass

_PR_SET_CHILD_SUBREAPER = 36


@dataclass(frozen=True)
class Measured:
    """`seconds` by the clock, `cpu` seconds of the command and of every process below it, `peak` bytes of memory of all of them together
    (PSS: shared pages are counted once), 0 where it was not looked at."""

    seconds: float
    cpu: float
    peak: int
    out: str
    err: str


def run(
    line: list[str], folder: pathlib.Path, environment: dict[str, str], memory: bool = False, codes: tuple[int, ...] = (0,)
) -> Measured:
    """Run a command to its end; with `memory`, look at it four times a second, which costs it some time. Exits where it fails."""
    if sys.platform.startswith("linux"):  # whatever outlives its parent is then waited for here, and its CPU time counted
        ctypes.CDLL(None).prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
    with tempfile.TemporaryFile("w+") as out, tempfile.TemporaryFile("w+") as err:
        start = time.perf_counter()
        process = subprocess.Popen(line, cwd=folder, env=environment, stdout=out, stderr=err)
        ended, peak = threading.Event(), [0]

        def look() -> None:
            while not ended.wait(0.25):
                peak[0] = max(peak[0], sum(pss(pid) for pid in below(os.getpid())))

        watcher = threading.Thread(target=look)
        if memory:
            watcher.start()
        cpu, code, seconds = 0.0, 0, 0.0
        while True:
            try:
                pid, status, usage = os.wait4(-1, 0)
            except ChildProcessError:
                break
            cpu += usage.ru_utime + usage.ru_stime
            if pid == process.pid:
                code, seconds = os.waitstatus_to_exitcode(status), time.perf_counter() - start
        process.returncode = code
        ended.set()
        if memory:
            watcher.join()
        out.seek(0), err.seek(0)
        measured = Measured(seconds, cpu, peak[0], out.read(), err.read())
    if code not in codes:
        sys.exit(f"{' '.join(line)} failed ({code}):\n{measured.out[-2000:]}{measured.err[-4000:]}")
    return measured


def below(top: int) -> list[int]:
    """Every process that descends from `top`."""
    children: dict[int, list[int]] = {}
    for entry in pathlib.Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                parent = int((entry / "stat").read_bytes().rpartition(b")")[2].split()[1])
            except OSError:
                continue
            children.setdefault(parent, []).append(int(entry.name))
    found, pending = [], [top]
    while pending:
        mine = children.get(pending.pop(), [])
        found += mine
        pending += mine
    return found


def field(pid: int, *names: str) -> int:
    """Bytes: the sum of some lines of a process's smaps_rollup; 0 where it is gone."""
    try:
        lines = pathlib.Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    except OSError:
        return 0
    return sum(int(line.split()[1]) << 10 for line in lines if line.split(":")[0] in names)


def pss(pid: int) -> int:
    return field(pid, "Pss")


def resident(pid: int) -> int:
    return field(pid, "Rss")


def own(pid: int) -> int:
    """Bytes that a process shares with nobody."""
    return field(pid, "Private_Clean", "Private_Dirty")
