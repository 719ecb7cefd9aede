"""The same class through `autograder grade` and through plain `nbgrader autograde`, side by side in one run.

The plain course has the same hidden checks as assert cells in the notebook, as nbgrader means it, and the same imports; nbgrader's own Execute
starts a kernel for each submission. Prints submissions per minute of each, start-up included, and the ratio.

    python benchmarks/throughput.py [--students 12] [--plain 4]
"""

from __future__ import annotations

import argparse
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import time

from plain_course import ASSIGNMENT, ROOT, environment, fill, make_plain_course

from autograder import config, demo, diagnosis, lesson


def answers_of_class(course: config.Course, chosen: lesson.Lesson, count: int) -> list[dict[str, str]]:
    """Answers of `count` students: every second one right, the others with one mistake each from the bank."""
    right = demo.right_answers(chosen)
    mistakes = [
        entry
        for task in chosen.tasks
        for entry in diagnosis.read_bank(course.mistakes / chosen.notebook, task)
        if entry.kind == diagnosis.MISTAKE
    ]
    return [
        right if n % 2 == 0 else {**right, mistakes[n % len(mistakes)].exercise: mistakes[n % len(mistakes)].source} for n in range(count)
    ]


def timed(command: list[str], folder: pathlib.Path) -> float:
    """Seconds that a command takes; raises if it fails."""
    start = time.perf_counter()
    done = subprocess.run(command, cwd=folder, env=environment(folder), capture_output=True, text=True)
    if done.returncode:
        sys.exit(f"{' '.join(command)} failed:\n{done.stdout[-2000:]}{done.stderr[-4000:]}")
    return time.perf_counter() - start


def fill_class(folder: pathlib.Path, notebook: pathlib.Path, answers: list[dict[str, str]]) -> None:
    for number, mine in enumerate(answers):
        fill(folder, f"s{number:03}", notebook, mine)


def marks(database: pathlib.Path) -> dict[str, float]:
    from nbgrader.api import Gradebook

    with Gradebook(f"sqlite:///{database}") as book:
        return {submission.student.id: submission.score for submission in book.assignment_submissions(ASSIGNMENT)}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--students", type=int, default=24, help="submissions for autograder grade")
    parser.add_argument("--plain", type=int, default=6, help="submissions for plain nbgrader, the first of the same class")
    options = parser.parse_args()
    course = config.load(ROOT)
    chosen = lesson.load(course, ASSIGNMENT)
    answers = answers_of_class(course, chosen, options.students)
    with tempfile.TemporaryDirectory() as name:
        ours, plain = pathlib.Path(name) / "ours", pathlib.Path(name) / "plain"
        ours.mkdir()
        for part in ("source", "release", "solutions", "tests", "course_config.py", "nbgrader_config.py"):
            (ours / part).symlink_to(ROOT / part)
        fill_class(ours, course.release / ASSIGNMENT / chosen.path.name, answers)
        grade = [sys.executable, "-m", "autograder", "grade", "--course", str(ours)]
        timed(grade, ours)  # fills the cache of known mistakes, as the first run of a term does
        shutil.rmtree(ours / "reports")
        seconds_ours = timed(grade, ours)

        plain.mkdir()
        make_plain_course(course, chosen, plain, more="c.Execute.timeout = 120\n")
        nbgrader = [sys.executable, "-m", "nbgrader"]
        timed([*nbgrader, "generate_assignment", ASSIGNMENT], plain)
        fill_class(plain, plain / "release" / ASSIGNMENT / chosen.path.name, answers[: options.plain])
        seconds_plain = timed([*nbgrader, "autograde", ASSIGNMENT], plain)
        ours_marks, plain_marks = marks(ours / "gradebook.db"), marks(plain / "gradebook.db")

    rate_ours, rate_plain = 60 * options.students / seconds_ours, 60 * options.plain / seconds_plain
    full = max(ours_marks.values())
    agree = sum((ours_marks[student] == full) == (plain_marks[student] == max(plain_marks.values())) for student in plain_marks)
    print(
        f"autograder grade         {rate_ours:8.1f} submissions a minute  ({options.students} in {seconds_ours:.1f} s, {os.cpu_count()} cores)"
    )
    print(f"plain nbgrader autograde {rate_plain:8.1f} submissions a minute  ({options.plain} in {seconds_plain:.1f} s)")
    print(f"ratio                    {rate_ours / rate_plain:8.1f}")
    print(f"both say alike who has full marks: {agree} of {options.plain}")


if __name__ == "__main__":
    main()
