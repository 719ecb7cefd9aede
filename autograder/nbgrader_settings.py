"""How nbgrader runs the engine: the settings for it, and its programs on the PATH. nbgrader is not imported here."""

from __future__ import annotations

import os
import sysconfig
from typing import Any

__all__ = ["find_programs", "run_engine_inside"]

# Names, not classes: the formgrader sends its settings as JSON.
_STEPS = "autograder.nbgrader_steps"
_GENERATE = [
    f"{_STEPS}.CourseCells",
    "nbgrader.preprocessors.IncludeHeaderFooter",
    "nbgrader.preprocessors.LockCells",
    "nbgrader.preprocessors.ClearSolutions",
    "nbgrader.preprocessors.ClearOutput",
    "nbgrader.preprocessors.CheckCellMetadata",
    "nbgrader.preprocessors.ComputeChecksums",
    "nbgrader.preprocessors.SaveCells",
    "nbgrader.preprocessors.ClearHiddenTests",
    "nbgrader.preprocessors.ClearMarkScheme",
    f"{_STEPS}.LastStep",
]


def run_engine_inside(c: Any) -> None:
    """Let nbgrader's own commands, and the formgrader's buttons, run the engine. `c` is what `get_config()` gives."""
    c.GenerateAssignment.preprocessors = list(_GENERATE)
    c.Autograde.exporter_class = f"{_STEPS}.AutogradeExporter"
    c.Autograde.sanitize_preprocessors = []
    c.Autograde.autograde_preprocessors = []
    c.Autograde.pre_convert_hook = f"{_STEPS}.take_renamed"
    c.GenerateFeedback.exporter_class = f"{_STEPS}.FeedbackExporter"
    c.GenerateFeedback.preprocessors = []


def find_programs() -> None:
    """Put this environment's programs on the PATH.

    nbgrader calls one, `alembic`, to make a new database; where a virtual environment is not activated it would not
    find it.
    """
    scripts = sysconfig.get_path("scripts")
    if scripts not in os.environ.get("PATH", "").split(os.pathsep):
        os.environ["PATH"] = scripts + os.pathsep + os.environ.get("PATH", os.defpath)
