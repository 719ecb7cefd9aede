"""Marks in nbgrader's gradebook: a human's are kept, the machine's replaced, all of a submission's at once."""

import pytest
from harness import ASSIGNMENT
from nbgrader.api import Gradebook as NbgraderGradebook

from autograder import config
from autograder.errors import CourseError
from autograder.gradebook import Gradebook
from autograder.results import Check, Exercise, Report


@pytest.fixture
def work(course, tmp_path):
    return config.load(course.root, tmp_path)


def report(lesson, passed: str = "passed", student: str = "ada", written: bool = True) -> Report:
    exercises = [Exercise(task.name, task.points, [Check("one", passed)]) for task in lesson.tasks.values()]
    return Report(student, ASSIGNMENT, lesson.notebook, exercises=exercises, written={name: written for name in lesson.questions})


def recorded(work, lesson, *reports):
    with Gradebook(work) as book:
        book.prepare(lesson, work.release / ASSIGNMENT / f"{lesson.notebook}.ipynb")
        for one in reports:
            book.record(one)
        return [book.holds(one) for one in reports]


def test_marks_and_questions_in_words(work, pixel_lesson):
    assert recorded(work, pixel_lesson, report(pixel_lesson), report(pixel_lesson, "failed", "bob", written=False)) == [True, True]
    with NbgraderGradebook(work.db_url) as book:
        ada, bob = (book.find_submission(ASSIGNMENT, student) for student in ("ada", "bob"))
        points = sum(task.points for task in pixel_lesson.tasks.values())
        assert (ada.score, bob.score) == (points, 0)
        assert ada.needs_manual_grade and not bob.needs_manual_grade  # bob wrote nothing: 0 without a human
        assert ada.max_score == points + sum(question.points for question in pixel_lesson.questions.values())


def test_a_humans_marks_survive_a_regrade(work, pixel_lesson):
    recorded(work, pixel_lesson, report(pixel_lesson, "failed"))
    with NbgraderGradebook(work.db_url) as book:
        grade = book.find_grade("test_accuracy", pixel_lesson.notebook, ASSIGNMENT, "ada")
        grade.manual_score, grade.extra_credit = 1.5, 0.25
        comment = book.find_comment("accuracy", pixel_lesson.notebook, ASSIGNMENT, "ada")
        comment.manual_comment = "nearly"
        book.db.commit()
    recorded(work, pixel_lesson, report(pixel_lesson))
    with NbgraderGradebook(work.db_url) as book:
        grade = book.find_grade("test_accuracy", pixel_lesson.notebook, ASSIGNMENT, "ada")
        assert (grade.auto_score, grade.manual_score, grade.extra_credit, grade.needs_manual_grade) == (2.0, 1.5, 0.25, True)
        assert book.find_comment("accuracy", pixel_lesson.notebook, ASSIGNMENT, "ada").manual_comment == "nearly"


def test_recording_again_changes_nothing(work, pixel_lesson):
    recorded(work, pixel_lesson, report(pixel_lesson), report(pixel_lesson))
    with NbgraderGradebook(work.db_url) as book:
        assert len(book.find_assignment(ASSIGNMENT).submissions) == 1 and len(book.students) == 1


def test_a_held_submission_waits_for_a_human(work, pixel_lesson):
    held = report(pixel_lesson)
    held.status = "held"
    recorded(work, pixel_lesson, held)
    with NbgraderGradebook(work.db_url) as book:
        grade = book.find_grade("test_accuracy", pixel_lesson.notebook, ASSIGNMENT, "ada")
        assert grade.auto_score is None and grade.needs_manual_grade


def test_a_submission_is_one_transaction(work, pixel_lesson, monkeypatch):
    with Gradebook(work) as book:
        book.prepare(pixel_lesson, work.release / ASSIGNMENT / f"{pixel_lesson.notebook}.ipynb")
        monkeypatch.setattr(book._book.db, "commit", lambda: (_ for _ in ()).throw(KeyboardInterrupt))
        with pytest.raises(KeyboardInterrupt):
            book.record(report(pixel_lesson))
    with NbgraderGradebook(work.db_url) as book:
        assert book.find_assignment(ASSIGNMENT).submissions == [] and book.students == []


def test_a_database_that_is_none(work, pixel_lesson):
    (work.work / "gradebook.db").write_bytes(b"x" * 9000)
    with pytest.raises(CourseError, match="damaged"):
        recorded(work, pixel_lesson, report(pixel_lesson))
    assert (work.work / "gradebook.db").read_bytes() == b"x" * 9000
