"""The command `autograder`: the only place that looks for course_config.py, prints, and sets the exit status.

Exit status: 0 all graded (`check`: full marks), 1 some held (`check`: not yet), 2 the course or the command line is at fault.
"""

from __future__ import annotations

import contextlib
import functools
import json
import os
import pathlib
import sys
import time
from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated, Optional

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from autograder.commands import instructor
from autograder.course import config
from autograder.errors import AutograderError, CourseError
from autograder.report.document import Tally
from autograder.results import HELD, Report

if TYPE_CHECKING:
    from autograder.grade.pool import Crew
    from autograder.grade.run import Plan

app = typer.Typer(no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False, rich_markup_mode=None)
_WIDE = 240  # columns of a table that goes into a file or a pipe
out = Console(width=None if sys.stdout.isatty() else _WIDE)
err = Console(stderr=True, width=None if sys.stderr.isatty() else _WIDE)

TrustOption = Annotated[
    bool, typer.Option("--trust-submissions", help="Grade even where this machine can't wall off student code: it can do what you can do.")
]
CourseOption = Annotated[Optional[pathlib.Path], typer.Option("--course", help="The course's folder; else the one above this folder.")]
JobsOption = Annotated[int, typer.Option("--jobs", "-j", min=1, help="How many submissions are graded at once.")]


def _say(line: str, console: Console = out, style: str | None = None) -> None:
    """Print a line as it is: in a file or a pipe it stays one line, however long the paths in it are."""
    console.print(line, style=style, markup=False, highlight=False, soft_wrap=True)


def _default_jobs() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


@contextlib.contextmanager
def _faults() -> Iterator[None]:
    """An error of the engine as one line and exit status 2; Ctrl-C as one line and 130."""
    try:
        yield
    except AutograderError as error:
        _say(f"autograder: {error}", err, style="red")
        raise typer.Exit(2) from None
    except OSError as error:  # a full disk, a folder without permission: whatever was written is whole
        name = f"{error.filename}: " if error.filename else ""
        line = f"autograder: {name}{error.strerror or error}; what was graded is kept: mend that, and run the same command again"
        _say(line, err, style="red")
        raise typer.Exit(2) from None
    except KeyboardInterrupt:
        _say("autograder: stopped; what was graded is kept, and the same command goes on from there", err)
        raise typer.Exit(130) from None


def _course(chosen: pathlib.Path | None, near: pathlib.Path | None = None, work: pathlib.Path | None = None) -> config.Course:
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


def _carry_out(plan: Plan, crew: Crew, tally: Tally, record: bool, where: str, profile: bool = False) -> None:
    """Grade, and count what comes."""
    from autograder.grade import run
    from autograder.profile import stopwatch
    from autograder.report import console

    total = len(plan.waiting) + len(plan.known)
    columns = (SpinnerColumn(), TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    start = time.perf_counter()
    ready: list[float] = []
    if profile:
        stopwatch.start()
    with Progress(*columns, console=err, disable=not err.is_terminal, transient=True) as progress:
        task = progress.add_task(f"starting the graders ({where})" if plan.waiting else "reading reports", total=total)

        def on_ready() -> None:
            ready.append(time.perf_counter())
            progress.update(task, description="grading")

        for report, _new in run.carry_out(plan, crew, record, on_ready):
            tally.add(report)
            progress.advance(task)
    if profile:
        end = time.perf_counter()
        console.show_profile(err, stopwatch.stop(), len(plan.waiting), len(ready), (ready or [end])[0] - start, end - start)


@app.command()
def grade(
    targets: Annotated[
        Optional[list[str]], typer.Argument(help="Assignments, or notebooks, folders and zip files; else every assignment handed in.")
    ] = None,
    json_file: Annotated[Optional[pathlib.Path], typer.Option("--json", help="Write the results there; - for the screen.")] = None,
    jobs: JobsOption = _default_jobs(),
    again: Annotated[bool, typer.Option("--again", help="Grade also what is graded already.")] = False,
    record: Annotated[bool, typer.Option(help="Write gradebook, reports and feedback pages.")] = True,
    trust_submissions: TrustOption = False,
    cluster: Annotated[
        Optional[str],
        typer.Option("--cluster", metavar="ADDRESS", help="Grade on the workers of the Dask scheduler there, tcp://host:8786."),
    ] = None,
    profile: Annotated[bool, typer.Option("--profile", help="Say where the time went, stage by stage.")] = False,
    course: CourseOption = None,
) -> None:
    """Grade submissions and write marks, reports and feedback."""
    with _faults(), contextlib.ExitStack() as stack:
        from autograder import devices
        from autograder.course import lesson
        from autograder.grade import pool as local
        from autograder.grade import run
        from autograder.read import inbox
        from autograder.report import console
        from autograder.run import isolation, temporary

        loaded = _course(course)
        # a cluster's workers see the course's folder, and not this machine's temporary ones
        beside = loaded.work if cluster else None
        unpacked = stack.enter_context(temporary.Folder("zip", beside))
        crew: Crew
        if cluster:  # student code runs elsewhere, and each of those machines looks at its own wall
            from autograder.grade.cluster import Cluster

            fence, crew, where = isolation.fence(), Cluster(cluster, trust_submissions).grade_all, cluster
        else:
            fence, crew = isolation.require(trust_submissions), functools.partial(local.grade_all, count=jobs)
            where = f"isolation: {fence.level}"
        if trust_submissions:
            os.environ[devices.TRUSTED] = "1"
        known = lesson.assignments(loaded)
        names = [target for target in targets or [] if target in known]
        paths = [pathlib.Path(target) for target in targets or [] if target not in known]
        todo = [job for name in (names if targets else known) for job in inbox.submitted(loaded, name)]
        unclaimed: list[Report] = []
        if paths:
            more, unclaimed = inbox.by_path(loaded, paths, pathlib.Path(unpacked))
            todo += more
            record = record and not any(_is_the_courses_own(loaded, job.path) for job in more)
        if not todo and not unclaimed:
            place = ", ".join(names) or "any assignment"
            raise CourseError(f"nothing to grade: {loaded.submitted} holds no submission of {place}")
        plan = run.plan(loaded, todo, again or not record)
        tally = stack.enter_context(Tally(document=json_file is not None))
        for report in unclaimed:
            tally.add(report)
        _carry_out(plan, crew, tally, record, where, profile)
        screen_of = err if str(json_file) == "-" else out
        rows, held = tally.rows, tally.held
        screen_of.print(console.class_table(rows, plain=not screen_of.is_terminal))
        old = f" ({len(plan.known)} were graded before)" if plan.known else ""
        wall = ", ".join(sorted(tally.levels)) + f" (on {cluster})" if cluster else fence.in_words
        _say(f"{len(rows) - held} graded{old}, {held} held; isolation: {wall}", screen_of)
        if fence.level != isolation.FULL and not cluster:
            for hint in isolation.advice(fence):
                _say(f"for more isolation: {hint}", screen_of)
        if json_file is not None:
            _write_json(json_file, tally)
        if record:
            _say(f"marks: {loaded.db_url}\nfeedback: {loaded.work / 'feedback'}", screen_of)
    raise typer.Exit(1 if held else 0)


def _is_the_courses_own(course: config.Course, path: pathlib.Path) -> bool:
    """A source or released notebook: no student handed it in, so it does not belong in the gradebook."""
    return any(path.resolve().is_relative_to(folder) for folder in (course.source, course.release))


def _write_json(file: pathlib.Path, tally: Tally) -> None:
    if str(file) == "-":
        print("".join(tally.text()))
        return
    try:
        with file.open("w", encoding="utf-8") as stream:
            stream.writelines(tally.text())
            stream.write("\n")
    except OSError as error:
        raise CourseError(f"{file} can't be written: {error.strerror}") from None


@app.command()
def check(
    notebooks: Annotated[Optional[list[pathlib.Path]], typer.Argument(help="Your notebook, or several.")] = None,
    watch: Annotated[bool, typer.Option("--watch", help="Check again at every save, until Ctrl-C.")] = False,
    hint: Annotated[Optional[str], typer.Option("--hint", help="The next hint for this exercise, and nothing else.")] = None,
    course: CourseOption = None,
) -> None:
    """Check your own notebook: what is right, what is not, and why."""
    with _faults():
        from autograder import devices
        from autograder.commands.watch import Saves
        from autograder.course.hints import next_hint
        from autograder.grade.pool import Desk
        from autograder.read.inbox import assignment_of
        from autograder.report import console

        if not notebooks and hint is None:
            raise CourseError("name your notebook: autograder check NOTEBOOK.ipynb")
        notebooks = notebooks or []
        loaded = _course(course, near=notebooks[0] if notebooks else None)
        if hint is not None:
            _say(next_hint(loaded, hint))
            raise typer.Exit(0)
        os.environ[devices.TRUSTED] = "1"  # it is one's own
        desks: dict[str, Desk] = {}
        full = True
        saves = Saves(notebooks)

        def one(path: pathlib.Path) -> bool:
            assignment = assignment_of(loaded, path)
            desk = desks.setdefault(assignment, Desk(loaded, assignment))
            with err.status("checking", spinner="dots") if err.is_terminal else contextlib.nullcontext():
                report = desk.grade(path.resolve())
            out.rule(str(path)) if out.is_terminal else _say(f"{path}:")
            console.show_submission(out, report)
            return report.status != HELD and report.score == report.max_score

        try:
            for path in notebooks:
                if not path.is_file():
                    raise CourseError(f"{path}: no such notebook")
                full &= one(path)
            if watch:
                _say("watching; Ctrl-C ends it", err)
                for path in saves:
                    one(path)
        finally:
            for desk in desks.values():
                desk.close()
    raise typer.Exit(0 if full else 1)


@app.command()
def build(
    check_only: Annotated[bool, typer.Option("--check", help="Only say what has drifted; exit status 1 if anything has.")] = False,
    course: CourseOption = None,
) -> None:
    """Make release/ and solutions/ from source/."""
    with _faults():
        from autograder.course import build as building
        from autograder.course import scaffold

        loaded = _course(course)
        if check_only:
            drifted = [file for file in building.generated(loaded) if file.drifted]
            for file in drifted:
                _say(f"drifted: {file.path.relative_to(loaded.root)}")
            if drifted:
                _say("run `autograder build`")
                raise typer.Exit(1)
            out.print("nothing has drifted")
            return
        written = building.build(loaded)
        for file in written:
            _say(f"written: {file.path.relative_to(loaded.root)}")
        if not written:
            out.print("nothing to do")
        missing = scaffold.missing(loaded)
        for line in missing:
            _say(f"still missing: {line}")
    raise typer.Exit(1 if missing else 0)


@app.command()
def demo(
    folder: Annotated[pathlib.Path, typer.Option(help="Where the example class is made.")] = pathlib.Path("demo"),
    jobs: JobsOption = _default_jobs(),
    course: CourseOption = None,
) -> None:
    """Make a small example class, grade it, and write its gradebook and feedback."""
    with _faults():
        from autograder import digits
        from autograder.commands import demo as example
        from autograder.course import lesson
        from autograder.grade import pool, run
        from autograder.read import inbox
        from autograder.report import console
        from autograder.run import isolation

        try:
            work = example.work_folder(folder)
        except OSError as error:
            raise CourseError(str(error)) from None
        loaded = _course(course, work=work)
        names = lesson.assignments(loaded)
        chosen = lesson.load(loaded, "02-pixel-similarity" if "02-pixel-similarity" in names else names[0])
        about = example.make_class(loaded, chosen)
        _say(digits.find().sentence, err)
        _say(f"a class of {len(about)} in {loaded.submitted}:")
        for student, special in about.items():
            _say(f"  {student}: {special}")
        plan = run.plan(loaded, inbox.submitted(loaded, chosen.assignment), again=True)
        workers = functools.partial(pool.grade_all, count=jobs)
        tally = Tally()
        _carry_out(plan, workers, tally, record=True, where=f"isolation: {isolation.fence().level}")
        out.print(console.class_table(tally.rows, plain=not out.is_terminal))
        _say(f"marks: {loaded.db_url}\nfeedback: {work / 'feedback'}")


@app.command()
def bank(
    assignments: Annotated[Optional[list[str]], typer.Argument(help="Assignments; else all.")] = None,
    json_file: Annotated[Optional[pathlib.Path], typer.Option("--json", help="Write every row there.")] = None,
    only: Annotated[Optional[list[str]], typer.Option("--exercise", help="This exercise alone; may be given again.")] = None,
    jobs: JobsOption = _default_jobs(),
    course: CourseOption = None,
) -> None:
    """Try the graders on every known mistake and every right answer of the bank, and count."""
    with _faults():
        from autograder import devices
        from autograder.course import lesson
        from autograder.grade.pool import prove
        from autograder.report import console

        os.environ[devices.TRUSTED] = "1"  # the bank is the course's own
        loaded = _course(course)
        rows = []
        for assignment in assignments or lesson.assignments(loaded):
            with err.status(f"trying the bank of {assignment}") if err.is_terminal else contextlib.nullcontext():
                exercises = [name for name in lesson.load(loaded, assignment).exercises if not only or name in only]
                rows += [{"lesson": assignment, **row} for row in (prove(loaded, assignment, exercises, jobs) if exercises else [])]
        out.print(console.bank_table(rows, plain=not out.is_terminal))
        wrong = [row for row in rows if row["fault"] or (row["named"] != row["name"] if row["kind"] != "right" else row["lost"])]
        for row in wrong:
            named = f"named {row['named']!r}" if row["lost"] else "not caught"
            told = row["fault"] or (named if row["kind"] != "right" else f"loses {row['lost']}")
            _say(f"{row['lesson']} {row['exercise']} {row['kind']} {row['name']}: {told}")
        if json_file is not None:
            json_file.write_text(json.dumps(rows, indent=1) + "\n", encoding="utf-8")
    raise typer.Exit(1 if wrong else 0)


@app.command()
def doctor(course: CourseOption = None) -> None:
    """Say what this machine gives: isolation, device, data, versions, and what is missing."""
    with _faults():
        from autograder.commands.doctor import examine

        findings = examine(course)
        for finding in findings:
            mark = {True: "[green]ok[/]  ", False: "[red]no[/]  ", None: "    "}[finding.well]
            out.print(f"{mark}[bold]{finding.about}[/]: ", end="")
            _say(finding.found)
    raise typer.Exit(2 if any(finding.well is False for finding in findings) else 0)


instructor.add_to(app, _course, _faults, out)

if __name__ == "__main__":
    app()
