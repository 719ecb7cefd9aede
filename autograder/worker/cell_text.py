"""A cell's text as Python, and what can be told of it without running it.

IPython transforms what is not plain Python, exactly as in the student's notebook: magics, shell lines, `>>>` prompts, a
cell that is indented as a whole. Magics that run code run it here too; the others are left out, and a note says so.
"""

from __future__ import annotations

import ast
import pathlib
import sys
import warnings
from collections.abc import Callable
from typing import Any

from . import newer_python

_RUN_THEIR_TEXT = frozenset(("time", "capture", "prun", "memit"))
"""Magics whose text is Python that runs in the notebook's namespace."""
_SILENT = frozenset(
    (
        "matplotlib", "config", "load_ext", "reload_ext", "autoreload", "pip", "conda", "pylab", "precision", "xmode",
        "pdb", "automagic", "env", "cd", "pwd", "who", "whos", "reset_selective", "history", "pinfo", "pinfo2", "pdoc",
        "psource", "html", "HTML", "markdown", "latex", "svg", "javascript", "js",
    )
)  # fmt: skip
"""Magics that set up a notebook or show something: leaving them out changes no answer, so nothing is said."""
_MOST_NAMES = 400


def parse(text: str) -> ast.Module:
    """The syntax tree of plain Python; raises what `ast.parse` raises. Warnings about a student's code are not ours."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return ast.parse(text)


def as_python(text: str) -> str:
    """The cell as Python. Text that neither Python nor IPython understands comes back as it is."""
    try:
        parse(text)
        return text
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        pass
    from IPython.core.inputtransformer2 import TransformerManager

    try:
        return str(TransformerManager().transform_cell(text))
    except Exception:
        return text


class Shell:
    """Stands in for IPython's shell. `run(text, keep)` runs a text in the notebook's namespace and gives the value of
    an expression; without `keep`, what it defines is dropped.
    """

    def __init__(self, run: Callable[[str, bool], Any]) -> None:
        self._run = run
        self.left_out: set[str] = set()

    def run_cell_magic(self, name: str, line: str, body: str) -> Any:
        if name in _RUN_THEIR_TEXT or name == "timeit":
            return self._run(as_python(body), name != "timeit")
        if name in ("writefile", "file"):
            return _write(line, body)
        return self._leave_out(f"%%{name}")

    def run_line_magic(self, name: str, line: str, *args: Any, **kwargs: Any) -> Any:
        if name in _RUN_THEIR_TEXT or name == "timeit":
            return self._run(line, name != "timeit")
        return self._leave_out(f"%{name}")

    magic = run_line_magic

    def system(self, command: str = "") -> None:
        self._leave_out("!")

    def getoutput(self, command: str = "", *args: Any, **kwargs: Any) -> list[str]:
        self._leave_out("!")
        return []

    def _leave_out(self, name: str) -> None:
        if name.lstrip("%") not in _SILENT and len(self.left_out) < 20:
            self.left_out.add(name[:40])

    def __getattr__(self, name: str) -> Callable[..., None]:
        return lambda *args, **kwargs: None


def _write(line: str, body: str) -> None:
    """`%%writefile`: a module of the student's own, in the worker's scratch folder, where imports find it."""
    words = [word for word in line.split() if not word.startswith("-")]
    if words:
        pathlib.Path(pathlib.PurePath(words[-1].strip("'\"")).name).write_text(body)
        if "" not in sys.path:
            sys.path.append("")


# ---------------------------------------------------------------- facts


def facts(text: str) -> dict[str, Any]:
    """What a cell's text says: a table of plain data, for a grader that never parses a student's text itself.

    `defines`: name -> names that its definition reads. `aliases`: pairs of names for one thing. `empty`: functions with
    only a docstring, `pass` or `...`. `imports`: modules. `touches`: all names and attributes in it. `statements`:
    [first line, last line, names that it makes]. `syntax`: None, or what is wrong where the text is not Python, and the
    version that could read it.
    """
    table: dict[str, Any] = {"defines": {}, "empty": [], "aliases": [], "syntax": None}
    try:
        tree = parse(as_python(text))
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        return {**table, "syntax": _problem(text, error)}
    for statement in tree.body:
        names, reads = _bound(statement), sorted(_read(statement))[:_MOST_NAMES]
        for name in sorted(names)[:_MOST_NAMES]:
            table["defines"].setdefault(name, []).extend(reads)
        if isinstance(statement, ast.Assign) and isinstance(statement.value, ast.Name):
            table["aliases"] += [[name, statement.value.id] for name in sorted(names)]
        if isinstance(statement, (ast.FunctionDef, ast.AsyncFunctionDef)):
            if _is_empty(statement):
                table["empty"].append(statement.name)
            elif statement.name in table["empty"]:
                table["empty"].remove(statement.name)
    table["reads"] = sorted(_read(tree))[:_MOST_NAMES]
    table["imports"] = sorted(_imported(tree))[:_MOST_NAMES]
    table["touches"] = sorted(_touched(tree))[:_MOST_NAMES]
    table["statements"] = [
        [one.lineno, one.end_lineno, sorted(_bound(one))[:_MOST_NAMES]] for one in tree.body[:_MOST_NAMES]
    ]
    return table


def _problem(text: str, error: BaseException) -> dict[str, Any]:
    line, message = (error.lineno, error.msg) if isinstance(error, SyntaxError) else (None, "")
    return {"type": type(error).__name__, "message": message, "line": line, "newer": newer_python.needed(text)}


def _is_empty(function: ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
    """Whether a function has no code: a docstring, `pass` and `...` are none."""
    return all(
        isinstance(line, ast.Pass) or (isinstance(line, ast.Expr) and isinstance(line.value, ast.Constant))
        for line in function.body
    )


def _bound(statement: ast.stmt) -> set[str]:
    """The names that a statement gives a value when it runs: not those inside the functions that it defines."""
    made: set[str] = set()
    waiting: list[ast.AST] = [statement]
    while waiting:
        node = waiting.pop()
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            made.add(node.name)
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            made.add(node.id)
        elif isinstance(node, ast.alias):
            made.add(node.asname or node.name.split(".")[0])
        if not isinstance(
            node,
            (
                ast.FunctionDef,
                ast.AsyncFunctionDef,
                ast.ClassDef,
                ast.Lambda,
                ast.ListComp,
                ast.SetComp,
                ast.DictComp,
                ast.GeneratorExp,
            ),
        ):
            waiting.extend(ast.iter_child_nodes(node))
    return made


def _read(tree: ast.AST) -> set[str]:
    return {node.id for node in ast.walk(tree) if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load)}


def _touched(tree: ast.AST) -> set[str]:
    """Every name, attribute and keyword argument; a device or a dtype that is named by a text is one too."""
    found: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Name):
            found.add(node.id)
        elif isinstance(node, ast.Attribute):
            found.add(node.attr)
        elif isinstance(node, ast.keyword) and node.arg:
            found.add(node.arg)
        elif isinstance(node, ast.Constant) and isinstance(node.value, str) and len(node.value) < 20:
            found.add(repr(node.value))
    return found


def _imported(tree: ast.AST) -> set[str]:
    found = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            found.add(node.module)
    return found
