"""Marks in nbgrader's gradebook: a human's are kept, the machine's replaced, all of a submission's at once."""

import datetime

import pytest
from nbgrader.api import Gradebook as NbgraderGradebook

from autograder.course import config, lesson
from autograder.errors import CourseError
from autograder.nbgrader import read, write
from autograder.nbgrader.gradebook import Gradebook
from autograder.results import Check, ExerciseResult, Report
from tests.support.harness import ASSIGNMENT

pytestmark = pytest.mark.usefixtures("quick_gradebooks")


@pytest.fixture
def work(course, tmp_path):
    return config.load(course.root, tmp_path)


def report(lesson, passed: str = "passed", student: str = "ada", written: bool = True) -> Report:
    exercises = [ExerciseResult(task.name, task.points, [Check("one", passed)]) for task in lesson.exercises.values()]
    return Report(
        student, ASSIGNMENT, lesson.notebook, exercises=exercises, written={name: written for name in lesson.questions}
    )


def recorded(work, lesson, *reports):
    with Gradebook(work) as book:
        write.prepare(book, lesson, work.release / ASSIGNMENT / f"{lesson.notebook}.ipynb")
        for one in reports:
            write.record(book, [(one, None)])
        return [read.holds(book, one) for one in reports]


def test_marks_and_questions_in_words(work, pixel_lesson):
    assert recorded(work, pixel_lesson, report(pixel_lesson), report(pixel_lesson, "failed", "bob", written=False)) == [
        True,
        True,
    ]
    with NbgraderGradebook(work.db_url) as book:
        ada, bob = (book.find_submission(ASSIGNMENT, student) for student in ("ada", "bob"))
        points = sum(task.points for task in pixel_lesson.exercises.values())
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
        assert (grade.auto_score, grade.manual_score, grade.extra_credit, grade.needs_manual_grade) == (
            2.0,
            1.5,
            0.25,
            True,
        )
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


def test_what_is_recorded_together_is_one_transaction(work, pixel_lesson, monkeypatch):
    with Gradebook(work) as book:
        write.prepare(book, pixel_lesson, work.release / ASSIGNMENT / f"{pixel_lesson.notebook}.ipynb")
        monkeypatch.setattr(book.nbgraders.db, "commit", lambda: (_ for _ in ()).throw(KeyboardInterrupt))
        with pytest.raises(KeyboardInterrupt):
            write.record(book, [(report(pixel_lesson), None), (report(pixel_lesson, student="bob"), None)])
    with NbgraderGradebook(work.db_url) as book:
        assert book.find_assignment(ASSIGNMENT).submissions == [] and book.students == []


def test_new_ones_and_known_ones_together(work, pixel_lesson):
    recorded(work, pixel_lesson, report(pixel_lesson, "failed", "bob"))
    with NbgraderGradebook(work.db_url) as book:
        book.find_grade("test_accuracy", pixel_lesson.notebook, ASSIGNMENT, "bob").manual_score = 1.5
        book.db.commit()
    together = [report(pixel_lesson, student=name, written=name == "ada") for name in ("ada", "bob", "eve")]
    with Gradebook(work) as book:
        write.prepare(book, pixel_lesson, work.release / ASSIGNMENT / f"{pixel_lesson.notebook}.ipynb")
        marks = write.record(book, [(one, None) for one in together])
        assert marks == [read.marks(book, ASSIGNMENT, name) for name in ("ada", "bob", "eve")]
        assert [mine.student for mine in marks] == ["ada", "bob", "eve"]
        assert [mine.cells["test_accuracy"].score for mine in marks] == [2.0, 1.5, 2.0]
        assert [read.holds(book, one) for one in together] == [True] * 3


def test_a_database_that_is_none(work, pixel_lesson):
    (work.work / "gradebook.db").write_bytes(b"x" * 9000)
    with pytest.raises(CourseError, match="damaged"):
        recorded(work, pixel_lesson, report(pixel_lesson))
    assert (work.work / "gradebook.db").read_bytes() == b"x" * 9000


@pytest.mark.slow
def test_a_real_postgresql_server(course, pixel_lesson, tmp_path):
    """nbgrader's `db_url`: marks, a human's marks, a regrade and lateness on a server, as on SQLite."""
    from tests.support.postgres import server

    with server(tmp_path / "postgres") as url:
        work = config.load(course.root, tmp_path, db_url=url)
        first, when = report(pixel_lesson, "failed"), datetime.datetime(2026, 12, 2)
        work.settings.deadlines = {ASSIGNMENT: "2026-12-01"}
        work.settings.late_percent_per_day = 10.0
        try:
            with Gradebook(work) as book:
                write.prepare(book, pixel_lesson, work.release / ASSIGNMENT / f"{pixel_lesson.notebook}.ipynb")
                write.record(book, [(first, when)])
                assert read.holds(book, first)
            with NbgraderGradebook(url) as nbgraders:
                nbgraders.find_grade("test_accuracy", pixel_lesson.notebook, ASSIGNMENT, "ada").manual_score = 1.5
                nbgraders.db.commit()
            again = report(pixel_lesson)
            with Gradebook(work) as book:
                write.prepare(book, pixel_lesson, work.release / ASSIGNMENT / f"{pixel_lesson.notebook}.ipynb")
                (mine,) = write.record(book, [(again, when)])
                assert mine == read.marks(book, ASSIGNMENT, "ada") and read.students(book, ASSIGNMENT) == ["ada"]
                assert mine.cells["test_accuracy"].score == 1.5 and mine.seconds_late == 86_400
                assert mine.penalty == pytest.approx(0.1 * mine.raw_score, abs=0.01) and mine.score < mine.raw_score
        finally:
            work.settings.late_percent_per_day = 0.0


@pytest.mark.parametrize(
    ("hours", "penalty"), [(0, 0.0), (0.2, 0.0), (0.3, 1.0), (24.2, 1.0), (24.3, 2.0), (24 * 30, 5.0)]
)
def test_a_late_policy_by_hand(hours, penalty):
    """10 percent of 10 points for each started day, after a grace of a quarter of an hour, at most half."""
    settings = config.Autograder(late_grace_minutes=15, late_percent_per_day=10, late_percent_most=50)
    assert settings.late_penalty(10.0, hours * 3600) == penalty


def test_a_deadline_knows_its_time_zone():
    settings = config.Autograder(
        deadlines={"a": "2026-11-30 23:59", "b": "2026-11-30T23:59:00+05:30"}, timezone="Europe/Berlin"
    )
    assert settings.deadline("a") == datetime.datetime(2026, 11, 30, 22, 59)
    assert settings.deadline("b") == datetime.datetime(2026, 11, 30, 18, 29) and settings.deadline("c") is None


def test_penalties_set_by_hand_stay_where_the_course_has_no_policy(work, pixel_lesson):
    recorded(work, pixel_lesson, report(pixel_lesson))
    with NbgraderGradebook(work.db_url) as book:
        book.find_submission_notebook(pixel_lesson.notebook, ASSIGNMENT, "ada").late_submission_penalty = 2.0
        book.db.commit()
    assert recorded(work, pixel_lesson, report(pixel_lesson, "failed"), report(pixel_lesson)) == [False, True]
    with NbgraderGradebook(work.db_url) as book:
        assert book.find_submission_notebook(pixel_lesson.notebook, ASSIGNMENT, "ada").late_submission_penalty == 2.0


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("c.Autograder.late_percent_per_dy = 3", "is late_percent_per_day meant"),
        ("c.Autogradr.seed = 3", "is c.Autograder meant"),
        ("c.Autograde.call_seconds = 3", "is c.Autograder.call_seconds meant"),
        ('c.Autograder.deadlines = {"02-pixel-similarity": "soon"}', "soon"),
        (
            'c.Autograder.deadlines = {"02-pixel-similarity": "2026-01-01"}; c.Autograder.timezone = "Mars"',
            "no time zone called 'Mars'",
        ),
        ('c.Autograder.points = {"accuracy": "two"}', "not a number of points"),
        ('c.Autograder.points = {"acuracy": 2}', "is accuracy meant"),
        ('c.Autograder.deadlines = {"02-pixel-similarty": "2026-01-01"}', "is 02-pixel-similarity meant"),
        ("c.Autograder.late_percent_most = 120", "late_percent_most"),
    ],
)
def test_a_setting_that_can_not_be_is_named(small_course, line, words):
    (small_course / "course_config.py").unlink()
    (small_course / "course_config.py").write_text(f"c = get_config()\n{line}\n")
    with pytest.raises(CourseError, match=words):
        lesson.load(config.load(small_course), ASSIGNMENT)
