"""What benchmarks/run.py compares is alike, and what the README says of it is what was measured.

The plain cells that nbgrader alone grades are the graders' checks: right answers pass, mistakes do not.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys

import pytest

from autograder.course import lesson
from benchmarks import plain_course, run
from tests.support.harness import ROOT

IN_ONE_NAMESPACE = """
import json, sys
cells, checks = json.load(sys.stdin)
names, failed = {"__name__": "__main__"}, []
for source in cells:
    exec(source, names)
for name, source in checks.items():
    try:
        exec(source, names)
    except AssertionError:
        failed.append(name)
print(json.dumps(failed))
"""


@pytest.mark.slow
@pytest.mark.parametrize("assignment", run.LESSONS)
def test_plain_checks_judge_as_the_graders_do(course, tmp_path, assignment):
    chosen = lesson.load(course, assignment)
    plain_course.make_plain_course(course, chosen, tmp_path)
    checks = plain_course.plain_checks(course, chosen)
    assert checks.keys() == chosen.exercises.keys()
    right, mistaken = run.answers_of_class(course, chosen, 2)
    (wrong,) = (name for name in right if right[name] != mistaken[name])
    setup = [cell.source for cell in chosen.setup]
    for answers, expected in ((right, []), (mistaken, [wrong])):
        done = subprocess.run(
            [sys.executable, "-c", IN_ONE_NAMESPACE], input=json.dumps([[*setup, *(answers[name] for name in chosen.exercises)], checks]),
            env=plain_course.environment(tmp_path), cwd=tmp_path, capture_output=True, text=True,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr[-2000:]
        assert json.loads(done.stdout.splitlines()[-1]) == expected


def test_the_readme_says_what_was_measured():
    lines = (ROOT / "README.md").read_text().splitlines()
    parts = re.split(r"^### (\d\d-\S+), \d+ exercises.*$", run.RESULTS.read_text(), flags=re.MULTILINE)
    told = 0
    for name, body in zip(parts[1::2], parts[2::2], strict=True):
        row = r"^\| \((\w)\).*?\| \d+ \| [\d.]+ \([^)]*\) \| ([\d.]+) \("
        seconds = dict(re.findall(row, body, re.MULTILINE))
        if not seconds:  # "Where the time goes" has headings like these
            continue
        ratios = re.findall(r"^\| \((\w)\) to \(a\), time \| \d+ \| ([\d.]+) \|$", body, re.MULTILINE)
        times = {way: f"{seconds[way]} s ({round(float(ratio))} times)" for way, ratio in ratios}
        assert f"| {name} | {seconds['a']} s | {times['c']} | {times['d']} |" in lines
        told += 1
    assert told == 2
