"""What an answer is compared with is out of its reach."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest
import torch

from autograder.course import lesson
from autograder.judge.reference_cache import Remembered
from tests.support.harness import ROOT


@pytest.mark.slow
@pytest.mark.parametrize("notebook", sorted(path.stem for path in (ROOT / "tests" / "graders").glob("test_*.py")))
def test_no_wanted_value_shares_memory_with_what_is_sent(notebook):
    """Every check of every lesson, with the reference as the answer."""
    command = [sys.executable, "-m", "pytest", "-q", "-n0", "-p", "tests.support.shared_memory"]
    file = ROOT / "tests" / "graders" / f"{notebook}.py"
    done = subprocess.run(
        [*command, str(file)], cwd=ROOT, env={**os.environ, "PYTHONPATH": str(ROOT)}, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stdout[-3000:]


def test_a_result_in_the_arguments_memory_is_copied():
    class Answers:
        @staticmethod
        def first(x):
            return x[0], x.sum()

        @staticmethod
        def trained(x):
            x.mul_(2)
            return x

    answers = Remembered(Answers)  # type: ignore[arg-type]
    x = torch.ones(2, 3)
    row, total = answers.first(x)
    x.zero_()
    assert row.tolist() == [1, 1, 1] and total == 6
    y = torch.ones(2)
    result = answers.trained(y)
    y.zero_()
    assert result.tolist() == [2, 2]


SPOILED = {
    # what is sent is spoiled before the check asks the reference
    "fit": (
        "05-neural-net",
        "fit",
        """def fit(model, opt, train_batches, valid_batches, epochs):
    for xb, yb in [*train_batches, *valid_batches]:
        xb.zero_()
    return [validate_epoch(model, valid_batches)] * epochs
""",
    ),
    "quadratic": (
        "03-gradient-descent",
        "quadratic",
        "def quadratic(t, params):\n    t.zero_()\n    if isinstance(params, torch.Tensor):\n        params.data.zero_()\n"
        "    return t * 1.0\n",
    ),
    "slices": (
        "01-pixels",
        "slices",
        "def slices(t):\n    t.zero_()\n    return t[1].clone(), t[:, 1].clone(), t[1, 1:3].clone()\n",
    ),
}


@pytest.mark.parametrize("what", [pytest.param(what, marks=pytest.mark.slow) for what in SPOILED])
def test_who_spoils_what_is_compared_gets_nothing(course, graded_answers, what):
    assignment, exercise, source = SPOILED[what]
    result = graded_answers(assignment, {exercise: source})[exercise]
    passed = [check.id for check in result.checks if not check.lost and check.verdict == "passed"]
    assert result.score == 0, passed


@pytest.fixture
def graded_answers(course, tmp_path):
    """`graded_answers(assignment, {exercise: source})`: exercise -> result; all other answers are right."""
    import json

    from autograder.commands import demo
    from autograder.grade.grader_process import Desk

    def grade(assignment, changed):
        chosen = lesson.load(course, assignment)
        filled = demo.fill_in(course, chosen, {**demo.right_answers(chosen), **changed})
        path = tmp_path / f"{chosen.notebook}.ipynb"
        path.write_text(json.dumps(filled))
        desk = Desk(course, assignment)
        try:
            report = desk.grade(path)
        finally:
            desk.close()
        return {exercise.id: exercise for exercise in report.exercises}

    return grade
