"""A mistake costs once: answers that fail only because they call a wrong one get their marks, and the report says why.

Every chain of calls between the reference answers is tried with a mistake of the bank, through the real grader of the lesson.
"""

from __future__ import annotations

import json
import pathlib

import pytest

from autograder.commands import demo
from autograder.course import config, lesson
from autograder.course.bank import read_bank
from autograder.grade.grader_process import Desk
from autograder.read import extract
from tests.support.facts import facts_of

ROOT = pathlib.Path(__file__).parents[3]
PIXELS, DESCENT, SGD = "02-pixel-similarity", "03-gradient-descent", "04-mnist-sgd"

USERS_OF_SIGMOID = ["mnist_loss", "batch_accuracy", "calc_grad", "train_epoch", "validate_epoch"]

# Lesson, exercise, one of its mistakes, and the exercises that fail with it though their own answers are right.
CHAINS = [
    (PIXELS, "mnist_distance", "forgot_abs", ["is_3"]),
    (PIXELS, "mnist_distance", "one_number_for_the_stack", ["is_3"]),
    (DESCENT, "mse", "sum", ["fit_quadratic"]),
    (DESCENT, "quadratic", "forgot_c", ["fit_quadratic"]),
    (DESCENT, "sgd_step", "uphill", ["fit_quadratic"]),
    (SGD, "sigmoid", "sign_of_the_exponent", USERS_OF_SIGMOID),
    (SGD, "mnist_loss", "squared", ["calc_grad", "train_epoch"]),
    (SGD, "batch_accuracy", "upside_down", ["validate_epoch"]),
    (SGD, "calc_grad", "sigmoid_before_the_loss", ["train_epoch"]),
]
# Callers that still lose their marks: the engine can't put the reference in the place of an answer that is handed a model.
FAST = ("forgot_abs",)
CASES = [
    pytest.param(*chain, id=f"{chain[1]}-{chain[2]}", marks=[] if chain[2] in FAST else pytest.mark.slow)
    for chain in CHAINS
]
CALLS_THE_EXTRA = "def mnist_distance(a, b):\n    return uint8_distance(a, b)\n"
SWAPPED, TIE = "swapped", "tie_is_a_3"
MADE = [(assignment[3:].replace("-", "_"), exercise, name) for assignment, exercise, name, _ in CHAINS]
MADE += [("pixel_similarity", "is_3", SWAPPED), ("pixel_similarity", "is_3", TIE)]


@pytest.fixture(scope="module")
def small_bank(tmp_path_factory):
    """The course with only those mistakes in its bank that are made here: recognising one runs all that the bank has for its exercise."""
    root = tmp_path_factory.mktemp("course")
    for part in ("source", "release", "solutions", "course_config.py"):
        (root / part).symlink_to(ROOT / part)
    (root / "tests").mkdir()
    (root / "tests" / "graders").symlink_to(ROOT / "tests" / "graders")
    course = config.load(root)
    for notebook, exercise, name in MADE:
        bank = read_bank(ROOT / "tests" / "mistakes" / notebook, exercise)
        mistake = next(entry for entry in bank if entry.name == name)
        path = course.mistakes / notebook / f"{exercise}.py"
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("a") as file:
            file.write(f"# %% mistake: {name}\n# says: {mistake.says}\n{mistake.source}\n")
    return course


@pytest.fixture(scope="module")
def lessons(small_bank):
    return {assignment: lesson.load(small_bank, assignment) for assignment in (PIXELS, DESCENT, SGD)}


@pytest.fixture(scope="module")
def grade(small_bank, lessons, tmp_path_factory):
    """`grade(assignment, {exercise: source or None for a blank}, *added cells)`: exercise -> its part of the report.

    All other answers that call one another are right; those that have no part in it are left blank, as they only take time.
    """
    desks = {assignment: Desk(small_bank, assignment) for assignment in lessons}
    folder = tmp_path_factory.mktemp("follow-through")

    def run(assignment, changed, *added):
        linked = {name for pair in calls(lessons[assignment]) for name in pair} | set(changed)
        answers = {**demo.right_answers(lessons[assignment]), **changed}
        answers = {name: source for name, source in answers.items() if name in linked and source is not None}
        notebook = demo.fill_in(small_bank, lessons[assignment], answers)
        for number, source in enumerate(added):
            notebook["cells"].append(
                {"cell_type": "code", "id": f"extra-{number}", "metadata": {}, "source": source, "outputs": []}
            )
        path = folder / f"{lessons[assignment].notebook}.ipynb"
        path.write_text(json.dumps(notebook))
        report = desks[assignment].grade(path)
        assert report.status == "graded", report.reason
        return {exercise.id: exercise for exercise in report.exercises if exercise.id in linked}

    yield run
    for desk in desks.values():
        desk.close()


@pytest.fixture(scope="module")
def entry():
    """`entry(assignment, exercise, name)`: an answer of the bank."""

    def find(assignment, exercise, name):
        bank = read_bank(ROOT / "tests" / "mistakes" / assignment[3:].replace("-", "_"), exercise)
        return next(entry for entry in bank if entry.name == name)

    return find


def calls(chosen):
    """Pairs of a reference answer and one that calls it, directly or through others."""
    facts = facts_of(extract.reference(chosen))
    return {(called, caller) for caller in chosen.exercises for called in facts.leaning_on(caller, chosen.exercises)}


def losing(exercises):
    return {name for name, exercise in exercises.items() if exercise.score < exercise.max_score}


@pytest.mark.parametrize(("assignment", "exercise", "name", "callers"), CASES)
def test_a_mistake_costs_its_own_exercise_only(grade, entry, assignment, exercise, name, callers):
    mistake = entry(assignment, exercise, name)
    graded = grade(assignment, {exercise: mistake.source})
    assert losing(graded) == {exercise}
    assert graded[exercise].diagnosis == mistake.says
    assert not graded[exercise].follow_through
    assert {caller for caller in graded if graded[caller].follow_through} == set(callers)
    for caller in callers:
        assert exercise in graded[caller].replaced
        assert not graded[caller].diagnosis


def test_every_chain_is_tried(lessons):
    """Whatever a reference answer calls is in the table above."""
    for assignment, chosen in lessons.items():
        tried = {
            (exercise, caller) for where, exercise, _, callers in CHAINS if where == assignment for caller in callers
        }
        assert tried == calls(chosen)


def test_a_lesson_that_gives_what_another_made_has_no_chain(small_bank):
    """What lesson 04 made stands in lesson 05's set-up: follow-through stays within a notebook."""
    chosen = lesson.load(small_bank, "05-neural-net")
    assert {"mnist_loss", "calc_grad"} <= chosen.elsewhere.keys()
    assert calls(chosen) == set()


def test_a_mistake_on_top_of_a_mistake_loses_its_own_marks(grade, entry):
    distance, swapped = entry(PIXELS, "mnist_distance", "one_number_for_the_stack"), entry(PIXELS, "is_3", SWAPPED)
    graded = grade(PIXELS, {"mnist_distance": distance.source, "is_3": swapped.source})
    alone = grade(PIXELS, {"is_3": swapped.source})
    assert losing(graded) == {"mnist_distance", "is_3"}
    assert losing(alone) == {"is_3"}
    assert graded["is_3"].score == alone["is_3"].score
    assert graded["mnist_distance"].diagnosis == distance.says


def test_a_small_mistake_on_top_of_a_mistake_costs_what_it_costs_alone(grade, entry):
    distance, tie = entry(PIXELS, "mnist_distance", "forgot_abs"), entry(PIXELS, "is_3", TIE)
    graded = grade(PIXELS, {"mnist_distance": distance.source, "is_3": tie.source})
    alone = grade(PIXELS, {"is_3": tie.source})
    assert 0 < graded["is_3"].score == alone["is_3"].score < graded["is_3"].max_score
    assert graded["is_3"].follow_through
    assert graded["is_3"].replaced == ["mnist_distance"]
    assert graded["is_3"].diagnosis == tie.says


def test_a_blank_answer_costs_its_own_exercise_only(grade):
    graded = grade(PIXELS, {"mnist_distance": None})
    assert losing(graded) == {"mnist_distance"}
    assert graded["mnist_distance"].score == 0
    assert graded["is_3"].follow_through
    assert graded["is_3"].replaced == ["mnist_distance"]


def test_a_starred_extra_pays_for_nothing_that_calls_it(grade):
    """Nobody loses marks in an extra, so an answer that calls a blank one must not be marked with the right one."""
    graded = grade(PIXELS, {"uint8_distance": None, "mnist_distance": CALLS_THE_EXTRA})
    assert losing(graded) == {"mnist_distance"} and graded["mnist_distance"].score == 0
    assert not graded["mnist_distance"].follow_through


def test_a_starred_extra_is_marked_again_like_any_other(grade, entry):
    wrong = entry(PIXELS, "mnist_distance", "forgot_abs").source
    extra = "def uint8_distance(a, b):\n    return mnist_distance(a.float(), b.float())\n"
    graded = grade(PIXELS, {"mnist_distance": wrong, "uint8_distance": extra})
    assert graded["uint8_distance"].right and graded["uint8_distance"].replaced == ["mnist_distance"]


def test_a_blank_caller_gets_nothing(grade, entry):
    graded = grade(PIXELS, {"mnist_distance": entry(PIXELS, "mnist_distance", "forgot_abs").source, "is_3": None})
    assert graded["is_3"].score == 0
    assert not graded["is_3"].follow_through


def test_a_call_through_a_helper_of_an_added_cell(grade, entry):
    is_3 = "def is_3(x, mean3, mean7):\n    return nearer(x, mean3, mean7)\n"
    helper = "def nearer(x, one, other):\n    return mnist_distance(x, one) < mnist_distance(x, other)\n"
    mistake = entry(PIXELS, "mnist_distance", "forgot_abs").source
    graded = grade(PIXELS, {"mnist_distance": mistake, "is_3": is_3}, helper)
    assert losing(graded) == {"mnist_distance"}
    assert graded["is_3"].follow_through


def test_an_answer_that_calls_nothing_wrong_needs_no_second_run(grade, entry):
    own = entry(PIXELS, "is_3", "own_distance").source
    graded = grade(PIXELS, {"mnist_distance": entry(PIXELS, "mnist_distance", "forgot_abs").source, "is_3": own})
    assert losing(graded) == {"mnist_distance"}
    assert not graded["is_3"].follow_through
    assert graded["is_3"].replaced == []
