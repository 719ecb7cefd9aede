"""The folder for files of a check, while a class is graded.

A plugin of the grader's process (`-p autograder.judge.check_folder`). Graders that run as ordinary tests have pytest's
own `tmp_path`; it keeps its folders for whoever wants to look into them, and here one for each check of each submission
would stay.
"""

from __future__ import annotations

import pathlib
from collections.abc import Iterator

import pytest

from autograder.run import temporary


@pytest.fixture
def tmp_path() -> Iterator[pathlib.Path]:
    """An empty folder that is gone after the check."""
    with temporary.Folder("check") as folder:
        yield pathlib.Path(folder)
