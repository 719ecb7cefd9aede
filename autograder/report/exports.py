"""Marks for other systems: files that Canvas, Moodle and spreadsheets import, from the gradebook alone.

Every text in them was typed by somebody else: a field that a spreadsheet would take for a formula is written with an
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
_CANVAS_FIXED = ("Student", "ID", "SIS User ID", "SIS Login ID", "Section")


@dataclass(frozen=True)
class Column:
    """One assignment with the marks of everybody who handed it in."""

    assignment: str
    max_score: float
    marks: dict[str, Marks]


def export(kind: str, columns: Sequence[Column], roster: pathlib.Path | None = None) -> str:
    """The file of one kind as text. `roster` is the learning-management system's own export, whose rows and columns are
    kept and filled in.

    Raises CourseError for a kind that does not exist or a roster that can't be read as one.
    """
    if kind == "canvas":
        return canvas(columns, roster)
    if kind == "moodle":
        return moodle(columns, roster)
    if kind == "json":
        return json.dumps(list(rows(columns)), indent=1) + "\n"
    if kind == "csv":
        return _csv(list(rows(columns)))
    raise CourseError(f"there is no export called {kind}; there are {', '.join(FORMATS)}")


def rows(columns: Iterable[Column]) -> Iterable[dict[str, Any]]:
    """One row for each submission: totals first, then the mark of every graded cell."""
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
                "cells": {name.removeprefix("test_"): cell.score for name, cell in mine.cells.items()},
            }


def plain(text: str) -> str:
    """A text that no spreadsheet takes for a formula."""
    return "'" + text if text.lstrip()[:1] in ("=", "+", "-", "@") or text[:1] in ("\t", "\r") else text


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
    if isinstance(value, bool):
        return "yes" if value else ""
    return as_points(value) if isinstance(value, (int, float)) else plain(str(value))


def _text(table: Iterable[Sequence[str]]) -> str:
    stream = io.StringIO()
    csv.writer(stream, lineterminator="\n").writerows(table)
    return stream.getvalue()


def canvas(columns: Sequence[Column], roster: pathlib.Path | None = None) -> str:
    """Canvas's gradebook import: Student, ID, SIS User ID, SIS Login ID, Section, a column an assignment, and a row of
    possible points.

    Canvas finds a person by ID, SIS User ID or SIS Login ID, and an assignment by its title with the number behind it;
    both numbers are in the file that Canvas exports (`roster`). Without one, our student ids stand as SIS Login ID, and
    Canvas offers to make the assignments. A submission that still waits for a human has an empty field: Canvas leaves
    such a mark as it is.
    """
    if roster is None:
        head = [*_CANVAS_FIXED, *(column.assignment for column in columns)]
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
                "make the assignment in Canvas first, or export without a roster"
            )
        places[titles[column.assignment]] = column
    kept = [name for name in head if name in _CANVAS_FIXED]
    table = [[*kept, *places]]
    for row in body:
        if row["Student"].strip() == "Points Possible":
            table.append([*(row[name] for name in kept), *(row[name] for name in places)])
            continue
        ids = [row.get(name, "") for name in ("SIS Login ID", "SIS User ID", "ID", "Student")]
        ids.append(re.sub(r"\W", "", row["Student"].lower()))  # as in the file names of submissions that Canvas zips
        given = [
            _final(next((column.marks[key] for key in ids if key in column.marks), None)) for column in places.values()
        ]
        table.append([*(row[name] for name in kept), *given])
    return _text(table)


def moodle(columns: Sequence[Column], roster: pathlib.Path | None = None) -> str:
    """Moodle's import. With the offline grading worksheet of an assignment (`roster`): that file, with Grade and
    feedback filled in, for "Upload grading worksheet". Without: `Username`, `Email address` and a column an assignment,
    for "Grades: Import: CSV file".
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
        raise CourseError("a grading worksheet is of one assignment: name it")
    head, body = _read(roster, ("Identifier", "Grade"))
    (column,) = columns
    table = [head]
    for row in body:
        ids = [row.get(name, "") for name in ("Username", "ID number", "Email address", "Full name")]
        found = next((column.marks[key] for key in ids if key in column.marks), None)
        final = _final(found)
        if final:
            row["Grade"] = final
            if "Feedback comments" in row and found is not None and found.comments:
                row["Feedback comments"] = plain("; ".join(found.comments.values()))
        table.append([row[name] for name in head])
    return _text(table)


def _final(mine: Marks | None) -> str:
    return "" if mine is None or mine.waiting else as_points(mine.score)


def _read(path: pathlib.Path, needed: tuple[str, ...]) -> tuple[list[str], list[dict[str, str]]]:
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.DictReader(file)
            head = list(reader.fieldnames or [])
            missing = [name for name in needed if name not in head]
            if missing:
                raise CourseError(f"{path} has no column {missing[0]}: it is not the file that the system exports")
            return head, [{name: row.get(name) or "" for name in head} for row in reader]
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise CourseError(f"{path} can't be read as a table: {error}") from None
