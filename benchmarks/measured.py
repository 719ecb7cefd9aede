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
    """`seconds` by the clock, `cpu` seconds that this machine's cores worked meanwhile, `peak` bytes of memory of the command and of every
    process below it together (PSS: shared pages are counted once), 0 where it was not looked at.

    Nothing else should run meanwhile. To add up what processes are told of their children would leave out the warm parents and all their
    workers: they end with their namespace, and the kernel reaps them then without giving anybody their time.
    """

    seconds: float
    cpu: float
    peak: int
    out: str
    err: str


def run(
    line: list[str],
    folder: pathlib.Path,
    environment: dict[str, str],
    memory: bool = False,
    codes: tuple[int, ...] = (0,),
) -> Measured:
    """Run a command to its end; with `memory`, look at it four times a second, which costs it some time. Exits where it fails."""
    before = set(children().get(os.getpid(), []))
    ctypes.CDLL(None).prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)  # whatever outlives its parent is then waited for here
    with tempfile.TemporaryFile("w+") as out, tempfile.TemporaryFile("w+") as err:
        start, worked = time.perf_counter(), cpu_seconds()
        process = subprocess.Popen(line, cwd=folder, env=environment, stdout=out, stderr=err)
        ended, peak = threading.Event(), [0]

        def look() -> None:
            while not ended.wait(0.25):
                peak[0] = max(peak[0], sum(pss(pid) for pid in below(os.getpid())))

        watcher = threading.Thread(target=look)
        if memory:
            watcher.start()
        code, seconds = process.wait(), time.perf_counter() - start
        while left := set(children().get(os.getpid(), [])) - before:
            for pid in left:
                os.waitpid(pid, 0)
        cpu = cpu_seconds() - worked
        ctypes.CDLL(None).prctl(_PR_SET_CHILD_SUBREAPER, 0, 0, 0, 0)
        ended.set()
        if memory:
            watcher.join()
        out.seek(0), err.seek(0)
        measured = Measured(seconds, cpu, peak[0], out.read(), err.read())
    if code not in codes:
        sys.exit(f"{' '.join(line)} failed ({code}):\n{measured.out[-2000:]}{measured.err[-4000:]}")
    return measured


def cpu_seconds() -> float:
    """Seconds that all cores together have worked since the machine started: in user, nice, system, irq and softirq of proc(5)'s stat."""
    user, nice, system, _idle, _iowait, irq, softirq = map(
        int, pathlib.Path("/proc/stat").read_text().split("\n", 1)[0].split()[1:8]
    )
    return (user + nice + system + irq + softirq) / os.sysconf("SC_CLK_TCK")


def children() -> dict[int, list[int]]:
    """Process -> its children, of all that there are."""
    found: dict[int, list[int]] = {}
    for entry in pathlib.Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                parent = int((entry / "stat").read_bytes().rpartition(b")")[2].split()[1])
            except OSError:
                continue
            found.setdefault(parent, []).append(int(entry.name))
    return found


def below(top: int) -> list[int]:
    """Every process that descends from `top`."""
    parents = children()
    found, pending = [], [top]
    while pending:
        mine = parents.get(pending.pop(), [])
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
