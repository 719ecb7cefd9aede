"""The profile: stages add up to the whole, and the command prints every one of them."""

import json

import pytest

from autograder.commands import demo
from autograder.profile import STAGES, Stopwatch
from tests.support.harness import command, hand_in


@pytest.fixture
def clock():
    """A list whose one number is the time."""
    return [0.0]


@pytest.fixture
def watch(clock):
    watch = Stopwatch(lambda: clock[0])
    watch.start()
    return watch


def test_a_stage_inside_another_is_counted_once(watch, clock):
    clock[0] = 1.0
    with watch.stage("graders"):
        clock[0] = 3.0
        with watch.stage("wire"):
            clock[0] = 7.0
        clock[0] = 8.0
    clock[0] = 100.0
    assert watch.stop() == {"graders": 3.0, "wire": 4.0}


def test_a_stage_ends_with_an_error(watch, clock):
    with watch.stage("graders"):
        with pytest.raises(OSError), watch.stage("wire"):
            clock[0] = 2.0
            raise OSError
        clock[0] = 5.0
    assert watch.stop() == {"wire": 2.0, "graders": 3.0}


def test_a_part_of_a_stage_is_moved_and_no_second_is_counted_twice(watch, clock):
    with watch.stage("wire"):
        clock[0] = 4.0
        watch.move("calls", 1.5)
        clock[0] = 5.0
    assert watch.stop() == {"calls": 1.5, "wire": 3.5}


@pytest.mark.parametrize("word", [None, "1", True, 1, -1.0, 4.1, float("nan"), float("inf"), [1.0]])
def test_what_a_worker_makes_up_is_not_taken(watch, clock, word):
    with watch.stage("wire"):
        clock[0] = 4.0
        watch.move("calls", word)
    assert watch.stop() == {"wire": 4.0}


def test_nothing_is_measured_before_it_is_started(clock):
    watch = Stopwatch(lambda: clock[0])
    with watch.stage("graders"):
        clock[0] = 1.0
        watch.move("calls", 0.5)
    assert watch.stop() == {}


def test_what_other_processes_measured_is_added(watch):
    watch.add({"wire": 1.0})
    watch.add({"wire": 2.0, "calls": 3.0})
    assert watch.stop() == {"wire": 3.0, "calls": 3.0}


@pytest.mark.slow
def test_profile_has_every_stage_and_shares_that_add_up(small_course, course, pixel_lesson):
    hand_in(small_course, "ada", json.dumps(demo.fill_in(course, pixel_lesson, demo.right_answers(pixel_lesson))))
    ran = command("grade", "--profile", "--course", small_course)
    rows = {line.split()[0]: line.split()[1:3] for line in ran.err.splitlines() if len(line.split()) > 3}
    assert ran.code == 0 and list(STAGES) == [name for name in rows if name in STAGES]
    assert all(
        float(rows[name][0]) > 0 for name in STAGES if name != "diagnosis"
    )  # where all is right there is nothing to name
    assert abs(sum(float(rows[name][1]) for name in STAGES) - 100) <= 0.05 * len(STAGES)  # each is rounded
    again = command("grade", "--profile", "--course", small_course)
    assert again.code == 0 and "no submission was graded in this run" in again.err
    assert "share" not in command("grade", "--again", "--course", small_course).err
