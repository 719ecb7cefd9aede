"""Saves of a notebook that `check --watch` must not miss, whatever the system tells of them."""

import os

import pytest
import watchfiles

from autograder.commands.watch import Saves


@pytest.fixture
def notebook(tmp_path):
    path = tmp_path / "mine.ipynb"
    path.write_text("before")
    return path


@pytest.fixture
def told(monkeypatch):
    """What the system's watcher does, one step at a time: functions to run, each of which is followed by a look that tells of nothing."""
    steps = []

    def watch(*folders, **settings):
        assert settings["yield_on_timeout"] and settings["rust_timeout"] <= 1000
        for step in steps:
            step()
            yield set()

    monkeypatch.setattr(watchfiles, "watch", watch)
    return steps


def test_a_save_during_the_first_check_is_seen(notebook, told):
    saves = Saves([notebook])
    notebook.write_text("saved while the first check ran")
    assert list(saves) == [notebook]


def test_a_save_that_nothing_tells_of_is_seen_at_the_next_look(notebook, told):
    def save():
        other = notebook.with_name("new")
        other.write_text("after!")  # as long as before
        os.replace(other, notebook)

    told += [lambda: None, save, lambda: None]
    assert list(Saves([notebook])) == [notebook]


def test_a_save_during_a_check_is_seen_after_it(notebook, told):
    told += [lambda: notebook.write_text("first save"), lambda: None]
    found = []
    for path in Saves([notebook]):
        found.append(path.read_text())
        if len(found) == 1:
            notebook.write_text("while that was checked")
    assert found == ["first save", "while that was checked"]


def test_a_notebook_that_is_gone_for_a_while_is_no_save(notebook, told):
    told += [notebook.unlink, lambda: None, lambda: notebook.write_text("back")]
    assert list(Saves([notebook])) == [notebook]


def test_only_what_was_saved_is_told(notebook, told, tmp_path):
    other = tmp_path / "other.ipynb"
    other.write_text("mine too")
    told += [lambda: other.write_text("mine too, saved")]
    assert list(Saves([notebook, other])) == [other]
