"""What a student puts beside a notebook: links, pipes, pages with scripts. Nothing of it is followed, opened or served."""

from __future__ import annotations

import datetime
import json
import os
import pathlib
import shutil

import pytest

from autograder.commands import demo
from autograder.course import config, lesson
from autograder.nbgrader import folders
from autograder.results import Report
from tests.engine.nbgrader.test_nbgrader import ASSIGNMENT, NOTEBOOK, nbgrader
from tests.support.example_class import IN_TIME, write_course
from tests.support.harness import ROOT, command

KEY = ROOT / "solutions" / f"{NOTEBOOK}.py"
MARK = "return images"  # stands in the key, and in no released notebook


def link(path: pathlib.Path) -> None:
    path.symlink_to(KEY)


def short_link(path: pathlib.Path) -> None:
    """A link to a file that would pass for a secret by its size and its signs."""
    (path.parent.parent.parent.parent / "note").write_text("a short secret of the instructor")
    path.symlink_to(path.parent.parent.parent.parent / "note")


def device(path: pathlib.Path) -> None:
    path.symlink_to("/dev/zero")


def pipe(path: pathlib.Path) -> None:
    os.mkfifo(path)


def folder(path: pathlib.Path) -> None:
    path.mkdir()


def large(path: pathlib.Path) -> None:
    with path.open("wb") as file:
        file.truncate(1 << 40)  # takes no room on the disk


def lines(path: pathlib.Path) -> None:
    path.write_text("one\ntwo")


def binary(path: pathlib.Path) -> None:
    path.write_bytes(b"\xff\x00")


HOSTILE = [link, short_link, device, pipe, folder, large, lines, binary]


@pytest.fixture(scope="module")
def right(course) -> str:
    chosen = lesson.load(course, ASSIGNMENT)
    return json.dumps(demo.fill_in(course, chosen, demo.right_answers(chosen)))


def hand_in(root: pathlib.Path, student: str, text: str) -> pathlib.Path:
    place = root / "submitted" / student / ASSIGNMENT
    place.mkdir(parents=True)
    (place / f"{NOTEBOOK}.ipynb").write_text(text)
    (place / "timestamp.txt").write_text(IN_TIME)
    (place / "submission_secret.txt").write_text("0123abcd" * 16)
    return place


@pytest.mark.parametrize("name", ["submission_secret.txt", "timestamp.txt"])
@pytest.mark.parametrize("hostile", HOSTILE, ids=lambda make: make.__name__)
def test_only_a_small_regular_file_goes_on(tmp_path, right, course, name, hostile):
    root = write_course(tmp_path / "course", ROOT, [ASSIGNMENT])
    place = hand_in(root, "ada", right)
    ours, chosen = config.load(root), lesson.load(course, ASSIGNMENT)
    there = [root / part / "ada" / ASSIGNMENT / name for part in ("feedback", "autograded")]
    report, notebook = Report("ada", ASSIGNMENT, NOTEBOOK), place / f"{NOTEBOOK}.ipynb"
    from autograder.notebook import content_of

    for expected in (True, False):
        folders.write_feedback(ours, chosen, report, None, notebook)
        folders.write_autograded(ours, chosen, report, content_of(notebook, 1 << 26), notebook)
        assert [path.is_file() for path in there] == [expected] * 2
        if expected:
            (place / name).unlink()
            hostile(place / name)
    assert (folders.handed_in(notebook) is None) == (name == "timestamp.txt")


def test_a_timestamp_is_read_as_nbgrader_writes_it(tmp_path):
    (tmp_path / "timestamp.txt").write_text("2026-11-20 12:00:00.5 UTC\n")
    assert folders.handed_in(tmp_path / "x.ipynb") == datetime.datetime(2026, 11, 20, 12, 0, 0, 500_000)


@pytest.fixture(scope="module")
def week(tmp_path_factory, right):
    """nbgrader's own commands on a class in which one student left everything beside the notebook."""
    root = write_course(tmp_path_factory.mktemp("week") / "course", ROOT, [ASSIGNMENT])
    hand_in(root, "ada", right)
    place = hand_in(root, "eve", right)
    for name in ("submission_secret.txt", "timestamp.txt"):
        (place / name).unlink()
    link(place / "submission_secret.txt")
    pipe(place / "timestamp.txt")
    link(place / "answers.html")
    device(place / "endless.txt")
    pipe(place / "pipe.html")
    large(place / "large.bin")
    (place / "evil.html").write_text("<script>alert(1)</script>")
    (place / "sub").mkdir()
    (place / "sub" / "evil.svg").write_text("<svg onload='alert(1)'/>")
    (place / "linked").symlink_to(KEY.parent, target_is_directory=True)
    (root / "source" / ASSIGNMENT / "image.png").write_bytes(b"the course's own")
    nbgrader(root, "generate_assignment", ASSIGNMENT, "--force")
    nbgrader(root, "autograde", ASSIGNMENT)
    nbgrader(root, "generate_feedback", ASSIGNMENT)
    return root


@pytest.mark.slow
def test_nbgraders_steps_copy_nothing_of_a_students(week):
    def names(part: str, student: str) -> list[str]:
        top = week / part / student / ASSIGNMENT
        return sorted(str(path.relative_to(top)) for path in top.rglob("*"))

    own = ["submission_secret.txt", "timestamp.txt"]
    assert names("autograded", "eve") == sorted(["image.png", f"{NOTEBOOK}.ipynb"])
    assert names("autograded", "ada") == sorted(["image.png", f"{NOTEBOOK}.ipynb", *own])
    assert names("feedback", "eve") == [f"{NOTEBOOK}.html"]
    assert names("feedback", "ada") == sorted([f"{NOTEBOOK}.html", *own])
    for part in ("autograded", "feedback"):
        for path in (week / part).rglob("*"):
            assert not path.is_symlink()
            assert path.is_dir() or KEY.read_bytes()[:200] not in path.read_bytes()


@pytest.mark.slow
def test_collect_follows_no_link(week, right, tmp_path):
    exchange = tmp_path / "exchange"
    inbound = exchange / "threes-and-sevens" / "inbound"
    inbound.mkdir(parents=True)
    for place in (exchange, inbound):
        place.chmod(0o777)
    # what nbgrader's `submit` would write, and what a student's own commands can
    for student, top in (("eve", None), ("mal", KEY.parent)):
        place = inbound / f"{student}+{ASSIGNMENT}+2026-11-20 12:00:00 UTC+abc"
        if top is not None:
            place.symlink_to(top, target_is_directory=True)
            continue
        place.mkdir()
        (place / f"{NOTEBOOK}.ipynb").write_text(right)
        (place / "timestamp.txt").write_text("2026-11-20 12:00:00 UTC")
        link(place / "submission_secret.txt")
        link(place / "answers.html")
        device(place / "endless")
        pipe(place / "pipe")
        (place / "sub").mkdir()
        (place / "sub" / "own.txt").write_text("mine")
        (place / "linked").symlink_to(KEY.parent, target_is_directory=True)
    shutil.rmtree(week / "submitted" / "eve")
    printed = nbgrader(
        week, "collect", ASSIGNMENT, f"--Exchange.root={exchange}", "--CourseDirectory.course_id=threes-and-sevens",
        "--CollectApp.check_owner=False",
    )  # fmt: skip
    top = week / "submitted" / "eve" / ASSIGNMENT
    assert sorted(str(path.relative_to(top)) for path in top.rglob("*") if path.is_file()) == [
        f"{NOTEBOOK}.ipynb",
        "sub/own.txt",
        "timestamp.txt",
    ]
    assert not any(path.is_symlink() for path in (week / "submitted").rglob("*"))
    assert "answers.html" in printed and "pipe" in printed, "what is left out is named"
    mine = week / "submitted" / "mal" / ASSIGNMENT
    assert not mine.exists() or not list(mine.iterdir())
    held = command("grade", ASSIGNMENT, "--course", week, "--json", tmp_path / "out.json")
    assert held["eve"]["status"] == "graded"
