"""Mangled notebooks: real ones, changed at random in their JSON or in their bytes, each graded. Every one must end in marks or in a line that
says why it is held; a crash, a hang, a fault of a grader or two lines of reason count as failures, and their seeds are printed.

    python -m benchmarks.mangled [--count 10000] [--seed 0] [--exercises 1]
"""

from __future__ import annotations

import argparse
import collections
import json
import os
import pathlib
import random
import sys
import tempfile
import time
from typing import Any

import pytest

from autograder.commands import demo
from autograder.course import config, lesson
from autograder.course import data as data_sets
from autograder.judge import process
from autograder.judge.checks import Checks
from autograder.judge.grader import Grader
from autograder.judge.reference_cache import load_reference
from autograder.notebook import content_of
from autograder.results import GRADED, HELD, Verdict
from autograder.run.limits import Limits
from autograder.run.warm_parent import WarmParent

ROOT = pathlib.Path(__file__).parents[1]
ASSIGNMENT = "02-pixel-similarity"
VALUES: list[Any] = [
    None, True, False, 0, -1, 1 << 70, 0.5, float("nan"), float("inf"), "", "x" * 5000, "\ud800", "\0", "<script>", "../../etc/passwd", [], {},
    [None], {"": {}}, [[[[]]]], "code", "markdown", "raw", "def accuracy(", "raise SystemExit", "%%bash\nrm -rf /", "import *",
]  # fmt: skip


def places(node: Any, found: list[tuple[Any, Any]]) -> list[tuple[Any, Any]]:
    """Every (container, key) in a JSON document."""
    for key in list(node) if isinstance(node, dict) else range(len(node)) if isinstance(node, list) else ():
        found.append((node, key))
        places(node[key], found)
    return found


def mangle_json(document: Any, chance: random.Random) -> bytes:
    """One to twelve changes: a value replaced, removed, doubled, moved elsewhere, or part of a text cut out."""
    for _ in range(chance.randint(1, 12)):
        node, key = chance.choice(places(document, []) or [([0], 0)])
        what = chance.randrange(6)
        if what == 0:
            node[key] = chance.choice(VALUES)
        elif what == 1:
            del node[key]
        elif what == 2 and isinstance(node, list):
            node[key:key] = [node[key]] * chance.choice((1, 2, 50))
        elif what == 3:
            other, place = chance.choice(places(document, []))
            other[place] = json.loads(json.dumps(node[key]))
        elif what == 4 and isinstance(node, dict):
            node[chance.choice(("id", "source", "metadata", "cell_type", "nbgrader", "outputs", "x"))] = node.pop(key)
        elif isinstance(node[key], str) and node[key]:
            start = chance.randrange(len(node[key]))
            node[key] = node[key][:start] + node[key][start + chance.randint(1, 40) :]
    return json.dumps(document).encode("utf-8", "surrogatepass")


def mangle_bytes(data: bytes, chance: random.Random) -> bytes:
    """One to twelve changes: bytes flipped, cut out, put in, doubled, or the rest cut off."""
    changed = bytearray(data)
    for _ in range(chance.randint(1, 12)):
        if not changed:
            break
        start, length = chance.randrange(len(changed)), chance.choice((1, 1, 1, 2, 8, 200))
        what = chance.randrange(6)
        if what == 0:
            changed[start] ^= 1 << chance.randrange(8)
        elif what == 1:
            del changed[start : start + length]
        elif what == 2:
            changed[start:start] = chance.randbytes(length)
        elif what == 3:
            changed[start:start] = changed[start : start + length]
        elif what == 4:
            changed[start : start + 1] = chance.choice(
                (b'"', b"{", b"]", b"\\", b"\xff\xfe", b"\0", b"\\ud800", b"1e999")
            )
        elif chance.random() < 0.2:
            del changed[start:]
    return bytes(changed)


class Mangler:
    """Takes the place of pytest's loop, with the lesson's checks collected."""

    def __init__(self, course: config.Course, count: int, seed: int, exercises: int) -> None:
        self.course, self.count, self.seed, self.exercises = course, count, seed, exercises
        self.tally: collections.Counter[str] = collections.Counter()
        self.failures: list[str] = []

    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        import torch

        torch.set_num_threads(1)
        chosen = lesson.load(self.course, ASSIGNMENT)
        limits = Limits(call_seconds=2, exercise_seconds=4, load_seconds=4, patience=2, memory=1 << 30)
        with WarmParent(chosen.preload, limits) as parent, tempfile.TemporaryDirectory() as folder:
            checks = Checks(session, chosen.notebook)
            reference = load_reference(self.course.solutions / f"{chosen.notebook}.py")
            checks.prepare(reference, self.course.settings.seed)
            kept = dict(list(chosen.exercises.items())[-self.exercises :])
            object.__setattr__(chosen, "tasks", kept)  # fewer exercises, so that there is time for more notebooks
            grader = Grader(self.course, chosen, checks, reference, parent, data_sets.find())
            grader._bank = {name: [] for name in kept}  # what a mistake is called is of no matter here
            right = demo.fill_in(self.course, chosen, demo.right_answers(chosen))
            path = pathlib.Path(folder) / f"{chosen.notebook}.ipynb"
            for number in range(self.seed, self.seed + self.count):
                chance = random.Random(number)
                data = json.dumps(right).encode()
                data = mangle_json(json.loads(data), chance) if number % 2 else mangle_bytes(data, chance)
                path.write_bytes(data)
                self.one(grader, path, number)
        return True

    def one(self, grader: Grader, path: pathlib.Path, number: int) -> None:
        start = time.perf_counter()
        try:
            report = grader.grade("eve", content_of(path, self.course.settings.notebook_bytes))
        except Exception as error:
            self.failures.append(f"seed {number}: {type(error).__name__}: {error}")
            return
        verdicts = {check.verdict for exercise in report.exercises for check in exercise.checks}
        reason = report.reason or ""
        if (
            report.status not in (GRADED, HELD)
            or (report.status == HELD and (not reason or "\n" in reason))
            or Verdict.GRADER_ERROR in verdicts
        ):
            self.failures.append(f"seed {number}: {report.status} {reason} {verdicts}")
        if time.perf_counter() - start > 60:
            self.failures.append(f"seed {number}: {time.perf_counter() - start:.0f} s")
        full = report.status == GRADED and report.score == report.max_score
        self.tally["held" if report.status == HELD else "full marks" if full else "graded, not full marks"] += 1


def mangle(count: int, seed: int, exercises: int) -> Mangler:
    """Grade `count` mangled notebooks of the seeds `seed`, `seed` + 1, ..."""
    os.environ["PYTEST_DISABLE_PLUGIN_AUTOLOAD"] = "1"
    course = config.load(ROOT)
    mangler = Mangler(course, count, seed, exercises)
    process.run_pytest(course, "pixel_similarity", mangler)
    return mangler


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--count", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--exercises", type=int, default=1, help="how many of the lesson's last exercises are graded")
    options = parser.parse_args()
    start = time.perf_counter()
    done = mangle(options.count, options.seed, options.exercises)
    print(
        f"{sum(done.tally.values())} mangled notebooks in {time.perf_counter() - start:.0f} s: {dict(done.tally)}; {len(done.failures)} failures"
    )
    print("\n".join(done.failures[:50]))
    sys.exit(1 if done.failures or sum(done.tally.values()) != options.count else 0)


if __name__ == "__main__":
    main()
