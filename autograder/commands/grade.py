"""`autograder grade`: grade submissions and write marks, reports and feedback."""

from __future__ import annotations

import contextlib
import functools
import pathlib
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Optional

import typer
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from autograder.commands.shared import (
    CourseOption,
    JobsOption,
    TrustOption,
    default_jobs,
    err,
    faults,
    open_course,
    out,
    say,
)
from autograder.errors import CourseError
from autograder.files import open_private
from autograder.report.document import Tally

if TYPE_CHECKING:
    from rich.console import Console

    from autograder.course.config import Course
    from autograder.grade.pool import Crew
    from autograder.grade.run import Plan
    from autograder.read.submission import Job
    from autograder.results import Report
    from autograder.run.isolation import Fence


def grade(
    targets: Annotated[
        Optional[list[str]],
        typer.Argument(help="Assignments, or notebooks, folders and zip files (default: everything handed in)."),
    ] = None,
    json_file: Annotated[
        Optional[pathlib.Path], typer.Option("--json", help="Write the results to this file; - for stdout.")
    ] = None,
    jobs: JobsOption = default_jobs(),
    again: Annotated[bool, typer.Option("--again", help="Also grade what has been graded before.")] = False,
    record: Annotated[bool, typer.Option(help="Write gradebook, reports and feedback pages.")] = True,
    trust_submissions: TrustOption = False,
    cluster: Annotated[
        Optional[str],
        typer.Option(
            "--cluster", metavar="ADDRESS", help="Grade on the workers of the Dask scheduler at tls://HOST:8786."
        ),
    ] = None,
    open_network: Annotated[
        bool,
        typer.Option(
            "--open-network", help="With --cluster: send submissions and marks in clear; the network is yours."
        ),
    ] = False,
    profile: Annotated[bool, typer.Option("--profile", help="Show where the time went, stage by stage.")] = False,
    course: CourseOption = None,
) -> None:
    """Grade submissions and write marks, reports and feedback."""
    with faults(), contextlib.ExitStack() as stack:
        from autograder.grade import run
        from autograder.run import temporary

        loaded = open_course(course)
        # a cluster's workers see the course's folder, but not this machine's temporary folders
        unpacked = pathlib.Path(stack.enter_context(temporary.Folder("zip", loaded.work if cluster else None)))
        workers = _workers(jobs, cluster, trust_submissions or loaded.settings.trust_submissions, open_network)
        todo = _what_to_do(loaded, targets or [], unpacked)
        record = record and not todo.holds_the_courses_own
        plan = run.plan(loaded, todo.jobs, again or not record)
        tally = stack.enter_context(Tally(document=json_file is not None))
        for report in todo.unclaimed:
            tally.add(report)
        carry_out(plan, workers.crew, tally, record, workers.where, profile)
        # stdout then holds the JSON document and nothing else, so that it can be piped
        screen = err if str(json_file) == "-" else out
        _tell(screen, tally, len(plan.known), workers)
        if json_file is not None:
            _write_json(json_file, tally)
        if record:
            tell_where(loaded, screen)
    raise typer.Exit(1 if tally.held else 0)


@dataclass(frozen=True)
class _Workers:
    """Who grades. `fence`: this machine's wall; `where`: for the progress line; `cluster`: its address, or None."""

    fence: Fence
    crew: Crew
    where: str
    cluster: str | None


def _workers(jobs: int, cluster: str | None, trusted: bool, open_network: bool) -> _Workers:
    """Local processes or a cluster's workers. Raises MachineError if this machine has no wall and there is no trust."""
    from autograder.run import isolation

    if cluster:  # student code runs on other machines, and each of them checks its own wall
        from autograder.grade.cluster import Cluster

        workers = _Workers(isolation.fence(), Cluster(cluster, trusted, open_network).grade_all, cluster, cluster)
    else:
        fence = isolation.require(trusted)
        workers = _Workers(fence, local_crew(jobs, trusted), f"isolation: {fence.level}", None)
    return workers


def local_crew(jobs: int, trusted: bool = False) -> Crew:
    from autograder.grade import pool

    return functools.partial(pool.grade_all, count=jobs, trusted=trusted)


@dataclass(frozen=True)
class _ToDo:
    """The jobs of a run, and a held report for each file that belongs to no assignment."""

    jobs: list[Job]
    unclaimed: list[Report]
    holds_the_courses_own: bool
    """Whether a source or released notebook is among the jobs. No student handed it in, so nothing is recorded."""


def _what_to_do(course: Course, targets: list[str], unpacked: pathlib.Path) -> _ToDo:
    """Sort the targets into assignments and paths. Raises CourseError if there is nothing to grade."""
    from autograder.course import lesson
    from autograder.read import inbox

    known = lesson.assignments(course)
    names = [target for target in targets if target in known]
    paths = [pathlib.Path(target) for target in targets if target not in known]
    jobs = [job for name in (names if targets else known) for job in inbox.submitted(course, name)]
    named, unclaimed = inbox.by_path(course, paths, unpacked) if paths else ([], [])
    if not targets or (names and not jobs):
        for name, count in inbox.of_no_assignment(course).items():
            say(
                f"not graded: {name} (of {count} student{'' if count == 1 else 's'}) is no assignment of this course; "
                "if the lesson has a new name, see `autograder move`, or rename these folders",
                err,
            )
    if not jobs and not named and not unclaimed:
        place = ", ".join(names) or "any assignment"
        raise CourseError(f"nothing to grade: {course.submitted} holds no submission of {place}")
    return _ToDo([*jobs, *named], unclaimed, any(_is_the_courses_own(course, job.path) for job in named))


def _is_the_courses_own(course: Course, path: pathlib.Path) -> bool:
    return any(path.resolve().is_relative_to(folder) for folder in (course.source, course.release))


def carry_out(plan: Plan, crew: Crew, tally: Tally, record: bool, where: str, profile: bool = False) -> None:
    """Grade with a progress bar and add each report to `tally`."""
    from autograder.grade import run
    from autograder.profile import stopwatch
    from autograder.report import console

    total = len(plan.waiting) + len(plan.known)
    columns = (
        SpinnerColumn(),
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
    )
    start = time.perf_counter()
    ready: list[float] = []
    if profile:
        stopwatch.start()
    with Progress(*columns, console=err, disable=not err.is_terminal, transient=True) as progress:
        doing = f"starting the graders ({where})" if plan.waiting else "reading reports"
        task = progress.add_task(doing, total=total)

        def on_ready() -> None:
            ready.append(time.perf_counter())
            progress.update(task, description="grading")

        for report, _new in run.carry_out(plan, crew, record, on_ready):
            tally.add(report)
            progress.advance(task)
    if profile:
        end = time.perf_counter()
        first = (ready or [end])[0]  # start-up ends when the first grader is ready
        console.show_profile(err, stopwatch.stop(), len(plan.waiting), len(ready), first - start, end - start)


def _tell(screen: Console, tally: Tally, known: int, workers: _Workers) -> None:
    """Print the class table, the counts, and the isolation level."""
    from autograder.report import console
    from autograder.run import isolation

    rows, held, fence = tally.rows, tally.held, workers.fence
    screen.print(console.class_table(rows, plain=not screen.is_terminal))
    old = f" ({known} were graded before)" if known else ""
    wall = ", ".join(sorted(tally.levels)) + f" (on {workers.cluster})" if workers.cluster else fence.in_words
    say(f"{len(rows) - held} graded{old}, {held} held; isolation: {wall}", screen)
    if fence.level != isolation.FULL and not workers.cluster:
        for hint in isolation.advice(fence):
            say(f"to improve isolation: {hint}", screen)


def tell_where(course: Course, screen: Console) -> None:
    say(f"marks: {course.db_url}\nfeedback: {course.work / 'feedback'}", screen)


def _write_json(file: pathlib.Path, tally: Tally) -> None:
    if str(file) == "-":
        print("".join(tally.text()))
        return
    try:
        with open_private(file) as stream:
            stream.writelines(tally.text())
            stream.write("\n")
    except OSError as error:
        raise CourseError(f"{file} can't be written: {error.strerror}") from None
