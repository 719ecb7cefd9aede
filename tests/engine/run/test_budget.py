"""What a submission may use as a whole: an exercise's time is its own, and who sleeps or dies too often is held."""

from __future__ import annotations

import contextlib
import dataclasses
import json
import subprocess
import sys

import pytest
import torch

from autograder.commands import demo
from autograder.errors import OverBudget, StudentFault, TimedOut, TooMuch
from autograder.grade.grader_process import Desk
from autograder.read import extract
from autograder.run.budget import Budget
from autograder.run.limits import Limits
from autograder.run.session import Session
from autograder.run.student import Student
from autograder.run.survey import Survey


@pytest.fixture
def opened(pixel_lesson, warm_parent):
    """`opened(body, **limits)`: a function that opens sessions of a submission whose `accuracy` has this body."""
    with contextlib.ExitStack() as stack:

        def start(body, cell="", **limits):
            source = f"{cell}\ndef accuracy(predictions, targets):\n" + "".join(f"    {x}\n" for x in body.splitlines())
            submission = extract.reference(pixel_lesson).replacing("accuracy", source)
            survey = Survey(warm_parent, submission)
            stack.callback(survey.close)
            survey.budget = Budget(dataclasses.replace(warm_parent.limits, **limits))

            def session():
                one = Session(warm_parent, submission, seed=7, survey=survey)
                stack.callback(one.close)
                one.begin_exercise("accuracy")
                one.begin_check("test")
                return one

            return session

        yield start


def call(session):
    return Student(session).accuracy(torch.ones(2), torch.ones(2))


def test_sleep_is_counted_over_calls_and_sessions(opened):
    session = opened("import time\ntime.sleep(0.3)\nreturn 0.5", asleep_seconds=0.75)
    first = session()
    call(first), call(first)
    with pytest.raises(OverBudget, match="waiting for more than 1 seconds"):
        call(session())


def test_sleep_in_a_cell_is_counted(opened):
    session = opened("return 0.5", cell="import time\ntime.sleep(0.5)", asleep_seconds=0.75)
    call(session())
    with pytest.raises(OverBudget):
        call(session())


def test_work_on_a_busy_machine_is_no_sleep(opened):
    """Time in the queue for a processor is not charged."""
    busy = [subprocess.Popen([sys.executable, "-c", "while True: pass"]) for _ in range(4)]
    try:
        session = opened("x = 0\nfor n in range(5_000_000):\n    x += n\nreturn 0.5", asleep_seconds=0.5)()
        for _ in range(3):
            assert call(session) == 0.5
    finally:
        for process in busy:
            process.kill()
            process.wait()


def test_who_ends_his_process_again_and_again_is_held(opened):
    session = opened("import os\nos._exit(0)", reloads=3)()
    for _ in range(4):
        with pytest.raises(StudentFault):
            call(session)
    with pytest.raises(OverBudget, match="ended its process more than 3 times"):
        call(session)


def test_cells_that_have_to_be_stopped_have_a_limit_together(opened):
    session = opened("return 0.5", cell="import os\nclass Ending:\n    os._exit(0)", stopped_seconds=1.5)()
    with pytest.raises(OverBudget, match="stopped again and again"):
        call(session)


def test_a_submission_ends_by_the_clock(opened):
    session = opened("return 0.5", clock_seconds=0.0)()
    with pytest.raises(OverBudget, match="took more than 0 minutes"):
        call(session)


BUSY = "import time\nwhile time.process_time() - start < {}:\n    pass\n"


def test_time_is_charged_to_the_exercise_over_all_sessions(opened):
    body = "import time\nstart = time.process_time()\n" + BUSY.format(0.4) + "return 0.5"
    session = opened(body, exercise_seconds=0.9)
    for _ in range(2):
        call(session())
    with pytest.raises(TimedOut):
        late = session()
        call(late), call(late)
    other = session()
    other.begin_exercise("l1_distance")
    assert Student(other).l1_distance(torch.ones(2, 2), torch.zeros(2, 2)) == 1


def test_a_reload_is_charged_to_whoever_made_it_necessary(opened):
    body = "import os\nos._exit(0)"
    session = opened(body, cell="import time\nstart = time.process_time()\n" + BUSY.format(0.5), exercise_seconds=1.2)()
    with pytest.raises(TimedOut, match="used up its time"):
        for _ in range(5):
            with contextlib.suppress(*[kind for kind in StudentFault.__subclasses__() if kind is not TimedOut]):
                call(session)


def test_replies_of_one_check_have_a_limit_together(opened):
    session = opened("return torch.zeros(50 << 20)")()
    with pytest.raises(TooMuch, match="512 MiB in one check"):
        for _ in range(3):
            call(session)
    session.begin_check("another")
    assert call(session).numel() == 50 << 20


@pytest.mark.proof
def test_a_notebook_that_sleeps_is_held_for_a_person(course, pixel_lesson, tmp_path):
    answers = demo.right_answers(pixel_lesson)
    answers["accuracy"] = "import time\ntime.sleep(35)\n" + answers["accuracy"]
    answers["is_3"] = "import time\ntime.sleep(35)\n" + answers["is_3"]
    path = tmp_path / "pixel_similarity.ipynb"
    path.write_text(json.dumps(demo.fill_in(course, pixel_lesson, answers)))
    desk = Desk(course, pixel_lesson.assignment)
    try:
        report = desk.grade(path)
    finally:
        desk.close()
    assert report.status == "held" and "waiting for more than 60 seconds" in report.reason
    assert Limits().asleep_seconds == 60
