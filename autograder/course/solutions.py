"""Reference answers for learners without an instructor, each shown once its exercise was solved or given up.

This is a courtesy and no lock: who has `source/` on their machine can read it. A class gets `release/` alone.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from autograder.course import lesson as lessons
from autograder.course.config import Course, nearest
from autograder.course.memory import recall, remember
from autograder.errors import CourseError

_FILE = "progress.json"
SOLVED, GIVEN_UP = "solved", "given up"
_QUESTION = "question_"


@dataclass(frozen=True)
class Solution:
    """`text` is the reference's code, or a model answer with its marking scheme (`in_words`). `state` is "solved",
    "given up" or "".
    """

    name: str
    assignment: str
    text: str
    in_words: bool
    state: str


def note_solved(course: Course, names: Iterable[str]) -> str:
    """Remember exercises that `check` found right, and questions that have an answer. Returns why it can't, or ""."""
    return remember(course, _FILE, dict.fromkeys(names, SOLVED))


def give_up(course: Course, name: str) -> None:
    """Remember that somebody would rather read the answer."""
    remember(course, _FILE, {name: GIVEN_UP})


def all_of(course: Course) -> list[Solution]:
    """Every exercise and question of the course, in its order."""
    progress = recall(course, _FILE)
    found = []
    for assignment in lessons.assignments(course):
        lesson = lessons.load(course, assignment)
        for cell in lesson.cells:
            if cell.grade_id not in lesson.exercises and cell.grade_id not in lesson.questions:
                continue
            state = progress.get(cell.grade_id)
            in_words = cell.grade_id in lesson.questions
            text = lessons.without_marks(cell.source).strip()
            found.append(
                Solution(cell.grade_id, assignment, text, in_words, state if state in (SOLVED, GIVEN_UP) else "")
            )
    return found


def find(course: Course, name: str) -> Solution:
    """The solution of an exercise or of a question, which may be named without `question_`.

    Raises CourseError if there is none of this name.
    """
    known = {one.name: one for one in all_of(course)}
    for candidate in (name, _QUESTION + name):
        if candidate in known:
            return known[candidate]
    names = [*known, *(one.removeprefix(_QUESTION) for one in known)]
    raise CourseError(f"there is no exercise or question called {name}{nearest(name, names)}")
