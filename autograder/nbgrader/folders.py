"""Write a graded submission to nbgrader's folders: `autograded/` for the formgrader, `feedback/` for the student."""

from __future__ import annotations

import datetime
import json
import pathlib
from collections.abc import Mapping, Sequence

from autograder.course.config import Course
from autograder.course.lesson import Lesson
from autograder.course.match import match
from autograder.errors import SubmissionUnreadable
from autograder.files import PUBLIC, write_whole
from autograder.nbgrader import beside
from autograder.notebook import Cell, Content
from autograder.report.student_page import page
from autograder.results import Marks, Report


def write_feedback(
    course: Course, lesson: Lesson, report: Report, marks: Marks | None, submitted: pathlib.Path
) -> None:
    """Write the student's page to `feedback/STUDENT/ASSIGNMENT/NOTEBOOK.html`, for nbgrader's `release_feedback`."""
    folder = course.work / "feedback" / report.student / report.assignment
    # a student's text may hold lone surrogates, which UTF-8 can't encode
    data = feedback_page(lesson, report, marks).encode("utf-8", "replace")
    # release_feedback copies a page with its mode, and the student has to read the copy
    write_whole(folder / f"{report.notebook}.html", data, PUBLIC)
    beside.copy_nbgraders_own(submitted.parent, folder)


def feedback_page(lesson: Lesson, report: Report, marks: Marks | None) -> str:
    """The student's page as HTML. Its hints are those that the released notebook shows as well."""
    return page(report, marks, {name: exercise.hints for name, exercise in lesson.exercises.items()})


def write_autograded(course: Course, lesson: Lesson, report: Report, content: Content, submitted: pathlib.Path) -> None:
    """Write the notebook that the formgrader shows to `autograded/STUDENT/ASSIGNMENT/`.

    It is made from `content`, the bytes that were graded: the file `submitted` may have changed since.
    """
    folder = course.work / "autograded" / report.student / report.assignment
    write_whole(
        folder / f"{report.notebook}.ipynb", autograded(course, lesson, content, report).encode("utf-8", "replace")
    )
    beside.copy_nbgraders_own(submitted.parent, folder)


def autograded(course: Course, lesson: Lesson, content: Content, report: Report) -> str:
    """A submission as the formgrader shows it: the released cells with the student's answers, the cells they added, and
    a cell below each check whose marks are in doubt.

    It is built from source text and attachments only. Outputs, widgets and metadata of a stranger's file could carry
    scripts to the instructor's browser, so they are left out.
    """
    try:
        cells = content.notebook().cells
    except SubmissionUnreadable:
        cells = []  # the formgrader then shows the released notebook
    doubts = {lesson.exercises[one.id].test_id: one.in_doubt for one in report.exercises if one.in_doubt}
    return filled_in(course, lesson, cells, doubts)


def filled_in(course: Course, lesson: Lesson, cells: Sequence[Cell], doubts: Mapping[str, str]) -> str:
    """The released notebook as JSON, with a student's answers and, behind the released cells that they follow, the
    cells they added. `doubts`: check cell -> what a person is to look at, shown below it.
    """
    released = json.loads((course.release / lesson.assignment / f"{lesson.notebook}.ipynb").read_text(encoding="utf-8"))
    answers = {**lesson.exercises, **lesson.questions}
    matched = match(lesson, cells)
    by_grade_id: dict[str, Cell] = {}
    extra: dict[int, list[dict[str, object]]] = {}
    # an added cell is shown behind the released cell that it follows in the submission
    anchor = -1
    for number, (cell, origin) in enumerate(zip(cells, matched.origin)):
        if origin is not None:
            anchor = origin
            if lesson.release[origin].grade_id in answers:
                by_grade_id[lesson.release[origin].grade_id] = cell
        elif cell.source.strip() and cell.kind in ("code", "markdown"):
            fields: dict[str, object] = {"execution_count": None, "outputs": []} if cell.kind == "code" else {}
            extra.setdefault(anchor, []).append(
                {"cell_type": cell.kind, "id": f"added-{number}", "metadata": {}, "source": cell.source, **fields}
            )
    result = extra.pop(-1, [])
    for number, entry in enumerate(released["cells"]):
        grade_id = entry["metadata"].get("nbgrader", {}).get("grade_id", "")
        if grade_id in by_grade_id:
            entry["source"] = by_grade_id[grade_id].source
            if by_grade_id[grade_id].attachments and entry["cell_type"] == "markdown":
                entry["attachments"] = by_grade_id[grade_id].attachments
        result.append(entry)
        if grade_id in doubts:
            why = f"**In doubt, please look:** {doubts[grade_id]}."
            result.append({"cell_type": "markdown", "id": f"doubt-{number}", "metadata": {}, "source": why})
        result += extra.pop(number, [])
    released["cells"] = result
    return json.dumps(released, ensure_ascii=False) + "\n"  # not indented: `indent` uses json's slow Python encoder


def handed_in(submitted: pathlib.Path) -> datetime.datetime | None:
    """When it was handed in (UTC): nbgrader's `timestamp.txt` beside the notebook. None if it is missing or invalid."""
    return beside.timestamp(submitted.parent)
