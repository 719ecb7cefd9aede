"""The names of one submission: cells run in the notebook's order, and copies of the bindings at the places where checks
stand.

A copy holds bindings, not objects: what a later cell gives to a name is undone when a copy is put back, what it does
inside a list or a tensor is not, as in the notebook itself.
"""

from __future__ import annotations
import __future__

import ast
import builtins
import inspect
import linecache
import sys
import types
import warnings
from collections.abc import Callable, Iterator
from typing import Any

import torch

from . import cell_text, event_loop, library_patches, reach, shell
from .statements import is_definition, is_empty

CHECK, OWN, END = "check", "own", "end"
"""Places of an exercise: at its check cell; there, with what its own answer cell defined; after the last cell."""
_MOST_NOTES = 20
_LAST = ("_", "__", "___")
"""The names of the values that the last cells showed."""
Place = tuple[str, str]


class Namespace:
    """The module `__main__` of a submission."""

    def __init__(self) -> None:
        module = types.ModuleType("__main__")
        sys.modules["__main__"] = module
        self.names = module.__dict__
        self.shell = shell.ZMQInteractiveShell(self.names, self._run_text)
        shell.install(self.shell)
        self.names.update(get_ipython=lambda: self.shell, display=shell.display, __builtins__=builtins)
        self._inputs = [""]
        self.names.update(dict.fromkeys(_LAST, ""), In=self._inputs, _ih=self._inputs, Out={})
        self._last: Any = ""
        self._cell = "", ""
        self._loop: Any = None
        self._empty: set[tuple[str, int, str]] = set()
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
        released: str = "",
    ) -> list[dict[str, Any]]:
        """Run a cell; then keep the bindings for the checks of the exercises in `keeps`.

        With `only_definitions`, imports, functions, classes and constants run; with the text of the `released` cell, so
        does what that does not hold. A statement that fails is noted, and the ones after it run all the same: a student
        whose cell failed has seen that, and what stands below is often right. Gives what `explain` says of each.
        """
        before = dict(self.names)
        notes = self._run_statements(source, name, only_definitions, released) if source else []
        if exercise is not None:
            changed = {key: value for key, value in self.names.items() if before.get(key, self) is not value}
            self._own.setdefault(exercise, {}).update(changed)
        for kept in keeps:
            self._keep((kept, CHECK))
        return notes

    def _run_statements(self, text: str, name: str, only_definitions: bool, released: str) -> list[dict[str, Any]]:
        name = f"<cell {name}>"
        self.shell.before_a_cell()
        self._cell = name, text
        source = cell_text.as_python(cell_text.without_magics(text) if only_definitions else text)
        shown = text if text.lstrip().startswith("%%") else source  # the body of a magic has the cell's own lines
        linecache.cache[name] = (len(shown), None, shown.splitlines(keepends=True), name)
        try:
            body = cell_text.parse(source).body
        except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
            return [{**explain(error), "syntax": True}]
        notes: list[dict[str, Any]] = []
        self._empty |= {(name, *found) for found in _empty_functions(body)}
        self._inputs.append(text)
        left_out = {ast.dump(one) for one in cell_text.parse(released).body} if released else None
        for statement in body:
            stays = is_definition(statement) or (left_out is not None and ast.dump(statement) not in left_out)
            if only_definitions and not stays:
                continue
            if isinstance(statement, ast.ImportFrom) and statement.module == "__future__":
                for alias in statement.names:
                    self._future_flags |= getattr(getattr(__future__, alias.name, None), "compiler_flag", 0)
            try:
                if statement is body[-1] and isinstance(statement, ast.Expr):
                    value = self._value(ast.Expression(statement.value), name, "eval", self.names)
                    self._show(None if text.rstrip().endswith(";") else value)
                else:
                    self._value(ast.Module([statement], []), name, "exec", self.names)
            except BaseException as error:
                if len(notes) < _MOST_NOTES:
                    notes.append(explain(error))
        library_patches.apply()
        return notes

    def _value(self, tree: Any, name: str, mode: str, space: dict[str, Any]) -> Any:
        flags = self._future_flags | ast.PyCF_ALLOW_TOP_LEVEL_AWAIT
        code = compile(tree, name, mode, flags=flags, dont_inherit=True)
        awaits = bool(code.co_flags & inspect.CO_COROUTINE)
        if self._loop is None and (awaits or "asyncio" in self.names):
            self._loop = event_loop.new_loop()
        if self._loop is None:
            return eval(code, space)
        return event_loop.run(self._loop, lambda: eval(code, space), awaits)

    def _show(self, value: Any) -> None:
        """Keep what a cell shows as `_` and in `Out`; a name `_` of the student's own stays."""
        if value is None:
            return
        out = self.names.get("Out")
        if isinstance(out, dict):
            out[len(self._inputs) - 1] = value
        if self.names.get("_") is self._last:
            self.names.update(zip(_LAST, (value, self._last, self.names.get("__"))))
            self._last = value

    def _run_text(self, text: str, space: dict[str, Any]) -> Any:
        """The text of a magic: an expression's value. Its errors are the cell's."""
        name, source = self._cell
        lines = source.rstrip().splitlines()
        body = text.rstrip().splitlines()
        if lines[len(lines) - len(body) :] == body:  # the end of the cell: its lines keep their numbers
            tree = cell_text.parse("\n" * (len(lines) - len(body)) + text)
            self._empty |= {(name, *found) for found in _empty_functions(tree.body)}
        else:
            name, tree = "<magic>", cell_text.parse(text.strip())
        if len(tree.body) == 1 and isinstance(tree.body[0], ast.Expr):
            return self._value(ast.Expression(tree.body[0].value), name, "eval", space)
        return self._value(tree, name, "exec", space)

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

    def empty(self, exercises: list[str]) -> list[str]:
        """The exercises that have a function at some place, but nowhere one with code in it."""
        found = []
        for exercise in exercises:
            answers = [self._kept[exercise, place].get(exercise) for place in (CHECK, OWN, END)]
            there = [answer for answer in answers if callable(answer)]
            if there and all(map(self._is_empty, there)):
                found.append(exercise)
        return found

    def _is_empty(self, answer: Any) -> bool:
        code = answer.__code__ if isinstance(answer, types.FunctionType) else None
        return code is not None and (code.co_filename, code.co_firstlineno, code.co_name) in self._empty

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
            if isinstance(answer, types.FunctionType) and _is_cells_code(answer):
                _become(answer, function)
            elif isinstance(answer, types.MethodType) and _is_cells_code(answer.__func__):
                _become(answer.__func__, function, "self, *args, **kwargs")
            elif answer is not None:
                # a library's function that serves as an answer stays itself: other answers may call it by its own name
                aliases = [key for key, value in kept.items() if value is answer and _is_from_a_cell(answer)]
                kept.update(dict.fromkeys([name, *aliases], function))
            else:
                kept[name] = function


def _is_from_a_cell(answer: Any) -> bool:
    return getattr(answer, "__module__", None) == "__main__"


def _is_cells_code(function: Any) -> bool:
    code = getattr(function, "__code__", None)
    return code is not None and code.co_filename.startswith("<cell ")


def _empty_functions(body: list[ast.stmt]) -> Iterator[tuple[int, str]]:
    """First line and name of each function without code, as its code object has them."""
    for node in (node for statement in body for node in ast.walk(statement)):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)) and is_empty(node):
            yield min([node.lineno, *(one.lineno for one in node.decorator_list)]), node.name


def _become(function: Any, other: Callable[..., Any], parameters: str = "*args, **kwargs") -> None:
    """Make a function call `other`, for whoever holds it. `parameters`: a method has its object before them."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # a text is called below, which the compiler doubts
        code = eval(compile(f"lambda {parameters}: 'other'(*args, **kwargs)", "<stand-in>", "eval")).__code__
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
