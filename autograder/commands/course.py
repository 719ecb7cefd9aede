"""Commands for course authors: build, bank, new-exercise."""

from __future__ import annotations

import contextlib
import json
import pathlib
from typing import Annotated, Any, Optional

import typer

from autograder.commands.shared import CourseOption, JobsOption, default_jobs, err, faults, open_course, out, say


def build(
    check_only: Annotated[
        bool,
        typer.Option(
            "--check", help="Only list files that have drifted and figures without a claim; status 1 if there are any."
        ),
    ] = False,
    course: CourseOption = None,
) -> None:
    """Generate release/ and solutions/ from source/."""
    with faults():
        from autograder.course import build as building
        from autograder.course import scaffold

        loaded = open_course(course)
        if check_only:
            drifted = [file for file in building.generated(loaded) if file.drifted]
            for file in drifted:
                say(f"drifted: {file.path.relative_to(loaded.root)}")
            if drifted:
                say("run `autograder build` to regenerate them")
            unclaimed = building.without_claim(loaded)
            for line in unclaimed:
                say(line)
            if unclaimed:
                say("assert each figure in a code cell with the tag `claim`, or say it without the figure")
            if drifted or unclaimed:
                raise typer.Exit(1)
            out.print("nothing has drifted, and each figure in the lessons has its claim")
            return
        written = building.build(loaded)
        for file in written:
            say(f"written: {file.path.relative_to(loaded.root)}")
        if not written:
            out.print("nothing to do")
        missing = scaffold.missing(loaded)
        for line in missing:
            say(f"still missing: {line}")
    raise typer.Exit(1 if missing else 0)


def bank(
    assignments: Annotated[Optional[list[str]], typer.Argument(help="Assignments to try (default: all).")] = None,
    json_file: Annotated[Optional[pathlib.Path], typer.Option("--json", help="Write every row to this file.")] = None,
    only: Annotated[
        Optional[list[str]], typer.Option("--exercise", help="Only this exercise; may be repeated.")
    ] = None,
    jobs: JobsOption = default_jobs(),
    course: CourseOption = None,
) -> None:
    """Run the graders on every known mistake and right answer in the bank, and count the results."""
    with faults():
        from autograder.course import lesson
        from autograder.grade.pool import prove
        from autograder.report import console

        loaded = open_course(course)
        rows: list[dict[str, Any]] = []
        for assignment in assignments or lesson.assignments(loaded):
            with err.status(f"trying the bank of {assignment}") if err.is_terminal else contextlib.nullcontext():
                exercises = [name for name in lesson.load(loaded, assignment).exercises if not only or name in only]
                found = prove(loaded, assignment, exercises, jobs) if exercises else []
                rows += [{"lesson": assignment, **row} for row in found]
        out.print(console.bank_table(rows, plain=not out.is_terminal))
        wrong = [row for row in rows if row["fault"] or not _is_told(row)]
        for row in wrong:
            say(f"{row['lesson']} {row['exercise']} {row['kind']} {row['name']}: {_what_is_wrong(row)}")
        if json_file is not None:
            json_file.write_text(json.dumps(rows, indent=1) + "\n", encoding="utf-8")
    raise typer.Exit(1 if wrong else 0)


def _is_told(row: dict[str, Any]) -> bool:
    """Whether a right answer lost no marks, or a mistake was given its own name."""
    return not row["lost"] if row["kind"] == "right" else row["named"] == row["name"]


def _what_is_wrong(row: dict[str, Any]) -> str:
    if row["fault"]:
        return str(row["fault"])
    if row["kind"] == "right":
        return f"loses {row['lost']}"
    return f"named {row['named']!r}" if row["lost"] else "not caught"


def new_exercise(
    name: str,
    lesson_name: Annotated[str, typer.Option("--lesson", help="The assignment to add it to.")],
    points: Annotated[float, typer.Option(min=0.0)] = 2.0,
    after: Annotated[Optional[str], typer.Option(help="Insert it after this exercise (default: the last one).")] = None,
    course: CourseOption = None,
) -> None:
    """Add the templates for a new exercise: cells, grader, mistakes."""
    with faults():
        from autograder.course import build as building
        from autograder.course import scaffold

        loaded = open_course(course)
        for path in scaffold.new_exercise(loaded, lesson_name, name, points, after):
            say(f"changed: {path.relative_to(loaded.root)}")
        building.build(loaded)
        for line in scaffold.missing(loaded):
            say(f"to do: {line}")
        say(f"then run `autograder build`, which lists what is still missing, and `autograder bank {lesson_name}`")
