"""The gradebook under a locked database, a full disk and a second grader: a clear line, nothing lost, and the same command finishes the job."""

import contextlib
import fcntl
import json
import os
import pathlib
import shutil
import sqlite3
import subprocess
import sys

import pytest
from nbgrader.api import Gradebook as NbgraderGradebook

from autograder.commands import demo
from autograder.course import config
from autograder.grade import run
from autograder.grade.grader_process import GraderProcess
from autograder.notebook import Content
from autograder.read import inbox
from autograder.read.submission import read
from autograder.results import Check, ExerciseResult, Report
from tests.support.harness import ASSIGNMENT, ROOT, command, hand_in, linked_course

STUDENTS = ("ada", "bob", "cyd")


def report(lesson, student: str) -> Report:
    """What grading comes to: the tests below grade for real what has none of these."""
    failed = {"accuracy"} if student == "bob" else set()
    exercises = [
        ExerciseResult(task.name, task.points, [Check("one", "failed" if task.name in failed else "passed")])
        for task in lesson.exercises.values()
    ]
    return Report(
        student, ASSIGNMENT, lesson.notebook, exercises=exercises, written={name: True for name in lesson.questions}
    )


@pytest.fixture(scope="module")
def graded(tmp_path_factory, course, pixel_lesson, quick_gradebooks):
    """A course's folder with three submissions, and all that comes of grading them, written by a run whose graders have their reports ready."""
    root = linked_course(tmp_path_factory.mktemp("survival") / "course")
    right = demo.right_answers(pixel_lesson)
    for student in STUDENTS:
        answers = right if student != "bob" else {**right, "accuracy": "def accuracy(p, t):\n    return 1.0\n"}
        hand_in(root, student, json.dumps(demo.fill_in(course, pixel_lesson, answers)))
    work = config.load(root)
    plan = run.plan(work, inbox.submitted(work, ASSIGNMENT))
    crew = lambda _, jobs, on_ready: ((read(job, 1 << 20), report(pixel_lesson, job.student)) for job in jobs)  # noqa: E731
    graded = [new for _, new in run.carry_out(plan, crew)]
    assert graded == [True] * len(STUDENTS)
    return root


@pytest.fixture
def copied(graded, tmp_path):
    """Its own copy of it, far down: a line that names a file there is longer than any terminal is wide, and still one line."""
    return pathlib.Path(shutil.copytree(graded, tmp_path / ("far-" * 40) / "course", symlinks=True))


def marks(url: str) -> dict[str, float]:
    with NbgraderGradebook(url) as book:
        found = [(submission.student.id, submission.score) for submission in book.assignment_submissions(ASSIGNMENT)]
    assert len(found) == len(dict(found))
    return dict(found)


def one_line(ran) -> str:
    assert ran.code == 2 and "Traceback" not in ran.err
    (line,) = ran.err.strip().splitlines()
    return line


@pytest.mark.slow
def test_a_locked_gradebook_is_a_clear_line_and_the_next_run_writes_what_was_graded(copied):
    path = copied / "gradebook.db"
    before = marks(f"sqlite:///{path}")
    hand_in(copied, "dan", (copied / "submitted" / "ada" / ASSIGNMENT / "pixel_similarity.ipynb").read_bytes())
    with contextlib.closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")
        line = one_line(command("grade", "--course", copied))
        assert "locked" in line and "no marks are lost: run the same command again" in line
        other.execute("ROLLBACK")
    assert marks(f"sqlite:///{path}") == before
    assert command("grade", "--course", copied).code == 0
    assert marks(f"sqlite:///{path}") == {**before, "dan": before["ada"]}


def test_of_two_graders_one_grades(copied):
    before = marks(f"sqlite:///{copied / 'gradebook.db'}")
    (copied / "gradebook.db").unlink()
    with (copied / "reports" / ".lock").open("w") as lock:  # as a run holds it
        fcntl.flock(lock, fcntl.LOCK_EX)
        assert "another run is grading" in one_line(command("grade", "--course", copied))
    assert not (copied / "gradebook.db").exists()
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    line = [sys.executable, "-m", "autograder", "grade", "--course", str(copied), "--jobs", "1"]
    both = [
        subprocess.Popen(line, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        for _ in range(2)
    ]
    outcomes = [(process.communicate()[1], process.returncode) for process in both]
    refused = [error for error, code in outcomes if code == 2]
    assert (
        [code for _, code in outcomes].count(0) == 2 - len(refused) >= 1
    )  # one was refused, or came when the other had ended
    assert all("another run is grading" in error for error in refused)
    assert marks(f"sqlite:///{copied / 'gradebook.db'}") == before


FILL_AND_GRADE = """
set -u
mount -t tmpfs -o size="$2" none "$1" || exit 77
head -c "$3" /dev/zero > "$1/filler"
shift 3; place="$1"; shift
"$@" > "$OUT.out.1" 2> "$OUT.err.1"; echo $? > "$OUT.code.1"
rm "$place/filler"
"$@" > "$OUT.out.2" 2> "$OUT.err.2"; echo $? > "$OUT.code.2"
mkdir "$OUT.kept"; cp -r "$place/." "$OUT.kept"
"""


@pytest.mark.skipif(shutil.which("unshare") is None, reason="needs `unshare`, for a small disk of its own")
@pytest.mark.parametrize(
    ("place", "left"),
    [
        pytest.param("reports", 4 << 10, marks=pytest.mark.slow),
        pytest.param("feedback", 8 << 10, marks=pytest.mark.slow),
        pytest.param("autograded", 8 << 10, marks=pytest.mark.slow),
        ("book", 0),
        pytest.param("book", 64 << 10, marks=pytest.mark.slow),
    ],
)
def test_a_full_disk_loses_nothing(copied, tmp_path, place, left):
    """A disk of 4 MiB under one of the folders that are written, with `left` bytes of it free; then with all of it."""
    before = marks(f"sqlite:///{copied / 'gradebook.db'}")
    (copied / "gradebook.db").unlink()
    shutil.rmtree(copied / place, ignore_errors=True)
    (copied / place).mkdir()
    settings = copied / "course_config.py"
    text = settings.read_text()
    settings.unlink()
    url = f"sqlite:///{copied / ('book' if place == 'book' else '.') / 'gradebook.db'}"
    settings.write_text(f"{text}\nc.CourseDirectory.db_url = {url!r}\n")
    out, folder = tmp_path / "out", copied / place
    grade = [sys.executable, "-m", "autograder", "grade", "--course", str(copied), "--jobs", "1"]
    size = 4 << 20
    script = ["sh", "-c", FILL_AND_GRADE, "sh", str(folder), str(size), str(size - left), str(folder), *grade]
    own_mounts = ["unshare", "--mount"] if os.getuid() == 0 else ["unshare", "--mount", "--map-root-user"]
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "OUT": str(out)}
    done = subprocess.run([*own_mounts, *script], env=environment, capture_output=True, text=True, timeout=600)
    if done.returncode == 77 or "unshare" in done.stderr:
        pytest.skip(f"no disk of its own: {done.stderr.strip()}")

    def read(name: str) -> str:
        return (tmp_path / f"out.{name}").read_text()

    assert read("code.1") == "2\n"
    (line,) = read("err.1").strip().splitlines()
    assert "space" in line or "full" in line
    assert "run the same command again" in line and (place == "book" or f"/{place}/" in line)
    assert read("code.2") == "0\n", read("err.2")
    if place == "book":
        url = f"sqlite:///{tmp_path / 'out.kept' / 'gradebook.db'}"
    assert marks(url) == before and 0 < before["bob"] < before["ada"] == before["cyd"]


@pytest.mark.slow
def test_a_busy_grader_ends_with_whoever_reads_its_replies(course, pixel_lesson):
    """As when the command is killed: nobody waits for the rest of a submission that sleeps."""
    answers = {**demo.right_answers(pixel_lesson), "accuracy": "import time\ntime.sleep(1000)\n"}
    process = GraderProcess(course, pixel_lesson.assignment)
    try:
        process.wait_for("ready")
        data = json.dumps(demo.fill_in(course, pixel_lesson, answers)).encode()
        process.give("ada", Content(data, "", "pixel_similarity.ipynb", ()))
        process.replies.close()
        assert process._process.wait(20) == 1  # by itself it would take 80 seconds, and end with another status
    finally:
        process._process.kill()
        process._process.wait()
        process.hang_up()


BROKEN = """
from autograder.judge.marking import Marking

_result = Marking._result


def _broken(self, name, outcome):
    if self.submission.student == "eve" and name == "accuracy":
        raise RuntimeError("a fault of the engine's own")
    return _result(self, name, outcome)


Marking._result = _broken
"""


@pytest.mark.slow
def test_what_breaks_the_grader_costs_one_submission(small_course, course, pixel_lesson):
    """The others are graded, by the same process, and the screen says whose fault it is."""
    (small_course / "tests").unlink()
    shutil.copytree(ROOT / "tests" / "graders", small_course / "tests" / "graders")
    with (small_course / "tests" / "graders" / "conftest.py").open("a") as file:
        file.write(BROKEN)
    for student in ("ada", "eve", "fay"):
        hand_in(small_course, student, json.dumps(demo.fill_in(course, pixel_lesson, demo.right_answers(pixel_lesson))))
    done = command("grade", "--course", small_course, "--jobs", 1, "--json", small_course / "out.json")
    found = {entry["student"]: entry for entry in done.document["submissions"]}
    assert found["eve"]["status"] == "held" and "not the student's fault" in found["eve"]["reason"]
    assert [found[name]["score"] == found[name]["max_score"] for name in ("ada", "fay")] == [True, True]
    assert "grader error: RuntimeError: a fault of the engine's own" in done.err
