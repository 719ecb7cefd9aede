"""The law of grading: what the visible examples say in the notebook's own kernel, they say in the worker at that place.

Each messy notebook runs in a real kernel, from top to bottom. Names that only a cell that loads data gives are the one
exception: a worker has no data.
"""

from __future__ import annotations

import json
import re

import nbformat
import pytest
from nbclient import NotebookClient

from autograder import notebook
from autograder.course import lesson
from autograder.read import extract
from autograder.run.session import BEFORE, Session
from autograder.run.survey import Survey
from autograder.run.warm_parent import WarmParent
from tests.support import messy
from tests.support.harness import ROOT

HEADING = re.compile(r"(\w+): \d+ of \d+ examples pass")
MARKS = {"\u2713": True, "\u2717": False, "\u25cb": None}
LIVE = [name for name, case in messy.CASES.items() if not case.held and case.in_a_kernel]

Line = tuple[bool | None, str]


@pytest.fixture(scope="module")
def parents(course):
    """`parents(assignment)`: a lesson, and a warm parent that has everything that its notebooks may import."""
    made: dict[str, tuple[lesson.Lesson, WarmParent]] = {}

    def parent(assignment: str) -> tuple[lesson.Lesson, WarmParent]:
        if assignment not in made:
            chosen = lesson.load(course, assignment)
            made[assignment] = chosen, WarmParent((*chosen.heavy_preload, *chosen.preload), heavy=True)
        return made[assignment]

    yield parent
    for _, one in made.values():
        one.stop()


@pytest.fixture
def kernel_environment(monkeypatch, tmp_path):
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    monkeypatch.setenv("MPLBACKEND", "module://matplotlib_inline.backend_inline")
    monkeypatch.setenv("OMP_NUM_THREADS", "1")
    # a sample that is damaged is not downloaded again, so the notebook takes the offline digits at once
    (tmp_path / "home" / "data" / "mnist_sample").mkdir(parents=True)
    monkeypatch.setenv("FASTAI_HOME", str(tmp_path / "home"))


def in_a_kernel(raw: dict, folder) -> dict[str, list[Line]]:
    """Exercise -> the lines that its check cell shows."""
    for number, cell in enumerate(raw["cells"]):
        cell.setdefault("id", f"cell{number}")
    filled = nbformat.reads(json.dumps(raw), as_version=4)
    client = NotebookClient(
        filled, timeout=300, kernel_name="python3", allow_errors=True, resources={"metadata": {"path": str(folder)}}
    )
    client.execute()
    shown: dict[str, list[Line]] = {}
    for cell in filled.cells:
        for output in cell.get("outputs", []):
            text = str(output.get("data", {}).get("text/plain", ""))
            if heading := HEADING.match(text):
                lines = [line for line in text.splitlines()[1:] if line[:1] in MARKS]
                shown[heading[1]] = [(MARKS[line[0]], line[2:]) for line in lines]
    return shown


def outcome(line: tuple) -> tuple[bool | None, str]:
    """Whether an example passed, and which; an error is told in other words where nobody can type, say."""
    return line[0], line[1] if line[0] else ""


@pytest.mark.proof
@pytest.mark.parametrize("name", LIVE)
def test_examples_say_the_same_in_a_kernel_and_in_a_worker(course, parents, kernel_environment, tmp_path, name):
    chosen, parent = parents(messy.CASES[name].lesson)
    raw = messy.make(course, chosen, name)
    shown = in_a_kernel(json.loads(json.dumps(raw)), tmp_path)
    assert shown
    submission = extract.extract(chosen, notebook.parse(json.dumps(raw).encode()), "ada")
    survey = Survey(parent, submission)
    session = Session(parent, submission, 7, survey=survey)
    # the kernel showed these before the cells ran that change what they use
    before = {
        exercise: Session(parent, submission, 7, places={exercise: BEFORE}, survey=survey)
        for exercise, place in messy.CASES[name].places.items()
        if place == BEFORE
    }
    cells = {cell.grade_id: cell.source for cell in chosen.release}
    try:
        for exercise, lines in shown.items():
            found = before.get(exercise, session).examples(exercise, cells[chosen.exercises[exercise].test_id])
            said = " ".join(line[1] for line in found)
            if any(f"'{missing}' is not defined" in said for missing in chosen.narrative_names):
                continue
            assert list(map(outcome, found)) == list(map(outcome, lines)), (exercise, found)
    finally:
        for one in (session, *before.values()):
            one.close()
        survey.close()


def test_there_are_enough_of_them():
    assert len(LIVE) >= 60
