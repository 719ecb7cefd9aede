"""Every figure of speed and size, measured side by side on this machine and written to benchmarks/results.md.

    python -m benchmarks.run [--only ways,stages,latency,memory,soak] [--otter PYTHON] [--repeats 3]

The same submissions of lesson 02 and of lesson 04, with the same checks, go through (a) `autograder grade`, (b) `nbgrader autograde` with
the engine inside, (c) plain `nbgrader autograde`, (d) `otter run`, (e) the bare floor: floor.py. `--otter` names the Python of an environment
with otter-grader 7, torch and fastai; without it (d) is left out, and the table says so. A part that is not measured now is kept as it was.
Figures taken on a busy machine are worth little: the load is written beside them.
"""

from __future__ import annotations

import argparse
import datetime
import importlib.metadata
import json
import os
import pathlib
import platform
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from autograder.commands import demo
from autograder.course import config, lesson
from autograder.course.bank import MISTAKE, read_bank
from autograder.profile import STAGES
from autograder.run import isolation
from benchmarks import latency, measured, soak, worker_memory
from benchmarks.plain_course import ROOT, environment, fill, make_plain_course, plain_checks

RESULTS = ROOT / "benchmarks" / "results.md"
LESSONS = ("02-pixel-similarity", "04-mnist-sgd")
SMALL_CLASS = 4
"""Submissions of the class that tells what the first ones of two graders cost."""
OTTER_TEST = """OK_FORMAT = False
from otter.test_files import test_case

name = {name!r}
points = {points}


@test_case(points={points}, hidden=True)
def hidden_checks(env):
    exec({checks!r}, dict(env))
"""


def answers_of_class(course: config.Course, chosen: lesson.Lesson, count: int) -> list[dict[str, str]]:
    """Answers of `count` students: every second one right, the others with one mistake each from the bank."""
    right = demo.right_answers(chosen)
    mistakes = [
        entry
        for task in chosen.exercises
        for entry in read_bank(course.mistakes / chosen.notebook, task)
        if entry.kind == MISTAKE
    ]
    return [
        right if n % 2 == 0 else {**right, mistakes[n % len(mistakes)].exercise: mistakes[n % len(mistakes)].source}
        for n in range(count)
    ]


# ---------------------------------------------------------------- ways to grade a class


@dataclass
class Way:
    """A way to grade: `grade(count)` grades the first submissions of the class, all of them anew."""

    title: str
    grade: Callable[[int, bool], measured.Measured]
    many: int
    few: int = 1
    """Submissions of the class that tells what starting up costs: one for each process that grades side by side; 0 where each submission is
    a process of its own, so that there is nothing else to start."""
    samples: list[tuple[float, float]] = field(
        default_factory=list
    )  # seconds and CPU seconds for each further submission
    rates: list[float] = field(default_factory=list)  # submissions a minute, start-up included
    peak: int = 0

    def measure(self, last: bool) -> None:
        """One repeat: a class of `many` and, for what start-up costs, one of `few`; memory in a run of its own."""
        whole = self.grade(self.many, False)
        start = self.grade(self.few, False) if self.few else measured.Measured(0.0, 0.0, 0, "", "")
        further = self.many - self.few
        self.samples.append(((whole.seconds - start.seconds) / further, (whole.cpu - start.cpu) / further))
        self.rates.append(60 * self.many / whole.seconds)
        if last:
            self.peak = self.grade(min(self.many, 4) if self.few else 1, True).peak


def engines_course(
    folder: pathlib.Path, course: config.Course, chosen: lesson.Lesson, answers: list[dict[str, str]]
) -> pathlib.Path:
    folder.mkdir()
    for part in ("source", "release", "solutions", "tests", "course_config.py", "nbgrader_config.py"):
        (folder / part).symlink_to(ROOT / part)
    for number, mine in enumerate(answers):
        fill(folder, f"s{number:03}", course.release / chosen.assignment / chosen.path.name, mine)
    return folder


def plain_course(
    folder: pathlib.Path, course: config.Course, chosen: lesson.Lesson, answers: list[dict[str, str]]
) -> pathlib.Path:
    folder.mkdir()
    make_plain_course(course, chosen, folder, more="c.Execute.timeout = 300\n")
    measured.run(
        [sys.executable, "-m", "nbgrader", "generate_assignment", chosen.assignment], folder, environment(folder)
    )
    for number, mine in enumerate(answers):
        fill(folder, f"s{number:03}", folder / "release" / chosen.assignment / chosen.path.name, mine)
    return folder


def by_nbgrader(folder: pathlib.Path, assignment: str) -> Callable[[int, bool], measured.Measured]:
    def grade(count: int, memory: bool) -> measured.Measured:
        for name in ("autograded", "gradebook.db", "reports"):
            shutil.rmtree(folder / name, ignore_errors=True)
        (folder / "gradebook.db").unlink(missing_ok=True)
        line = [sys.executable, "-m", "nbgrader"]
        if (folder / "graders_conftest.py").exists():
            measured.run([*line, "generate_assignment", assignment, "--force"], folder, environment(folder))
        left_out = [path.name for path in (folder / "submitted").iterdir() if int(path.name[1:]) >= count]
        chosen = [f"--CourseDirectory.student_id_exclude={','.join(left_out)}"] if left_out else []
        return measured.run([*line, "autograde", assignment, *chosen], folder, environment(folder), memory)

    return grade


def by_otter(
    python: str, plain: pathlib.Path, course: config.Course, chosen: lesson.Lesson
) -> Callable[[int, bool], measured.Measured]:
    tests = plain / "otter-tests"
    tests.mkdir()
    (plain / "otter-out").mkdir()
    for name, checks in plain_checks(course, chosen).items():
        (tests / f"{name}.py").write_text(
            OTTER_TEST.format(name=name, points=chosen.exercises[name].points, checks=checks)
        )
    generate = [
        python,
        "-m",
        "otter",
        "generate",
        "--no-requirements",
        "--no-environment",
        "-t",
        str(tests),
        "-o",
        "autograder.zip",
    ]
    measured.run(generate, plain, environment(plain))
    loop = "import subprocess, sys\nfor path in sys.argv[1:]:\n    subprocess.run([sys.executable, '-m', 'otter', 'run', '--no-logo', '-a', 'autograder.zip', '-o', 'otter-out', path], check=True)\n"

    def grade(count: int, memory: bool) -> measured.Measured:
        paths = [f"submitted/s{number:03}/{chosen.assignment}/{chosen.path.name}" for number in range(count)]
        return measured.run([python, "-c", loop, *paths], plain, environment(plain), memory)

    return grade


def by_engine(folder: pathlib.Path) -> Callable[[int, bool], measured.Measured]:
    def grade(count: int, memory: bool) -> measured.Measured:
        part = folder.with_name(f"{folder.name}-{count}")
        if not part.exists():
            part.mkdir()
            for entry in folder.iterdir():
                if entry.is_symlink():
                    (part / entry.name).symlink_to(entry.resolve())
            for path in sorted((folder / "submitted").iterdir())[:count]:
                shutil.copytree(path, part / "submitted" / path.name)
        return measured.run(
            [sys.executable, "-m", "autograder", "grade", "--again", "--course", str(part)],
            part,
            environment(part),
            memory,
        )

    return grade


def ways(options: argparse.Namespace) -> str:
    lines = [
        "The same answers, every second one right, the others with one mistake; the same checks (on an accelerator only in (a), (b) and, on the",
        "CPU, in (e)). (a) uses all cores, the others have no such choice. Start-up: interpreters, imports, the warm parent; its share goes",
        f"down as classes grow. Medians of {options.repeats}, in brackets the least and the most.",
        "",
    ]
    course = config.load(ROOT)
    for assignment in options.lesson or LESSONS:
        chosen = lesson.load(course, assignment)
        answers = answers_of_class(course, chosen, max(options.students, options.peers))
        with tempfile.TemporaryDirectory(prefix="benchmark-") as name:
            place = pathlib.Path(name)
            ours = engines_course(place / "ours", course, chosen, answers)
            plain = plain_course(place / "plain", course, chosen, answers[: options.peers])
            found = [
                Way("(a) `autograder grade`", by_engine(ours), options.students, len(os.sched_getaffinity(0))),
                Way("(b) `nbgrader autograde`, the engine inside", by_nbgrader(ours, assignment), options.students),
                Way("(c) plain `nbgrader autograde`", by_nbgrader(plain, assignment), options.peers),
            ]
            if options.otter:
                found.append(Way("(d) `otter run`", by_otter(options.otter, plain, course, chosen), options.peers, 0))
            for count in (
                found[0].few,
                options.students,
            ):  # once a term: the bank's mistakes are run, a course's gradebook is made
                found[0].grade(count, False)
            floor: list[list[dict[str, float]]] = []
            for number in range(options.repeats):
                for way in found:
                    print(
                        f"{assignment}, repeat {number + 1} of {options.repeats}: {way.title}",
                        file=sys.stderr,
                        flush=True,
                    )
                    way.measure(last=number == options.repeats - 1)
                floor.append(bare(assignment, ours)[found[0].few :])
            alike = same_judgement(assignment, ours.with_name(f"ours-{options.students}"), plain)
            if alike[0] < alike[1]:
                sys.exit(
                    f"{assignment}: (a) and (c) say alike who has full marks for {alike[0]} of {alike[1]} only: not the same checks"
                )
        lines += table(assignment, chosen, found, floor, options)
        lines += [f"(a) and (c) say alike who has full marks: {alike[0]} of {alike[1]}.", ""]
    return "\n".join(lines)


def bare(assignment: str, ours: pathlib.Path, at_once: int = 1) -> list[dict[str, float]]:
    """What floor.py says of each submission of the class; of as many processes `at_once`, one after the other."""
    paths = sorted(map(str, (ours / "submitted").glob("*/*/*.ipynb")))
    line = [sys.executable, str(ROOT / "benchmarks" / "floor.py"), assignment, *paths]
    where: dict[str, Any] = {"cwd": ours, "env": {**environment(ours), "OMP_NUM_THREADS": "1"}}
    processes = [
        subprocess.Popen(line, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, **where) for _ in range(at_once)
    ]
    texts = [process.communicate()[0] for process in processes]
    if any(process.returncode for process in processes):
        sys.exit(f"{assignment}: floor.py ended with {[process.returncode for process in processes]}")
    return [row for text in texts for row in json.loads(text)]


def two_floors(assignment: str, ours: pathlib.Path) -> float:
    """How much more two bare floors at a time get done on this machine than one."""
    alone, together = (statistics.mean(row["clock"] for row in bare(assignment, ours, count)) for count in (1, 2))
    return 2 * alone / together


def same_judgement(assignment: str, ours: pathlib.Path, plain: pathlib.Path) -> tuple[int, int]:
    """Of how many submissions both gradebooks say that they have full marks, or that they have not; and of how many in all.

    The first one, whose answers are all right, says what full marks are: here and there a lesson has questions in words too.
    """
    from nbgrader.api import Gradebook

    full: list[dict[str, bool]] = []
    for folder in (ours, plain):
        with Gradebook(f"sqlite:///{folder / 'gradebook.db'}") as book:
            # questions in words wait for a person in both
            marks = {
                one.student.id: sum(part.code_score or 0.0 for part in one.notebooks)
                for one in book.assignment_submissions(assignment)
            }
        full.append({student: 0 < score == marks["s000"] for student, score in marks.items()})
    both = full[0].keys() & full[1].keys()
    return sum(full[0][student] == full[1][student] for student in both), len(both)


def spread(values: list[float], digits: int) -> str:
    return f"{statistics.median(values):.{digits}f} ({min(values):.{digits}f} to {max(values):.{digits}f})"


def table(
    assignment: str,
    chosen: lesson.Lesson,
    found: list[Way],
    floor: list[list[dict[str, float]]],
    options: argparse.Namespace,
) -> list[str]:
    """The table of a lesson. Of the floor, like of the ways, means over a class without its first submissions; a row of them a repeat."""
    lines = [
        f"### {assignment}, {len(chosen.exercises)} exercises, {int(floor[0][0]['checks'])} checks",
        "",
        "| | class | submissions a minute, start-up included | s for each further one | CPU s for each further one | memory at the most |",
        "| --- | --: | --: | --: | --: | --: |",
    ]
    for way in found:
        seconds, cpu = zip(*way.samples)
        lines.append(
            f"| {way.title} | {way.many} | {spread(way.rates, 1)} | {spread(list(seconds), 2)} | {spread(list(cpu), 2)} | {way.peak >> 20} MiB |"
        )
    if not options.otter:
        lines.append("| (d) `otter run` | left out: no `--otter PYTHON` was given | | | | |")
    clock, cpu = ([statistics.mean(row[kind] for row in rows) for rows in floor] for kind in ("clock", "cpu"))
    lines.append(f"| (e) the bare floor | {len(floor[0])} | | {spread(clock, 2)} | {spread(cpu, 2)} | |")
    seconds = {way.title[:3]: statistics.median(one for one, _ in way.samples) for way in found}
    work = {way.title[:3]: statistics.median(one for _, one in way.samples) for way in found}
    lines += ["", "| ratio, for each further submission | to reach | measured |", "| --- | --: | --: |"]
    lines.append(f"| (c) to (a), time | 100 | {seconds['(c)'] / seconds['(a)']:.1f} |")
    if "(d)" in seconds:
        lines.append(f"| (d) to (a), time | 50 | {seconds['(d)'] / seconds['(a)']:.1f} |")
    lines.append(f"| (c) to (b), time | 10 | {seconds['(c)'] / seconds['(b)']:.1f} |")
    lines.append(f"| (a) to (e), CPU | at most 1.5 | {work['(a)'] / statistics.median(cpu):.1f} |")
    return [*lines, ""]


# ---------------------------------------------------------------- where the time goes


def stages(options: argparse.Namespace) -> str:
    """What `--profile` prints, one grader and two, of a class and, for what the first submissions of a grader cost, of a small one."""
    course, lines = config.load(ROOT), []
    for assignment in options.lesson or LESSONS:
        chosen = lesson.load(course, assignment)
        few, many = SMALL_CLASS, options.students
        answers = answers_of_class(course, chosen, many)
        took: dict[tuple[int, int], list[float]] = {(jobs, count): [] for jobs in (1, 2) for count in (few, many)}
        with tempfile.TemporaryDirectory(prefix="benchmark-") as name:
            folders = {
                count: engines_course(pathlib.Path(name) / str(count), course, chosen, answers[:count])
                for count in (few, many)
            }
            grade = [sys.executable, "-m", "autograder", "grade", "--again", "--profile"]
            for number in range(options.repeats + 1):
                for jobs, count in took:
                    line = [*grade, "--course", str(folders[count]), "--jobs", str(jobs)]
                    text = measured.run(line, folders[count], environment(folders[count])).err
                    found = re.search(r"of start-up and ([\d.]+) s", text)
                    assert found, text
                    if number:  # the first round learns the bank
                        took[jobs, count].append(float(found[1]))
                    if (jobs, count) == (1, many):
                        profile = text
            machines = statistics.median(two_floors(assignment, folders[many]) for _ in range(options.repeats))
        seconds = {which: statistics.median(values) for which, values in took.items()}
        gain = (seconds[1, many] - seconds[1, few]) / (seconds[2, many] - seconds[2, few])
        lines += [f"### {assignment}, `--jobs 1`", "", "```", profile.strip(), "```", ""]
        lines += [
            f"Two graders take {gain:.2f} times less than one for each further submission (to reach: 1.8), and "
            f"{seconds[1, many] / seconds[2, many]:.2f} times for this class without start-up: each grader is slow over its first ones. "
            f"Two bare floors at a time get {machines:.2f} times as much done on this machine as one.",
            "",
        ]
        lines += large_classes(profile)
    return "\n".join(lines)


def large_classes(profile: str) -> list[str]:
    """What large classes would cost at these stages: all of them shared by the cores, but for those of the one process that writes."""
    each = {
        row[0]: float(row[1]) / 1000
        for line in profile.splitlines()
        if len(row := line.split()) > 2 and row[0] in {*STAGES, "all"}
    }
    writing = each["gradebook"] + each["page"]
    lines = [
        "| submissions | core-hours | minutes on 2 cores | on 16 | on 256 | of them at least, for the one writer |",
        "| --: | --: | --: | --: | --: | --: |",
    ]
    for count in (10_000, 1_000_000):
        minutes = [max(each["all"] * count / cores, writing * count) / 60 for cores in (2, 16, 256)]
        told = " | ".join(f"{value:,.0f}" for value in (*minutes, writing * count / 60))
        lines.append(f"| {count:,} | {each['all'] * count / 3600:,.1f} | {told} |")
    return [*lines, ""]


# ---------------------------------------------------------------- the document

PARTS: dict[str, tuple[str, Callable[[argparse.Namespace], str]]] = {
    "ways": ("Side by side", ways),
    "stages": ("Where the time goes", stages),
    "latency": ("Self-check", latency.measure),
    "memory": ("Memory of a worker", worker_memory.measure),
    "soak": ("Soak", soak.measure),
}


def machine() -> str:
    processor = next(
        (
            line.split(":")[1].strip()
            for line in pathlib.Path("/proc/cpuinfo").read_text().splitlines()
            if line.startswith("model name")
        ),
        "?",
    )
    names = ("torch", "fastai", "nbgrader", "pytest")
    versions = ", ".join(f"{name} {importlib.metadata.version(name)}" for name in names)
    cores = len(os.sched_getaffinity(0))
    return f"{cores} cores ({processor}), Linux {platform.release()}, Python {platform.python_version()}, {versions}; isolation: {isolation.fence().level}"


def otters_version(python: str) -> str:
    code = "import importlib.metadata as m; print('otter-grader', m.version('otter-grader'))"
    return subprocess.run([python, "-c", code], capture_output=True, text=True, check=True).stdout.strip()


def kept_parts() -> dict[str, str]:
    """Title -> text of the parts that the document has now."""
    text = RESULTS.read_text(encoding="utf-8") if RESULTS.exists() else ""
    return {part.partition("\n")[0].strip(): part.partition("\n")[2].strip() for part in text.split("\n## ")[1:]}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", default=",".join(PARTS), help="the parts to measure, with commas")
    parser.add_argument("--lesson", action="append", help="this lesson alone; may be given again")
    parser.add_argument("--otter", help="the Python of an environment with otter-grader")
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--students", type=int, default=48, help="submissions for the engine")
    parser.add_argument(
        "--peers", type=int, default=5, help="submissions for plain nbgrader and otter, the first of the same class"
    )
    parser.add_argument("--soak", type=int, default=10_000, help="submissions of the soak")
    options = parser.parse_args()
    wanted = options.only.split(",")
    if unknown := set(wanted) - PARTS.keys():
        parser.error(f"there is no part {', '.join(sorted(unknown))}: {', '.join(PARTS)}")
    parts = kept_parts()
    for name in wanted:
        title, measure = PARTS[name]
        before = os.getloadavg()[0]
        body = measure(options)
        about = f"{datetime.date.today():%d %B %Y}; {machine()}{'; ' + otters_version(options.otter) if options.otter and name == 'ways' else ''}."
        load = f"Load average when it began: {before:.1f}." + (
            " A busy machine: take the ratios, if anything." if before > 1.2 else ""
        )
        parts[title] = f"{about} {load}\n\n{body.strip()}"
        text = "# Speed and size, measured\n\nWritten by `python -m benchmarks.run`; docs/scale.md says what follows from it.\n"
        text += "".join(f"\n## {title}\n\n{parts[title]}\n" for title, _ in PARTS.values() if title in parts)
        RESULTS.write_text(text, encoding="utf-8")
        print(f"{title}: written to {RESULTS}", flush=True)


if __name__ == "__main__":
    main()
