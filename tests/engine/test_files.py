"""Who may read what is written: marks, answers and names belong to the instructor, in a shared course to its group too."""

from __future__ import annotations

import os
import pathlib
import stat

import pytest

from autograder.course import config
from autograder.files import PUBLIC, open_private, write_whole
from autograder.grade import run
from autograder.nbgrader.gradebook import Gradebook
from autograder.report.store import Records
from autograder.results import Report
from tests.support.harness import ASSIGNMENT, command, hand_in


def mode(path: pathlib.Path) -> str:
    return f"{stat.S_IMODE(path.stat().st_mode):o}"


@pytest.fixture(autouse=True)
def everybody():
    """The usual umask, under which a new file can be read by everybody."""
    before = os.umask(0o022)
    yield
    os.umask(before)


def test_a_new_file_is_its_owners_and_an_old_one_keeps_its_mode(tmp_path):
    path = tmp_path / "reports" / "a" / "ada.json"
    write_whole(path, b"1")
    assert (mode(path), mode(path.parent), mode(path.parent.parent)) == ("600", "700", "700")
    path.chmod(0o640)
    path.parent.chmod(0o750)
    write_whole(path, b"2")
    assert (path.read_bytes(), mode(path), mode(path.parent)) == (b"2", "640", "750")
    write_whole(path.with_name("page.html"), b"", PUBLIC)
    assert mode(path.with_name("page.html")) == "644"
    with open_private(tmp_path / "out.json") as stream:
        stream.write("{}")
    assert mode(tmp_path / "out.json") == "600"


def test_in_a_groups_folder_the_group_reads_and_writes(tmp_path):
    tmp_path.chmod(0o2770)
    path = tmp_path / "reports" / "ada.json"
    write_whole(path, b"1")
    assert (mode(path), mode(path.parent)) == ("660", "2770")
    assert path.stat().st_gid == tmp_path.stat().st_gid


def test_a_link_in_the_place_of_a_file_is_replaced_and_gives_no_mode(tmp_path):
    (tmp_path / "other").write_text("kept")
    (tmp_path / "link").symlink_to(tmp_path / "other")
    write_whole(tmp_path / "link", b"new")
    assert (tmp_path / "other").read_text() == "kept" and mode(tmp_path / "link") == "600"


def test_records_and_gradebook(small_course):
    course = config.load(small_course)
    with run.alone(course), Gradebook(course) as book:
        Records(course.reports).save(Report("ada", ASSIGNMENT, "n"), "f")
        book.nbgraders.update_or_create_assignment(ASSIGNMENT)
        copy = book.back_up()
    made = [course.reports / ASSIGNMENT / "ada.json", course.reports / ".lock", small_course / "gradebook.db", copy]
    assert {mode(path) for path in made} == {"600"}
    assert {mode(path) for path in (course.reports, course.reports / ASSIGNMENT, copy.parent)} == {"700"}


@pytest.mark.slow
def test_a_run_writes_nothing_that_others_can_read_but_pages_to_release(small_course):
    hand_in(small_course, "ada", "{}")
    assert command("grade", "--course", small_course, "--json", small_course / "out.json").code == 1
    command("report", ASSIGNMENT, "--course", small_course)
    command("export", "--course", small_course, "--out", small_course / "marks.csv")
    given = {small_course / "submitted", small_course / "source", small_course / "release"}
    files = [
        path
        for path in small_course.rglob("*")
        if path.is_file() and not path.is_symlink() and not given & set(path.parents)
    ]
    # nbgrader's release_feedback copies a page with its mode, for a student to read
    open_to_all = [path for path in files if stat.S_IMODE(path.stat().st_mode) & 0o077]
    assert [path.suffix for path in open_to_all] == [".html"] and open_to_all[0].parts[-4] == "feedback"
    assert mode(small_course / "feedback") == mode(open_to_all[0].parent) == "700"
    assert len(files) > 5
