"""What was green in front of its author is graded green, however the notebook looks."""

from __future__ import annotations

import dataclasses
import json

import pytest

from autograder.course import lesson
from autograder.grade.grader_process import Desk
from autograder.notebook import Content
from autograder.results import Report
from tests.support import messy


@pytest.fixture(scope="module")
def graded(course):
    """`graded(name)`: the report on a case's notebook."""
    desks: dict[str, Desk] = {}
    lessons: dict[str, lesson.Lesson] = {}

    def grade(name: str) -> Report:
        assignment = messy.CASES[name].lesson
        if assignment not in desks:
            lessons[assignment], desks[assignment] = lesson.load(course, assignment), Desk(course, assignment)
        data = json.dumps(messy.make(course, lessons[assignment], name)).encode()
        return desks[assignment].grade_content(Content(data), name)

    yield grade
    for desk in desks.values():
        desk.close()


QUICK = (
    "a_magic_on_top_of_an_answer", "an_indented_cell", "a_cell_with_prompts", "numpy_from_the_course",
    "a_function_of_the_course", "two_helpers_of_one_name", "a_builtin_shadowed_at_the_end", "a_second_try_at_the_end",
    "an_old_try_between_answer_and_check", "metadata_and_ids_gone", "words_in_a_new_cell",
    "a_mistake_under_two_names_costs_once", "the_machines_device", "a_package_that_is_not_installed",
    "a_scripted_function", "a_function_that_only_passes", "another_lessons_notebook", "a_dict_changed_at_the_end",
    "settings_in_the_setup_cell", "words_as_a_comment_in_a_code_cell",
)  # fmt: skip


@pytest.mark.parametrize(
    "name", [pytest.param(name, marks=[] if name in QUICK else pytest.mark.slow) for name in messy.CASES]
)
def test_a_messy_notebook(graded, name):
    case, report = messy.CASES[name], graded(name)
    if case.held:
        assert report.status == "held" and case.held in (report.reason or "")
        return
    assert report.status == "graded", report.reason
    exercises = {exercise.id: exercise for exercise in report.exercises}
    lost = {
        name: [check.message for check in one.checks if check.lost] for name, one in exercises.items() if not one.right
    }
    assert lost.keys() == set(case.lost), lost
    for exercise, text in case.says.items():
        assert text in exercises[exercise].diagnosis or any(text in message for message in lost[exercise]), lost
    everything = json.dumps(dataclasses.asdict(report))
    assert not any(text in everything for text in case.never)
    for question in case.waits:
        assert report.written[question]
    assert {name: one.place for name, one in exercises.items() if one.place} == case.places
    assert any(case.note in note for note in report.notes) or not case.note, report.notes
    assert {name for name, one in exercises.items() if one.in_doubt} >= set(case.doubt)


def test_right_values_of_a_neighbouring_kind_keep_three_quarters(graded):
    (accuracy,) = (one for one in graded("a_number_for_a_scalar_tensor").exercises if one.id == "accuracy")
    assert accuracy.score == 0.75 * accuracy.max_score


def test_an_untouched_notebook_beside_a_copy_is_held_and_both_are_named(course):
    chosen = lesson.load(course, messy.PIXELS)
    released = (course.release / messy.PIXELS / f"{chosen.notebook}.ipynb").read_bytes()
    desk = Desk(course, messy.PIXELS)
    content = Content(released, name="pixel_similarity.ipynb", beside=("pixel_similarity-Copy1.ipynb",))
    report = desk.grade_content(content, "ada")
    desk.close()
    assert report.status == "held"
    assert "pixel_similarity.ipynb is untouched" in report.reason and "pixel_similarity-Copy1.ipynb" in report.reason
