"""The names of one submission: runs cells statement by statement, and describes their exceptions for the grader."""

from __future__ import annotations
import __future__

import ast
import linecache
import sys
import types
from collections.abc import Callable
from typing import Any

import torch

from . import library_patches

_DEFINES = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Import, ast.ImportFrom)
_MOST_NOTES = 20


class _Shell:
    """Stands in for IPython's shell: magics and shell commands in a cell do nothing here."""

    def __getattr__(self, name: str) -> Callable[..., None]:
        return lambda *args, **kwargs: None


class Namespace:
    """The module `__main__` of a submission.

    An exercise's function is the one that its own answer cell defines. If another cell gives the name to something else
    (a star import, a variable called `accuracy`), the function gets it back.
    """

    def __init__(self) -> None:
        module = types.ModuleType("__main__")
        sys.modules["__main__"] = module
        self.names = module.__dict__
        self.names.update(get_ipython=_Shell, display=lambda *args, **kwargs: None)
        self._answers: dict[str, Any] = {}
        self._future_flags = 0

    def find(self, name: str) -> Any:
        if name not in self.names:
            raise NameError(f"name '{name}' is not defined")
        return self.names[name]

    def bind(self, name: str, function: Any) -> None:
        """Replace an answer by a function."""
        self.names[name] = self._answers[name] = function

    def run_cell(
        self, source: str, name: str, exercise: str | None = None, only_definitions: bool = False
    ) -> list[dict[str, Any]]:
        """Run a cell. The statements after a failing one still run.

        Returns `explain` for each failing statement, up to 20 of them.
        """
        name = f"<cell {name}>"
        # tracebacks and inspect.getsource read a cell's text from here
        linecache.cache[name] = (len(source), None, source.splitlines(keepends=True), name)
        try:
            body = ast.parse(source, name).body
        except (SyntaxError, ValueError, RecursionError, MemoryError) as error:  # the last two: deeply nested source
            return [{**explain(error), "syntax": True}]
        notes: list[dict[str, Any]] = []
        for statement in body:
            if only_definitions and not isinstance(statement, _DEFINES):
                continue
            if isinstance(statement, ast.ImportFrom) and statement.module == "__future__":
                for alias in statement.names:
                    self._future_flags |= getattr(getattr(__future__, alias.name, None), "compiler_flag", 0)
            try:
                # dont_inherit: the __future__ imports of this module are not the student's
                code = compile(ast.Module([statement], []), name, "exec", flags=self._future_flags, dont_inherit=True)
                exec(code, self.names)
            except BaseException as error:  # a cell may also call sys.exit()
                if len(notes) < _MOST_NOTES:
                    notes.append(explain(error))
        if exercise is not None and callable(self.names.get(exercise)):
            self._answers[exercise] = self.names[exercise]
        self.names.update(self._answers)
        library_patches.apply()  # the cell may have imported a library that is patched
        return notes


def explain(error: BaseException) -> dict[str, Any]:
    """What the grader is told about an exception: its type, the start of its message, the line of the cell."""
    line, cell, traceback = None, None, error.__traceback__
    while traceback is not None:
        file = traceback.tb_frame.f_code.co_filename
        if file.startswith("<cell "):
            line, cell = traceback.tb_lineno, file[6:-1]
        traceback = traceback.tb_next
    if isinstance(error, SyntaxError):
        line = error.lineno
    try:
        message = error.msg if isinstance(error, SyntaxError) else str(error)
    except BaseException:  # an exception class of the student's may have a __str__ that raises
        message = ""
    # torch's CPU allocator raises a plain RuntimeError with these words
    memory = isinstance(error, (MemoryError, torch.OutOfMemoryError)) or "can't allocate memory" in message
    return {"type": type(error).__name__[:80], "message": message[:300], "line": line, "cell": cell, "memory": memory}
