"""Does the simulated accelerator say what a real one says, and what does asking it cost?

    python -m benchmarks.parity [ASSIGNMENT ...] [--jobs N]       every answer of the bank on the CPU, simulated and, where there is one, real
    python -m benchmarks.parity --time [ASSIGNMENT ...]           seconds for grading the reference answers with and without the device checks

Prints Markdown for docs/parity.md. Exit status 1 where an answer is judged differently on the simulated and on the real device.
"""

from __future__ import annotations

import argparse
import contextlib
import datetime
import importlib.util
import os
import pathlib
import platform
import sys
import tempfile
from collections.abc import Iterator
from typing import Any

from autograder import devices
from autograder.commands import demo
from autograder.course import config, lesson
from autograder.course.bank import DEVICE, MISTAKE, RIGHT
from autograder.files import write_whole
from autograder.grade import pool
from autograder.grade.grader_process import Desk

Row = dict[str, Any]
REPEATS = 7


@contextlib.contextmanager
def on(device: str) -> Iterator[None]:
    before = os.environ.get(devices.VARIABLE)
    os.environ[devices.VARIABLE] = device
    try:
        yield
    finally:
        if before is None:
            del os.environ[devices.VARIABLE]
        else:
            os.environ[devices.VARIABLE] = before


def tasks_of(course: config.Course, chosen: lesson.Lesson) -> list[str]:
    """The exercises that can be graded on this machine: one whose answer imports what is not installed is left out, and named."""
    tasks = []
    for name, task in chosen.exercises.items():
        if "fastai" in task.answer and importlib.util.find_spec("fastai") is None:
            print(f"left out: {name}, since fastai is not installed here", file=sys.stderr)
        else:
            tasks.append(name)
    return tasks


def judge(course: config.Course, assignments: list[str], device: str, jobs: int) -> dict[tuple[str, ...], Row]:
    """Every answer of the bank on a device: its row by lesson, exercise, kind and name; the reference answers are run as one more entry."""
    rows: dict[tuple[str, ...], Row] = {}
    with on(device):
        for assignment in assignments:
            chosen = lesson.load(course, assignment)
            for row in pool.prove(course, assignment, tasks_of(course, chosen), jobs):
                rows[assignment, row["exercise"], row["kind"], row["name"]] = row
    return rows


def counts(rows: dict[tuple[str, ...], Row], assignment: str | None) -> list[int]:
    mine = [row for key, row in rows.items() if assignment in (None, key[0])]
    wrong = [row for row in mine if row["kind"] == MISTAKE]
    device = [row for row in mine if row["kind"] == DEVICE]
    right = [row for row in mine if row["kind"] == RIGHT]
    return [
        len(right), sum(not row["lost"] for row in right),
        len(wrong), sum(bool(row["lost"]) for row in wrong),
        len(device), sum(bool(row["lost"]) and row["named"] == row["name"] for row in device),
    ]  # fmt: skip


def card(device: str) -> str:
    import torch

    return torch.cuda.get_device_name() if device == "cuda" else device


def compare(course: config.Course, assignments: list[str], jobs: int) -> int:
    real = devices.present()
    judged = {device: judge(course, assignments, device, jobs) for device in ("cpu", "simulated", real) if device}
    import torch

    print(
        f"{datetime.date.today():%d %B %Y}, torch {torch.__version__}, Python {platform.python_version()}; real device: ",
        end="",
    )
    print(f"{card(real)}\n" if real else "none on this machine\n")
    print("| device | lesson | right answers | accepted | mistakes | caught | device mistakes | caught and named |")
    print("| --- | --- | --: | --: | --: | --: | --: | --: |")
    for device, rows in judged.items():
        for assignment in [*assignments, None]:
            print(f"| {device} | {assignment or 'all'} | " + " | ".join(map(str, counts(rows, assignment))) + " |")
    if not real:
        return 0
    differences = [
        (key, row["lost"], judged[real][key]["lost"])
        for key, row in judged["simulated"].items()
        if row["lost"] != judged[real][key]["lost"]
    ]
    print(f"\nJudged differently on {real} and simulated: {len(differences)}\n")
    if differences:
        print(f"| lesson | exercise | answer | fails, simulated | fails on {real} |\n| --- | --- | --- | --- | --- |")
        for (assignment, exercise, kind, name), simulated, found in differences:
            print(
                f"| {assignment} | {exercise} | {kind} {name} | {', '.join(simulated) or '-'} | {', '.join(found) or '-'} |"
            )
    return 1 if differences else 0


def seconds(course: config.Course, assignment: str) -> dict[str, float]:
    """Least seconds of grading the reference answers, by device, in warm graders that take turns: the rest is the load of the machine."""
    import json

    chosen = lesson.load(course, assignment)
    notebook = demo.fill_in(course, chosen, demo.right_answers(chosen))
    names = ["cpu", "simulated", *([devices.present()] if devices.present() else [])]
    found: dict[str, list[float]] = {name: [] for name in names}
    with tempfile.TemporaryDirectory() as folder:
        path = pathlib.Path(folder) / f"{chosen.notebook}.ipynb"
        write_whole(path, json.dumps(notebook).encode())
        desks = {}
        for name in names:
            with on(name):
                desks[name] = Desk(course, assignment, trusted=True)  # the reference answers are the course's own
                desks[name].grade(path)
        for _ in range(REPEATS):
            for name, desk in desks.items():
                report = desk.grade(path)
                assert report.score == report.max_score, (name, report)
                found[name].append(report.seconds)
        for desk in desks.values():
            desk.close()
    return {name: min(times) for name, times in found.items()}


def measure(course: config.Course, assignments: list[str]) -> int:
    total: dict[str, float] = {}
    print("| lesson | CPU only | simulated | more | real |\n| --- | --: | --: | --: | --: |")
    for assignment in assignments:
        times = seconds(course, assignment)
        for name, value in times.items():
            total[name] = total.get(name, 0) + value
        print(line(assignment, times))
    print(line("all", total))
    return 0 if total["simulated"] < 1.5 * total["cpu"] else 1


def line(title: str, times: dict[str, float]) -> str:
    real = next((f"{value:.2f} s" for name, value in times.items() if name not in ("cpu", "simulated")), "-")
    more = 100 * (times["simulated"] / times["cpu"] - 1)
    return f"| {title} | {times['cpu']:.2f} s | {times['simulated']:.2f} s | {more:.0f} % | {real} |"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("assignments", nargs="*")
    parser.add_argument("--jobs", type=int, default=1)
    parser.add_argument("--time", action="store_true")
    arguments = parser.parse_args()
    course = config.load(config.find_root(pathlib.Path(__file__).parent))
    assignments = arguments.assignments or lesson.assignments(course)
    return measure(course, assignments) if arguments.time else compare(course, assignments, arguments.jobs)


if __name__ == "__main__":
    sys.exit(main())
