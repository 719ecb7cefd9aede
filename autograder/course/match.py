"""Which cell of the released notebook each of a student's cells is.

Cells lose their metadata, their ids, or both, on the way through other editors; they are copied, moved, retyped and
deleted. A cell is recognised by its `grade_id`, then by its id, then by its text, then by its place between cells that
were recognised.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from autograder.course.lesson import Lesson
from autograder.notebook import Cell


def same_text(a: str, b: str) -> bool:
    """Equal text, apart from blank lines and trailing spaces."""
    return _lines(a) == _lines(b)


def _lines(text: str) -> tuple[str, ...]:
    return tuple(line.rstrip() for line in text.splitlines() if line.strip())


@dataclass(frozen=True)
class Match:
    """`origin`: for each of the student's cells, the number of the released cell that it is, or None for their own."""

    cells: tuple[Cell, ...]
    release: tuple[Cell, ...]
    origin: tuple[int | None, ...]

    def places_of(self, number: int) -> list[int]:
        """Where a released cell is in the student's notebook: nowhere, once, or several times if it was copied."""
        return [place for place, origin in enumerate(self.origin) if origin == number]

    def place_for(self, number: int) -> int:
        """Where a released cell that is gone would stand: before the next released cell that is there."""
        for later in range(number + 1, len(self.release)):
            places = self.places_of(later)
            if places:
                return places[0]
        return len(self.cells)

    def above(self, place: int) -> list[Cell]:
        """The student's own cells above a cell, down from the last released one."""
        start = next((i for i in range(place - 1, -1, -1) if self.origin[i] is not None), -1)
        return list(self.cells[start + 1 : place])

    def below(self, place: int) -> list[Cell]:
        """The student's own cells below a cell, up to the next released one."""
        end = next((i for i in range(place + 1, len(self.cells)) if self.origin[i] is not None), len(self.cells))
        return list(self.cells[place + 1 : end])


def match(lesson: Lesson, cells: Sequence[Cell]) -> Match:
    """Recognise a student's cells."""
    release = lesson.release
    origin: list[int | None] = [None] * len(cells)
    by_grade_id = {cell.grade_id: number for number, cell in enumerate(release) if cell.grade_id}
    for place, cell in enumerate(cells):
        origin[place] = by_grade_id.get(cell.grade_id)
    by_id = {cell.id: number for number, cell in enumerate(release) if cell.id}
    _take(cells, origin, lambda cell: by_id.get(cell.id))
    by_text: dict[tuple[str, tuple[str, ...]], int] = {}
    for number, cell in enumerate(release):
        if _lines(cell.source):
            by_text.setdefault((cell.kind, _lines(cell.source)), number)
    _take(cells, origin, lambda cell: by_text.get((cell.kind, _lines(cell.source))))
    _take_by_place(lesson, cells, origin)
    return Match(tuple(cells), release, tuple(origin))


def _take(cells: Sequence[Cell], origin: list[int | None], find: Callable[[Cell], int | None]) -> None:
    """Give cells that were not recognised the released cell that `find` names, unless it is there already."""
    taken = {number for number in origin if number is not None}
    for place, cell in enumerate(cells):
        number = find(cell) if origin[place] is None else None
        if number is not None and number not in taken:
            origin[place] = number
            taken.add(number)


def _take_by_place(lesson: Lesson, cells: Sequence[Cell], origin: list[int | None]) -> None:
    """Recognise answers, then questions, by the cells around them. Any text could be an answer in words, so it takes a
    notebook in which something else was recognised. Where another version of the lesson asked something else, the text
    is that question or an answer to it.
    """
    answers = [number for number, cell in enumerate(lesson.release) if cell.grade_id in lesson.exercises]
    questions = [number for number, cell in enumerate(lesson.release) if cell.grade_id in lesson.questions]
    for number in answers + questions:
        cell = lesson.release[number]
        taken = {found: place for place, found in enumerate(origin) if found is not None}
        if number in taken or (number in questions and not taken):
            continue
        before = max((taken[other] for other in range(number) if other in taken), default=-1)
        after = min(
            (taken[other] for other in range(number + 1, len(lesson.release)) if other in taken), default=len(cells)
        )
        between = [place for place in range(before + 1, after) if origin[place] is None]
        if number in questions and any(cells[place].grade_id for place in between):
            continue
        for place in between:
            if _could_be(lesson, cells[place], cell):
                origin[place] = number
                break


def _could_be(lesson: Lesson, cell: Cell, released: Cell) -> bool:
    if released.grade_id in lesson.questions:
        return cell.kind == "markdown" and bool(cell.source.strip())
    return defines(cell, released.grade_id)


def defines(cell: Cell, name: str) -> bool:
    """Whether a code cell seems to give a name its value: by a definition, an assignment or an import."""
    return cell.kind == "code" and name in cell.source and bool(_made(name).search(cell.source))


@functools.cache
def _made(name: str) -> re.Pattern[str]:
    name = re.escape(name)
    # The lengths are bounded, because a hostile line could keep the search busy for hours. Whether an assignment
    # follows is asked first: else a line that repeats the name would be searched from each place of it.
    made = (
        rf"^[ \t]*(?:>>> )?(?:(?:async[ \t]+)?def|class)[ \t]+{name}\b"
        rf"|^[ \t]*(?:from[ \t]{{1,20}}[\w.]{{1,100}}[ \t]{{1,20}})?import[ \t][^\n]{{0,300}}\b{name}\b"
        rf"|^(?:>>> )?(?=[\w, \t]{{0,400}}(?::[^=\n]{{0,200}})?=(?!=))[\w, \t]{{0,200}}\b{name}\b"
    )
    return re.compile(made, re.MULTILINE)
