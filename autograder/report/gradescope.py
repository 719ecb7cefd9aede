"""Gradescope: an autograder zip that contains the course, and a report as the `results.json` that Gradescope shows.

Gradescope unpacks the zip to /autograder/source, runs `setup.sh` once, and runs `/autograder/run_autograder` for each
submission.
"""

from __future__ import annotations

import io
import json
import pathlib
import zipfile
from typing import Any

from autograder.course.config import FILE, Course
from autograder.course.lesson import Lesson
from autograder.hidden_characters import shown
from autograder.report.words import EXTRA, VERDICT_WORDS, WHERE_GRADED, as_points
from autograder.results import HELD, Report, Verdict

SETUP = """#!/usr/bin/env bash
# Gradescope runs this once, as root, when the image is built.
set -euo pipefail
apt-get update -q
apt-get install -qy python3 python3-venv bubblewrap libseccomp2
cd "${AUTOGRADER_HOME:-/autograder}/source"
python3 -m venv venv
venv/bin/pip install -q --extra-index-url https://download.pytorch.org/whl/cpu -c constraints.txt ./course
# only root may read the answer key: a worker that runs as another user can't
chmod -R go-rwx course
"""

RUN = """#!/usr/bin/env bash
# Gradescope runs this for each submission. If results.json is missing, it tells the staff that the autograder failed.
# The student then gets no verdict and no marks.
set -uo pipefail
home="${AUTOGRADER_HOME:-/autograder}"
python="$home/source/venv/bin/python"
cd "$home/source/course"
exec "${AUTOGRADER_PYTHON:-$python}" -m autograder gradescope-run "$home/submission" "$home/results/results.json" \\
  --assignment @ASSIGNMENT@ --course "$home/source/course"
"""


def bundle(course: Course, chosen: Lesson) -> bytes:
    """The zip for one assignment. The same course gives the same bytes.

    It contains the answer key, as every autograder zip does. Gradescope shows it only to the course's staff.
    """
    package = pathlib.Path(__file__).parents[1]
    name = chosen.notebook
    files = {path: f"course/autograder/{path.relative_to(package).as_posix()}" for path in _python(package)}
    wanted = [
        course.root / FILE,
        course.root / "pyproject.toml",
        course.root / "README.md",  # this and the licence, because pyproject.toml names them and pip needs them
        course.root / "LICENSE",
        chosen.path,
        course.release / chosen.assignment / chosen.path.name,
        course.solutions / f"{name}.py",
        course.graders / "conftest.py",
        course.graders / f"test_{name}.py",
        *sorted((course.mistakes / name).glob("*.py")),
    ]
    files |= {path: f"course/{path.relative_to(course.root).as_posix()}" for path in wanted if path.is_file()}
    # setup.sh names it, so it is in the zip, if only empty
    constraints = course.root / "constraints.txt"
    files[constraints] = "constraints.txt"
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        _add(archive, "setup.sh", SETUP.encode(), 0o755)
        _add(archive, "run_autograder", RUN.replace("@ASSIGNMENT@", chosen.assignment).encode(), 0o755)
        for path, inside in sorted(files.items(), key=lambda pair: pair[1]):
            _add(archive, inside, path.read_bytes() if path.is_file() else b"", 0o644)
    return stream.getvalue()


def _python(package: pathlib.Path) -> list[pathlib.Path]:
    return [path for path in package.rglob("*") if path.is_file() and "__pycache__" not in path.parts]


def _add(archive: zipfile.ZipFile, name: str, content: bytes, mode: int) -> None:
    entry = zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0))  # zip's earliest time, so that equal courses give equal bytes
    entry.compress_type = zipfile.ZIP_DEFLATED
    entry.external_attr = (0o100000 | mode) << 16  # a regular file; zip keeps the Unix mode in the upper 16 bits
    archive.writestr(entry, content)


def results(report: Report) -> dict[str, Any] | None:
    """The report as Gradescope's `results.json`; None for a held submission, which has no marks to show."""
    if report.status == HELD:
        return None
    tests = []
    for exercise in report.exercises:
        lines = [EXTRA] if exercise.extra else []
        lines += [exercise.diagnosis] if exercise.diagnosis else []
        if exercise.place:
            lines.append(WHERE_GRADED[exercise.place])
        if exercise.follow_through:
            lines.append(
                f"Marked with a correct {', '.join(exercise.replaced)} in place of yours, "
                "so that you lose marks for one mistake only once."
            )
        for check in exercise.checks:
            mark = "✓" if check.verdict == Verdict.PASSED else "–" if check.verdict == Verdict.NOT_RUN else "✗"
            told = "" if check.verdict in (Verdict.PASSED, Verdict.FAILED) else f" ({VERDICT_WORDS[check.verdict]})"
            lines.append(f"{mark} {check.sentence}{told}")
            if check.message and check.message != exercise.diagnosis:
                lines.append(f"    {check.message}")
        tests.append(
            {
                "name": exercise.id,
                "score": exercise.score,
                "max_score": exercise.max_score,
                "status": "passed" if exercise.right else "failed",
                "output": shown("\n".join(lines)),
                "output_format": "text",
                "visibility": "visible",
            }
        )
    general = [*report.notes, *(f"Not checked: {line}." for line in report.not_checked)]
    general.append(
        f"{as_points(report.score)} of {as_points(report.max_score)} points; questions in words are marked by a person."
    )
    return {
        "score": report.score,
        "execution_time": round(report.seconds),
        "output": shown("\n".join(general)),
        "output_format": "text",
        "stdout_visibility": "hidden",
        "tests": tests,
    }


def write_results(report: Report, path: pathlib.Path) -> bool:
    """Write `results.json`. Returns False, and writes nothing, if the submission is held."""
    found = results(report)
    if found is None:
        return False
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(found, indent=1), encoding="utf-8")
    return True
