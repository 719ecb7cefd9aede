"""Whether a function finds the same things at two places of a notebook: the names that it reads, and theirs in turn."""

from __future__ import annotations

import functools
import types
from collections.abc import Iterator, Mapping
from typing import Any

_MOST = 2000


def differs(name: str, one: Mapping[str, Any], other: Mapping[str, Any], module: dict[str, Any]) -> bool:
    """Whether what `name` reaches is bound to another object in `other` than in `one`.

    `module` is the namespace that the student's functions have as their globals.
    """
    seen, pending = {name}, [name]
    while pending and len(seen) < _MOST:
        current = pending.pop()
        mine, theirs = one.get(current, module), other.get(current, module)
        if mine is not theirs:
            return True
        for found in _names_read(mine, module):
            if found not in seen and (found in one or found in other):
                seen.add(found)
                pending.append(found)
    return False


def _names_read(value: Any, module: dict[str, Any]) -> Iterator[str]:
    """The global names in the code of a function, of a class's methods, of what a partial or a wrapper holds."""
    pending: list[Any] = [value]
    seen: set[int] = set()
    while pending and len(seen) < _MOST:
        current = pending.pop()
        if id(current) in seen:
            continue
        seen.add(id(current))
        if isinstance(current, types.FunctionType):
            if current.__globals__ is module:
                yield from _names_in(current.__code__)
            pending += [cell.cell_contents for cell in current.__closure__ or () if _is_full(cell)]
        elif isinstance(current, types.MethodType):
            pending += [current.__func__, current.__self__]
        elif isinstance(current, functools.partial):
            pending += [current.func, *current.args, *current.keywords.values()]
        elif isinstance(current, type):
            if current.__module__ == "__main__":
                pending += [*vars(current).values(), *current.__mro__[1:-1]]
        elif isinstance(current, (staticmethod, classmethod)):
            pending.append(current.__func__)
        elif isinstance(current, property):
            pending += [current.fget, current.fset]
        elif type(current).__module__ == "__main__":  # a callable object of the student's own
            pending.append(type(current))


def _is_full(cell: types.CellType) -> bool:
    try:
        return cell.cell_contents is not None
    except ValueError:
        return False


def _names_in(code: types.CodeType) -> Iterator[str]:
    yield from code.co_names
    for constant in code.co_consts:
        if isinstance(constant, types.CodeType):
            yield from _names_in(constant)
