"""Hints one at a time: the first asks a question, the last is nearly the answer. Shown hints are remembered."""

from __future__ import annotations

import json
import pathlib

from autograder.course import lesson
from autograder.course.config import Course
from autograder.errors import CourseError
from autograder.files import cache_folder, write_whole


def _memory() -> pathlib.Path:
    return cache_folder("hints.json")


def _shown(key: str) -> tuple[dict[str, int], int]:
    try:
        kept = json.loads(_memory().read_text(encoding="utf-8"))
        return kept, kept[key] if type(kept.get(key)) is int else 0
    except (OSError, ValueError, AttributeError):
        return {}, 0


def next_hint(course: Course, exercise: str) -> str:
    """The next hint for an exercise, with its number; after the last hint comes the first again.

    Raises CourseError for an exercise that does not exist or has no hints.
    """
    for assignment in lesson.assignments(course):
        found = lesson.load(course, assignment).exercises.get(exercise)
        if found is None:
            continue
        if not found.hints:
            raise CourseError(f"{exercise} has no hints")
        kept, seen = _shown(f"{course.id}/{exercise}")
        number = seen % len(found.hints)
        try:
            write_whole(_memory(), json.dumps({**kept, f"{course.id}/{exercise}": number + 1}).encode())
        except OSError:
            pass  # if it can't be remembered, the first hint comes again
        return f"Hint {number + 1} of {len(found.hints)} for {exercise}: {found.hints[number]}"
    raise CourseError(f"there is no exercise called {exercise}")
