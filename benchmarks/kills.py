"""Kills at random moments: a class is graded while the grader, a warm parent or a worker is killed with SIGKILL, in turn; the command is started
again until it ends by itself. The gradebook must then be that of an undisturbed run, with no report written twice.

    python -m benchmarks.kills [--kills 200] [--students 12] [--seed 0]
"""

from __future__ import annotations

import argparse
import json
import os
import pathlib
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time

from autograder.commands import demo
from autograder.course import config, lesson
from autograder.course.bank import read_bank
from tests.support import harness

ROOT = pathlib.Path(__file__).parents[1]
ASSIGNMENT = "02-pixel-similarity"

VICTIMS = ("command", "grader", "warm parent", "worker")


def make_class(root: pathlib.Path, count: int) -> None:
    harness.linked_course(root)
    course = config.load(root)
    chosen = lesson.load(course, ASSIGNMENT)
    right = demo.right_answers(chosen)
    mistakes = [
        entry
        for task in chosen.exercises
        for entry in read_bank(course.mistakes / chosen.notebook, task)
        if entry.kind == "mistake"
    ]
    for number in range(count):
        answers = right if number % 2 else {**right, mistakes[number].exercise: mistakes[number].source}
        path = root / "submitted" / f"s{number:03}" / ASSIGNMENT / f"{chosen.notebook}.ipynb"
        path.parent.mkdir(parents=True)
        path.write_text(json.dumps(demo.fill_in(course, chosen, answers)))


def marks(root: pathlib.Path) -> dict[str, dict[str, float | None]]:
    """Student -> grade cell -> mark, as the gradebook has it."""
    from nbgrader.api import Gradebook

    with Gradebook(f"sqlite:///{root / 'gradebook.db'}") as book:
        found: dict[str, dict[str, float | None]] = {}
        for submission in book.assignment_submissions(ASSIGNMENT):
            assert submission.student.id not in found, "a submission twice"
            found[submission.student.id] = {
                grade.name: grade.auto_score for notebook in submission.notebooks for grade in notebook.grades
            }
        return found


def tree(pid: int) -> dict[str, list[int]]:
    """The running command's processes by what they are."""
    found: dict[str, list[int]] = {"command": [pid], "grader": [], "warm parent": [], "worker": []}
    children: dict[int, list[int]] = {}
    lines: dict[int, str] = {}
    for entry in pathlib.Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                parent = int((entry / "stat").read_text().rpartition(")")[2].split()[1])
                lines[int(entry.name)] = (entry / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
            except OSError:
                continue
            children.setdefault(parent, []).append(int(entry.name))
    todo = [pid]
    while todo:
        for child in children.get(todo.pop(), []):
            todo.append(child)
            line = lines[child]
            if "autograder.judge.process" in line:
                found["grader"].append(child)
            elif "worker/main.py" in line:
                inner = [one for one in children.get(child, []) if "worker/main.py" in lines[one]]
                found["warm parent" if inner or "bwrap" in line else "worker"].append(child)
    return found


def start(root: pathlib.Path) -> subprocess.Popen[bytes]:
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    line = [sys.executable, "-m", "autograder", "grade", "--course", str(root), "--jobs", "2"]
    return subprocess.Popen(line, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)


def kill_one(process: subprocess.Popen[bytes], victim: str, chance: random.Random) -> bool:
    """Kill a process of this kind; False where there is none at the moment."""
    candidates = tree(process.pid)[victim]
    if not candidates:
        return False
    try:
        os.kill(chance.choice(candidates), signal.SIGKILL)
    except ProcessLookupError:
        return False
    return True


def disturbed(root: pathlib.Path, kills: int, longest: float, chance: random.Random, first: int) -> tuple[int, int]:
    """Grade the class until it is done, with kills after pauses of up to `longest` seconds: how many kills there were, how many starts."""
    done = starts = 0
    while True:
        starts += 1
        process = start(root)
        assert process.stderr is not None
        words: list[bytes] = []
        reader = threading.Thread(target=lambda: words.append(process.stderr.read()))  # noqa: B023
        reader.start()
        hit = True
        while process.poll() is None:
            try:
                process.wait(chance.uniform(0.05, longest if hit else 0.5) if done < kills else None)
            except subprocess.TimeoutExpired:
                hit = kill_one(process, VICTIMS[(first + done) % len(VICTIMS)], chance)
                done += hit
        reader.join()
        if process.returncode in (0, 1) and b"Traceback" in words[0]:
            sys.exit(f"a traceback:\n{words[0].decode()[-3000:]}")
        if process.returncode in (0, 1):
            return done, starts


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument("--students", type=int, default=12)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    chance = random.Random(options.seed)
    with tempfile.TemporaryDirectory() as name:
        root = pathlib.Path(name) / "course"
        make_class(root, options.students)
        begun = time.perf_counter()
        start(root).communicate()
        longest = (time.perf_counter() - begun) * 0.6  # the kills are spread over all of a run, its start-up included
        quiet = marks(root)
        assert len(quiet) == options.students
        total = rounds = starts = 0
        while total < options.kills:
            for left in ("gradebook.db", "reports", "feedback", "autograded", "backups"):
                path = root / left
                shutil.rmtree(path, ignore_errors=True) if path.is_dir() else path.unlink(missing_ok=True)
            killed, started = disturbed(root, min(options.kills - total, 8), longest, chance, total)
            total, rounds, starts = total + killed, rounds + 1, starts + started
            found = marks(root)
            if any(mark is None for mine in found.values() for name, mark in mine.items() if name.startswith("test_")):
                start(
                    root
                ).communicate()  # what was held since the grader died over it twice is tried again by the next run
                starts, found = starts + 1, marks(root)
            different = [student for student in quiet if found.get(student) != quiet[student]]
            if found.keys() != quiet.keys() or different:
                for student in different:
                    print((root / "reports" / ASSIGNMENT / f"{student}.json").read_text(), file=sys.stderr)
                sys.exit(f"after {total} kills: the gradebook differs for {different or found.keys() ^ quiet.keys()}")
            print(f"{total} kills, {rounds} classes, {starts} starts: the same gradebook", flush=True)


if __name__ == "__main__":
    main()
