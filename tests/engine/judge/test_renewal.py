"""A warm parent is renewed every so many submissions, and no submission notices."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import pytest

from tests.support.harness import ASSIGNMENT, ROOT

GRADES_SIX = f"""
import json, pathlib, sys

import torch

from autograder import devices
from autograder.commands import demo
from autograder.course import config, lesson
from autograder.course.data import Data
from autograder.judge import process
from autograder.judge.checks import Checks
from autograder.judge.grader import Grader
from autograder.judge.reference_cache import load_reference
from autograder.notebook import Content
from autograder.run import warm_parent

warm_parent.RENEW_AFTER = 2
course = config.load(pathlib.Path({str(ROOT)!r}))
chosen = lesson.load(course, {ASSIGNMENT!r})
answers = demo.right_answers(chosen)
right = json.dumps(demo.fill_in(course, chosen, answers)).encode()
wrong = "def l1_distance(a, b):\\n    return (a - b).mean()"  # what calls it is tried with the right answer in its place
calls = "def mnist_distance(a, b):\\n    return torch.stack([l1_distance(x, b) for x in a]) if a.dim() == 3 else l1_distance(a, b)"
follows = json.dumps(demo.fill_in(course, chosen, {{**answers, "l1_distance": wrong, "mnist_distance": calls}})).encode()


class Run:
    def pytest_runtestloop(self, session):
        torch.set_num_threads(1)
        with warm_parent.WarmParent(chosen.preload) as parent:
            checks = Checks(session, chosen.notebook)
            reference = load_reference(course.solutions / "pixel_similarity.py")
            checks.prepare(reference, course.settings.seed)
            grader = Grader(course, chosen, checks, reference, parent, Data("test"))
            grader.diagnose = lambda *about: ""  # trying the bank would take longer than all the rest
            rows = []
            for number, data in enumerate([right, follows, right, follows, right, follows]):
                report = grader.grade(f"student {{number}}", Content(data))
                rows.append({{
                    "status": report.status, "score": report.score, "parent": parent._process.pid,
                    "checks": [[check.verdict for check in one.checks] for one in report.exercises],
                    "scratch": parent._scratch,
                }})
            grader.close()
        pathlib.Path(sys.argv[1]).write_text(json.dumps(rows))
        return True


process.run_pytest(course, "pixel_similarity", Run())
"""


@pytest.mark.slow
def test_no_submission_is_lost_when_the_process_is_renewed(tmp_path):
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1"}
    line = [sys.executable, "-c", GRADES_SIX, str(tmp_path / "rows.json")]
    done = subprocess.run(line, env=environment, cwd=ROOT, capture_output=True, text=True, timeout=300)
    assert (tmp_path / "rows.json").is_file(), done.stdout[-2000:] + done.stderr[-2000:]
    rows = json.loads((tmp_path / "rows.json").read_text())
    assert [row["status"] for row in rows] == ["graded"] * 6
    for first, *later in (rows[::2], rows[1::2]):
        assert all(row["score"] == first["score"] and row["checks"] == first["checks"] for row in later)
    parents = [row["parent"] for row in rows]
    assert parents == [parents[0]] * 2 + [parents[2]] * 2 + [parents[4]] * 2 and len(set(parents)) == 3
    assert not any(os.path.exists(row["scratch"]) for row in rows)
