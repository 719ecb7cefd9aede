"""nbgrader's own commands on the course, with the engine inside: the same release, the same marks, the same pages."""

import datetime
import json
import os
import pathlib
import shutil
import subprocess
import sys
import sysconfig

import pytest
from nbgrader.api import Gradebook as NbgraderGradebook

from autograder.commands import demo
from autograder.course import config, lesson
from tests.support.example_class import SIZE, hand_in_all, write_course
from tests.support.harness import ROOT, command

ASSIGNMENT, NOTEBOOK = "01-pixels", "pixels"
DAY_LATE = """
c.Autograder.deadlines = {"01-pixels": "2026-11-30 23:59"}
c.Autograder.late_percent_per_day = 10
"""


def nbgrader(root: pathlib.Path, *arguments: str, fails: bool = False) -> str:
    """Run `nbgrader ARGUMENTS` in a course's folder, in an environment that is not activated; what it printed."""
    path = [entry for entry in os.environ["PATH"].split(os.pathsep) if entry != sysconfig.get_path("scripts")]
    done = subprocess.run(
        [sys.executable, "-m", "nbgrader", *arguments],
        capture_output=True,
        text=True,
        cwd=root,
        env={
            **os.environ,
            "PATH": os.pathsep.join(path),
            "PYTHONPATH": str(ROOT),
            "HOME": str(root),
            "JUPYTER_CONFIG_DIR": str(root / ".jupyter"),
        },
        timeout=900,
    )
    assert (done.returncode != 0) == fails, done.stderr[-3000:]
    return done.stdout + done.stderr


def marks(root: pathlib.Path) -> dict[str, tuple[dict[str, tuple[object, ...]], float | None]]:
    """Student -> what the gradebook says of every graded cell, and of lateness."""
    with NbgraderGradebook(config.load(root).db_url) as book:
        return {
            submission.student.id: (
                {
                    g.name: (g.auto_score, g.manual_score, g.extra_credit, g.needs_manual_grade, g.max_score)
                    for g in notebook.grades
                },
                notebook.late_submission_penalty,
            )
            for submission in book.find_assignment(ASSIGNMENT).submissions
            for notebook in submission.notebooks
        }


def graded_both_ways(folder: pathlib.Path, size: int, *only: str) -> tuple[pathlib.Path, pathlib.Path, str]:
    """The same class graded by `nbgrader autograde` and by `autograder grade`: two folders, and what the first printed."""
    stock, ours = (write_course(folder / name, ROOT, [ASSIGNMENT], DAY_LATE) for name in ("stock", "ours"))
    for root in (stock, ours):
        course = config.load(root)
        assert len(hand_in_all(course, lesson.load(course, ASSIGNMENT), only)) == size
    printed = nbgrader(stock, "generate_assignment", ASSIGNMENT, "--force") + nbgrader(stock, "autograde", ASSIGNMENT)
    assert command("grade", ASSIGNMENT, cwd=ours).code == 1  # some files can't be read
    return stock, ours, printed


@pytest.fixture(scope="module")
def two_courses(tmp_path_factory):
    return graded_both_ways(tmp_path_factory.mktemp("week"), SIZE)


def check_marks(stock: pathlib.Path, ours: pathlib.Path, size: int) -> dict:
    by_nbgrader, by_us = marks(stock), marks(ours)
    assert len(by_nbgrader) == size and by_nbgrader == by_us
    assert by_us["twice"][1] == pytest.approx(
        0.1 * sum(score[0] or 0 for score in by_us["twice"][0].values()), abs=0.01
    )
    assert by_us["ada"][1] is None
    assert {cell[0] for name, cell in by_us["cut-off"][0].items()} == {None} and by_us["m03"][0]["test_ink_density"][
        0
    ] is not None
    return by_us


@pytest.mark.slow
def test_both_ways_give_some_the_same_marks(tmp_path):
    """One of each kind: everything right, an answer twice and late, a damaged file, a notebook under a name of its own."""
    check_marks(*graded_both_ways(tmp_path, 4, "ada", "twice", "cut-off", "m03")[:2], 4)


@pytest.mark.slow
def test_both_ways_give_the_same_marks(two_courses):
    stock, ours, _ = two_courses
    by_us = check_marks(stock, ours, SIZE)
    assert (
        sum(not any(cell[0] for cell in cells.values()) for cells, _ in by_us.values()) < SIZE / 2
    )  # most have some marks


@pytest.mark.slow
def test_both_ways_give_the_formgrader_the_same_notebooks_and_students_the_same_pages(two_courses):
    stock, ours, _ = two_courses
    nbgrader(stock, "generate_feedback", ASSIGNMENT)
    for place, kind in (("autograded", "ipynb"), ("feedback", "html")):
        found = [
            {path.relative_to(root / place).as_posix(): path.read_bytes() for path in (root / place).rglob(f"*.{kind}")}
            for root in (stock, ours)
        ]
        assert len(found[0]) == SIZE and found[0] == found[1]
        times = [
            {path.relative_to(root): path.read_text() for path in (root / place).rglob("*.txt")}
            for root in (stock, ours)
        ]
        assert len(times[0]) == 2 * SIZE and times[0] == times[1]
    assert (
        f"({SIZE} were graded before)" in command("grade", ASSIGNMENT, cwd=stock).out
    )  # nothing is graded twice, whoever did it first


@pytest.mark.slow
def test_generate_assignment_makes_what_build_makes(two_courses, tmp_path, course):
    stock, _, _ = two_courses
    name = f"{ASSIGNMENT}/pixels.ipynb"
    assert (stock / "release" / name).read_bytes() == (ROOT / "release" / name).read_bytes()
    others = [other for other in lesson.assignments(course) if other != ASSIGNMENT]
    root = write_course(tmp_path / "rest", ROOT, others)
    shutil.rmtree(root / "release")
    for other in others:
        nbgrader(root, "generate_assignment", other)
        (made,) = (root / "release" / other).glob("*.ipynb")
        assert made.read_bytes() == (ROOT / "release" / other / made.name).read_bytes()


@pytest.mark.slow
def test_autograde_goes_on_where_it_stopped_and_what_a_human_gave_stays(two_courses, course):
    stock, _, _ = two_courses
    with NbgraderGradebook(config.load(stock).db_url) as book:
        question = next(iter(lesson.load(course, ASSIGNMENT).questions))
        grade = book.find_grade(question, NOTEBOOK, ASSIGNMENT, "ada")
        grade.manual_score, grade.needs_manual_grade = 1.0, False
        book.find_grade("test_ink_density", NOTEBOOK, ASSIGNMENT, "ada").extra_credit = 0.5
        book.find_comment("ink_density", NOTEBOOK, ASSIGNMENT, "ada").manual_comment = "Short & <b>clear</b>."
        book.find_submission_notebook(NOTEBOOK, ASSIGNMENT, "ada").late_submission_penalty = 0.25
        book.db.commit()
    before = marks(stock)
    shutil.rmtree(stock / "autograded" / "m05")
    (stock / "course_config.py").write_text(
        (ROOT / "course_config.py").read_text()
    )  # no late policy: penalties are a human's
    printed = nbgrader(stock, "autograde", ASSIGNMENT)
    assert printed.count("Autograding") == 1 and "Skipping existing assignment" in printed
    nbgrader(stock, "autograde", ASSIGNMENT, "--student", "ada", "--force")
    after = marks(stock)
    assert (
        after["ada"][0]["test_ink_density"][2] == 0.5
        and after["ada"][0][question][1] == 1.0
        and after["ada"][1] == 0.25
    )
    assert {name: cells for name, cells in after.items() if name != "ada"} == {
        k: v for k, v in before.items() if k != "ada"
    }
    nbgrader(stock, "generate_feedback", ASSIGNMENT, "--student", "ada", "--force")
    page = (stock / "feedback" / "ada" / ASSIGNMENT / "pixels.html").read_text()
    assert "Short &amp; &lt;b&gt;clear&lt;/b&gt;." in page


@pytest.mark.slow
def test_the_rest_of_the_week(two_courses, tmp_path):
    """release_assignment, collect, zip_collect, export and db, on what the class handed in."""
    stock, _, _ = two_courses
    exchange = tmp_path / "exchange"
    exchange.mkdir(mode=0o777)
    exchange.chmod(0o777)
    extra = (f"--Exchange.root={exchange}", "--CourseDirectory.course_id=threes-and-sevens")
    nbgrader(stock, "release_assignment", ASSIGNMENT, *extra)
    assert (exchange / "threes-and-sevens" / "outbound" / ASSIGNMENT / "pixels.ipynb").is_file()
    nbgrader(stock, "collect", ASSIGNMENT, *extra)
    downloaded = stock / "downloaded" / ASSIGNMENT / "archive"
    downloaded.mkdir(parents=True)
    shutil.copy(
        stock / "submitted" / "ada" / ASSIGNMENT / "pixels.ipynb",
        downloaded / "zoe_attempt_2026-11-29-10-00-00_pixels.ipynb",
    )
    pattern = (
        r"--FileNameCollectorPlugin.named_regexp=.*/(?P<student_id>\w+)_attempt_(?P<timestamp>[0-9\-]+)_(?P<file_id>.*)"
    )
    nbgrader(stock, "zip_collect", ASSIGNMENT, pattern)
    (stock / "submitted" / "zoe" / ASSIGNMENT / "submission_secret.txt").write_text(
        "secret of zoe"
    )  # zip_collect knows none
    nbgrader(stock, "autograde", ASSIGNMENT, "--student", "zoe")
    assert marks(stock)["zoe"][0] == {
        name: (*cell[:1], None, None, *cell[3:]) for name, cell in marks(stock)["zoe"][0].items()
    }
    nbgrader(stock, "export", "--to", str(tmp_path / "grades.csv"))
    assert len((tmp_path / "grades.csv").read_text().splitlines()) == SIZE + 2
    assert "zoe" in nbgrader(stock, "db", "student", "list")
    nbgrader(stock, "generate_feedback", ASSIGNMENT)
    nbgrader(stock, "release_feedback", ASSIGNMENT, *extra)
    assert len(list((exchange / "threes-and-sevens" / "feedback").glob("*.html"))) == SIZE + 1


def test_a_fault_of_the_course_is_one_line_before_the_first_student(tmp_path):
    root = write_course(tmp_path / "course", ROOT, [ASSIGNMENT], "\nc.Autograder.cal_seconds = 3\n")
    (root / "submitted" / "ada" / ASSIGNMENT).mkdir(parents=True)
    (root / "submitted" / "ada" / ASSIGNMENT / "pixels.ipynb").write_text("{}")
    printed = nbgrader(root, "autograde", ASSIGNMENT, fails=True)
    assert "is call_seconds meant?" in printed and "Traceback" not in printed
    assert not (root / "autograded").exists()


@pytest.mark.slow
def test_points_and_deadline_come_from_the_course_config(tmp_path):
    root = write_course(
        tmp_path / "course",
        ROOT,
        [ASSIGNMENT],
        '\nc.Autograder.points = {"ink_density": 5, "slices": 0.5}\n' + DAY_LATE,
    )
    course = config.load(root)
    chosen = lesson.load(course, ASSIGNMENT)
    assert (chosen.exercises["ink_density"].points, chosen.exercises["slices"].points) == (5.0, 0.5)
    path = root / "submitted" / "ada" / ASSIGNMENT / "pixels.ipynb"
    path.parent.mkdir(parents=True)
    path.write_text(json.dumps(demo.fill_in(course, chosen, demo.right_answers(chosen))))
    assert command("grade", cwd=root).code == 0
    assert marks(root)["ada"][0]["test_ink_density"][0] == 5.0
    with NbgraderGradebook(course.db_url) as book:
        assert book.find_assignment(ASSIGNMENT).duedate == datetime.datetime(2026, 11, 30, 23, 59)
