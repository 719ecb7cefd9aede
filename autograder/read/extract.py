"""What runs of a student's notebook, in the notebook's order.

One rule: the notebook runs from top to bottom, and the checks of an exercise stand where its check cell stands. Of the
course's own cells, imports, functions, classes and constants run; of the student's cells, everything.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, field, replace

from autograder.course.lesson import NARRATIVE, SETUP, TEST_PREFIX, Lesson
from autograder.course.match import Match, defines, match, same_text
from autograder.errors import SubmissionUnreadable
from autograder.notebook import Notebook


@dataclass(frozen=True)
class Run:
    """A cell to run. `exercise`: the exercise that it answers. `only_definitions`: a course cell that the student has
    edited. `heavy`: it is skipped in a worker without what is slow to import. `keeps`: the exercises whose checks
    stand right after it. `own`: whether it is the student's text. `released`: what that course cell held before.
    """

    name: str
    source: str = ""
    exercise: str | None = None
    only_definitions: bool = False
    heavy: bool = False
    keeps: tuple[str, ...] = ()
    own: bool = True
    released: str = ""


@dataclass(frozen=True)
class Submission:
    """`written`: question -> what the student wrote. `waiting`: questions that a person has to look at. `untouched`:
    exercises without an edited answer cell.
    """

    student: str
    lesson: Lesson
    runs: tuple[Run, ...]
    notes: tuple[str, ...] = ()
    answers: dict[str, str] = field(default_factory=dict)
    written: dict[str, str] = field(default_factory=dict)
    waiting: frozenset[str] = frozenset()
    untouched: frozenset[str] = frozenset()
    missing: frozenset[str] = frozenset()
    """Exercises whose answer cell is not in the notebook."""
    shown: dict[str, tuple[int, int]] = field(default_factory=dict)
    """Exercise -> how many of its visible examples passed, and of how many, in the output that was saved."""

    @property
    def own(self) -> tuple[Run, ...]:
        """The runs of the student's own text."""
        return tuple(run for run in self.runs if run.own and run.source)

    def replacing(self, name: str, source: str) -> Submission:
        """This submission with the answer to one exercise replaced."""
        runs = [run for run in self.runs if run.exercise != name]
        place = next((i for i, run in enumerate(self.runs) if run.exercise == name), len(runs))
        runs.insert(min(place, len(runs)), Run(name, source, name, keeps=(name,)))
        return replace(self, runs=tuple(runs), answers={**self.answers, name: source})


def reference(lesson: Lesson) -> Submission:
    """The source notebook's own answers as a submission."""
    answers = {exercise.name: exercise.answer for exercise in lesson.exercises.values()}
    numbers = {cell.grade_id: number for number, cell in enumerate(lesson.release) if cell.grade_id}
    runs = _setup(lesson)
    last = -1
    for name, source in answers.items():
        runs += _course_runs(lesson, range(last + 1, numbers.get(name, 0)))
        runs.append(Run(name, source, name, keeps=(name,)))
        last = numbers.get(name, last)
    return Submission("reference", lesson, tuple(runs), answers=answers)


def extract(lesson: Lesson, notebook: Notebook, student: str) -> Submission:
    """Match a student's notebook with its lesson."""
    notes = list(notebook.notes)
    _refuse_another_lesson(lesson, notebook)
    matched = match(lesson, notebook.cells)
    if all(number is None for number in matched.origin) and any(cell.source.strip() for cell in notebook.cells):
        raise SubmissionUnreadable(f"it has no cell of {lesson.assignment}: is it the right notebook?")
    attempts = _attempts(lesson, matched, notes)
    notes += _not_asked(lesson, matched)
    runs = _setup(lesson)
    absent = _absent(lesson, matched)
    for place in range(len(matched.cells) + 1):
        for number in absent.get(place, ()):
            runs += _course_runs(lesson, [number])
        if place < len(matched.cells):
            runs += _runs_of(lesson, matched, place, attempts)
    written, waiting = _words(lesson, matched)
    numbers = {origin for origin in matched.origin if origin is not None}
    there = {lesson.release[number].grade_id for number in numbers}
    return Submission(
        student,
        lesson,
        tuple(runs),
        tuple(notes),
        answers={
            name: "\n\n".join(matched.cells[i].source for i in places) for name, places in attempts.items() if places
        },
        written=written,
        waiting=waiting,
        untouched=frozenset(name for name, places in attempts.items() if not places),
        missing=frozenset(lesson.exercises.keys() - there - notebook.too_long),
        shown=_shown(lesson, matched),
    )


_ABOUT = re.compile(r"""\bexamples\(["'](\w+)["']\)""")


def _refuse_another_lesson(lesson: Lesson, notebook: Notebook) -> None:
    """Raise SubmissionUnreadable for a notebook whose exercises all belong to another lesson."""
    names = {cell.grade_id.removeprefix(TEST_PREFIX) for cell in notebook.cells}
    names.update(name for cell in notebook.cells for name in _ABOUT.findall(cell.source))
    others = Counter(lesson.elsewhere[name] for name in names if name in lesson.elsewhere)
    if others and not names & lesson.exercises.keys():
        raise SubmissionUnreadable(f"this is the notebook of {others.most_common(1)[0][0]}, not of {lesson.assignment}")


def _setup(lesson: Lesson) -> list[Run]:
    return [Run("setup", cell.source, own=False) for cell in lesson.setup]


def _runs_of(lesson: Lesson, matched: Match, place: int, attempts: dict[str, list[int]]) -> list[Run]:
    """What runs of the student's cell at a place."""
    cell, number = matched.cells[place], matched.origin[place]
    name = f"cell {place + 1}"
    if number is None:
        return [Run(name, cell.source)] if cell.kind == "code" and cell.source.strip() else []
    released = lesson.release[number]
    exercise = released.grade_id
    if exercise in lesson.exercises:
        places = attempts[exercise]
        if place not in places:
            return []
        return [
            Run(
                exercise if place == places[0] else f"{exercise}, copy {places.index(place) + 1}", cell.source, exercise
            )
        ]
    if released.kind != "code":
        return [Run(name, cell.source)] if cell.kind == "code" and cell.source.strip() else []
    if same_text(cell.source, released.source):
        runs = _course_runs(lesson, [number])
    else:
        edited = Run(name, cell.source, only_definitions=True, released=released.source)
        runs = [edited] if cell.kind == "code" else []
    checked = exercise.removeprefix(TEST_PREFIX)
    if exercise.startswith(TEST_PREFIX) and checked in lesson.exercises:
        runs = [*(run for run in runs if not run.keeps), Run(f"check of {checked}", keeps=(checked,), own=False)]
    return runs


def _course_runs(lesson: Lesson, numbers: range | list[int]) -> list[Run]:
    """What runs of released cells that stand as they were released."""
    runs = []
    for number in numbers:
        cell = lesson.release[number]
        checked = cell.grade_id.removeprefix(TEST_PREFIX)
        if cell.kind != "code" or SETUP in cell.tags:
            continue
        if cell.grade_id.startswith(TEST_PREFIX) and checked in lesson.exercises:
            runs.append(Run(f"check of {checked}", keeps=(checked,), own=False))
        elif NARRATIVE in cell.tags:
            name = f"course cell {cell.id or number + 1}"
            for heavy in (False, True):  # a cell may need what its own first lines import
                source = lesson.definitions(cell, heavy)
                if source:
                    runs.append(Run(name, source, heavy=heavy, own=False))
    return runs


def _absent(lesson: Lesson, matched: Match) -> dict[int, list[int]]:
    """Place in the student's notebook -> released code cells that are gone and would stand before it."""
    found: dict[int, list[int]] = {}
    for number, cell in enumerate(lesson.release):
        if cell.kind == "code" and not matched.places_of(number):
            found.setdefault(matched.place_for(number), []).append(number)
    return found


def _attempts(lesson: Lesson, matched: Match, notes: list[str]) -> dict[str, list[int]]:
    """Exercise -> places of its answer cells that the student has edited, in order. Repairs are added to `notes`."""
    attempts: dict[str, list[int]] = {name: [] for name in lesson.exercises}
    for number, released in enumerate(lesson.release):
        exercise = lesson.exercises.get(released.grade_id)
        if exercise is None:
            continue
        places = matched.places_of(number)
        if len(places) > 1:
            notes.append(
                f"The answer cell of {exercise.name} occurs {len(places)} times; every edited copy is run, in order."
            )
        elsewhere = None
        for place in places:
            cell = matched.cells[place]
            if not cell.source.strip() or same_text(cell.source, exercise.stub):
                continue
            if cell.kind != "code":
                called = f"The answer cell of {exercise.name} is a {cell.kind} cell"
                if elsewhere is None:  # asked once: there may be thousands of such cells
                    elsewhere = any(defines(other, exercise.name) for other in matched.cells)
                if elsewhere:
                    notes.append(f"{called}, which never runs; the function in a code cell was used.")
                    continue
                notes.append(f"{called}; it was read as code.")
            attempts[exercise.name].append(place)
    return attempts


def _not_asked(lesson: Lesson, matched: Match) -> list[str]:
    """Notes on answer cells that this lesson doesn't ask for: the notebook may be of an older version of the course."""
    cells = [
        cell
        for cell, origin in zip(matched.cells, matched.origin)
        if origin is None and cell.grade_id and cell.nbgrader.get("solution") is True
    ]
    notes = []
    of_others = {cell.grade_id for cell in cells} & lesson.elsewhere.keys()
    for assignment in sorted({lesson.elsewhere[name] for name in of_others}):
        names = [name for name in lesson.elsewhere if name in of_others and lesson.elsewhere[name] == assignment]
        notes.append(f"Not marked here: {', '.join(names)}. {assignment} asks for that.")
    if unknown := sum(cell.grade_id not in of_others for cell in cells):
        many = "an answer cell" if unknown == 1 else f"{unknown} answer cells"
        notes.append(f"Not marked: {many} that this course does not have.")
    return notes


# no name is longer; without a limit each letter of a long word would be tried as the first
_SHOWN = re.compile(r"\b(\w{1,100}): (\d{1,3}) of (\d{1,3}) examples pass")


def _shown(lesson: Lesson, matched: Match) -> dict[str, tuple[int, int]]:
    """What the check cells showed when the notebook was saved. Anybody can edit that, so it earns no marks."""
    found = {}
    for cell in matched.cells:
        for name, passed, count in _SHOWN.findall(cell.output):
            if name in lesson.exercises:
                found[name] = int(passed), int(count)
    return found


# ---------------------------------------------------------------- answers in words


def _words(lesson: Lesson, matched: Match) -> tuple[dict[str, str], frozenset[str]]:
    """Question -> what was written; and the questions that a person has to look at.

    A question gets no automatic 0 unless its placeholder stands as it was released and nothing was written near it: the
    cell may be gone or emptied, and the words may stand in another cell.
    """
    written: dict[str, str] = {}
    waiting: set[str] = set()
    numbers = {cell.grade_id: number for number, cell in enumerate(lesson.release) if cell.grade_id}
    elsewhere = _words_near_the_questions(
        lesson, matched, [numbers[name] for name in lesson.questions if name in numbers]
    )
    for name, question in lesson.questions.items():
        texts = []
        places = matched.places_of(numbers[name]) if name in numbers else []
        for place in places:
            if not same_text(matched.cells[place].source, question.stub):
                texts.append(matched.cells[place].source)
            texts += [cell.source for cell in matched.below(place) if cell.kind != "code" or _is_prose(cell.source)]
            texts += [cell.source for cell in matched.above(place) if cell.kind == "code" and _is_prose(cell.source)]
        texts = [text for text in texts if text.strip()]
        if texts:
            written[name] = "\n\n".join(texts)
        if texts or not places or elsewhere:
            waiting.add(name)
    if any(len(_NUMBERED.findall(text)) > 1 for text in written.values()):  # it may answer all of them in one place
        waiting.update(lesson.questions)
    return written, frozenset(waiting)


_NUMBERED = re.compile(r"^[ \t]{0,9}[*_#(]{0,9} ?(?:[1-9]|[a-hA-H])[.):]", re.MULTILINE)
_BEGINS_AS_PROSE = re.compile(
    # blanks without line ends: the text can be a thousand empty lines, and each would be tried as the first
    r"""^[^\S\n]*(?:#|%%(?:markdown|html|HTML|latex)\b|(?:\w+\s*=\s*)?(?:\w+\s*\(\s*){0,2}[frbuFRBU]{0,2}["'])""",
    re.MULTILINE,
)


def _is_prose(source: str) -> bool:
    """Whether a code cell holds a few words: in a comment, in a text, in what it shows."""
    start = _BEGINS_AS_PROSE.search(source[:2_000])  # the first such line has all the words of those below it
    return start is not None and len(re.findall(r"[^\W\d_]{2,}", source[start.end() : 2_000])) >= 3


def _is_nothing_but_prose(source: str) -> bool:
    """Whether a code cell holds only comments, or only a text that it may show."""
    text = source.strip()
    if text.startswith("#"):
        return _is_prose(text) and all(line.strip()[:1] in ("", "#") for line in text.splitlines())
    return _is_prose(text) and (text.startswith("%%") or text.rstrip(") ")[-1:] in ("'", '"'))


def _words_near_the_questions(lesson: Lesson, matched: Match, numbers: list[int]) -> bool:
    """Whether the student wrote in a cell of their own, or in one of the course's texts, among the questions."""
    if not numbers:
        return False
    first, last = min(numbers) - 1, max(numbers) + 1
    start = min(
        (place for number in range(first, len(lesson.release)) for place in matched.places_of(number)), default=0
    )
    for place in range(start, len(matched.cells)):
        cell, number = matched.cells[place], matched.origin[place]
        if not cell.source.strip() or (cell.kind == "code" and not _is_nothing_but_prose(cell.source)):
            continue
        if number is None:
            return True
        released = lesson.release[number]
        is_prose = first <= number <= last and released.grade_id not in lesson.questions and released.kind != "code"
        if is_prose and not same_text(cell.source, released.source):
            return True
    return False
