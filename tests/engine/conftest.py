"""What the engine's tests share: the course, one warm parent for the session, and submissions made from the release."""

from __future__ import annotations

import json
import os
import pathlib
import subprocess
import sys
from dataclasses import dataclass, field

import pytest

from autograder import config, demo, extract, lesson, notebook, sandbox
from autograder.proxy import Session

ROOT = pathlib.Path(__file__).parents[2]
ASSIGNMENT = "02-pixel-similarity"


@pytest.fixture(scope="session")
def course() -> config.Course:
    return config.load(ROOT)


@pytest.fixture(scope="session")
def pixel_lesson(course) -> lesson.Lesson:
    return lesson.load(course, ASSIGNMENT)


@pytest.fixture(scope="session")
def warm_parent(pixel_lesson):
    limits = sandbox.Limits(call_seconds=3.0, exercise_seconds=600.0, load_seconds=20.0, memory=1 << 30)
    with sandbox.WarmParent(pixel_lesson.preload, limits) as parent:
        yield parent


@pytest.fixture
def open_session(course, pixel_lesson, warm_parent):
    """A session of the reference with some answers replaced, and with cells added: `open_session({"accuracy": source}, "import math")`."""
    opened = []

    def start(answers: dict[str, str] | None = None, *added: str) -> Session:
        filled = demo.fill_in(course, pixel_lesson, {**demo.right_answers(pixel_lesson), **(answers or {})})
        for number, source in enumerate(added):
            filled["cells"].append({"cell_type": "code", "id": f"extra-{number}", "metadata": {}, "source": source, "outputs": []})
        read = notebook.parse(json.dumps(filled).encode())
        session = Session(warm_parent, extract.extract(pixel_lesson, read, "ada"), seed=7)
        opened.append(session)
        return session

    yield start
    for session in opened:
        session.close()


@dataclass
class Ran:
    """A finished command: exit status, what it printed, and its `--json` document if it wrote one."""

    code: int
    out: str
    err: str
    document: dict = field(default_factory=dict)

    def __getitem__(self, student: str) -> dict:
        return next(entry for entry in self.document["submissions"] if entry["student"] == student)


def command(*arguments: object, cwd: pathlib.Path = ROOT) -> Ran:
    """Run `autograder` with these arguments, as a person would."""
    done = subprocess.run(
        [sys.executable, "-m", "autograder", *map(str, arguments)],
        capture_output=True,
        text=True,
        cwd=cwd,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        timeout=900,
    )
    ran = Ran(done.returncode, done.stdout, done.stderr)
    for name, value in zip(arguments, arguments[1:]):
        if name == "--json" and pathlib.Path(str(value)).is_file():
            ran.document = json.loads(pathlib.Path(str(value)).read_text())
    return ran


@pytest.fixture
def small_course(tmp_path) -> pathlib.Path:
    """A course's folder of its own, with the pixel-similarity lesson alone: the real files by link, an empty `submitted/`."""
    root = tmp_path / "course"
    for part in ("source", "release"):
        (root / part).mkdir(parents=True)
        (root / part / ASSIGNMENT).symlink_to(ROOT / part / ASSIGNMENT)
    for part in ("solutions", "tests", "course_config.py", "nbgrader_config.py"):
        (root / part).symlink_to(ROOT / part)
    (root / "submitted").mkdir()
    return root


def hand_in(root: pathlib.Path, student: str, text: str | bytes) -> pathlib.Path:
    """Put a notebook where nbgrader's collect would."""
    path = root / "submitted" / student / ASSIGNMENT / "pixel_similarity.ipynb"
    path.parent.mkdir(parents=True)
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return path
