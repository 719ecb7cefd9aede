"""Hints one at a time: the first asks a question, the last is nearly the answer. Shown hints are remembered."""

from __future__ import annotations

from autograder.course import lesson
from autograder.course.config import Course, nearest
from autograder.course.memory import recall, remember
from autograder.errors import CourseError

_FILE = "hints.json"


def next_hint(course: Course, exercise: str) -> str:
    """The next hint for an exercise, with its number; after the last hint comes the first again.

    Raises CourseError for an exercise that does not exist or has no hints.
    """
    known: list[str] = []
    for assignment in lesson.assignments(course):
        exercises = lesson.load(course, assignment).exercises
        known += exercises
        found = exercises.get(exercise)
        if found is None:
            continue
        if not found.hints:
            raise CourseError(f"{exercise} has no hints")
        seen = recall(course, _FILE).get(exercise)
        number = seen % len(found.hints) if type(seen) is int else 0
        problem = remember(course, _FILE, {exercise: number + 1})
        hint = f"Hint {number + 1} of {len(found.hints)} for {exercise}: {found.hints[number]}"
        return f"{hint}\n{problem}" if problem else hint
    raise CourseError(f"there is no exercise called {exercise}{nearest(exercise, known)}")
