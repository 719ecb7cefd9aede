"""A class of 30 in nbgrader's layout: everything right, nothing written, every mistake of the lesson's bank, damaged files, some late."""

from __future__ import annotations

import copy
import json
import pathlib
from collections.abc import Collection

from autograder.commands import demo
from autograder.course.bank import MISTAKE, RIGHT, read_bank
from autograder.course.config import Course
from autograder.course.lesson import Lesson

SIZE = 30
IN_TIME, LATE = "2026-11-30 20:00:00 UTC", "2026-12-01 20:00:00 UTC"


def packed(course: Course, lesson: Lesson, kind: str) -> list[dict[str, str]]:
    """Answers that together are every mistake (or every right answer) of the bank, one of each exercise at a time."""
    banks = {
        name: [entry.source for entry in read_bank(course.mistakes / lesson.notebook, name) if entry.kind == kind]
        for name in lesson.exercises
    }
    right = demo.right_answers(lesson)
    most = max(map(len, banks.values()))
    return [
        {**right, **{name: bank[number] for name, bank in banks.items() if number < len(bank)}}
        for number in range(most)
    ]


def notebooks(course: Course, lesson: Lesson) -> dict[str, bytes]:
    """Student -> the file they hand in; 30 of them where the bank is not larger."""
    right = demo.right_answers(lesson)
    last = list(lesson.exercises)[-1]
    whole = _text(demo.fill_in(course, lesson, right))
    twice = demo.fill_in(course, lesson, right)
    answer = next(cell for cell in twice["cells"] if cell["metadata"].get("nbgrader", {}).get("grade_id") == last)
    twice["cells"].append(copy.deepcopy(answer))
    found = {
        "ada": whole,
        "blank": _text(demo.fill_in(course, lesson, {})),
        "exits": _text(
            demo.fill_in(course, lesson, {**right, last: f"def {last}(*args):\n    import os\n    os._exit(0)\n"})
        ),
        "twice": _text(twice),
        "cut-off": whole[: len(whole) // 2],
        "empty": b"",
    }
    for letter, kind in (("m", MISTAKE), ("r", RIGHT)):
        for number, answers in enumerate(packed(course, lesson, kind)):
            found[f"{letter}{number:02}"] = _text(demo.fill_in(course, lesson, answers))
    for number in range(SIZE - len(found)):
        name = list(lesson.exercises)[number % len(lesson.exercises)]
        found[f"s{number:02}"] = _text(
            demo.fill_in(course, lesson, {**right, name: f"def {name}(*args):\n    return None\n"})
        )
    return found


def hand_in_all(course: Course, lesson: Lesson, only: Collection[str] = ()) -> list[str]:
    """Write the class, or `only` these of it, into `submitted/`; one student's notebook has a name of its own, and two are a day late."""
    files = {student: content for student, content in notebooks(course, lesson).items() if not only or student in only}
    for student, content in files.items():
        folder = course.submitted / student / lesson.assignment
        folder.mkdir(parents=True)
        (folder / ("my work.ipynb" if student == "m03" else f"{lesson.notebook}.ipynb")).write_bytes(content)
        (folder / "timestamp.txt").write_text(LATE if student in ("twice", "m01") else IN_TIME)
        (folder / "submission_secret.txt").write_text(f"secret of {student}")  # as `nbgrader submit` leaves it
    return list(files)


def _text(notebook: dict[str, object]) -> bytes:
    return json.dumps(notebook).encode()


def write_course(root: pathlib.Path, real: pathlib.Path, assignments: list[str], settings: str = "") -> pathlib.Path:
    """A course's folder of its own with some of the real one's lessons (copied, since nbgrader writes to release/) and further settings."""
    for part in ("source", "release"):
        for name in assignments:
            (root / part / name).mkdir(parents=True)
            for file in (real / part / name).glob("*.ipynb"):
                (root / part / name / file.name).write_bytes(file.read_bytes())
    for part in ("solutions", "tests", "nbgrader_config.py"):
        (root / part).symlink_to(real / part)
    (root / "course_config.py").write_text((real / "course_config.py").read_text() + settings)
    (root / "submitted").mkdir()
    return root
