"""Reports as tables and lines for the console: styled on a terminal, plain text elsewhere."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from rich import box
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from autograder.hidden_characters import in_one_line
from autograder.profile import STAGES
from autograder.report.document import Row
from autograder.report.words import EXTRA, VERDICT_WORDS, WHERE_GRADED, as_points
from autograder.results import HELD, Report, Verdict

_TICK = {True: "[green]✓[/]", False: "[red]✗[/]"}
_ON_AN_ACCELERATOR: dict[str, str] = {
    Verdict.PASSED: "works on an accelerator too",
    Verdict.NOT_RUN: "not tried on an accelerator",
}


def clean(text: str) -> str:
    """Make text from a submission harmless for a terminal: one line, no control characters, no Rich markup."""
    return escape(in_one_line(text))


def class_table(rows: Sequence[Row], plain: bool = False) -> Table:
    """One row per submission. `plain` leaves out the borders, for files and pipes."""
    table = Table(box=None if plain else box.HEAVY_HEAD, pad_edge=not plain)
    # "fold": Rich would cut long names off
    table.add_column("student", overflow="fold")
    table.add_column("assignment")
    table.add_column("marks", justify="right")
    table.add_column("what to know", overflow="fold")
    table.add_column("s", justify="right")
    for row in rows:
        score = "held" if row.held else f"{as_points(row.score)} / {as_points(row.max_score)}"
        colour = "yellow" if row.held else "green" if row.score == row.max_score else ""
        table.add_row(
            clean(row.student),
            clean(row.assignment),
            f"[{colour}]{score}[/]" if colour else score,
            clean(row.what_to_know),
            f"{row.seconds:.1f}",
        )
    return table


def bank_table(rows: Sequence[dict[str, Any]], plain: bool = False) -> Table:
    """One row per exercise: how many known mistakes lose marks and are named, and how many right answers get full
    marks.
    """
    table = Table(box=None if plain else box.HEAVY_HEAD, pad_edge=not plain)
    for title in ("lesson", "exercise", "mistakes", "caught", "named", "right answers", "accepted"):
        table.add_column(title, justify="left" if title in ("lesson", "exercise") else "right")
    groups: dict[tuple[str, str], list[dict[str, Any]]] = {}
    for row in rows:
        groups.setdefault((row["lesson"], row["exercise"]), []).append(row)
    for (lesson, exercise), group in groups.items():
        table.add_row(lesson, exercise, *map(str, counts(group)))
    table.add_row("all", "", *map(str, counts(rows)), style="bold")
    return table


def counts(rows: Sequence[dict[str, Any]]) -> tuple[int, int, int, int, int]:
    """The numbers of: mistakes, mistakes that lose marks, mistakes given their own name, right answers, right answers
    with full marks.
    """
    mistakes = [row for row in rows if row["kind"] != "right"]
    right = [row for row in rows if row["kind"] == "right"]
    return (
        len(mistakes),
        sum(bool(row["lost"]) and not row["fault"] for row in mistakes),
        sum(row["named"] == row["name"] for row in mistakes),
        len(right),
        sum(not row["lost"] for row in right),
    )


def show_submission(console: Console, report: Report) -> None:
    """Print the result of one notebook, exercise by exercise, for a student who checks their own work."""
    if report.status == HELD:
        console.print(f"[yellow]Not marked:[/] {clean(report.reason or '')}")
        return
    for note in report.notes:
        console.print(f"[yellow]![/] {clean(note)}")
    for exercise in report.exercises:
        done, unwritten = exercise.right, exercise.unwritten
        parity = ""
        if exercise.parity is not None and not unwritten:
            # an answer that is wrong on the CPU fails on the accelerator too: that is not the accelerator's fault
            wrong_anyway = any(check.lost for check in exercise.checks if not check.parity)
            parity = _ON_AN_ACCELERATOR.get(
                exercise.parity["verdict"], "" if wrong_anyway else "does not work on an accelerator"
            )
        score = EXTRA if exercise.extra else f"{as_points(exercise.score)} / {as_points(exercise.max_score)}"
        line = f"{_TICK[done]} [bold]{clean(exercise.id)}[/]  {score}"
        console.print(line + (f"  [dim]{parity}[/]" if parity else ""))
        if exercise.place:
            console.print(f"    [dim]{WHERE_GRADED[exercise.place]}[/]")
        if done:
            continue
        if exercise.diagnosis:
            console.print(f"    {clean(exercise.diagnosis)}")
        if unwritten:
            continue
        for check in exercise.checks:
            if check.verdict != Verdict.PASSED:
                console.print(
                    f"    {'[dim]–[/]' if check.verdict == Verdict.NOT_RUN else _TICK[False]} {clean(check.sentence)}"
                )
                if check.message:
                    console.print(f"      [dim]{VERDICT_WORDS[check.verdict]}:[/] {clean(check.message)}")
    console.print(
        f"\n[bold]{as_points(report.score)} of {as_points(report.max_score)} points[/] in {report.seconds:.1f} s"
    )
    for line in report.not_checked:
        console.print(f"[dim]Not checked: {clean(line)}.[/]")


def show_profile(
    console: Console, seconds: Mapping[str, float], count: int, jobs: int, start_up: float, whole: float
) -> None:
    """Print the seconds by stage for the `count` submissions graded in this run. `start_up` and `whole` are wall-clock
    seconds.

    The stages of several graders overlap in time, so they add up to about `jobs` times the time after start-up.
    """
    if not count:
        console.print("no submission was graded in this run, so there is no profile")
        return
    table = Table(box=None, pad_edge=False)
    table.add_column("stage")
    for title in ("ms each", "share"):
        table.add_column(title, justify="right")
    table.add_column("what is done in it")
    total = sum(seconds.values())
    for stage, about in STAGES.items():
        spent = seconds.get(stage, 0.0)
        table.add_row(stage, f"{1000 * spent / count:.1f}", f"{100 * spent / total:.1f} %", about)
    table.add_row("all", f"{1000 * total / count:.1f}", "100.0 %", "")
    console.print(table)
    console.print(
        f"{count} submissions: {total:.1f} s in these stages; by the clock {start_up:.1f} s of start-up "
        f"and {whole - start_up:.1f} s with {jobs} grader{'s' if jobs > 1 else ''}",
        highlight=False,
    )
