"""Walks over nested lists, tuples and dicts, each kind of walk written once.

Depth is bounded everywhere, since a list may have been put into itself.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from typing import Any

import torch

MAX_DEPTH = 24
_LOOKED_INTO = (torch.Tensor, list, tuple, dict)
_SINGLE = frozenset((torch.Tensor, torch.nn.Parameter, bool, int, float, str, type(None)))


def _items(value: Any) -> Any:
    return value.values() if isinstance(value, dict) else value


def nodes(value: Any, depth: int = MAX_DEPTH, most: int | None = None) -> Iterator[Any]:
    """Every container and every item, a container before its items; of each container the first `most` items."""
    yield value
    if depth and isinstance(value, (list, tuple, dict)):
        for item in _items(value) if most is None else itertools.islice(_items(value), most):
            yield from nodes(item, depth - 1, most)


def leaves(value: Any) -> Iterator[Any]:
    """Everything that is no list, tuple or dict, in order."""
    return (node for node in nodes(value) if not isinstance(node, (list, tuple, dict)))


def tensors(value: Any, depth: int = MAX_DEPTH) -> Iterator[torch.Tensor]:
    """The tensors in it, in order; `leaves` would visit the numbers of a long list too."""
    if isinstance(value, torch.Tensor):
        yield value
    elif depth and isinstance(value, (list, tuple, dict)):
        for item in _items(value):
            if isinstance(item, _LOOKED_INTO):
                yield from tensors(item, depth - 1)


def mapped(function: Callable[[Any], Any], value: Any) -> Any:
    """The same structure with `function` applied to every leaf."""
    if isinstance(value, (list, tuple)):
        return type(value)(mapped(function, item) for item in value)
    if isinstance(value, dict):
        return {key: mapped(function, item) for key, item in value.items()}
    return function(value)


def same(a: Any, b: Any, equal: Callable[[Any, Any], bool]) -> bool:
    """Whether both have the same structure, with leaves that are `equal` pair by pair."""
    if isinstance(a, (list, tuple)):
        return type(a) is type(b) and len(a) == len(b) and all(same(x, y, equal) for x, y in zip(a, b))
    if isinstance(a, dict):
        return isinstance(b, dict) and a.keys() == b.keys() and all(same(a[key], b[key], equal) for key in a)
    return not isinstance(b, (list, tuple, dict)) and equal(a, b)


def contents(value: Any, depth: int = 0) -> list[Any]:
    """Everything in it, in order, containers with their lengths; a random generator as its state."""
    if type(value) in _SINGLE or depth > MAX_DEPTH:
        return [value]
    if type(value) in (list, tuple, dict):
        items = [part for pair in value.items() for part in pair] if type(value) is dict else value
        # most lists hold tensors and numbers only, and are copied in one go
        parts = [items] if _SINGLE.issuperset(map(type, items)) else [contents(item, depth + 1) for item in items]
        return [value, len(value), *itertools.chain.from_iterable(parts)]
    return [value, value.get_state().numpy().tobytes()] if isinstance(value, torch.Generator) else [value]


def holds_the_same(before: list[Any], after: list[Any]) -> bool:
    """Whether two `contents` hold the same objects: nothing was put in, taken out or replaced. What happened inside a
    tensor is seen elsewhere.
    """
    return len(before) == len(after) and all(
        old is new or (type(old) is type(new) and type(old) in (int, bytes) and old == new)
        for old, new in zip(before, after)
    )
