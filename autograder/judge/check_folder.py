"""A temporary folder for a check's files, while a class is graded.

A plugin of the grader's process (`-p autograder.judge.check_folder`). Graders that run as ordinary tests use pytest's
own `tmp_path`, which keeps its folders for inspection. Here that would leave one folder for each check of each
submission.
"""

from __future__ import annotations

import pathlib
from collections.abc import Iterator

import pytest

from autograder.run import temporary


@pytest.fixture
def tmp_path() -> Iterator[pathlib.Path]:
    """An empty folder that is deleted after the check."""
    with temporary.Folder("check") as folder:
        yield pathlib.Path(folder)
