"""What was handed in beside a notebook."""

from __future__ import annotations

import pytest

from autograder.read.submission import Job, read


@pytest.fixture
def folder(tmp_path):
    names = (
        "work.ipynb",
        "work-Copy1.ipynb",
        "work (1).ipynb",
        "work copy.ipynb",
        "work - Copy (2).ipynb",
        "work-10.ipynb",
        "other.ipynb",
    )
    for name in names:
        (tmp_path / name).write_text("{}")
    return tmp_path


def test_all_other_notebooks_of_a_students_folder_are_beside_it(folder):
    content = read(Job("ada", "01", folder / "work.ipynb"), 1000).content
    assert content.name == "work.ipynb" and len(content.beside) == 6


def test_of_files_named_on_the_command_line_only_copies_are(folder):
    first = read(Job("ada", "01", folder / "work.ipynb"), 1000).content
    content = read(Job("ada", "01", folder / "work.ipynb", told="hash of other bytes"), 1000).content
    assert first.data == b"{}" and content.data is None  # it has changed since
    assert content.beside == ("work (1).ipynb", "work - Copy (2).ipynb", "work copy.ipynb", "work-Copy1.ipynb")


def test_what_is_beside_it_is_a_part_of_its_fingerprint(folder):
    before = read(Job("ada", "01", folder / "work.ipynb"), 1000).content
    (folder / "other.ipynb").unlink()
    after = read(Job("ada", "01", folder / "work.ipynb"), 1000).content
    assert before.fingerprint("state") != after.fingerprint("state")
