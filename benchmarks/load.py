"""Hostile and honest submissions mixed: the marks of the honest must be those of a quiet run, and nothing may be left on the machine.

The hostile ones are the attack corpus of tests/attacks/, each as a whole notebook; the honest ones are the reference with and without one
mistake of the bank.

    python -m benchmarks.load [--hostile 200] [--honest 200] [--runs 3] [--jobs 2]
"""

from __future__ import annotations

import argparse
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import time

from autograder.commands import demo
from autograder.course import config, lesson
from autograder.course.bank import read_bank
from tests.support import attack_corpus

ROOT = pathlib.Path(__file__).parents[1]
ASSIGNMENT = "02-pixel-similarity"

LIMITS = "\nc.Autograder.call_seconds = 1.0\nc.Autograder.exercise_seconds = 2.0\nc.Autograder.load_seconds = 4.0\nc.Autograder.memory = 1 << 30\n"


def make_course(root: pathlib.Path) -> config.Course:
    for part in ("source", "release"):
        (root / part).mkdir(parents=True)
        shutil.copytree(ROOT / part / ASSIGNMENT, root / part / ASSIGNMENT)
    for part in ("solutions", "tests"):
        (root / part).symlink_to(ROOT / part)
    (root / "course_config.py").write_text((ROOT / "course_config.py").read_text() + LIMITS)
    shutil.copy(ROOT / "nbgrader_config.py", root)
    return config.load(root)


def hand_in(course: config.Course, chosen: lesson.Lesson, student: str, answers: dict[str, str]) -> None:
    path = course.submitted / student / ASSIGNMENT / f"{chosen.notebook}.ipynb"
    path.parent.mkdir(parents=True)
    path.write_text(json.dumps(demo.fill_in(course, chosen, answers)))


def hand_in_honest(course: config.Course, chosen: lesson.Lesson, count: int) -> None:
    right = demo.right_answers(chosen)
    bank = [
        entry
        for task in chosen.exercises
        for entry in read_bank(course.mistakes / chosen.notebook, task)
        if entry.kind == "mistake"
    ]
    for number in range(count):
        entry = bank[number % len(bank)]
        hand_in(course, chosen, f"honest-{number:03}", right if number % 3 else {**right, entry.exercise: entry.source})


def facts_of(course: config.Course) -> dict[str, object]:
    """What an attacker is told of this machine and course."""
    return {
        "COURSE": str(course.root), "OTHER": str(course.submitted / "honest-000" / ASSIGNMENT / "pixel_similarity.ipynb"),
        "HOME": os.path.expanduser("~"), "GRADER_PID": os.getpid(), "PORT": 9, "UNIX": "/tmp/none", "ABSTRACT": "none",
        "CALL_SECONDS": 1.0, "DEPTH_MEMORY": 3 << 28, "DISK_ALLOWED": 5 << 26,
    }  # fmt: skip


def hand_in_hostile(course: config.Course, chosen: lesson.Lesson, count: int) -> None:
    right = demo.right_answers(chosen)
    names = attack_corpus.names()
    for number in range(count):
        source = attack_corpus.known(facts_of(course)) + attack_corpus.source(names[number % len(names)])
        hand_in(course, chosen, f"hostile-{number:03}", {**right, "accuracy": source})


def left_on_the_machine() -> dict[str, list[str]]:
    processes = []
    for entry in pathlib.Path("/proc").iterdir():
        try:
            if entry.name.isdigit() and b"worker/main.py" in (entry / "cmdline").read_bytes():
                processes.append(entry.name)
        except OSError:
            continue
    shared = [str(path) for path in pathlib.Path("/dev/shm").iterdir()]
    segments = pathlib.Path("/proc/sysvipc/shm").read_text().splitlines()[1:]
    temporary = [str(path) for path in pathlib.Path(tempfile.gettempdir()).glob("autograder-*")]
    return {"processes": processes, "shared memory": shared + segments, "temporary files": temporary}


def graded(course: config.Course, jobs: int) -> tuple[dict[str, object], float]:
    """Student -> everything that the results say of them but the time, and seconds."""
    for name in ("reports", "feedback", "autograded", "backups"):
        shutil.rmtree(course.root / name, ignore_errors=True)
    (course.root / "gradebook.db").unlink(missing_ok=True)
    out = course.root / "out.json"
    line = [
        sys.executable,
        "-m",
        "autograder",
        "grade",
        "--course",
        str(course.root),
        "--jobs",
        str(jobs),
        "--json",
        str(out),
    ]
    start = time.perf_counter()
    done = subprocess.run(line, capture_output=True, text=True, env={**os.environ, "PYTHONPATH": str(ROOT)})
    if done.returncode not in (0, 1):
        sys.exit(f"autograder grade: exit {done.returncode}\n{done.stdout[-2000:]}\n{done.stderr[-4000:]}")
    found = json.loads(out.read_text())["submissions"]
    return {entry["student"]: {**entry, "seconds": 0} for entry in found}, time.perf_counter() - start


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--hostile", type=int, default=200)
    parser.add_argument("--honest", type=int, default=200)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--jobs", type=int, default=2)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="load-") as name:
        course = make_course(pathlib.Path(name).resolve() / "course")
        chosen = lesson.load(course, ASSIGNMENT)
        hand_in_honest(course, chosen, options.honest)
        quiet, seconds = graded(course, options.jobs)
        print(f"quiet: {len(quiet)} submissions in {seconds:.0f} s", flush=True)
        hand_in_hostile(course, chosen, options.hostile)
        before, failed = left_on_the_machine(), False
        for run in range(1, options.runs + 1):
            found, seconds = graded(course, options.jobs)
            different = [student for student in quiet if found.get(student) != quiet[student]]
            held = [student for student in found if found[student]["status"] == "held"]  # type: ignore[index]
            full = [s for s in found if s.startswith("hostile") and found[s]["score"] == found[s]["max_score"]]  # type: ignore[index]
            after = left_on_the_machine()
            left = {
                kind: sorted(set(after[kind]) - set(before[kind]))
                for kind in after
                if set(after[kind]) - set(before[kind])
            }
            print(
                f"run {run}: {len(found)} submissions in {seconds:.0f} s; honest marks that differ: {len(different)} {different[:5]}; "
                f"held: {len(held)} {held[:5]}; hostile with full marks: {full}; left behind: {left or 'nothing'}",
                flush=True,
            )
            failed |= bool(different or left or full) or len(found) != options.honest + options.hostile
        sys.exit(failed)


if __name__ == "__main__":
    main()
