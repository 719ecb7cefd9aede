"""How a run writes what comes of its reports: some at a time, all before they are given, and nothing is lost when it ends early."""

from __future__ import annotations

import json
import threading

import pytest

from autograder.commands import demo
from autograder.course import config
from autograder.errors import CourseError
from autograder.grade import run
from autograder.nbgrader import folders, read, write
from autograder.nbgrader.gradebook import Gradebook
from autograder.read import inbox, submission
from autograder.results import Check, ExerciseResult, Report
from tests.support.harness import ASSIGNMENT, hand_in

pytestmark = pytest.mark.usefixtures("quick_gradebooks")

STUDENTS = [f"s{number:02}" for number in range(20)]


@pytest.fixture
def plan(small_course, course, pixel_lesson):
    text = json.dumps(demo.fill_in(course, pixel_lesson, demo.right_answers(pixel_lesson)))
    for student in STUDENTS:
        hand_in(small_course, student, text)
    work = config.load(small_course)
    return run.plan(work, inbox.submitted(work, ASSIGNMENT))


def report(plan, student: str) -> Report:
    lesson = plan.lessons[ASSIGNMENT]
    exercises = [ExerciseResult(task.name, task.points, [Check("one", "passed")]) for task in lesson.exercises.values()]
    return Report(
        student, ASSIGNMENT, lesson.notebook, exercises=exercises, written={name: True for name in lesson.questions}
    )


def is_written(plan, student: str) -> bool:
    """Whether marks, stored report, page and formgrader's notebook of a student are there, asked from outside the run."""
    course, notebook = plan.course, plan.lessons[ASSIGNMENT].notebook
    places = (f"reports/{ASSIGNMENT}/{student}.json", f"feedback/{student}/{ASSIGNMENT}/{notebook}.html")
    files = [course.work / place for place in (*places, f"autograded/{student}/{ASSIGNMENT}/{notebook}.ipynb")]
    with Gradebook(course) as book:
        marks = read.marks(book, ASSIGNMENT, student)
    there = {marks is not None and marks.cells["test_accuracy"].score == 2.0, *(path.exists() for path in files)}
    assert len(there) == 1, (student, there)
    return there.pop()


def is_there(plan, student: str) -> bool:
    with Gradebook(plan.course) as book:
        return read.marks(book, ASSIGNMENT, student) is not None


def crew_of(plan, students, end=lambda: None):
    places = {job.student: job for job in [*plan.waiting, *plan.known]}

    def crew(course, jobs, on_ready):
        for student in students:
            yield None if student is None else (submission.read(places[student], 1 << 20), report(plan, student))
        end()

    return crew


def test_what_is_given_is_written_and_some_at_a_time(plan, monkeypatch):
    sizes, record = [], write.record
    monkeypatch.setattr(write, "record", lambda book, reports: sizes.append(len(reports)) or record(book, reports))
    monkeypatch.setattr(run, "PATIENCE", 3600.0)
    given = []
    for one, new in run.carry_out(plan, crew_of(plan, STUDENTS)):
        given.append(one.student)
        assert new and (len(given) not in (1, run.AT_ONCE, run.AT_ONCE + 1) or is_written(plan, one.student))
    assert given == STUDENTS and sizes == [run.AT_ONCE, len(STUDENTS) - run.AT_ONCE]


def test_where_no_more_comes_what_is_there_is_written(plan, monkeypatch):
    monkeypatch.setattr(run, "PATIENCE", 3600.0)
    coming = iter(["s00", "s01", None, "s02"])
    given = run.carry_out(plan, crew_of(plan, coming))
    assert [next(given)[0].student, next(given)[0].student] == ["s00", "s01"]
    assert list(coming) == ["s02"] and not is_written(plan, "s02")
    given.close()


def test_what_has_waited_long_enough_is_written(plan, monkeypatch):
    monkeypatch.setattr(run, "PATIENCE", 0.0)
    coming = iter(["s00", "s01"])
    given = run.carry_out(plan, crew_of(plan, coming))
    assert next(given)[0].student == "s00" and list(coming) == ["s01"]
    given.close()


def test_a_fault_in_mid_run_loses_nothing_of_what_was_graded(plan, monkeypatch):
    monkeypatch.setattr(run, "PATIENCE", 3600.0)

    def fault():
        raise CourseError("the graders are at fault")

    with pytest.raises(CourseError, match="the graders are at fault"):
        list(run.carry_out(plan, crew_of(plan, ["s00", "s01"], fault)))
    assert [is_written(plan, student) for student in ("s00", "s01", "s02")] == [True, True, False]
    again = run.plan(plan.course, [*plan.waiting])
    assert sorted(one.student for one, new in run.carry_out(again, crew_of(again, STUDENTS[2:])) if new) == STUDENTS[2:]


def test_stopped_from_outside_loses_nothing_of_what_was_graded(plan, monkeypatch):
    monkeypatch.setattr(run, "PATIENCE", 3600.0)

    def interrupt():
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        list(run.carry_out(plan, crew_of(plan, ["s00"], interrupt)))
    assert is_written(plan, "s00")


def test_a_gradebook_that_can_not_be_written_is_written_by_the_next_run(plan, monkeypatch):
    with monkeypatch.context() as broken:
        broken.setattr(
            write, "record", lambda book, reports: (_ for _ in ()).throw(CourseError("the gradebook is locked"))
        )
        with pytest.raises(CourseError, match="locked"):
            list(run.carry_out(plan, crew_of(plan, ["s00", "s01"])))
    again = run.plan(plan.course, [*plan.waiting])
    assert len(again.known) == 2 and not any(is_there(plan, student) for student in ("s00", "s01"))
    assert [new for _, new in run.carry_out(again, crew_of(again, []))] == [False, False]
    assert is_written(plan, "s00") and is_written(plan, "s01")


def test_pages_are_written_side_by_side(plan, monkeypatch):
    both, write = threading.Barrier(2, timeout=60), folders.write_feedback

    def wait_for_another(*args):
        both.wait()
        write(*args)

    monkeypatch.setattr(folders, "write_feedback", wait_for_another)
    assert len(list(run.carry_out(plan, crew_of(plan, STUDENTS[:2])))) == 2
    assert is_written(plan, "s00") and is_written(plan, "s01")


def test_a_page_that_can_not_be_written_is_told_and_written_by_the_next_run(plan, monkeypatch):
    write = folders.write_feedback

    def on_a_full_disk(course, chosen, one, *more):
        if one.student == "s01":
            raise OSError(28, "No space left on device", "s01.html")
        write(course, chosen, one, *more)

    with monkeypatch.context() as broken:
        broken.setattr(folders, "write_feedback", on_a_full_disk)
        with pytest.raises(OSError, match="No space left"):
            list(run.carry_out(plan, crew_of(plan, STUDENTS[:3])))
    assert is_written(plan, "s00") and is_written(plan, "s02")
    again = run.plan(plan.course, [*plan.waiting])
    assert [new for _, new in run.carry_out(again, crew_of(again, []))] == [False] * 3
    assert is_written(plan, "s01")
