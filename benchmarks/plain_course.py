"""A lesson as nbgrader alone would have it: the hidden graders as assert cells of plain Python. For the benchmarks that compare with others."""

from __future__ import annotations

import ast
import json
import os
import pathlib
import shutil
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from autograder.course import config, lesson

ROOT = pathlib.Path(__file__).parents[1]
ASSIGNMENT = "02-pixel-similarity"


def _decorators(node: ast.stmt) -> list[str]:
    return [ast.unparse(decorator) for decorator in getattr(node, "decorator_list", [])]


def plain_checks(course: config.Course, chosen: lesson.Lesson) -> dict[str, str]:
    """Exercise -> its hidden checks as one cell of plain Python: the graders' own code, with the answers called in place."""
    path = course.graders / f"test_{chosen.notebook}.py"
    tree = ast.parse(path.read_text())
    helpers = [
        node for node in tree.body
        if not isinstance(node, (ast.ClassDef, ast.Import, ast.ImportFrom, ast.Expr)) and "pytest.fixture" not in _decorators(node)
    ]  # fmt: skip
    reference = (course.solutions / f"{chosen.notebook}.py").read_text()
    cells = {}
    for node in tree.body:
        if not isinstance(node, ast.ClassDef):
            continue
        name = next(
            d.args[0].value for d in node.decorator_list if isinstance(d, ast.Call) and d.func.attr == "exercise"
        )
        body = [
            "import types, zlib, torch",
            "import graders_conftest, local_student",
        ]
        body += [f"from {line.module} import {', '.join(a.name for a in line.names)}" for line in tree.body
                 if isinstance(line, ast.ImportFrom) and line.module != "__future__"]  # fmt: skip
        body += [
            f"import {alias.name}"
            for line in tree.body
            if isinstance(line, ast.Import)
            for alias in line.names
            if alias.name != "pytest"
        ]
        body += [f"exec({reference!r}, (_reference := {{}}))", "reference = types.SimpleNamespace(**_reference)"]
        body += [
            "student = local_student.Student({n: globals()[n] for n in "
            + repr(sorted(chosen.exercises))
            + " if n in globals()})"
        ]
        body += [ast.unparse(helper) for helper in helpers]
        for test in node.body:
            if not isinstance(test, ast.FunctionDef) or "pytest.mark.drawing" in _decorators(test):
                continue
            if not any(arg.arg == "on_device" for arg in test.args.args):
                test.decorator_list = []
                body.append(ast.unparse(test))
                given = {
                    "rng": "torch.Generator().manual_seed(1)",
                    "digits": "graders_conftest.digits()",
                    "self": "None",
                }
                given |= {
                    "student": "student",
                    "reference": "reference",
                    "show": "graders_conftest.show",
                    "given": "local_student.Given",
                }
                body.append(f"{test.name}({', '.join(given[arg.arg] for arg in test.args.args)})")
        cells[name] = "\n".join(body)
    return cells


def make_plain_course(
    course: config.Course, chosen: lesson.Lesson, folder: pathlib.Path, only: str | None = None, more: str = ""
) -> None:
    """A course as nbgrader alone would have it: the checks are hidden tests in the source notebook. `only`: one exercise and the set-up cells,
    nothing else. `more`: further lines of its configuration."""
    checks = plain_checks(course, chosen)
    notebook = json.loads(chosen.path.read_text())
    for cell in notebook["cells"]:
        grade_id = cell["metadata"].get("nbgrader", {}).get("grade_id", "")
        if grade_id.startswith("test_"):
            cell["source"] = (
                "### BEGIN HIDDEN TESTS\n" + checks[grade_id.removeprefix("test_")] + "\n### END HIDDEN TESTS"
            )
        if "narrative" in cell["metadata"].get("tags", []):
            cell["source"] = ""
    if only is not None:
        kept = {"setup", only, f"test_{only}"}
        notebook["cells"] = [
            cell for cell in notebook["cells"] if cell["metadata"].get("nbgrader", {}).get("grade_id") in kept
        ]
    path = folder / "source" / chosen.assignment / chosen.path.name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(notebook))
    (folder / "nbgrader_config.py").write_text("c = get_config()\nc.CourseDirectory.course_id = 'plain'\n" + more)
    conftest = (
        (course.graders / "conftest.py")
        .read_text()
        .replace("@pytest.fixture", "@(lambda *a, **k: a[0] if a else (lambda f: f))")
    )
    (folder / "graders_conftest.py").write_text(conftest + "\n\nfrom autograder.plugin import Show\nshow = Show([])\n")
    shutil.copy(ROOT / "benchmarks" / "local_student.py", folder)


def environment(folder: pathlib.Path) -> dict[str, str]:
    """The variables with which nbgrader's commands and its kernels find the engine's comparisons and the course's own modules."""
    return {
        **os.environ,
        "PYTHONPATH": f"{ROOT}{os.pathsep}{folder}",
        "PATH": f"{pathlib.Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
    }


def fill(course_folder: pathlib.Path, student: str, notebook: pathlib.Path, answers: dict[str, str]) -> None:
    """Hand in the released notebook of an assignment with some cells replaced: grade_id -> source."""
    filled = json.loads(notebook.read_text())
    for cell in filled["cells"]:
        grade_id = cell["metadata"].get("nbgrader", {}).get("grade_id", "")
        if grade_id in answers:
            cell["source"] = answers[grade_id]
    folder = course_folder / "submitted" / student / notebook.parent.name
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    (folder / notebook.name).write_text(json.dumps(filled))
