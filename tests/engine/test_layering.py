"""The engine's modules import one way only, and what runs beside student code imports nothing of the rest."""

import ast
import graphlib
import pathlib
import subprocess
import sys
import tempfile

ENGINE = pathlib.Path(__file__).parents[2] / "autograder"
MODULES = {
    "autograder"
    + "".join(f".{part}" for part in path.relative_to(ENGINE).with_suffix("").parts if part != "__init__"): path
    for path in ENGINE.rglob("*.py")
}


def imports(name: str) -> set[str]:
    """The engine's modules that a module imports, anywhere in its code."""
    package = name.split(".") if MODULES[name].stem == "__init__" else name.split(".")[:-1]
    found = set()
    for node in ast.walk(ast.parse(MODULES[name].read_text())):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            base = ".".join(
                package[: len(package) - node.level + 1] * bool(node.level) + [node.module] * bool(node.module)
            )
            found |= {base} | {f"{base}.{alias.name}" for alias in node.names}
    return (found & MODULES.keys()) - {name, "autograder"}


# From the ground up: a module imports its own layer and what stands before it. A package's name stands for all of its modules.
GROUND = (
    "autograder", "errors", "results", "files", "json_size", "notebook", "devices", "profile", "seeds", "png", "hidden_characters", "kinds", "snapshots", "told_sizes", "compare", "visible", "digit_arrays", "digits", "nbgrader_settings",
)  # fmt: skip
UNDER_GRADES = (
    (*GROUND, "worker"), ("course",), ("read",), ("run",), ("judge",), ("plugin",), ("grade",), ("nbgrader_steps", "commands"), ("__main__",),
)  # fmt: skip
UNDER_PAGES = (
    (*GROUND,),
    ("course",),
    ("report",),
    ("nbgrader",),
    ("grade",),
    ("nbgrader_steps", "commands"),
    ("__main__",),
)
UNDER_NOTEBOOKS = ((*GROUND,), ("widgets",))  # nothing of the engine uses the widgets
ORDERS = (UNDER_GRADES, UNDER_PAGES, UNDER_NOTEBOOKS)


def room(name: str) -> str:
    """The layer's word for a module: its package, or its own name at the top level."""
    parts = name.split(".")
    return parts[0] if len(parts) == 1 else parts[1]


def below(name: str) -> set[str]:
    """The rooms that a room may import from: its own, and all that stand before it in an order that names it."""
    allowed = {name}
    for order in ORDERS:
        for number, layer in enumerate(order):
            if name in layer:
                allowed |= {other for lower in order[: number + 1] for other in lower}
    return allowed


def test_every_module_has_a_layer():
    named = {name for order in ORDERS for layer in order for name in layer}
    assert {room(name) for name in MODULES} == named


def test_no_arrow_runs_back_up():
    """Lazy imports, and those for type checkers alone, are arrows too."""
    assert sum(len(imports(name)) for name in MODULES) > 100  # the arrows were really read
    wrong = sorted((name, used) for name in MODULES for used in imports(name) if room(used) not in below(room(name)))
    assert wrong == []


def test_no_cycles():
    graph = {name: imports(name) for name in MODULES}
    list(graphlib.TopologicalSorter(graph).static_order())  # raises CycleError with the cycle


def test_the_worker_imports_itself_stdlib_numpy_and_torch():
    # IPython transforms cells with magics, as it does in the student's notebook
    allowed = {"numpy", "torch", "pandas", "IPython", "worker"} | set(sys.stdlib_module_names)
    for name in MODULES:
        if name.startswith("autograder.worker"):
            assert all(module.startswith("autograder.worker") for module in imports(name)), name
            for node in ast.walk(ast.parse(MODULES[name].read_text())):
                if isinstance(node, ast.Import):
                    assert {alias.name.split(".")[0] for alias in node.names} <= allowed, name
                elif isinstance(node, ast.ImportFrom) and node.level == 0:
                    assert node.module.split(".")[0] in allowed, name


def test_only_the_command_line_looks_for_the_course():
    users = {name for name in MODULES if "find_root(" in MODULES[name].read_text()}
    assert users == {
        "autograder.commands.shared",
        "autograder.course.config",
        "autograder.plugin",
        "autograder.commands.doctor",
    }


def test_the_engine_never_names_the_digits():
    """Another course is another set of notebooks; only the course's data and what shows it know what the pictures are."""
    for name, path in MODULES.items():
        if name not in (
            "autograder.digits",
            "autograder.digit_arrays",
            "autograder.course.data",
            "autograder.widgets.pad",
        ):
            tree = ast.parse(path.read_text())
            for node in ast.walk(tree):
                body = getattr(node, "body", None)
                if isinstance(body, list):  # what is said about the code is not the code: a text on its own is dropped
                    node.body = [
                        line
                        for line in body
                        if not (isinstance(line, ast.Expr) and isinstance(line.value, ast.Constant))
                    ]
            assert "mnist" not in ast.unparse(tree).lower(), name


def test_a_notebook_loads_what_draws_only_when_it_draws():
    code = (
        "import sys, autograder.widgets\n"
        "print(*{'ipywidgets', 'anywidget', 'matplotlib', 'IPython', 'PIL', 'traitlets'} & sys.modules.keys())"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=ENGINE.parent, check=True)
    assert done.stdout == "\n"


def test_a_command_starts_without_what_takes_seconds_to_import():
    """The grader's process imports torch while its warm parent does; the command itself, and the start of that process, go without."""
    script = (
        "import sys, autograder.commands.app, autograder.grade.pool, autograder.read.inbox, autograder.run.isolation, autograder.grade.run, autograder.report.console\n"
        "import autograder.judge.process\n"
        "print(*{'torch', 'numpy', 'pytest', 'nbgrader', 'dask'} & sys.modules.keys())\n"
        "from autograder.nbgrader.gradebook import Gradebook\n"
        "from autograder.course import config\n"
        "with Gradebook(config.load(config.pathlib.Path(sys.argv[1]))) as book:\n"
        "    print(*(name for name in sys.modules if name.startswith(('torch.', 'lark.', 'rfc3987'))))\n"
    )
    with tempfile.TemporaryDirectory() as folder:
        (pathlib.Path(folder) / "course_config.py").write_text("c = get_config()\n")
        done = subprocess.run(
            [sys.executable, "-c", script, folder], capture_output=True, text=True, cwd=ENGINE.parent, check=True
        )
        assert (pathlib.Path(folder) / "gradebook.db").is_file()
    assert done.stdout == "\n\n"
