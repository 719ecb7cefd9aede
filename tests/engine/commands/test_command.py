"""The command, end to end, as the people who use it run it."""

import json
import os
import pathlib
import re
import signal
import sqlite3
import subprocess
import sys

import pytest

from autograder.commands import demo
from autograder.course import lesson
from autograder.report.store import Records
from tests.support.harness import ASSIGNMENT, ROOT, command, hand_in

SOURCE = ROOT / "source" / ASSIGNMENT / "pixel_similarity.ipynb"
RELEASE = ROOT / "release" / ASSIGNMENT / "pixel_similarity.ipynb"


def marks(database: pathlib.Path) -> dict[tuple[str, str], float]:
    """(student, check cell) -> automatic mark, straight from nbgrader's tables."""
    with sqlite3.connect(database) as db:
        rows = db.execute(
            "select sa.student_id, bc.name, g.auto_score from grade g join base_cell bc on g.cell_id = bc.id"
            " join submitted_notebook sn on g.notebook_id = sn.id join submitted_assignment sa on sn.assignment_id = sa.id"
        )
        return {(student, cell): score for student, cell, score in rows if cell.startswith("test_")}


@pytest.fixture(scope="module")
def own_files(tmp_path_factory):
    """The reference and the untouched release, graded in one run."""
    out = tmp_path_factory.mktemp("own") / "own.json"
    return command("grade", SOURCE.parent, "--json", out), command("grade", RELEASE.parent, "--json", out)


def test_reference_has_full_marks_in_every_exercise(own_files):
    ran = own_files[0]
    (submission,) = ran.document["submissions"]
    assert ran.code == 0 and len(submission["exercises"]) == 8
    assert all(exercise["score"] == exercise["max_score"] for exercise in submission["exercises"])
    assert all(check["verdict"] == "passed" for exercise in submission["exercises"] for check in exercise["checks"])
    assert [exercise["id"] for exercise in submission["exercises"] if not exercise["max_score"]] == ["uint8_distance"]


def test_release_has_nothing_in_every_exercise(own_files):
    ran = own_files[1]
    (submission,) = ran.document["submissions"]
    assert ran.code == 0 and all(exercise["score"] == 0 for exercise in submission["exercises"])
    assert {exercise["diagnosis"] for exercise in submission["exercises"]} == {"Not written yet."}


def test_a_check_says_of_an_unwritten_answer_that_and_nothing_else():
    ran = command("check", RELEASE)
    assert ran.code == 1 and ran.out.count("Not written yet.") == 8 and "0 of 17 points" in ran.out
    assert "does not work on an accelerator" not in ran.out


def test_json_is_the_documented_one(own_files):
    document = own_files[0].document
    assert list(document) == ["schema", "sandbox", "device", "data", "submissions"] and document["schema"] == 1
    assert set(document["sandbox"]) == {"level", "missing"}
    (submission,) = document["submissions"]
    keys = "student assignment notebook status reason score max_score seconds exercises notes"
    assert list(submission) == keys.split()
    assert list(submission["exercises"][0]) == [
        "id",
        "score",
        "max_score",
        "follow_through",
        "place",
        "in_doubt",
        "diagnosis",
        "parity",
        "checks",
    ]
    assert list(submission["exercises"][0]["checks"][0]) == ["id", "verdict", "message"]


@pytest.mark.slow
def test_every_lesson_gives_its_reference_everything_and_its_release_nothing(tmp_path, course):
    """All lessons in one run, from the course's own files; nothing of it goes into a gradebook."""
    ran = command("grade", ROOT / "source", "--json", tmp_path / "full.json")
    blank = command("grade", ROOT / "release", "--json", tmp_path / "blank.json", "--jobs", "1")
    assert {entry["assignment"] for entry in ran.document["submissions"]} == set(lesson.assignments(course))
    for submission in ran.document["submissions"]:
        assert submission["score"] == submission["max_score"] > 0, submission
    for submission in blank.document["submissions"]:
        assert {exercise["score"] for exercise in submission["exercises"]} == {0}, submission
    assert len(blank.document["submissions"]) == len(ran.document["submissions"]) == 6
    assert not (ROOT / "gradebook.db").exists()


@pytest.fixture(scope="module")
def demonstration(tmp_path_factory):
    folder = tmp_path_factory.mktemp("demo") / "demo"
    return command("demo", "--folder", folder), folder


def test_demo_shows_every_kind_of_outcome(demonstration):
    ran, folder = demonstration
    assert ran.code == 0, ran.err
    reports = {path.stem: json.loads(path.read_text()) for path in (folder / "reports" / ASSIGNMENT).glob("*.json")}
    full = sum(exercise["max_score"] for exercise in reports["ada"]["exercises"])
    got = marks(folder / "gradebook.db")
    total = {student: sum(score or 0 for (who, _), score in got.items() if who == student) for student in reports}
    assert total["ada"] == total["twice"] == full and total["blank"] == 0
    assert reports["zed"]["status"] == "held" and "not JSON" in reports["zed"]["reason"]
    assert {check["verdict"] for check in reports["ellis"]["exercises"][-1]["checks"]} - {"not_run"} == {"timeout"}
    for exercise in [one for one in reports["ada"]["exercises"] if one["max_score"]]:
        mistaken = next(entry for entry in reports[f"m-{exercise['id']}"]["exercises"] if entry["id"] == exercise["id"])
        assert len(mistaken["diagnosis"]) > 20 and 0 < full - total[f"m-{exercise['id']}"] <= exercise["max_score"]
        assert re.search(re.escape(mistaken["diagnosis"][:30]), ran.out)


def test_demo_leaves_feedback_for_everyone_and_no_answer_in_it(demonstration, pixel_lesson):
    _, folder = demonstration
    pages = {path.parts[-3]: path.read_text() for path in (folder / "feedback").rglob("*.html")}
    assert len(pages) == 12
    blank = pages["blank"]
    for task in pixel_lesson.exercises.values():
        for line in task.answer.splitlines():
            if "return " in line:
                assert line.strip() not in blank
    assert "tests/graders" not in "".join(pages.values()) and "<script" not in "".join(pages.values())


def test_demo_refuses_a_folder_that_is_not_its_own(tmp_path):
    (tmp_path / "thesis.txt").write_text("mine")
    ran = command("demo", "--folder", tmp_path)
    assert ran.code == 2 and "name another folder" in ran.err


@pytest.mark.slow
def test_damaged_neighbours_cost_only_themselves(small_course, course, pixel_lesson, tmp_path):
    right = json.dumps(demo.fill_in(course, pixel_lesson, demo.right_answers(pixel_lesson)))
    hand_in(small_course, "ada", right)
    hand_in(small_course, "empty", "")
    os.truncate(hand_in(small_course, "huge", ""), 200_000_000)
    hand_in(small_course, "text", "dear professor")
    hand_in(small_course, "nothing", right).unlink()
    hand_in(small_course, "<script>alert(1)</script>".replace("/", ":"), right)
    ran = command("grade", "--json", tmp_path / "out.json", "--course", small_course)
    assert ran.code == 1, ran.err
    held = {entry["student"]: entry["reason"] for entry in ran.document["submissions"] if entry["status"] == "held"}
    assert held.keys() == {"empty", "huge", "text", "nothing"}
    assert ran["ada"]["score"] == ran["ada"]["max_score"]
    page = next(path for path in (small_course / "feedback").rglob("*.html") if "script" in path.parts[-3])
    assert "<script>" not in page.read_text()


@pytest.mark.slow
def test_killed_in_the_middle_goes_on_and_grades_nobody_twice(small_course, course, pixel_lesson):
    right = demo.right_answers(pixel_lesson)
    wrong = "def accuracy(predictions, targets):\n    return (predictions == targets).float().sum()\n"
    for number in range(8):
        answers = right if number % 2 else {**right, "accuracy": wrong}
        hand_in(small_course, f"s{number}", json.dumps(demo.fill_in(course, pixel_lesson, answers)))
    records = Records(small_course / "reports")
    process = subprocess.Popen(
        [sys.executable, "-m", "autograder", "grade", "--jobs", "1", "--course", str(small_course)],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    folder = small_course / "reports" / ASSIGNMENT
    while process.poll() is None and len(list(folder.glob("s?.json"))) < 3:
        os.sched_yield()
    process.send_signal(signal.SIGKILL)
    process.wait()
    done = {path.name: path.stat().st_mtime_ns for path in folder.glob("s?.json")}
    assert 3 <= len(done) < 8
    ran = command("grade", "--course", small_course)
    assert ran.code == 0 and f"({len(done)} were graded before)" in ran.out
    assert {name: (folder / name).stat().st_mtime_ns for name in done} == done
    after_kill = marks(small_course / "gradebook.db")

    (small_course / "gradebook.db").unlink()
    for path in folder.glob("*.json"):
        path.unlink()
    assert command("grade", "--course", small_course, "--jobs", "2").code == 0
    assert marks(small_course / "gradebook.db") == after_kill and len(after_kill) == 8 * len(pixel_lesson.exercises)
    assert records.load(ASSIGNMENT, "s0").score < records.load(ASSIGNMENT, "s1").score


def test_a_gradebook_that_is_none_is_left_as_it_is(small_course, course, pixel_lesson):
    hand_in(small_course, "ada", json.dumps(demo.fill_in(course, pixel_lesson, {})))
    (small_course / "gradebook.db").write_bytes(b"this is not a database" * 100)
    ran = command("grade", "--course", small_course)
    assert ran.code == 2 and "damaged" in ran.err and len(ran.err.strip().splitlines()) == 1
    assert (small_course / "gradebook.db").read_bytes() == b"this is not a database" * 100


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["grade", "--course", "/nowhere"], "not a course's folder"),
        (["grade", "no-such-thing"], "no such assignment, notebook, folder or zip file"),
        (["check", "no-such.ipynb"], "no such notebook"),
    ],
)
def test_a_wrong_command_line_is_one_clear_line(arguments, words):
    ran = command(*arguments)
    assert ran.code == 2 and words in ran.err and "Traceback" not in ran.err


def test_a_misspelt_setting_names_the_nearest(small_course):
    (small_course / "course_config.py").unlink()
    (small_course / "course_config.py").write_text("c = get_config()\nc.Autograder.call_second = 3.0\n")
    ran = command("grade", "--course", small_course)
    assert ran.code == 2 and "is call_seconds meant?" in ran.err


def test_check_shows_one_screen(tmp_path, course, pixel_lesson):
    answers = {
        **demo.right_answers(pixel_lesson),
        "l1_distance": "def l1_distance(a, b):\n    return (1.0 * a - b).mean()\n",
    }
    path = tmp_path / "mine.ipynb"
    path.write_text(json.dumps(demo.fill_in(course, pixel_lesson, answers)))
    ran = command("check", path)
    assert ran.code == 1
    assert (
        "✗ l1_distance" in ran.out and "cancel" in ran.out and "✓ l2_distance" in ran.out and "Not checked" in ran.out
    )
    assert command("check", SOURCE).code == 0


def test_check_names_what_is_no_notebook_before_it_checks_the_others(tmp_path):
    release = ROOT / "release" / ASSIGNMENT
    (tmp_path / "notes.ipynb").write_text("not a notebook")
    for path, words in (
        (release, f"is a folder: is {release / 'pixel_similarity.ipynb'} meant?"),
        (release / "pixel_similarty.ipynb", "no such notebook; is pixel_similarity.ipynb meant?"),
        (tmp_path / "notes.ipynb", "the file is not JSON, so it is not a notebook"),
    ):
        ran = command("check", release / "pixel_similarity.ipynb", path)
        assert ran.code == 2 and words in ran.err and not ran.out


def test_what_was_handed_in_under_a_name_that_is_no_assignment_is_named(small_course, course, pixel_lesson):
    hand_in(small_course, "ada", json.dumps(demo.fill_in(course, pixel_lesson, {})))
    (small_course / "submitted" / "ada" / ASSIGNMENT).rename(small_course / "submitted" / "ada" / "03-similarity")
    ran = command("grade", "--course", small_course)
    assert ran.code == 2 and "not graded: 03-similarity (of 1 student) is no assignment of this course" in ran.err
    misspelt = command("grade", "02-pixel-similarty", "--course", small_course)
    assert misspelt.code == 2 and f"is {ASSIGNMENT} meant?" in misspelt.err


def test_a_cache_that_cannot_be_written_is_named(tmp_path, monkeypatch):
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "file"))
    for _ in range(2):
        ran = command("check", "--hint", "is_3")
        assert ran.code == 0 and "Hint 1 of 3" in ran.out and "can't be written" in ran.out


@pytest.mark.slow
def test_zip_files_of_a_learning_management_system(small_course, course, pixel_lesson, tmp_path):
    import zipfile

    text = json.dumps(demo.fill_in(course, pixel_lesson, {}))
    with zipfile.ZipFile(tmp_path / "canvas.zip", "w") as archive:
        archive.writestr("lovelaceada_12345_67890_pixel_similarity.ipynb", text)
        archive.writestr("../../evil_1_2_pixel_similarity.ipynb", text)
    with zipfile.ZipFile(tmp_path / "moodle.zip", "w") as archive:
        archive.writestr("Grace Hopper_4711_assignsubmission_file_/pixel_similarity.ipynb", text)
        archive.writestr("Alan Turing_4712_assignsubmission_file_/holiday.ipynb", "{}")
    ran = command(
        "grade",
        tmp_path / "canvas.zip",
        tmp_path / "moodle.zip",
        "--json",
        tmp_path / "o.json",
        "--course",
        small_course,
    )
    assert {entry["student"] for entry in ran.document["submissions"]} == {
        "lovelaceada",
        "evil",
        "Grace Hopper",
        "Alan Turing",
    }
    assert not list(tmp_path.glob("*evil*")) and ran["Alan Turing"]["status"] == "held"


@pytest.mark.slow
def test_build_check_names_what_has_drifted(small_course):
    assert command("build", "--check", "--course", ROOT).code == 0
    (small_course / "release" / ASSIGNMENT).unlink()
    copied = small_course / "release" / ASSIGNMENT / "pixel_similarity.ipynb"
    copied.parent.mkdir()
    copied.write_text(RELEASE.read_text().replace("def accuracy", "def acuracy"))
    ran = command("build", "--check", "--course", small_course)
    assert (
        ran.code == 1
        and f"release/{ASSIGNMENT}/pixel_similarity.ipynb" in ran.out
        and "solutions" not in ran.out.split("run")[0]
    )


@pytest.mark.slow
def test_build_takes_single_lessons(small_course):
    released = small_course / "release" / ASSIGNMENT
    released.unlink()
    ran = command("build", "--check", ASSIGNMENT, "--course", small_course)
    assert ran.code == 1 and f"drifted: release/{ASSIGNMENT}/pixel_similarity.ipynb" in ran.out
    ran = command("build", ASSIGNMENT, "--course", small_course)
    assert ran.code == 0 and f"written: release/{ASSIGNMENT}/pixel_similarity.ipynb" in ran.out
    ran = command("build", "--check", ASSIGNMENT, "--course", small_course)
    assert (ran.code, ran.out) == (0, "nothing has drifted, and each figure in the lessons has its claim\n")


@pytest.mark.parametrize("option", [(), ("--check",)])
def test_build_names_a_lesson_that_is_not_there(option):
    ran = command("build", *option, "02-pixel-similarty", "--course", ROOT)
    assert ran.code == 2 and ran.out == ""
    assert len(ran.err.splitlines()) == 1
    assert "there is no assignment 02-pixel-similarty; is 02-pixel-similarity meant?" in ran.err


def test_doctor_tries_and_tells():
    ran = command("doctor")
    assert ran.code == 0, ran.out
    for about in ("worker", "isolation", "device", "data", "course", "torch"):
        assert f"{about}: " in ran.out


def test_hints_come_one_by_one_and_never_hold_the_answer(tmp_path, monkeypatch, pixel_lesson):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    hints = pixel_lesson.exercises["is_3"].hints
    assert len(hints) == 3
    said = [command("check", "--hint", "is_3").out for _ in range(4)]
    assert [text[:11] for text in said] == ["Hint 1 of 3", "Hint 2 of 3", "Hint 3 of 3", "Hint 1 of 3"]
    ran = command("check", "--hint", "is_9")
    assert ran.code == 2 and "no exercise called is_9; is is_3 meant?" in ran.err


def test_an_answer_is_shown_once_it_is_solved_or_given_up(tmp_path, monkeypatch, small_course, course, pixel_lesson):
    """And a question's model answer once something is written. Nothing of an answer is shown before."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    here = ("--course", small_course)

    def body(name):
        return pixel_lesson.exercises[name].answer.split('"""')[-1].strip()

    ran = command("solutions", "is_3", *here)
    assert ran.code == 1 and "--give-up" in ran.out and body("is_3") not in ran.out
    notebook = demo.fill_in(course, pixel_lesson, {"l1_distance": demo.right_answers(pixel_lesson)["l1_distance"]})
    for cell in notebook["cells"]:
        if cell["metadata"].get("nbgrader", {}).get("grade_id") == "question_cancelling":
            cell["source"] = "Because signs cancel."
    path = tmp_path / "mine.ipynb"
    path.write_text(json.dumps(notebook))
    command("check", path, *here)
    assert body("l1_distance") in command("solutions", "l1_distance", *here).out
    assert "Marking scheme" in command("solutions", "cancelling", *here).out
    assert command("solutions", "question_last_two_axes", *here).code == 1
    ran = command("solutions", "is_3", "--give-up", *here)
    assert ran.code == 0 and body("is_3") in ran.out and "BEGIN SOLUTION" not in ran.out
    assert command("solutions", "is_3", *here).code == 0, "once given up it stays so"
    listed = command("solutions", *here).out
    assert "is_3" in listed and "given up" in listed and listed.count("solved: ") == 2
    ran = command("solutions", "is3", *here)
    assert ran.code == 2 and "no exercise or question called is3; is is_3 meant?" in ran.err


@pytest.mark.slow
def test_no_warning_of_graders_or_references_reaches_a_student(tmp_path, small_course, course, pixel_lesson):
    solutions = small_course / "solutions"
    solutions.unlink()
    solutions.mkdir()
    text = (ROOT / "solutions" / "pixel_similarity.py").read_text()
    text = text.replace(
        "    return (a - b).abs().mean()",
        "    import warnings\n    warnings.warn('of the reference')\n    return (a - b).abs().mean()",
    )
    (solutions / "pixel_similarity.py").write_text(text)
    path = tmp_path / "mine.ipynb"
    path.write_text(json.dumps(demo.fill_in(course, pixel_lesson, demo.right_answers(pixel_lesson))))
    ran = command("check", path, "--course", small_course)
    assert ran.code == 0 and "of the reference" in text
    assert "of the reference" not in ran.err + ran.out and "solutions" not in ran.err


def test_watching_checks_again_at_every_save(tmp_path, course, pixel_lesson):
    right = demo.right_answers(pixel_lesson)
    path = tmp_path / "mine.ipynb"
    path.write_text(
        json.dumps(demo.fill_in(course, pixel_lesson, {**right, "accuracy": "def accuracy(p, t):\n    return 1"}))
    )
    process = subprocess.Popen(
        [sys.executable, "-u", "-m", "autograder", "check", "--watch", str(path)],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        preexec_fn=lambda: signal.signal(
            signal.SIGINT, signal.SIG_DFL
        ),  # a run in the background ignores it, and so would this
    )
    try:
        assert any("15 of 17 points" in line for line in iter(process.stdout.readline, ""))
        assert "watching" in process.stderr.readline()
        path.write_text(json.dumps(demo.fill_in(course, pixel_lesson, right)))
        assert any("17 of 17 points" in line for line in iter(process.stdout.readline, ""))
        process.send_signal(signal.SIGINT)
        assert process.wait(60) == 130
    finally:
        process.kill()
        process.communicate()
