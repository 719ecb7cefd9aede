"""The same class through `autograder grade` and through plain `nbgrader autograde`, side by side in one run.

The plain course has the same hidden checks as assert cells in the notebook, as nbgrader means it, and the same imports; nbgrader's own Execute
starts a kernel for each submission. Prints submissions per minute of each, start-up included, and the ratio.

    python benchmarks/throughput.py [--students 12] [--plain 4]
"""

from __future__ import annotations

import argparse
import ast
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import time

from autograder import config, demo, diagnosis, lesson

ROOT = pathlib.Path(__file__).parents[1]
ASSIGNMENT = "02-pixel-similarity"


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


def plain_checks(course: config.Course, chosen: lesson.Lesson) -> dict[str, str]:
    """Exercise -> its hidden checks as one cell of plain Python: the graders' own code, with the answers called in place."""
    path = course.graders / f"test_{chosen.notebook}.py"
    tree = ast.parse(path.read_text())
    helpers = [node for node in tree.body if not isinstance(node, (ast.ClassDef, ast.Import, ast.ImportFrom, ast.Expr))]
    reference = (course.solutions / f"{chosen.notebook}.py").read_text()
    cells = {}
    for node in tree.body:
        if not isinstance(node, ast.ClassDef):
            continue
        name = next(d.args[0].value for d in node.decorator_list if isinstance(d, ast.Call) and d.func.attr == "exercise")
        body = ["import types, zlib, torch", "import graders_conftest", "from autograder.compare import expect, unchanged"]
        body += [f"from {line.module} import {', '.join(a.name for a in line.names)}" for line in tree.body
                 if isinstance(line, ast.ImportFrom) and line.module not in ("__future__", "autograder.compare")]  # fmt: skip
        body += [
            f"import {alias.name}" for line in tree.body if isinstance(line, ast.Import) for alias in line.names if alias.name != "pytest"
        ]
        body += [f"exec({reference!r}, (_reference := {{}}))", "reference = types.SimpleNamespace(**_reference)"]
        body += ["student = types.SimpleNamespace(**{n: globals()[n] for n in " + repr(sorted(chosen.tasks)) + " if n in globals()})"]
        body += [ast.unparse(helper) for helper in helpers]
        for test in node.body:
            if isinstance(test, ast.FunctionDef) and not any(arg.arg == "on_device" for arg in test.args.args):
                test.decorator_list = []
                body.append(ast.unparse(test))
                given = {"rng": "torch.Generator().manual_seed(1)", "digits": "graders_conftest.digits()", "self": "None"}
                given |= {"student": "student", "reference": "reference", "show": "lambda *a: None"}
                body.append(f"{test.name}({', '.join(given[arg.arg] for arg in test.args.args)})")
        cells[name] = "\n".join(body)
    return cells


def make_plain_course(course: config.Course, chosen: lesson.Lesson, folder: pathlib.Path) -> None:
    """A course as nbgrader alone would have it: the checks are hidden tests in the source notebook."""
    checks = plain_checks(course, chosen)
    notebook = json.loads(chosen.path.read_text())
    for cell in notebook["cells"]:
        grade_id = cell["metadata"].get("nbgrader", {}).get("grade_id", "")
        if grade_id.startswith("test_"):
            cell["source"] = "### BEGIN HIDDEN TESTS\n" + checks[grade_id.removeprefix("test_")] + "\n### END HIDDEN TESTS"
        if "narrative" in cell["metadata"].get("tags", []):
            cell["source"] = ""
    path = folder / "source" / ASSIGNMENT / chosen.path.name
    path.parent.mkdir(parents=True)
    path.write_text(json.dumps(notebook))
    (folder / "nbgrader_config.py").write_text("c = get_config()\nc.CourseDirectory.course_id = 'plain'\nc.Execute.timeout = 120\n")
    conftest = (course.graders / "conftest.py").read_text().replace("@pytest.fixture", "@(lambda *a, **k: a[0] if a else (lambda f: f))")
    (folder / "graders_conftest.py").write_text(conftest)


def timed(command: list[str], folder: pathlib.Path) -> float:
    """Seconds that a command takes; raises if it fails."""
    environment = {
        **os.environ,
        "PYTHONPATH": f"{ROOT}{os.pathsep}{folder}",
        "PATH": f"{pathlib.Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
    }
    start = time.perf_counter()
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True)
    if done.returncode:
        sys.exit(f"{' '.join(command)} failed:\n{done.stdout[-2000:]}{done.stderr[-4000:]}")
    return time.perf_counter() - start


def fill(course: config.Course, chosen: lesson.Lesson, folder: pathlib.Path, answers: list[dict[str, str]], notebook: pathlib.Path) -> None:
    for number, mine in enumerate(answers):
        filled = json.loads(notebook.read_text())
        for cell in filled["cells"]:
            grade_id = cell["metadata"].get("nbgrader", {}).get("grade_id", "")
            if grade_id in mine:
                cell["source"] = mine[grade_id]
        path = folder / "submitted" / f"s{number:03}" / ASSIGNMENT / chosen.path.name
        path.parent.mkdir(parents=True)
        path.write_text(json.dumps(filled))


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
        fill(course, chosen, ours, answers, course.release / ASSIGNMENT / chosen.path.name)
        grade = [sys.executable, "-m", "autograder", "grade", "--course", str(ours)]
        timed(grade, ours)  # fills the cache of known mistakes, as the first run of a term does
        shutil.rmtree(ours / "reports")
        seconds_ours = timed(grade, ours)

        plain.mkdir()
        make_plain_course(course, chosen, plain)
        nbgrader = [sys.executable, "-m", "nbgrader"]
        timed([*nbgrader, "generate_assignment", ASSIGNMENT], plain)
        fill(course, chosen, plain, answers[: options.plain], plain / "release" / ASSIGNMENT / chosen.path.name)
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
