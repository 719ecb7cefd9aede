"""Settings that make nbgrader run the engine, and nbgrader's programs on the PATH. nbgrader is not imported here."""

from __future__ import annotations

import os
import sysconfig
from typing import Any

__all__ = ["find_programs", "run_engine_inside"]

# Strings, not classes: the formgrader sends its settings as JSON.
_STEPS = "autograder.nbgrader_steps"
_PAGES = "autograder.nbgrader.formgrader_pages"
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
    """Make nbgrader's commands and the formgrader's buttons run the engine. `c` is what `get_config()` returns."""
    c.GenerateAssignment.preprocessors = list(_GENERATE)
    c.Autograde.exporter_class = f"{_STEPS}.AutogradeExporter"
    # the engine has read the file itself, and the exporter returns the finished notebook
    c.Autograde.sanitize_preprocessors = []
    c.Autograde.autograde_preprocessors = []
    c.Autograde.pre_convert_hook = f"{_STEPS}.take_renamed"
    c.ExchangeFactory.collect = f"{_STEPS}.Collect"
    # what the formgrader shows is a stranger's HTML
    c.HTMLExporter.preprocessors = [f"{_PAGES}.clean_notebook"]
    c.HTMLExporter.filters = {
        "markdown2html": f"{_PAGES}.markdown2html",
        "strip_files_prefix": f"{_PAGES}.as_it_is",
    }
    c.GenerateFeedback.exporter_class = f"{_STEPS}.FeedbackExporter"
    c.GenerateFeedback.preprocessors = []


def find_programs() -> None:
    """Put this environment's programs on the PATH.

    nbgrader runs `alembic` to create a database, and would not find it in a virtual environment that is not activated.
    """
    scripts = sysconfig.get_path("scripts")
    if scripts not in os.environ.get("PATH", "").split(os.pathsep):
        os.environ["PATH"] = scripts + os.pathsep + os.environ.get("PATH", os.defpath)
