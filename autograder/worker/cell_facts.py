"""What can be told of a cell's text without running it: a table of facts."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from typing import Any

from . import newer_python
from .cell_text import as_python, parse, without_magics

_MOST_NAMES = 400
_INNER = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Lambda)
_COMPREHENSIONS = (ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)
_FIXED = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Import, ast.ImportFrom)
_ONLY_SHOW = frozenset(
    ("print", "display", "len", "range", "repr", "str", "type", "sum", "min", "max", "float", "int", "round", "sorted")
)
_MOST_LINES = 5_000
_PATCH = frozenset(("setattr", "delattr", "exec", "eval", "globals", "vars", "locals", "get_ipython"))
"""Calls that could change anything."""
_DRAWS = re.compile(r"(plt|fig|axe?s?|sns|time|print|display|show|plot|draw)\w*")
_HARMLESS = frozenset(("manual_seed", "seed"))


def facts(text: str) -> dict[str, Any]:
    """What a cell's text says: a table of plain data, for a grader that never parses a student's text itself.

    `defines`: name -> names that its definition reads. `aliases`: pairs of names for one thing, or for an object and a
    part of it. `functions`: names of functions; `holds`: of what is neither a function nor a module. `stores`: names of
    objects that it changes; `calls`: of those that its calls could change; `effects`: of those whose functions it calls
    for what they do; `patches`: whether it could change any object. `imports`: modules. `touches`: all names and
    attributes in it. `statements`: [first line, last line, names that it makes]. `lines`: the lines that could fail.
    `syntax`: None, or what is wrong where the text is not Python, and the version that could read it.
    """
    table: dict[str, Any] = {"defines": {}, "aliases": [], "syntax": None}
    try:
        tree = parse(as_python(without_magics(text)))
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        return {**table, "syntax": _problem(text, error)}
    for statement in tree.body:
        names, reads = _bound(statement), sorted(_read(statement))[:_MOST_NAMES]
        for name in sorted(names)[:_MOST_NAMES]:
            table["defines"].setdefault(name, []).extend(reads)
        if isinstance(statement, ast.Assign) and (whole := _root(statement.value)):
            table["aliases"] += [[name, whole] for name in sorted(names)]
    table["reads"] = sorted(_read(tree))[:_MOST_NAMES]
    table["imports"] = sorted(_imported(tree))[:_MOST_NAMES]
    table["touches"] = sorted(_touched(tree))[:_MOST_NAMES]
    table["holds"] = sorted({name for one in tree.body if not isinstance(one, _FIXED) for name in _bound(one)})
    table["functions"] = [one.name for one in tree.body if isinstance(one, (ast.FunctionDef, ast.AsyncFunctionDef))]
    table.update(_changes(tree))
    table["statements"] = [
        [one.lineno, one.end_lineno, sorted(_bound(one))[:_MOST_NAMES]] for one in tree.body[:_MOST_NAMES]
    ]
    table["lines"] = sorted(_lines(tree))[:_MOST_LINES]
    return table


def _lines(tree: ast.AST) -> set[int]:
    """The lines on which something begins that is more than a constant: what a traceback can name."""
    return {
        node.lineno
        for node in ast.walk(tree)
        if isinstance(node, (ast.stmt, ast.expr)) and not isinstance(getattr(node, "value", node), ast.Constant)
    }


def _problem(text: str, error: BaseException) -> dict[str, Any]:
    line, message = (error.lineno, error.msg) if isinstance(error, SyntaxError) else (None, "")
    return {"type": type(error).__name__, "message": message, "line": line, "newer": newer_python.needed(text)}


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
            (*_INNER, *_COMPREHENSIONS),
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


def _root(value: ast.expr) -> str:
    """The name that `name`, `name.part` and `name[part]` begin with; "" for any other expression."""
    while isinstance(value, (ast.Attribute, ast.Subscript, ast.Starred)):
        value = value.value
    return value.id if isinstance(value, ast.Name) else ""


def _owner(value: ast.expr) -> str:
    """The name that a chain of calls begins with: `open` of `open(path).write(text)`."""
    while isinstance(value, (ast.Attribute, ast.Subscript, ast.Call)):
        value = value.func if isinstance(value, ast.Call) else value.value
    return value.id if isinstance(value, ast.Name) else ""


def _changes(tree: ast.Module) -> dict[str, Any]:
    """`stores`, `calls`, `effects` and `patches`: see `facts`. What functions do inside counts when they are called."""
    stores: set[str] = set()
    calls: set[str] = set()
    effects: set[str] = set()
    patches = False
    for node in _run_at_once(tree):
        if isinstance(node, ast.Attribute) and not isinstance(node.ctx, ast.Load):
            patches = True
        elif isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            patches = patches or _patches_from_inside(node)
        elif isinstance(node, ast.Subscript) and not isinstance(node.ctx, ast.Load):
            stores.add(_root(node))
            patches = patches or not _root(node)
        elif isinstance(node, ast.AugAssign):
            stores.add(_root(node.target))
        elif isinstance(node, ast.Expr) and isinstance(node.value, ast.Call):
            called, owner = node.value.func, _owner(node.value)
            if not (isinstance(called, ast.Attribute) and called.attr in _HARMLESS) and not _DRAWS.match(owner):
                effects.add(owner)
        elif isinstance(node, (ast.For, ast.AsyncFor)):
            calls.add(_root(node.iter))  # an iterator is used up
        elif isinstance(node, ast.Call):
            name = _root(node.func)
            patches = patches or name in _PATCH
            if not (isinstance(node.func, ast.Name) and name in _ONLY_SHOW):
                calls |= {name, *map(_root, node.args), *(_root(keyword.value) for keyword in node.keywords)}
    found = {"stores": stores, "calls": calls, "effects": effects}
    return {**{key: sorted(names - {""})[:_MOST_NAMES] for key, names in found.items()}, "patches": patches}


def _patches_from_inside(function: ast.AST) -> bool:
    """Whether a function sets an attribute of something that is not its own."""
    nodes = list(ast.walk(function))
    own = {node.arg for node in nodes if isinstance(node, ast.arg)}
    own |= {node.id for node in nodes if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)}
    stores = [node for node in nodes if isinstance(node, ast.Attribute) and not isinstance(node.ctx, ast.Load)]
    return not {_root(node) for node in stores} <= own | {""}


def _run_at_once(tree: ast.AST) -> Iterator[ast.AST]:
    """The nodes that run with the cell itself; the body of a class does."""
    waiting: list[ast.AST] = [tree]
    while waiting:
        node = waiting.pop()
        yield node
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            waiting += [ast.Call(one, [], []) for one in node.decorator_list]
        elif not isinstance(node, ast.Lambda):
            waiting.extend(ast.iter_child_nodes(node))


def _imported(tree: ast.AST) -> set[str]:
    found = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            found.add(node.module)
    return found
