"""The command run as a person would run it, and submissions put where nbgrader would put them."""

from __future__ import annotations

import json
import os
import pathlib
import subprocess
import sys
from dataclasses import dataclass, field

ROOT = pathlib.Path(__file__).parents[2]
ASSIGNMENT = "02-pixel-similarity"


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
    """Run `autograder` with these arguments, as a person would; one job unless told, since two tests run side by side."""
    if arguments[0] in ("grade", "demo") and "--jobs" not in arguments:
        arguments += ("--jobs", 1)
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


def linked_course(root: pathlib.Path) -> pathlib.Path:
    """A course's folder of its own, with the pixel-similarity lesson alone: the real files by link, an empty `submitted/`."""
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
