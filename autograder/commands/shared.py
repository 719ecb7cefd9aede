"""What every command shares: the screen, the options, how a fault ends a command, and where the course is.

Exit status: 0 all graded (`check`: full marks), 1 some held (`check`: not yet), 2 the course or the command line is at
fault.
"""

from __future__ import annotations

import contextlib
import os
import pathlib
import sys
from collections.abc import Iterator
from typing import Annotated, Optional

import typer
from rich.console import Console

from autograder.course import config
from autograder.errors import AutograderError, CourseError

_WIDE = 240  # columns of a table that goes into a file or a pipe
out = Console(width=None if sys.stdout.isatty() else _WIDE)
err = Console(stderr=True, width=None if sys.stderr.isatty() else _WIDE)

TrustOption = Annotated[
    bool,
    typer.Option(
        "--trust-submissions",
        help="Grade even where this machine can't wall off student code: it can do what you can do.",
    ),
]
CourseOption = Annotated[
    Optional[pathlib.Path], typer.Option("--course", help="The course's folder; else the one above this folder.")
]
JobsOption = Annotated[int, typer.Option("--jobs", "-j", min=1, help="How many submissions are graded at once.")]
OutOption = Annotated[Optional[pathlib.Path], typer.Option("--out", "-o", help="The file to write.")]


def default_jobs() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def say(line: str, console: Console = out, style: str | None = None) -> None:
    """Print a line as it is: in a file or a pipe it stays one line, however long the paths in it are."""
    console.print(line, style=style, markup=False, highlight=False, soft_wrap=True)


@contextlib.contextmanager
def faults() -> Iterator[None]:
    """An error of the engine as one line and exit status 2; Ctrl-C as one line and 130."""
    try:
        yield
    except AutograderError as error:
        say(f"autograder: {error}", err, style="red")
        raise typer.Exit(2) from None
    except OSError as error:  # a full disk, a folder without permission: whatever was written is whole
        name = f"{error.filename}: " if error.filename else ""
        kept = "what was graded is kept: mend that, and run the same command again"
        say(f"autograder: {name}{error.strerror or error}; {kept}", err, style="red")
        raise typer.Exit(2) from None
    except KeyboardInterrupt:
        say("autograder: stopped; what was graded is kept, and the same command goes on from there", err)
        raise typer.Exit(130) from None


def open_course(
    chosen: pathlib.Path | None, near: pathlib.Path | None = None, work: pathlib.Path | None = None
) -> config.Course:
    """The course that was named, else the one above this folder, else the one above the file `near`."""
    if chosen is not None and not (chosen / config.FILE).is_file():
        raise CourseError(f"{chosen} holds no {config.FILE}, so it is not a course's folder")
    if chosen is None:
        try:
            chosen = config.find_root(pathlib.Path.cwd())
        except CourseError:
            if near is None:
                raise
            chosen = config.find_root(near.resolve().parent)
    return config.load(chosen, work)
