"""`autograder solutions`: the reference's answer to an exercise that was solved or given up."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Optional

import typer

from autograder.commands.shared import CourseOption, faults, open_course, out, say

if TYPE_CHECKING:
    from autograder.course.solutions import Solution


def solutions(
    name: Annotated[
        Optional[str], typer.Argument(help="An exercise or a question in words; without one, a list of all.")
    ] = None,
    give_up: Annotated[bool, typer.Option("--give-up", help="Show it even though it isn't solved yet.")] = False,
    course: CourseOption = None,
) -> None:
    """Show the reference's answer to what you have solved or given up, and the marking scheme of a question."""
    with faults():
        from autograder.course import solutions as known

        loaded = open_course(course)
        if name is None:
            _list(known.all_of(loaded))
            raise typer.Exit(0)
        found = known.find(loaded, name)
        if not found.state and not give_up:
            how = (
                "write your answer and check the notebook"
                if found.in_words
                else "check your notebook until it is right"
            )
            say(
                f"{found.name} is still yours to solve: {how} (autograder check NOTEBOOK), "
                f"or give up (autograder solutions {name} --give-up)"
            )
            raise typer.Exit(1)
        if not found.state:
            known.give_up(loaded, found.name)
        say(f"{found.name} ({found.assignment})")
        say("Mark your own answer by the scheme below." if found.in_words else "One right answer; yours may differ.")
        say("")
        say(found.text)
    raise typer.Exit(0)


def _list(everything: list[Solution]) -> None:
    from rich.table import Table

    table = Table("lesson", "exercise or question", "answer")
    last = ""
    for one in everything:
        table.add_row(
            "" if one.assignment == last else one.assignment, one.name, one.state and f"{one.state}: you can look"
        )
        last = one.assignment
    out.print(table)
