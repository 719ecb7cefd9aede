"""Walks over nested lists, tuples and dicts; each kind of walk is written once.

`nodes`, `leaves`, `tensors` and `contents` have a depth limit, because a list may contain itself. `mapped` and `same`
have none.
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
    """Every container and every item, containers before their items; only the first `most` items of each container."""
    yield value
    if depth and isinstance(value, (list, tuple, dict)):
        for item in _items(value) if most is None else itertools.islice(_items(value), most):
            yield from nodes(item, depth - 1, most)


def leaves(value: Any) -> Iterator[Any]:
    """Everything that is not a list, tuple or dict, in order."""
    return (node for node in nodes(value) if not isinstance(node, (list, tuple, dict)))


def tensors(value: Any, depth: int = MAX_DEPTH) -> Iterator[torch.Tensor]:
    """The tensors in a value, in order. Unlike `leaves`, it makes no step for each number of a long list."""
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
    """Whether both have the same structure, and their leaves are pairwise `equal`."""
    if isinstance(a, (list, tuple)):
        return type(a) is type(b) and len(a) == len(b) and all(same(x, y, equal) for x, y in zip(a, b))
    if isinstance(a, dict):
        return isinstance(b, dict) and a.keys() == b.keys() and all(same(a[key], b[key], equal) for key in a)
    return not isinstance(b, (list, tuple, dict)) and equal(a, b)


def contents(value: Any, depth: int = 0) -> list[Any]:
    """Every container and item, in order. A container also gives its length, a random generator its state."""
    if type(value) in _SINGLE or depth > MAX_DEPTH:
        return [value]
    if type(value) in (list, tuple, dict):
        items = [part for pair in value.items() for part in pair] if type(value) is dict else value
        # most lists hold only tensors and numbers, and are copied in one step
        parts = [items] if _SINGLE.issuperset(map(type, items)) else [contents(item, depth + 1) for item in items]
        return [value, len(value), *itertools.chain.from_iterable(parts)]
    return [value, value.get_state().numpy().tobytes()] if isinstance(value, torch.Generator) else [value]


def holds_the_same(before: list[Any], after: list[Any]) -> bool:
    """Whether two `contents` hold the same objects, so that nothing was added, removed or replaced.

    Changes inside a tensor are found elsewhere (`known_tensors`).
    """
    # mostly by identity, because == on tensors compares elements; lengths and generator states are new objects
    return len(before) == len(after) and all(
        old is new or (type(old) is type(new) and type(old) in (int, bytes) and old == new)
        for old, new in zip(before, after)
    )
