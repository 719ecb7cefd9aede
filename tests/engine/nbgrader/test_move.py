"""A course that was handed in goes on with lessons that were renamed or split: nothing that was given is lost."""

import contextlib
import json
import os
import pathlib
import shutil

import pytest
from nbgrader.api import Gradebook
from sqlalchemy.orm import Session

from autograder.commands import demo
from autograder.course import build, config
from autograder.nbgrader import move
from autograder.nbgrader.gradebook import Gradebook as EngineGradebook
from tests.support.harness import ASSIGNMENT, ROOT, command, hand_in

pytestmark = pytest.mark.slow

LATER = ("is_3", "accuracy")
"""Exercises of the lesson that the split puts into a lesson of their own."""


@pytest.fixture
def graded(small_course, course, pixel_lesson, quick_gradebooks):
    """A course in which ada (all right, a helper of her own) and ben (one mistake in each half) were graded, and ada's
    question marked by hand.
    """
    right = demo.right_answers(pixel_lesson)
    ada = demo.fill_in(
        course, pixel_lesson, {**right, "is_3": "def is_3(x, mean3, mean7):\n    return nearer(x, mean3, mean7)"}
    )
    place = next(i for i, cell in enumerate(ada["cells"]) if grade_id(cell) == "is_3")
    helper = "def nearer(x, a, b):\n    return mnist_distance(x, a) < mnist_distance(x, b)"
    ada["cells"].insert(place, {**ada["cells"][place], "id": "mine", "metadata": {}, "source": helper})
    wrong = {
        "accuracy": "def accuracy(predictions, targets):\n    return 1",
        "l1_distance": "def l1_distance(a, b):\n    return 0",
    }
    hand_in(small_course, "ada", json.dumps(ada))
    hand_in(small_course, "ben", json.dumps(demo.fill_in(course, pixel_lesson, {**right, **wrong})))
    (small_course / "submitted" / "ada" / ASSIGNMENT / "timestamp.txt").write_text("2026-11-20 10:00:00 UTC")
    assert command("grade", ASSIGNMENT, "--course", small_course).code == 0
    with Gradebook(f"sqlite:///{small_course / 'gradebook.db'}", "threes-and-sevens") as book:
        grade = book.find_grade("question_cancelling", "pixel_similarity", ASSIGNMENT, "ada")
        grade.manual_score = 1.5
        book.db.commit()
    return small_course


def grade_id(cell):
    return cell["metadata"].get("nbgrader", {}).get("grade_id", "")


def marks(root):
    with Gradebook(f"sqlite:///{root / 'gradebook.db'}", "threes-and-sevens") as book:
        return {
            (assignment.name, one.student_id): one.score
            for assignment in book.assignments
            for one in assignment.submissions
        }


def own_copy(root, name):
    """A link of the linked course becomes a folder or a file of its own."""
    (root / name).unlink()
    shutil.copytree(ROOT / name, root / name) if (ROOT / name).is_dir() else shutil.copy(ROOT / name, root / name)


def rename(root):
    for part in ("source", "release"):
        (root / part / ASSIGNMENT).rename(root / part / "03-similarity")


def split(root):
    """The lesson without `LATER`, and a new one with these alone."""
    (root / "tests").unlink()
    shutil.copytree(ROOT / "tests" / "graders", root / "tests" / "graders")
    (root / "tests" / "mistakes").symlink_to(ROOT / "tests" / "mistakes")
    (root / "solutions").unlink()
    own_copy(root, f"source/{ASSIGNMENT}")
    (root / "release" / ASSIGNMENT).unlink()
    path = root / "source" / ASSIGNMENT / "pixel_similarity.ipynb"
    notebook = json.loads(path.read_text())
    given = "".join(next(cell["source"] for cell in notebook["cells"] if grade_id(cell) == "mnist_distance"))
    moved = [cell for cell in notebook["cells"] if grade_id(cell).removeprefix("test_") in LATER]
    setup = next(cell for cell in notebook["cells"] if grade_id(cell) == "setup")
    given = "\n".join(line for line in given.splitlines() if "### " not in line)
    gives = {**setup, "id": "given", "source": given, "metadata": {"tags": ["setup"]}}
    path.write_text(json.dumps({**notebook, "cells": [cell for cell in notebook["cells"] if cell not in moved]}))
    other = root / "source" / "03-answers" / "answers.ipynb"
    other.parent.mkdir()
    imports = next(cell for cell in notebook["cells"] if cell["id"] == "imports")
    other.write_text(json.dumps({**notebook, "cells": [setup, imports, gives, *moved]}))
    graders = root / "tests" / "graders"
    shutil.copy(graders / "test_pixel_similarity.py", graders / "test_answers.py")
    build.build(config.load(root))


def test_a_renamed_lesson_takes_everything_along(graded):
    before = marks(graded)
    rename(graded)
    said = command("move", "--course", graded)
    assert said.code == 0 and f"{ASSIGNMENT} is 03-similarity now: 2 submissions and all their marks" in said.out
    assert "nothing was changed" in said.out and marks(graded) == before
    done = command("move", "--write", "--course", graded)
    assert done.code == 0, done.err
    assert marks(graded) == {("03-similarity", student): score for (_, student), score in before.items()}
    for part in ("submitted", "autograded", "feedback"):
        assert (
            not list((graded / part).glob(f"*/{ASSIGNMENT}"))
            and len(list((graded / part).glob("*/03-similarity"))) == 2
        )
    assert "nothing to move" in command("move", "--course", graded).out
    again = command("grade", "03-similarity", "--course", graded)
    assert again.code == 0 and marks(graded) == {
        ("03-similarity", student): score for (_, student), score in before.items()
    }
    assert list((graded / "backups").glob("*.db"))


def test_exercises_in_a_lesson_of_their_own(graded):
    before = marks(graded)
    split(graded)
    refused = command("grade", ASSIGNMENT, "--course", graded)
    assert refused.code == 2 and "autograder move" in refused.err, "grading says what to do"
    said = command("move", "--course", graded)
    assert f"{ASSIGNMENT} has other exercises: the marks (1 of them given by hand) of 2 submissions stay" in said.out
    assert "accuracy, is_3: in 03-answers now; 2 notebooks for it" in said.out
    assert not (graded / "submitted" / "ada" / "03-answers").exists()
    assert command("move", "--write", "--course", graded).code == 0
    old = f"{ASSIGNMENT}-before"
    assert marks(graded) == {(old, student): score for (_, student), score in before.items()}
    made = graded / "submitted" / "ada" / "03-answers"
    assert (made / "timestamp.txt").read_text() == "2026-11-20 10:00:00 UTC"
    text = (made / "answers.ipynb").read_text()
    assert "def nearer" in text and "def stack_images" not in text
    for name in (ASSIGNMENT, "03-answers"):
        assert command("grade", name, "--course", graded).code in (0, 1)
    now = marks(graded)
    assert now["03-answers", "ada"] == 5 and now["03-answers", "ben"] < 5
    assert {place: score for place, score in now.items() if place[0] == old} == {
        (old, student): score for (_, student), score in before.items()
    }
    assert "nothing to move" in command("move", "--course", graded).out


def test_a_notebook_with_a_name_of_its_own_is_taken_along(graded):
    split(graded)
    folder = graded / "submitted" / "ben"
    (folder / ASSIGNMENT / "pixel_similarity.ipynb").rename(folder / ASSIGNMENT / "my work.ipynb")
    assert command("move", "--write", "--course", graded).code == 0
    assert (folder / "03-answers" / "answers.ipynb").is_file()


def test_a_link_is_not_followed_to_the_answers(graded):
    split(graded)
    folder = graded / "submitted" / "ben" / ASSIGNMENT
    shutil.rmtree(folder)
    folder.symlink_to(graded / "source" / ASSIGNMENT)
    done = command("move", "--write", "--course", graded)
    assert done.code == 1 and "ben" in done.err and not (folder.parent / "03-answers").exists()


class Interrupted(BaseException):
    pass


def state(root):
    """What a move leaves: the files of the students, and the assignments with their due dates and marks."""
    files = {
        str(path.relative_to(root)): path.read_bytes() for path in (root / "submitted").rglob("*") if path.is_file()
    }
    with Gradebook(f"sqlite:///{root / 'gradebook.db'}", "threes-and-sevens") as book:
        return files, {(one.name, one.duedate) for one in book.assignments}, marks(root)


def test_a_move_that_is_interrupted_anywhere_can_be_finished(graded, tmp_path, monkeypatch):
    split(graded)
    (graded / "source" / ASSIGNMENT).rename(graded / "source" / "02-similarity")
    (graded / "release" / ASSIGNMENT).rename(graded / "release" / "02-similarity")
    with Gradebook(f"sqlite:///{graded / 'gradebook.db'}", "threes-and-sevens") as book:
        book.update_or_create_assignment(ASSIGNMENT, duedate="2026-11-21 00:00:00")
    left = 0

    def stopping(function):
        def stop_before(*arguments, **named):
            nonlocal left
            left -= 1
            if left == 0:
                raise Interrupted
            return function(*arguments, **named)

        return stop_before

    for place, name in ((pathlib.Path, "rename"), (os, "replace"), (Session, "commit")):
        monkeypatch.setattr(place, name, stopping(getattr(place, name)))
    whole = None
    for number in range(100):  # 0: not interrupted
        root = shutil.copytree(graded, tmp_path / f"try-{number}", symlinks=True)
        course = config.load(root)
        with move_of(course) as (book, found), contextlib.suppress(Interrupted):
            left = number
            move.carry_out(book, found)
        interrupted = number > 0 and left <= 0
        left = 0
        if interrupted:
            with move_of(course) as (book, found):
                move.carry_out(book, found)
        whole = whole or state(root)
        assert state(root) == whole, f"stopped before write {number}"
        if number and not interrupted:
            break
    assert number > 5, "every write was tried"


@contextlib.contextmanager
def move_of(course):
    with EngineGradebook(course) as book:
        yield book, move.plan(book)
