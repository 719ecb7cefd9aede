"""What may pass between a student's worker and the one with the course's functions: tensors, numbers, bounded lists.

Each value is written anew from what was read: no text, no path and no field that is not listed here goes through.
Whether a tensor has as many bytes as its shape needs is left to the worker that receives it.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from autograder.worker.frames import MAX_ITEMS, WireError
from autograder.worker.nested import MAX_DEPTH
from autograder.worker.tensor_bytes import DTYPES, MAX_AXES

_NON_FINITE = ("nan", "inf", "-inf")
_BITS = 64
"""Of a whole number."""


class Carrier:
    """Copies the values of one message. `blobs` is how many it has; `keywords` the names that arguments may have;
    `inner` whether a callable of the student's worker may be among them.
    """

    def __init__(self, blobs: int, keywords: Sequence[str] = (), inner: bool = False) -> None:
        self._blobs, self._keywords, self._inner = blobs, frozenset(keywords), inner
        self._items = 0

    def copy(self, node: Any, depth: int = 0) -> Any:
        """The same value. Raises WireError for anything that may not pass."""
        self._items += 1
        if depth > MAX_DEPTH or self._items > MAX_ITEMS:
            raise WireError("a value that is too deep or too long")
        if node is None or node is True or node is False:
            return node
        if type(node) is int and node.bit_length() <= _BITS:
            return node
        if type(node) is float and math.isfinite(node):
            return node
        kind = node.get("k") if type(node) is dict else None
        if kind == "float" and node.get("v") in _NON_FINITE:
            return {"k": "float", "v": node["v"]}
        if kind == "tensor":
            return self._tensor(node, depth)
        if kind in ("list", "tuple"):
            return self._list(kind, node, depth)
        if kind == "inner" and self._inner:
            return {"k": "inner", "h": _whole(node.get("h"))}
        raise WireError("a value that may not pass")

    def arguments(self, node: Any) -> dict[str, Any]:
        """The arguments of a call: a list and a dict of the names that the function has."""
        pair = node.get("v") if type(node) is dict and node.get("k") == "list" else None
        if type(pair) is not list or len(pair) != 2 or type(pair[1]) is not dict or pair[1].get("k") != "dict":
            raise WireError("not the arguments of a call")
        named = pair[1].get("v")
        if type(named) is not list or not all(type(item) is list and len(item) == 2 for item in named):
            raise WireError("not the arguments of a call")
        items = [[_one_of(self._keywords, name), self.copy(value, 2)] for name, value in named]
        return {"k": "list", "v": [self.copy(pair[0], 1), {"k": "dict", "v": items}]}

    def _tensor(self, node: dict[str, Any], depth: int) -> dict[str, Any]:
        shape, blob = node.get("shape"), _whole(node.get("b"))
        if type(shape) is not list or len(shape) > MAX_AXES or blob >= self._blobs:
            raise WireError("not a tensor")
        copy = {
            "k": "tensor",
            "dtype": _one_of(DTYPES, node.get("dtype")),
            "shape": list(map(_whole, shape)),
            "b": blob,
        }
        if node.get("rg") is True:
            copy |= {"rg": True, "leaf": node.get("leaf") is True}
        if "n" in node:
            copy |= {"n": _whole(node["n"]), "grad": self.copy(node.get("grad"), depth + 1)}
        return copy

    def _list(self, kind: str, node: dict[str, Any], depth: int) -> dict[str, Any]:
        many, items = node.get("many"), node.get("v")
        if type(many) is dict:
            return {"k": kind, "many": self._tensor(many, depth)}
        if type(items) is not list:
            raise WireError("a list without items")
        return {"k": kind, "v": [self.copy(item, depth + 1) for item in items]}


def _whole(value: Any) -> int:
    if type(value) is not int or not 0 <= value < 1 << 40:
        raise WireError("not a whole number")
    return value


def _one_of(names: Any, name: Any) -> str:
    if type(name) is not str or name not in names:
        raise WireError("a name that is not known")
    return name
