"""Export marks for other systems: files that Canvas, Moodle and spreadsheets import. They hold only gradebook data.

Every text in them may come from a student. A field that a spreadsheet would run as a formula is written with an
apostrophe in front.
"""

from __future__ import annotations

import csv
import io
import json
import pathlib
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from autograder.errors import CourseError
from autograder.report.words import as_points
from autograder.results import Marks

FORMATS = ("csv", "json", "canvas", "moodle")
_CANVAS_ID = re.compile(r"(?P<title>.*) \(\d+\)$")
_FORMULA = re.compile(
    # spreadsheets ignore what is blank in front, and some begin a formula at a tab or the end of a line
    r"[\s\u00ad\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]*"
    # the signs, and their full-width and small forms, which East Asian spreadsheets read as the same
    r"[=+\-@\t\r\n＝＋－＠﹦﹢﹣﹫−]"
)
_CANVAS_FIXED = ("Student", "ID", "SIS User ID", "SIS Login ID", "Section")


@dataclass(frozen=True)
class Column:
    """One assignment, and the marks of all students who handed it in, by student id."""

    assignment: str
    max_score: float
    marks: dict[str, Marks]


def export(kind: str, columns: Sequence[Column], roster: pathlib.Path | None = None) -> str:
    """The content of an export file; `kind` is one of `FORMATS`. `roster` is a file that Canvas or Moodle exported: its
    rows and columns are kept and filled in.

    Raises CourseError for an unknown kind or an invalid roster.
    """
    if kind == "canvas":
        return canvas(columns, roster)
    if kind == "moodle":
        return moodle(columns, roster)
    if kind == "json":
        return json.dumps(list(rows(columns)), indent=1) + "\n"
    if kind == "csv":
        return _csv(list(rows(columns)))
    raise CourseError(f"there is no export format {kind}: choose one of {', '.join(FORMATS)}")


def rows(columns: Iterable[Column]) -> Iterable[dict[str, Any]]:
    """One row per submission: totals first, then the mark of each graded cell."""
    for column in columns:
        for student, mine in sorted(column.marks.items()):
            yield {
                "assignment": column.assignment,
                "student": student,
                "name": mine.name,
                "email": mine.email,
                "handed_in": mine.handed_in.isoformat(" ", "seconds") if mine.handed_in else "",
                "days_late": round(mine.seconds_late / 86_400, 2),
                "raw_score": mine.raw_score,
                "penalty": mine.penalty,
                "score": mine.score,
                "max_score": mine.max_score,
                "to_do_by_hand": mine.waiting,
                "cells": {
                    name.removeprefix("test_"): cell.score
                    for name, cell in mine.cells.items()
                    if cell.max_score or cell.score  # a starred extra has no mark, unless a person gave one
                },
            }


def plain(text: str) -> str:
    """The text, with an apostrophe in front if a spreadsheet would run it as a formula."""
    return "'" + text if _FORMULA.match(text) else text


def _csv(entries: list[dict[str, Any]]) -> str:
    cells = list(dict.fromkeys(name for entry in entries for name in entry["cells"]))
    head = [name for name in (entries[0] if entries else {"assignment": "", "student": ""}) if name != "cells"]
    table = [[*head, *cells]]
    for entry in entries:
        table.append(
            [*(_field(entry[name]) for name in head), *(_field(entry["cells"].get(name, "")) for name in cells)]
        )
    return _text(table)


def _field(value: Any) -> str:
    if isinstance(value, bool):  # before the numbers: a bool is an int
        return "yes" if value else ""
    return as_points(value) if isinstance(value, (int, float)) else plain(str(value))


def _text(table: Iterable[Sequence[str]]) -> str:
    stream = io.StringIO()
    csv.writer(stream, lineterminator="\n").writerows(table)
    return stream.getvalue()


def canvas(columns: Sequence[Column], roster: pathlib.Path | None = None) -> str:
    """A file for Canvas's gradebook import: Student, ID, SIS User ID, SIS Login ID, Section, one column per assignment,
    and a row of possible points.

    Canvas finds a person by ID, SIS User ID or SIS Login ID, and an assignment by its title followed by its number.
    The IDs and numbers are in the file that Canvas exports (`roster`). Without a roster our student ids are the SIS
    Login IDs, and Canvas offers to create the assignments. A submission that a person still has to mark gets an empty
    field: Canvas does not change that mark.
    """
    if roster is None:
        head = [*_CANVAS_FIXED, *(column.assignment for column in columns)]
        # the four spaces are Canvas's own
        possible = ["    Points Possible", "", "", "", "", *(as_points(column.max_score) for column in columns)]
        table = [head, possible]
        for student in sorted({student for column in columns for student in column.marks}):
            mine = next(column.marks[student] for column in columns if student in column.marks)
            given = [_final(column.marks.get(student)) for column in columns]
            table.append([plain(mine.name or student), "", "", plain(student), "", *given])
        return _text(table)
    head, body = _read(roster, ("Student", "ID"))
    titles = {(_CANVAS_ID.fullmatch(title) or [title, title])[1]: title for title in head}
    places = {}
    for column in columns:
        if column.assignment not in titles:
            raise CourseError(
                f"{roster} has no column for {column.assignment}: "
                "create the assignment in Canvas first, or export without a roster"
            )
        places[titles[column.assignment]] = column
    kept = [name for name in head if name in _CANVAS_FIXED]
    table = [[*kept, *places]]
    names = [[row.get(name, "") for name in ("SIS Login ID", "SIS User ID", "ID", "Student")] for row in body]
    for ids in names:
        # Canvas's zip of submissions names the files like this, so student ids taken from it look the same
        ids.append(re.sub(r"\W", "", ids[3].lower()))
    found = [_of_rows(column, names) for column in places.values()]
    for number, row in enumerate(body):
        given = [_final(marks[number]) for marks in found]
        if row["Student"].strip() == "Points Possible":
            given = [row[name] for name in places]
        table.append([*(row[name] for name in kept), *given])
    return _text(table)


def _of_rows(column: Column, names: Sequence[Sequence[str]]) -> list[Marks | None]:
    """The marks of each row of a roster. `names`: what each row calls its person, from the surest name to the vaguest.

    All rows are asked for the surer name first, and marks go to one row only: people choose some of these names
    themselves, so somebody could be called as another's id is.
    """
    found: list[Marks | None] = [None] * len(names)
    taken: set[str] = set()
    for rank in range(max(map(len, names), default=0)):
        claims: dict[str, list[int]] = {}
        for number, mine in enumerate(names):
            if found[number] is None and mine[rank] in column.marks and mine[rank] not in taken:
                claims.setdefault(mine[rank], []).append(number)
        for key, rows_ in claims.items():
            taken.add(key)
            if len(rows_) == 1:
                found[rows_[0]] = column.marks[key]
    return found


def moodle(columns: Sequence[Column], roster: pathlib.Path | None = None) -> str:
    """A file for Moodle. With an assignment's offline grading worksheet as `roster`: the same file with Grade and
    feedback filled in, for "Upload grading worksheet". Without: `Username`, `Email address` and one column per
    assignment, for "Grades: Import: CSV file".
    """
    if roster is None:
        table = [["Username", "Email address", *(column.assignment for column in columns)]]
        for student in sorted({student for column in columns for student in column.marks}):
            mine = next(column.marks[student] for column in columns if student in column.marks)
            table.append(
                [plain(student), plain(mine.email), *(_final(column.marks.get(student)) for column in columns)]
            )
        return _text(table)
    if len(columns) != 1:
        raise CourseError("a Moodle grading worksheet is for one assignment: name the assignment")
    head, body = _read(roster, ("Identifier", "Grade"))
    (column,) = columns
    table = [head]
    people = ("Username", "ID number", "Email address", "Full name")
    marks = _of_rows(column, [[row.get(name, "") for name in people] for row in body])
    for row, found in zip(body, marks):
        final = _final(found)
        # nothing to fill in: a grade in the worksheet stays
        if final:
            row["Grade"] = final
            if "Feedback comments" in row and found is not None and found.comments:
                row["Feedback comments"] = plain("; ".join(found.comments.values()))
        table.append([row[name] for name in head])
    return _text(table)


def _final(mine: Marks | None) -> str:
    # a mark that is not final must not reach a student
    return "" if mine is None or mine.waiting else as_points(mine.score)


def _read(path: pathlib.Path, needed: tuple[str, ...]) -> tuple[list[str], list[dict[str, str]]]:
    try:
        # the file may begin with a byte order mark, which would become part of the first title
        with path.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.DictReader(file)
            head = list(reader.fieldnames or [])
            missing = [name for name in needed if name not in head]
            if missing:
                raise CourseError(f"{path} has no column {missing[0]}: use the file that Canvas or Moodle exported")
            return head, [{name: row.get(name) or "" for name in head} for row in reader]
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise CourseError(f"{path} can't be read as CSV: {error}") from None
