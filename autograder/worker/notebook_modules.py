"""The package `autograder` as a student's cells find it in a worker: the visible examples, no data and no widgets.

The engine's own folder is not readable here but for the few files of the examples; what is imported from it is imported
before the first fork.
"""

from __future__ import annotations

import importlib
import pathlib
import sys
import types
from typing import Any, NoReturn

from . import cell_text

_ABSENT = {
    "digits": "the digits are not loaded while grading: a function should use its arguments only",
    "widgets": "nothing is drawn while grading: what an answer needs should not depend on a widget",
}
"""Modules that a cell can import names from, and why calling these fails."""
FILES = ("compare.py", "visible.py", "png.py", "errors.py", "results.py", "kinds.py", "snapshots.py", "told_sizes.py")
"""The files of the engine's folder that are readable in a worker, beside the worker's own folder."""


class NotWhileGrading(RuntimeError):
    """A cell asked for something that a worker does not have."""


def _refusing(name: str) -> types.ModuleType:
    """A module that has whatever a cell imports from it; calling that fails."""
    module = types.ModuleType(f"autograder.{name}")

    def refuse(*args: Any, **kwargs: Any) -> NoReturn:
        raise NotWhileGrading(_ABSENT[name])

    def get(attribute: str) -> Any:
        if attribute.startswith("__"):
            raise AttributeError(attribute)
        return refuse

    module.__getattr__ = get  # type: ignore[method-assign]
    return module


def install() -> None:
    """Make `autograder`, its `visible`, `compare`, `digits` and `widgets` importable, and no more."""
    package = types.ModuleType("autograder")
    package.__path__ = [str(pathlib.Path(__file__).parents[1])]
    worker = sys.modules[__package__ or "worker"]
    sys.modules.update({"autograder": package, "autograder.worker": worker})
    for name in [name for name in sys.modules if name.startswith("worker.")]:
        sys.modules[f"autograder.{name}"] = sys.modules[name]
    package.worker = worker  # type: ignore[attr-defined]
    for name in ("results", "errors", "kinds", "snapshots", "told_sizes", "png", "compare", "visible"):
        setattr(package, name, importlib.import_module(f"autograder.{name}"))
    for name in _ABSENT:
        sys.modules[f"autograder.{name}"] = _refusing(name)
        setattr(package, name, sys.modules[f"autograder.{name}"])
    package.__path__ = []


def run_examples(source: str, names: dict[str, Any]) -> list[list[Any]]:
    """[passed, sentence, reason] of each line that a check cell shows."""
    visible: Any = sys.modules["autograder.visible"]
    shown: list[list[Any]] = []
    show = visible._show

    def keep(exercise: str, lines: list[Any], pictures: Any) -> None:
        shown.extend([line.passed, line.sentence[:300], line.reason[:500]] for line in lines[:100])

    names["examples"] = visible.examples
    visible._show = keep
    try:
        exec(compile(cell_text.parse(cell_text.as_python(source)), "<examples>", "exec"), names)
    finally:
        visible._show = show
    return shown
