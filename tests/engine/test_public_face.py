"""The modules that graders, notebooks and course_config.py name offer exactly what these use: `__all__` says so."""

import ast
import importlib
import json

import pytest

from tests.support.harness import ROOT

PUBLIC = ("compare", "digits", "nbgrader_settings", "visible", "widgets")


def code_outside() -> list[str]:
    """The code of notebooks, graders and configuration."""
    notebooks = [
        json.loads(path.read_text()) for folder in ("source", "release") for path in (ROOT / folder).rglob("*.ipynb")
    ]
    cells = [
        "".join(cell["source"]) for notebook in notebooks for cell in notebook["cells"] if cell["cell_type"] == "code"
    ]
    files = [*(ROOT / "tests" / "graders").glob("*.py"), ROOT / "course_config.py", ROOT / "nbgrader_config.py"]
    return cells + [path.read_text() for path in files]


def used() -> dict[str, set[str]]:
    """Module of the engine -> the names of it that are used outside, imported or as an attribute."""
    found: dict[str, set[str]] = {}
    for source in code_outside():
        tree = ast.parse(source)
        modules = {}
        for node in ast.walk(tree):
            if isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] == "autograder":
                inside = node.module.removeprefix("autograder").removeprefix(".")
                for alias in node.names:
                    if inside:
                        found.setdefault(inside, set()).add(alias.name)
                    else:
                        modules[alias.asname or alias.name] = alias.name
        # a cell uses what an earlier one imported, under the module's own name
        for node in ast.walk(tree):
            if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
                module = modules.get(node.value.id, node.value.id if node.value.id in ("digits",) else "")
                if module in PUBLIC:
                    found.setdefault(module, set()).add(node.attr)
    return found


def test_nothing_else_of_the_engine_is_named_outside():
    assert set(used()) == set(PUBLIC)


@pytest.mark.parametrize("name", PUBLIC)
def test_what_is_used_outside_is_what_a_module_offers(name):
    module = importlib.import_module(f"autograder.{name}")
    names = used()[name]
    if name == "digits":  # notebooks and graders also have variables of this name
        names = {one for one in names if hasattr(module, one)}
    if name == "widgets":  # some are for the notebooks that a course adds
        assert names <= set(module.__all__)
    else:
        assert names == set(module.__all__)


def test_what_a_grader_asks_for_is_a_fixture_of_the_plugin():
    from autograder import plugin

    asked = set()
    for path in (ROOT / "tests" / "graders").glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.FunctionDef) and node.name.startswith("test_"):
                asked |= {argument.arg for argument in node.args.args}
    ours = asked - {"self", "digits", "tmp_path", "name", "number"}
    assert ours & set(plugin.__all__) == set(plugin.__all__)


def test_the_steps_that_nbgrader_loads_by_name_are_there():
    from traitlets.config import Config

    from autograder import nbgrader_steps
    from autograder.nbgrader_settings import run_engine_inside

    config = Config()
    run_engine_inside(config)
    named = set(str(config).replace("'", " ").replace(",", " ").split())
    prefix = "autograder.nbgrader_steps."
    assert {name.removeprefix(prefix) for name in named if name.startswith(prefix)} == set(nbgrader_steps.__all__)


def test_a_course_config_with_the_settings_written_out_keeps_working():
    """Courses made before `run_engine_inside` existed name every step, so these names never change."""
    from traitlets.config import Config

    from autograder.nbgrader_settings import run_engine_inside

    written_out, by_call = Config(), Config()
    written_out.GenerateAssignment.preprocessors = [
        "autograder.nbgrader_steps.CourseCells",
        "nbgrader.preprocessors.IncludeHeaderFooter",
        "nbgrader.preprocessors.LockCells",
        "nbgrader.preprocessors.ClearSolutions",
        "nbgrader.preprocessors.ClearOutput",
        "nbgrader.preprocessors.CheckCellMetadata",
        "nbgrader.preprocessors.ComputeChecksums",
        "nbgrader.preprocessors.SaveCells",
        "nbgrader.preprocessors.ClearHiddenTests",
        "nbgrader.preprocessors.ClearMarkScheme",
        "autograder.nbgrader_steps.LastStep",
    ]
    written_out.Autograde.exporter_class = "autograder.nbgrader_steps.AutogradeExporter"
    written_out.Autograde.sanitize_preprocessors = []
    written_out.Autograde.autograde_preprocessors = []
    written_out.Autograde.pre_convert_hook = "autograder.nbgrader_steps.take_renamed"
    written_out.GenerateFeedback.exporter_class = "autograder.nbgrader_steps.FeedbackExporter"
    written_out.GenerateFeedback.preprocessors = []
    run_engine_inside(by_call)
    # newer than the call: a file that writes the rest out works without, but has not their protection
    for newer in ("ExchangeFactory", "HTMLExporter"):
        del by_call[newer]
    assert by_call == written_out
