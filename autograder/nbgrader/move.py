"""Move a course that was handed in to a newer set of lessons: one was renamed, or an exercise is in another now.

nbgrader refuses to change the cells of an assignment that has submissions. So the gradebook keeps its marks under an
old name, and what was handed in is made ready to be graded again.
"""

from __future__ import annotations

import pathlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from autograder.course import lesson as lessons
from autograder.course.config import Course
from autograder.course.lesson import Lesson
from autograder.course.match import match
from autograder.errors import CourseError, SubmissionUnreadable
from autograder.files import handed_in, write_whole
from autograder.nbgrader import beside, folders
from autograder.nbgrader.gradebook import Gradebook
from autograder.notebook import Cell, read

BEFORE = "-before"
_FOLDERS = ("submitted", "autograded", "feedback")
_ENOUGH = 0.5  # of a lesson's graded cells have to be in another for the two to be one


@dataclass(frozen=True)
class Rename:
    """The assignment `old` is the lesson `new` now, and the gradebook keeps its marks as `kept_as`: as `new` if the
    exercises are the same. `by_hand`: how many marks a person gave.
    """

    old: str
    new: str
    kept_as: str
    students: int
    by_hand: int


@dataclass(frozen=True)
class Split:
    """Exercises and questions of `old` that are in the lesson `new` now. `students`: those who have no notebook for it
    yet; none where an interrupted move has made them all.
    """

    old: str
    new: str
    names: tuple[str, ...]
    students: tuple[str, ...]


@dataclass
class Plan:
    renames: list[Rename] = field(default_factory=list)
    splits: list[Split] = field(default_factory=list)

    def lines(self) -> Iterator[str]:
        """What changes, for a person."""
        for one in self.renames:
            many = _count(one.students, "submission")
            if one.kept_as == one.new:
                yield f"{one.old} is {one.new} now: {many} and all their marks go with it"
                continue
            name = "" if one.old == one.new else f" is {one.new} now and"
            by_hand = f" ({one.by_hand} of them given by hand)" if one.by_hand else ""
            yield (
                f"{one.old}{name} has other exercises: the marks{by_hand} of {many} stay in the gradebook as "
                f"{one.kept_as}; grade {one.new} again"
            )
        for split in self.splits:
            if not split.students:
                continue
            yield (
                f"{', '.join(split.names)}: in {split.new} now; {_count(len(split.students), 'notebook')} for it "
                f"will be made from what was handed in as {split.old}; then grade {split.new}"
            )


def plan(book: Gradebook) -> Plan:
    """What has to change; nothing is written."""
    course = book.course
    known = {name: lessons.load(course, name) for name in lessons.assignments(course)}
    wanted = {name: _graded(one) for name, one in known.items()}
    home = {cell: name for name, cells in wanted.items() for cell in cells}
    found = Plan()
    with book.telling_whose_fault():
        kept = {assignment.name: assignment for assignment in book.nbgraders.assignments}
        for name, assignment in sorted(kept.items()):
            cells = {cell.name for notebook in assignment.notebooks for cell in notebook.grade_cells}
            students = tuple(sorted(one.student_id for one in assignment.submissions))
            if not students or not cells or cells == wanted.get(name) or name.endswith(BEFORE):
                continue
            new = name if name in known else _nearest(cells, wanted, kept)
            if new is None:
                continue  # an assignment of nbgrader's own
            kept_as = new if cells == wanted[new] else name + BEFORE
            if kept_as != new and kept_as in kept:
                raise CourseError(f"the gradebook has {kept_as} already, from an earlier move: rename it first")
            by_hand = sum(
                grade.manual_score is not None
                for one in assignment.submissions
                for notebook in one.notebooks
                for grade in notebook.grades
            )
            found.renames.append(Rename(name, new, kept_as, len(students), by_hand))
            for other in known:
                moved = sorted(cell for cell in cells if home.get(cell) == other != new)
                todo = tuple(one for one in students if not _handed_in(course, one, known[other]).exists())
                if moved:
                    names = tuple(cell.removeprefix(lessons.TEST_PREFIX) for cell in moved)
                    found.splits.append(Split(new, other, names, todo))
    return found


def carry_out(book: Gradebook, found: Plan) -> list[str]:
    """Do it, the gradebook last, so that an interrupted move can be started again. Returns what could not be moved."""
    course = book.course
    problems = []
    for rename in found.renames:
        if rename.old != rename.new:
            problems += _move_folders(course, rename)
    for split in found.splits:
        old, new = lessons.load(course, split.old), lessons.load(course, split.new)
        for student in split.students:
            try:
                _make(course, student, old, new)
            except SubmissionUnreadable as error:
                problems.append(f"{student}: {error}; there is no notebook of theirs for {split.new}")
    book.back_up()
    with book.telling_whose_fault():
        _rename_assignments(book, found)
    return problems


def _rename_assignments(book: Gradebook, found: Plan) -> None:
    """One transaction: were it cut off in the middle, the next plan would not know the other half's due dates."""
    from nbgrader.api import Assignment

    session = book.nbgraders.db
    kept = {assignment.name: assignment for assignment in book.nbgraders.assignments}
    dates = {one.new: kept[one.old].duedate for one in found.renames if one.kept_as != one.new}
    for split in found.splits:
        dates.setdefault(split.new, dates[split.old])
    for rename in found.renames:
        if rename.kept_as in kept:  # without submissions, see `plan`
            book.nbgraders.remove_assignment(rename.kept_as)  # commits
    for rename in found.renames:
        kept[rename.old].name = rename.kept_as
    session.flush()  # else the new ones would be inserted first, with names that are still taken
    names = {one.old for one in found.renames}
    for name, when in dates.items():
        if name not in kept or name in names:
            session.add(Assignment(name=name, course_id=book.course_id, duedate=when))
        elif kept[name].duedate is None and not kept[name].submissions:
            kept[name].duedate = when
    session.commit()


def _graded(lesson: Lesson) -> set[str]:
    return {*(one.test_id for one in lesson.exercises.values()), *lesson.questions}


def _nearest(cells: set[str], wanted: dict[str, set[str]], kept: dict[str, Any]) -> str | None:
    """The lesson that holds most of these cells, if it is most of them and the gradebook has no submission for it."""
    free = [name for name in wanted if name not in kept or not kept[name].submissions]
    best = max(free, key=lambda name: len(cells & wanted[name]), default=None)
    return best if best is not None and len(cells & wanted[best]) >= _ENOUGH * len(cells) else None


def _folder(course: Course, student: str, lesson: Lesson) -> pathlib.Path:
    return course.submitted / student / lesson.assignment


def _handed_in(course: Course, student: str, lesson: Lesson) -> pathlib.Path:
    return handed_in(_folder(course, student, lesson), f"{lesson.notebook}.ipynb")


def _make(course: Course, student: str, old: Lesson, new: Lesson) -> None:
    """A notebook of the new lesson from a student's notebook of the old one: their answers, and the cells that they
    added there. Raises SubmissionUnreadable.
    """
    submitted = _handed_in(course, student, old)
    cells = read(submitted, course.settings.notebook_bytes).cells
    of_the_old = match(old, cells).origin
    ours: list[Cell] = [
        cell
        for cell, before, now in zip(cells, of_the_old, match(new, cells).origin)
        # what belongs to the old lesson alone would replace what the new one gives
        if now is not None or before is None
    ]
    target = _folder(course, student, new) / f"{new.notebook}.ipynb"
    # the notebook last: an interrupted move goes on with those who have none
    beside.copy_nbgraders_own(submitted.parent, target.parent)
    write_whole(target, folders.filled_in(course, new, ours, {}).encode("utf-8", "replace"))


def _move_folders(course: Course, rename: Rename) -> list[str]:
    problems = []
    for part in _FOLDERS:
        for old in sorted((course.work / part).glob(f"*/{rename.old}")):
            new = old.with_name(rename.new)
            if old.is_symlink() or not old.is_dir():
                problems.append(f"{old}: not a folder, so it was left")
            elif new.exists():
                problems.append(f"{new} is there already, so {old} was left")
            else:
                old.rename(new)
    return problems


def _count(number: int, what: str) -> str:
    return f"{number} {what}{'' if number == 1 else 's'}"
