"""`autograder move`: bring what was handed in to the present lessons, after lessons were renamed or split."""

from __future__ import annotations

from typing import Annotated

import typer

from autograder.commands.shared import CourseOption, err, faults, open_course, out, say


def move(
    write: Annotated[bool, typer.Option("--write", help="Do it; without this, only say what would change.")] = False,
    course: CourseOption = None,
) -> None:
    """Move a course that was handed in to lessons that have been renamed or split since; says what changes."""
    with faults():
        from autograder.nbgrader import move as moving
        from autograder.nbgrader.gradebook import Gradebook

        loaded = open_course(course)
        with Gradebook(loaded) as book:
            found = moving.plan(book)
            lines = list(found.lines())
            for line in lines:
                say(line)
            if not lines:
                out.print("nothing to move: the gradebook has the lessons of source/")
                return
            if not write:
                say("nothing was changed: `autograder move --write` does it, after a copy of the gradebook to backups/")
                return
            problems = moving.carry_out(book, found)
        for line in problems:
            say(line, err)
    raise typer.Exit(1 if problems else 0)
