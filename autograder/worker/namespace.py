"""The names of one submission: cells run in the notebook's order, and copies of the bindings at the places where checks
stand.

A copy holds bindings, not objects: what a later cell gives to a name is undone when a copy is put back, what it does
inside a list or a tensor is not, as in the notebook itself.
"""

from __future__ import annotations
import __future__

import ast
import linecache
import sys
import types
import warnings
from collections.abc import Callable
from typing import Any

import torch

from . import cell_text, library_patches, reach
from .statements import is_definition

CHECK, OWN, END = "check", "own", "end"
"""Places of an exercise: at its check cell; there, with what its own answer cell defined; after the last cell."""
_MOST_NOTES = 20
Place = tuple[str, str]


class Namespace:
    """The module `__main__` of a submission."""

    def __init__(self) -> None:
        module = types.ModuleType("__main__")
        sys.modules["__main__"] = module
        self.names = module.__dict__
        self.shell = cell_text.Shell(self._run_text)
        self.names.update(get_ipython=lambda: self.shell, display=lambda *args, **kwargs: None)
        self._kept: dict[Place, dict[str, Any]] = {}
        self._switches: dict[Place, tuple[Any, ...]] = {}
        self._own: dict[str, dict[str, Any]] = {}
        self._future_flags = 0

    # ------------------------------------------------------------ cells

    def run_cell(
        self,
        source: str,
        name: str,
        exercise: str | None = None,
        only_definitions: bool = False,
        keeps: tuple[str, ...] | list[str] = (),
    ) -> list[dict[str, Any]]:
        """Run a cell; then keep the bindings for the checks of the exercises in `keeps`.

        A statement that fails is noted, and the ones after it run all the same: a student whose cell failed has seen
        that, and what stands below is often right. Gives what `explain` says of each failure.
        """
        before = dict(self.names)
        notes = self._run_statements(source, name, only_definitions) if source else []
        if exercise is not None:
            changed = {key: value for key, value in self.names.items() if before.get(key, self) is not value}
            self._own.setdefault(exercise, {}).update(changed)
        for kept in keeps:
            self._keep((kept, CHECK))
        return notes

    def _run_statements(self, source: str, name: str, only_definitions: bool) -> list[dict[str, Any]]:
        name = f"<cell {name}>"
        source = cell_text.as_python(source)
        linecache.cache[name] = (len(source), None, source.splitlines(keepends=True), name)
        try:
            body = cell_text.parse(source).body
        except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
            return [{**explain(error), "syntax": True}]
        notes: list[dict[str, Any]] = []
        for statement in body:
            if only_definitions and not is_definition(statement):
                continue
            if isinstance(statement, ast.ImportFrom) and statement.module == "__future__":
                for alias in statement.names:
                    self._future_flags |= getattr(getattr(__future__, alias.name, None), "compiler_flag", 0)
            try:
                exec(self._compiled(ast.Module([statement], []), name, "exec"), self.names)
            except BaseException as error:
                if len(notes) < _MOST_NOTES:
                    notes.append(explain(error))
        library_patches.apply()
        return notes

    def _compiled(self, tree: Any, name: str, mode: str) -> Any:
        return compile(tree, name, mode, flags=self._future_flags, dont_inherit=True)

    def _run_text(self, text: str, keep: bool) -> Any:
        """The text of a magic. Its errors are the cell's."""
        space = self.names if keep else dict(self.names)
        try:
            code = self._compiled(text.strip(), "<magic>", "eval")
        except SyntaxError:
            exec(self._compiled(text, "<magic>", "exec"), space)
            return None
        return eval(code, space)

    # ------------------------------------------------------------ places

    def finish(self, exercises: list[str]) -> dict[str, dict[str, bool]]:
        """To be called after the last cell. Exercise -> place -> whether there is a function, for its check's place and
        for each other place where the function would find other bindings than there.
        """
        found: dict[str, dict[str, bool]] = {}
        for exercise in exercises:
            self._keep((exercise, END))
            check = self._kept.setdefault((exercise, CHECK), self._kept[exercise, END])
            self._switches.setdefault((exercise, CHECK), self._switches[exercise, END])
            self._kept[exercise, OWN] = {**check, **self._own.get(exercise, {})}
            self._switches[exercise, OWN] = self._switches[exercise, CHECK]
            found[exercise] = {
                place: callable(self._kept[exercise, place].get(exercise))
                for place in (CHECK, OWN, END)
                if place == CHECK or reach.differs(exercise, check, self._kept[exercise, place], self.names)
            }
        return found

    def _keep(self, place: Place) -> None:
        self._kept[place] = dict(self.names)
        self._switches[place] = _switches()

    def put_back(self, exercise: str, place: str) -> None:
        """Give every name what it had at a place, and torch its global switches."""
        kept = self._kept.get((exercise, place))
        if kept is not None:
            self.names.clear()
            self.names.update(kept)
            _switch_back(self._switches[exercise, place])

    def find(self, name: str) -> Any:
        if name not in self.names:
            raise NameError(f"name '{name}' is not defined")
        return self.names[name]

    def bind(self, name: str, function: Any) -> None:
        """Put `function` in the place of an answer: at every place, and wherever the answer's own function is held,
        under other names, in a partial or in a closure.
        """
        for kept in self._kept.values():
            answer = kept.get(name)
            if isinstance(answer, types.FunctionType) and answer.__code__.co_filename.startswith("<cell "):
                _become(answer, function)
            elif answer is not None:
                # a library's function that serves as an answer stays itself: other answers may call it by its own name
                aliases = [key for key, value in kept.items() if value is answer and _is_from_a_cell(answer)]
                kept.update(dict.fromkeys([name, *aliases], function))
            else:
                kept[name] = function


def _is_from_a_cell(answer: Any) -> bool:
    return getattr(answer, "__module__", None) == "__main__"


def _become(function: types.FunctionType, other: Callable[..., Any]) -> None:
    """Make a function call `other`, for whoever holds it."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # a text is called below, which the compiler doubts
        code = eval(compile("lambda *args, **kwargs: 'other'(*args, **kwargs)", "<stand-in>", "eval")).__code__
    constants = tuple(other if constant == "other" else constant for constant in code.co_consts)
    function.__defaults__ = function.__kwdefaults__ = None
    function.__code__ = code.replace(co_consts=constants, co_freevars=function.__code__.co_freevars)


def _switches() -> tuple[Any, ...]:
    """torch's global switches that a cell may turn and an answer may depend on."""
    return (
        torch.get_default_dtype(), torch.get_default_device(), torch.are_deterministic_algorithms_enabled(),
        torch.is_anomaly_enabled(),
    )  # fmt: skip


def _switch_back(switches: tuple[Any, ...]) -> None:
    now = _switches()
    for old, new, turn in zip(switches, now, _TURN):
        if old != new:
            turn(old)


_TURN: tuple[Callable[[Any], Any], ...] = (
    torch.set_default_dtype,
    lambda device: torch.set_default_device(None if device.type == "cpu" else device),
    torch.use_deterministic_algorithms,
    torch.autograd.set_detect_anomaly,
)


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
