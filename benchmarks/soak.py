"""Thousands of submissions drawn from the whole bank, hostile ones among them, in one run: nothing lost, nothing doubled, nothing leaking.

Honest submissions are the reference with one entry of the bank, right or wrong, of any lesson; hostile ones are the attack corpus. Marks are
compared between all that were handed in alike, and for some of them with those of a run of their own.

    python -m benchmarks.soak [--count 300] [--alone 10] [--jobs 2]
"""

from __future__ import annotations

import argparse
import json
import os
import pathlib
import random
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass, field

from autograder.commands import demo
from autograder.course import config, lesson
from autograder.course.bank import read_bank
from benchmarks import measured
from benchmarks.load import facts_of
from benchmarks.plain_course import ASSIGNMENT, ROOT
from tests.support import attack_corpus

HOSTILE = 0.1  # of all submissions
# less than a course's own, so that what never ends costs less; more than the slowest right answer takes on a machine that is busy
LIMITS = "\nc.Autograder.call_seconds = 4.0\nc.Autograder.exercise_seconds = 8.0\nc.Autograder.load_seconds = 16.0\nc.Autograder.memory = 1 << 30\n"
LOOK_EVERY = 2.0  # seconds


@dataclass
class Look:
    """What the run uses at one moment: how many reports there are, processes, open descriptors, bytes by kind of process."""

    done: int
    processes: int
    descriptors: int
    memory: dict[str, int]


@dataclass
class Soak:
    count: int
    seconds: float = 0.0
    lost: list[str] = field(default_factory=list)
    doubled: list[str] = field(default_factory=list)
    unlike: list[str] = field(default_factory=list)
    """Students whose results differ from those of others who handed in the same."""
    unlike_alone: list[str] = field(default_factory=list)
    held: list[str] = field(default_factory=list)
    gained: list[str] = field(default_factory=list)
    """Hostile submissions with full marks."""
    left: list[str] = field(default_factory=list)
    """Processes and temporary files that are there when the run is over."""
    looks: list[Look] = field(default_factory=list)
    alone: int = 0

    @property
    def well(self) -> bool:
        return not (
            self.lost or self.doubled or self.unlike or self.unlike_alone or self.held or self.gained or self.left
        )


def make_course(root: pathlib.Path) -> config.Course:
    root.mkdir(parents=True)
    for part in ("source", "release", "solutions", "tests", "nbgrader_config.py"):
        (root / part).symlink_to(ROOT / part)
    (root / "course_config.py").write_text((ROOT / "course_config.py").read_text() + LIMITS)
    return config.load(root)


def hand_in_all(course: config.Course, count: int, assignments: list[str], seed: int) -> dict[str, tuple[str, str]]:
    """Write `count` submissions; student -> (assignment, what was drawn for them)."""
    chance = random.Random(seed)
    lessons = {name: lesson.load(course, name) for name in assignments}
    right = {name: demo.right_answers(chosen) for name, chosen in lessons.items()}
    bank = [
        (name, entry)
        for name, chosen in lessons.items()
        for task in chosen.exercises
        for entry in read_bank(course.mistakes / chosen.notebook, task)
    ]
    attacks = [name for name in attack_corpus.names() if ASSIGNMENT in lessons]
    drawn = {}
    for number in range(count):
        student = f"s{number:05}"
        if attacks and chance.random() < HOSTILE:
            attack = chance.choice(attacks)
            name, about = ASSIGNMENT, f"attack {attack}"
            answers = {**right[name], "accuracy": attack_corpus.known(facts_of(course)) + attack_corpus.source(attack)}
        else:
            name, entry = chance.choice(bank)
            about = f"{entry.exercise} {entry.kind} {entry.name}"
            answers = {**right[name], entry.exercise: entry.source}
        path = course.submitted / student / name / f"{lessons[name].notebook}.ipynb"
        path.parent.mkdir(parents=True)
        path.write_text(json.dumps(demo.fill_in(course, lessons[name], answers)))
        drawn[student] = (name, about)
    return drawn


def kind_of(pid: int) -> str:
    try:
        line = pathlib.Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return "gone"
    return (
        "warm parent" if b"worker/main.py" in line else "grader" if b"autograder.judge.process" in line else "command"
    )


def look(top: int, course: config.Course) -> Look:
    """One look at everything that `top` has started, and at itself. Workers come and go; their memory is measured by worker_memory.py."""
    pids = [top, *measured.below(top)]
    memory: dict[str, int] = {}
    descriptors = 0
    for pid in pids:
        try:
            descriptors += len(os.listdir(f"/proc/{pid}/fd"))
        except OSError:
            continue
        kind = kind_of(pid)
        if kind != "warm parent":
            memory[kind] = memory.get(kind, 0) + measured.own(pid)
        else:
            memory[kind] = max(memory.get(kind, 0), measured.resident(pid))
    done = (
        sum(len(os.listdir(folder)) for folder in course.reports.iterdir() if folder.is_dir())
        if course.reports.is_dir()
        else 0
    )
    return Look(done, len(pids), descriptors, memory)


def temporary(course: config.Course) -> pathlib.Path:
    """The folder for temporary files of this course's runs and of nobody else's."""
    folder = course.root.parent / "tmp"
    folder.mkdir(exist_ok=True)
    return folder


def left_behind(folder: pathlib.Path) -> list[str]:
    """What is in that folder, and every process that was told of it; graders, warm parents and workers all were."""
    found = [str(path) for path in folder.iterdir()]
    for entry in pathlib.Path("/proc").iterdir():
        try:
            if entry.name.isdigit() and str(folder).encode() in (entry / "environ").read_bytes():
                found.append(
                    f"process {entry.name}: {(entry / 'cmdline').read_bytes().replace(bytes(1), b' ').decode()}"
                )
        except OSError:
            continue
    return found


def grade(
    course: config.Course, jobs: int, looks: list[Look] | None = None, targets: list[str] | None = None
) -> dict[str, list[dict]]:
    """Student -> all results told of them, without the time."""
    out = course.root / f"out-{time.monotonic_ns()}.json"
    line = [
        sys.executable,
        "-m",
        "autograder",
        "grade",
        *(targets or []),
        "--course",
        str(course.root),
        "--jobs",
        str(jobs),
        "--json",
        str(out),
    ]
    line += ["--no-record"] if targets else []
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "TMPDIR": str(temporary(course))}
    with tempfile.TemporaryFile("w+") as errors:
        process = subprocess.Popen(line, stdout=subprocess.DEVNULL, stderr=errors, env=environment)
        while True:
            try:
                process.wait(LOOK_EVERY if looks is not None else None)
                break
            except subprocess.TimeoutExpired:
                assert looks is not None
                looks.append(look(process.pid, course))
        if process.returncode not in (0, 1):
            errors.seek(0)
            sys.exit(f"autograder grade: exit {process.returncode}\n{errors.read()[-4000:]}")
    found: dict[str, list[dict]] = {}
    for entry in json.loads(out.read_text())["submissions"]:
        found.setdefault(entry["student"], []).append({**entry, "seconds": 0, "student": ""})
    return found


def run(
    folder: pathlib.Path, count: int, alone: int, jobs: int, assignments: list[str] | None = None, seed: int = 7
) -> Soak:
    """Grade a class of `count` and compare; `alone` of them once more, each in a run of its own. Files are written below `folder`."""
    course = make_course(folder.resolve() / "course")
    drawn = hand_in_all(course, count, assignments or lesson.assignments(course), seed)
    soak, start = Soak(count), time.perf_counter()
    found = grade(course, jobs, soak.looks)
    soak.seconds = time.perf_counter() - start
    soak.left = left_behind(temporary(course))
    rows = in_gradebook(course)
    soak.lost = [student for student in drawn if student not in found or student not in rows]
    soak.doubled = [student for student, entries in found.items() if len(entries) > 1 or rows.count(student) > 1]
    first: dict[tuple[str, str], dict] = {}
    for student, what in drawn.items():
        if student in found:
            entry = found[student][0]
            if judgement(first.setdefault(what, entry), what[1]) != judgement(entry, what[1]):
                soak.unlike.append(f"{student}: {what[1]}")
            if entry["status"] == "held":
                soak.held.append(f"{student}: {what[1]}: {entry['reason']}")
            if what[1].startswith("attack ") and entry["score"] == entry["max_score"]:
                soak.gained.append(what[1])
    for student in random.Random(seed).sample(sorted(found), min(alone, len(found))):
        path = next((course.submitted / student).rglob("*.ipynb"))
        (own,) = grade(course, 1, targets=[str(path)]).values()
        soak.alone += 1
        if [judgement(one, drawn[student][1]) for one in own] != [
            judgement(one, drawn[student][1]) for one in found[student]
        ]:
            soak.unlike_alone.append(f"{student}: {drawn[student][1]}")
    return soak


def judgement(entry: dict, about: str) -> object:
    """What two students with the same notebook should be told alike: all of it; of an attack the marks, since where it runs into a limit is
    chance."""
    if about.startswith("attack "):
        return entry["status"], entry["score"], [exercise["score"] for exercise in entry["exercises"]]
    return entry


def in_gradebook(course: config.Course) -> list[str]:
    """The student of every submission that the gradebook has, read without nbgrader."""
    with sqlite3.connect(course.root / "gradebook.db") as book:
        return [row[0] for row in book.execute("select student_id from submitted_assignment")]


def told(soak: Soak) -> str:
    """The figures as Markdown: what came of it, and what the run used at a tenth, at half and at the end."""
    lines = [
        f"{soak.count} submissions in {soak.seconds:.0f} s ({60 * soak.count / soak.seconds:.0f} a minute, start-up of every lesson included).",
        "",
        "| | |",
        "| --- | --: |",
        f"| lost | {len(soak.lost)} |",
        f"| doubled | {len(soak.doubled)} |",
        f"| results unlike those of the same notebook of another student | {len(soak.unlike)} |",
        f"| results unlike those of a run of its own, of {soak.alone} tried | {len(soak.unlike_alone)} |",
        f"| held | {len(soak.held)} |",
        f"| hostile with full marks | {len(soak.gained)} |",
        f"| processes and temporary files left behind | {len(soak.left)} |",
        "",
    ]
    busy = [look for look in soak.looks if look.done]
    if busy:
        lines += [
            "| reports written | processes | descriptors | command, MB of its own | graders, MB of their own | warm parent, MB resident |",
            "| --: | --: | --: | --: | --: | --: |",
        ]
        for low, high in ((0.05, 0.2), (0.4, 0.6), (0.8, 1.0)):
            part = [one for one in busy if low * soak.count <= one.done <= high * soak.count] or busy[-1:]
            middle = [
                statistics.median(values)
                for values in zip(
                    *((one.done, one.processes, one.descriptors, *(one.memory.get(kind, 0) / 1e6 for kind in ("command", "grader", "warm parent")))
                      for one in part)
                )
            ]  # fmt: skip
            lines.append("| " + " | ".join(f"{value:.0f}" for value in middle) + " |")
    for title, names in (
        ("lost", soak.lost),
        ("doubled", soak.doubled),
        ("unlike", soak.unlike + soak.unlike_alone),
        ("held", soak.held),
        ("left", soak.left),
    ):
        lines += [f"{title}: {name}" for name in names[:10]]
    return "\n".join(lines)


def measure(options: argparse.Namespace) -> str:
    with tempfile.TemporaryDirectory(prefix="soak-") as name:
        return told(run(pathlib.Path(name), options.soak, min(20, options.soak // 100), len(os.sched_getaffinity(0))))


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--count", type=int, default=300)
    parser.add_argument("--alone", type=int, default=10)
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--only", action="append", help="this assignment alone; may be given again")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="soak-") as name:
        soak = run(pathlib.Path(name), options.count, options.alone, options.jobs, options.only)
    print(told(soak))
    return 0 if soak.well else 1


if __name__ == "__main__":
    sys.exit(main())
