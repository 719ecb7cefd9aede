"""What a worker needs for itself above the warm parent, whose pages it shares: its private pages, looked at while it works.

A part of run.py. Needs root (or CAP_SYS_PTRACE): what a worker has mapped is hidden from everybody else.
"""

from __future__ import annotations

import argparse
import json
import os
import pathlib
import statistics
import subprocess
import sys
import tempfile
import threading

from autograder.commands import demo
from autograder.course import config, lesson
from autograder.course.bank import RIGHT, read_bank
from benchmarks import measured
from benchmarks.plain_course import ROOT

SUBMISSIONS = 20


def notebooks(course: config.Course, chosen: lesson.Lesson, folder: pathlib.Path) -> list[pathlib.Path]:
    """The reference, and right answers of the bank, which do the same in unusual ways."""
    right = demo.right_answers(chosen)
    bank = [
        one
        for task in chosen.exercises
        for one in read_bank(course.mistakes / chosen.notebook, task)
        if one.kind == RIGHT
    ]
    paths = []
    for number, answers in enumerate([right, *({**right, one.exercise: one.source} for one in bank)][:SUBMISSIONS]):
        path = folder / str(number) / chosen.path.name
        path.parent.mkdir()
        path.write_text(json.dumps(demo.fill_in(course, chosen, answers)))
        paths.append(path)
    return paths


def largest(assignment: str) -> dict[int, int]:
    """Worker's process -> the most bytes of its own that it was seen with."""
    course = config.load(ROOT)
    chosen = lesson.load(course, assignment)
    seen: dict[int, int] = {}
    with tempfile.TemporaryDirectory(prefix="benchmark-") as name:
        paths = notebooks(course, chosen, pathlib.Path(name))
        reading, writing = os.pipe()
        process = subprocess.Popen(
            [sys.executable, "-m", "autograder.judge.process", str(ROOT), assignment, str(writing)],
            stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, pass_fds=[writing], cwd=ROOT,
            env={**os.environ, "PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1"},
        )  # fmt: skip
        os.close(writing)
        ended = threading.Event()

        def look() -> None:
            while not ended.wait(0.02):
                for pid in measured.below(process.pid):
                    line = _command(pid)
                    if "worker/main.py" in line and _command(_parent(pid)) == line:  # forked, not started
                        seen[pid] = max(seen.get(pid, 0), measured.own(pid))

        watcher = threading.Thread(target=look)
        watcher.start()
        assert process.stdin is not None
        with process.stdin as requests:
            for number, path in enumerate(paths):
                data = path.read_bytes()
                asked = {"student": str(number), "bytes": len(data), "problem": "", "id": number}
                requests.write(json.dumps(asked).encode() + b"\n" + data)
        with os.fdopen(reading) as replies:
            reports = [json.loads(line)["report"] for line in replies if "report" in line]
        process.wait()
        ended.set()
        watcher.join()
    if len(reports) != len(paths):
        sys.exit(f"{assignment}: {len(reports)} of {len(paths)} submissions were graded")
    return {pid: size for pid, size in seen.items() if size}


def _command(pid: int) -> str:
    try:
        return pathlib.Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode()
    except OSError:
        return ""


def _parent(pid: int) -> int:
    try:
        return int(pathlib.Path(f"/proc/{pid}/stat").read_bytes().rpartition(b")")[2].split()[1])
    except OSError:
        return 0


def measure(options: argparse.Namespace) -> str:
    lines = [
        f"Private pages of each worker at their most, over {SUBMISSIONS} right submissions, looked at 50 times a second. To reach: 60 MB.",
        "",
        "| lesson | workers seen | median | largest |",
        "| --- | --: | --: | --: |",
    ]
    for assignment in options.lesson or lesson.assignments(config.load(ROOT)):
        sizes = list(largest(assignment).values())
        if not sizes:
            return "Not measured: what a worker has mapped can be read by root alone."
        lines.append(
            f"| {assignment} | {len(sizes)} | {statistics.median(sizes) / 1e6:.0f} MB | {max(sizes) / 1e6:.0f} MB |"
        )
    return "\n".join(lines)
