"""How long a student waits: from a save to the verdict of `check --watch`, and for the visible check under an answer in the notebook.

A part of run.py. Seconds by the clock; the visible checks run in a real kernel, from the request to the kernel's being idle again.
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
import time

from autograder.commands import demo
from autograder.course import config, lesson
from autograder.course.bank import MISTAKE, read_bank
from autograder.files import write_whole
from benchmarks.plain_course import ROOT

LESSONS = ("02-pixel-similarity", "04-mnist-sgd")
SAVES = 12


def from_save_to_verdict(assignment: str) -> list[float]:
    """Seconds of one save after another, each of another answer, after the first, which warms the grader."""
    course = config.load(ROOT)
    chosen = lesson.load(course, assignment)
    right = demo.right_answers(chosen)
    last = list(chosen.exercises)[-1]
    mistake = next(one for one in read_bank(course.mistakes / chosen.notebook, last) if one.kind == MISTAKE)
    texts = [
        json.dumps(demo.fill_in(course, chosen, answers)).encode()
        for answers in (right, {**right, last: mistake.source})
    ]
    found = []
    with tempfile.TemporaryDirectory(prefix="benchmark-") as name:
        path = pathlib.Path(name).resolve() / chosen.path.name
        path.write_bytes(texts[0])
        process = subprocess.Popen(
            [sys.executable, "-u", "-m", "autograder", "check", "--watch", str(path)],
            cwd=ROOT, env={**os.environ, "PYTHONPATH": str(ROOT)}, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        )  # fmt: skip
        assert process.stdout is not None and process.stderr is not None
        try:
            _read_to(process.stdout, " points in ")
            _read_to(process.stderr, "watching")
            for number in range(SAVES + 2):
                start = time.perf_counter()
                write_whole(path, texts[(number + 1) % 2])
                _read_to(process.stdout, " points in ")
                found.append(time.perf_counter() - start)
        finally:
            process.terminate()  # a run in the background ignores Ctrl-C, and so would this
            process.communicate()
    return found[2:]  # the first mistake is looked up in the bank, which is then known


def _read_to(stream: object, words: str) -> None:
    if not any(words in line for line in iter(stream.readline, "")):  # type: ignore[attr-defined]
        sys.exit(f"autograder check ended before it said {words!r}")


def visible_checks(assignment: str) -> list[float]:
    """Seconds of every check cell of a lesson whose answers are right, each run three times after the first."""
    from jupyter_client.manager import start_new_kernel

    course = config.load(ROOT)
    chosen = lesson.load(course, assignment)
    notebook = demo.fill_in(course, chosen, demo.right_answers(chosen))
    found = []
    manager, client = start_new_kernel(
        kernel_name="python3", env={**os.environ, "PYTHONPATH": str(ROOT)}, cwd=tempfile.gettempdir()
    )
    try:
        for cell in notebook["cells"]:
            about = cell["metadata"].get("nbgrader", {}).get("grade_id", "")
            if cell["cell_type"] != "code":
                continue
            source = "".join(cell["source"])
            for number in range(4 if about.startswith("test_") else 1):
                start = time.perf_counter()
                reply = client.execute_interactive(source, output_hook=lambda message: None, timeout=300)
                if about.startswith("test_") and number:
                    found.append(time.perf_counter() - start)
                if reply["content"]["status"] != "ok":
                    sys.exit(f"{assignment}, cell {about}: {reply['content'].get('evalue')}")
    finally:
        client.stop_channels()
        manager.shutdown_kernel(now=True)
    return found


def measure(options: argparse.Namespace) -> str:
    lines = [
        f"`check --watch`: {SAVES} saves, every second one with a mistake. Visible checks: each cell three times. The median, then the longest.",
        "",
        "| | `check --watch`, s (to reach: 0.5) | visible check, s (to reach: 0.1) |",
        "| --- | --: | --: |",
    ]
    for assignment in options.lesson or LESSONS:
        watched, visible = from_save_to_verdict(assignment), visible_checks(assignment)
        told = [
            f"{statistics.median(values):.{digits}f}, {max(values):.{digits}f}"
            for values, digits in ((watched, 2), (visible, 3))
        ]
        lines.append(f"| {assignment} | {told[0]} | {told[1]} |")
    return "\n".join(lines)
