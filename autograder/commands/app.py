"""The `autograder` command line: its subcommands, in the order that `--help` lists them."""

from __future__ import annotations

import typer

# torch, pytest, nbgrader and Dask take seconds to import, so the modules below import what needs them in functions
from autograder.commands import check, course, demo, doctor, grade, instructor, move, solutions

app = typer.Typer(no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False, rich_markup_mode=None)

app.command()(grade.grade)
app.command()(check.check)
app.command()(solutions.solutions)
app.command()(course.build)
app.command()(demo.demo)
app.command()(course.bank)
app.command()(doctor.doctor)
app.command()(instructor.report)
app.command()(instructor.export)
app.command()(instructor.gradescope)
app.command(hidden=True)(instructor.gradescope_run)
app.command()(instructor.similar)
app.command()(course.new_exercise)
app.command()(move.move)

if __name__ == "__main__":
    app()
