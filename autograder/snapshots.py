"""What a value was at a moment, down to the last bit: to notice an answer that changes its inputs."""

from __future__ import annotations

import contextlib
from collections import Counter
from collections.abc import Iterator
from typing import Any

import torch
from torch import Tensor

from .worker import nested
from .worker.tensor_bytes import same_bytes


def plain(value: Tensor) -> Tensor:
    """The data of a tensor without its subclass (a `Parameter`, a fastai `TensorImage`) and without its graph."""
    with torch._C.DisableTorchFunctionSubclass():
        data = value.detach()
        return data if type(data) is Tensor else data.as_subclass(Tensor)  # sparse tensors have no as_subclass


def take(value: Any) -> Any:
    """A copy of a value: tensors with values, `requires_grad` and gradient, inside containers too."""
    return nested.mapped(_snapshot_of, value)


def _snapshot_of(leaf: Any) -> Any:
    if not isinstance(leaf, Tensor):
        return leaf
    grad = None if leaf.grad is None else _snapshot_of(leaf.grad)
    return ("tensor", plain(leaf).clone(), leaf.requires_grad, grad)


def same(a: Any, b: Any) -> bool:
    return nested.same(a, b, _same_leaf)


def _same_leaf(a: Any, b: Any) -> bool:
    if isinstance(a, Tensor) and isinstance(b, Tensor):
        if (a.dtype, a.shape, a.device) != (b.dtype, b.shape, b.device):
            return False
        # Bits, not values: NaN stays NaN, and 0.0 that became -0.0 was written to.
        return same_bytes(a, b)
    return a is b or (type(a) is type(b) and bool(a == b))


_watched: Counter[int] = Counter()


@contextlib.contextmanager
def watching(value: Any) -> Iterator[None]:
    """While it lasts, changes of a value are to be seen: a call that makes one must not take it back."""
    ids = Counter(id(node) for node in nested.nodes(value))
    _watched.update(ids)
    try:
        yield
    finally:
        _watched.subtract(ids)
        for name in [name for name in ids if not _watched[name]]:
            del _watched[name]


def is_watched(value: Any) -> bool:
    return _watched[id(value)] > 0
