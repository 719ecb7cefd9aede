"""What all commands share: consoles, options, error handling, and finding the course.

Exit status of `grade`: 0 if all submissions were graded, 1 if some are held. Exit status of `check`: 0 for full marks,
1 otherwise. Every command: 2 if the course, the machine or the command line is at fault.
"""

from __future__ import annotations

import contextlib
import os
import pathlib
import sys
import traceback
from collections.abc import Iterator
from typing import Annotated, Optional

import click
import typer
from rich.console import Console

from autograder.course import config
from autograder.errors import AutograderError, CourseError
from autograder.hidden_characters import in_one_line, shown

_WIDE = 240  # columns of a table in a file or a pipe: Rich's default of 80 would fold the names
out = Console(width=None if sys.stdout.isatty() else _WIDE)
err = Console(stderr=True, width=None if sys.stderr.isatty() else _WIDE)

TrustOption = Annotated[
    bool,
    typer.Option(
        "--trust-submissions",
        help="Grade even if this machine can't wall off student code. It can then do whatever you can do.",
    ),
]
CourseOption = Annotated[
    Optional[pathlib.Path], typer.Option("--course", help="The course's folder (default: this folder or one above it).")
]
JobsOption = Annotated[int, typer.Option("--jobs", "-j", min=1, help="How many submissions to grade at once.")]
OutOption = Annotated[Optional[pathlib.Path], typer.Option("--out", "-o", help="The file to write.")]


def default_jobs() -> int:
    # the cores that this process may use: in a container or a cluster job these can be fewer than the machine has
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def say(line: str, console: Console = out, style: str | None = None) -> None:
    """Print a line without markup or wrapping: other programs read it line by line, and paths in it can be long.

    Hidden characters are shown: a path or a sentence may be a student's.
    """
    console.print(shown(line), style=style, markup=False, highlight=False, soft_wrap=True)


@contextlib.contextmanager
def faults() -> Iterator[None]:
    """Turn an error into one line on stderr and exit status 2, and Ctrl-C into one line and exit status 130."""
    try:
        yield
    except AutograderError as error:
        say(in_one_line(f"autograder: {error}"), err, style="red")
        raise typer.Exit(2) from None
    # a full disk, or a folder without permission: records are replaced atomically, so none is half written
    except OSError as error:
        name = f"{error.filename}: " if error.filename else ""
        kept = "what was graded is kept: fix this and run the same command again"
        say(in_one_line(f"autograder: {name}{error.strerror or error}; {kept}"), err, style="red")
        raise typer.Exit(2) from None
    except KeyboardInterrupt:
        say("autograder: stopped; what was graded is kept: run the same command again to continue", err)
        raise typer.Exit(130) from None
    except (typer.Exit, typer.Abort, typer.BadParameter, click.ClickException):
        raise  # the command's own way to end
    except Exception:
        # a fault of the engine's own; Python would print the traceback as it is, and it may quote a student
        say(traceback.format_exc(), err)
        raise typer.Exit(2) from None


def open_course(
    chosen: pathlib.Path | None, near: pathlib.Path | None = None, work: pathlib.Path | None = None
) -> config.Course:
    """The course in `chosen`; by default the one at or above the current folder, or else above the file `near`.

    `work` replaces the folder that submissions and results are in. Raises CourseError if there is no course.
    """
    if chosen is not None and not (chosen / config.FILE).is_file():
        raise CourseError(f"{chosen} has no {config.FILE}, so it is not a course's folder")
    if chosen is None:
        try:
            chosen = config.find_root(pathlib.Path.cwd())
        except CourseError:
            if near is None:
                raise
            chosen = config.find_root(near.resolve().parent)
    return config.load(chosen, work)
