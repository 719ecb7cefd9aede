"""The floor: the same calls of the student's functions and the same comparisons in one warm process, with no isolation and no pytest.

Prints one JSON line: for each submission its CPU seconds, its seconds by the clock and how many of its checks passed; and what loading took.

    python -m benchmarks.floor 02-pixel-similarity NOTEBOOK...
"""

from __future__ import annotations

import contextlib
import importlib.util
import io
import json
import pathlib
import sys
import time
from typing import Any

import torch

from autograder import notebook
from autograder.course import config, lesson
from autograder.judge.pictures import Show
from autograder.judge.reference_cache import load_reference
from autograder.read import extract
from autograder.seeds import derived
from benchmarks import local_student

ROOT = pathlib.Path(__file__).parents[1]


def module(path: pathlib.Path) -> Any:
    spec = importlib.util.spec_from_file_location(f"floor_{path.stem}", path)
    assert spec is not None and spec.loader is not None
    loaded = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(loaded)
    return loaded


def checks_of(graders: Any) -> list[tuple[str, Any, tuple[str, ...]]]:
    """(name, function, the names of its arguments) of every check, the device's included, which is then called on the CPU."""
    return [
        (name, function, function.__code__.co_varnames[1 : function.__code__.co_argcount])
        for group in vars(graders).values()
        if isinstance(group, type) and group.__name__.startswith("Test")
        for name, function in vars(group).items()
        if name.startswith("test_") and not any(mark.name == "drawing" for mark in getattr(function, "pytestmark", ()))
    ]


def names_of(submission: extract.Submission) -> dict[str, Any]:
    """The namespace after the cells have run; a statement that fails is passed over, as the engine does."""
    names: dict[str, Any] = {"__name__": "__main__"}
    for run in submission.runs:
        try:
            exec(compile(run.source, run.name, "exec"), names)
        except Exception:
            continue
    return names


def main(assignment: str, paths: list[str]) -> None:
    torch.set_num_threads(1)
    course = config.load(ROOT)
    chosen = lesson.load(course, assignment)
    graders = module(course.graders / f"test_{chosen.notebook}.py")
    digits = module(course.graders / "conftest.py").digits.__wrapped__()
    reference = load_reference(course.solutions / f"{chosen.notebook}.py")
    checks = checks_of(graders)
    rows = []
    for path in [paths[0], *paths]:  # the first one twice: the first time imports what the lesson needs
        cpu, clock, passed = time.process_time(), time.perf_counter(), 0
        read = notebook.read(pathlib.Path(path), course.settings.notebook_bytes)
        student = local_student.Student(names_of(extract.extract(chosen, read, "floor")))
        for name, function, wanted in checks:
            seed = derived(course.settings.seed, f"rng:{name}", bits=32)
            torch.default_generator.manual_seed(seed)
            known = {
                "student": student, "on_device": student, "reference": reference, "digits": digits, "given": local_student.Given,
                "rng": torch.Generator().manual_seed(seed), "show": Show([]),
            }  # fmt: skip
            try:
                with contextlib.redirect_stdout(io.StringIO()):  # a training loop may print
                    function(None, **{name: known[name] for name in wanted})
                passed += 1
            except Exception:
                continue
        rows.append(
            {
                "cpu": time.process_time() - cpu,
                "clock": time.perf_counter() - clock,
                "passed": passed,
                "checks": len(checks),
            }
        )
    print(json.dumps(rows[1:]))


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2:])
