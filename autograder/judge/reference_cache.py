"""The reference answers as checks call them. A slow call that depends on nothing but its arguments is computed once per
run.

A check calls the reference with the same numbers for every submission. Whether a call can be cached is found out by
making it: it must leave its arguments and the random generators alone, and its result must not share memory with them.
Calls with other arguments are always computed.

A result that shares memory with the arguments is copied, because the answer may change these before the result is
compared.
"""

from __future__ import annotations

import functools
import importlib.util
import pathlib
import random
import time
from collections.abc import Callable
from dataclasses import dataclass
from types import FunctionType, ModuleType
from typing import Any

import numpy as np
import torch

from autograder.errors import CourseError
from autograder.worker import nested
from autograder.worker.tensor_bytes import MANY, same_bytes

LONG = 0.001
"""Seconds above which a call is worth caching: copying and comparing arguments takes time too."""
ROOM = 128 << 20
"""Bytes that the cached arguments and results of one module may take."""
_MOST = 32
_SINGLE = (bool, int, float, str, type(None))


def module_name(notebook: str) -> str:
    """The name of the module that holds a notebook's reference answers."""
    return f"reference_{notebook}"


def load_reference(path: pathlib.Path) -> ModuleType:
    """The generated module of reference answers; raises CourseError if it can't be imported."""
    spec = importlib.util.spec_from_file_location(module_name(path.stem), path)
    if spec is None or spec.loader is None or not path.is_file():
        raise CourseError(f"{path} is not there: run `autograder build`")
    module = importlib.util.module_from_spec(spec)
    try:
        spec.loader.exec_module(module)
    except Exception as error:
        raise CourseError(f"{path}: {type(error).__name__}: {error}") from None
    return module


@dataclass(frozen=True)
class _Call:
    arguments: Any
    result: Any


class Remembered:
    """A module whose functions are cached; other attributes are passed through."""

    def __init__(self, module: ModuleType) -> None:
        self._module = module
        self._calls: dict[tuple[Any, ...], list[_Call]] = {}
        self._left = ROOM

    def __getattr__(self, name: str) -> Any:
        value = getattr(self._module, name)
        if isinstance(value, FunctionType):
            value = functools.wraps(value)(functools.partial(self._apart, value))
            setattr(self, name, value)
        return value

    def _apart(self, function: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        """The result of a call, in memory of its own."""
        result = self._call(function, *args, **kwargs)
        shared = _storages(result) & _storages([args, kwargs])
        return _copy(result, shared) if shared else result

    def _call(self, function: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        arguments = (args, kwargs)
        kind = _kind(arguments)
        if kind is None:
            return function(*args, **kwargs)
        key = (function.__name__, kind, torch.get_default_dtype(), torch.is_grad_enabled())
        known = self._calls.get(key)
        if known is None:
            return self._first(key, function, arguments)
        for call in known:
            if _same(call.arguments, arguments):
                return _copy(call.result)
        if not known or len(known) >= _MOST:
            return function(*args, **kwargs)
        return self._first(key, function, arguments)

    def _first(self, key: tuple[Any, ...], function: Callable[..., Any], arguments: tuple[Any, Any]) -> Any:
        """Make a call; cache it, or note that calls of this kind are not worth it."""
        before, generators = _copy(arguments), _generators()
        start = time.perf_counter()
        result = function(*arguments[0], **arguments[1])
        long = time.perf_counter() - start >= LONG
        known = self._calls.setdefault(key, [])
        size = _size(before) + _size(result)
        pure = _same(before, arguments) and _generators() == generators and not _storages(result) & _storages(arguments)
        if long and pure and size <= self._left and _kind(result) is not None:
            kept = _copy(result)
            if _kind(kept) == _kind(result):  # a copy may have other strides, for example of what `expand` returned
                known.append(_Call(before, kept))
                self._left -= size
        return result


def _kind(value: Any) -> Any:
    """Types, shapes and dtypes of plain values and of tensors outside autograd; None if there is anything else."""
    if type(value) in _SINGLE:
        return type(value)
    if type(value) is torch.Tensor:
        plain = (
            not value.requires_grad
            and value.is_leaf
            and value.grad is None
            and value.layout is torch.strided
            and value.is_cpu
        )
        return (value.dtype, value.shape, value.stride()) if plain else None
    if type(value) in (list, tuple) and len(value) < MANY:
        kinds = tuple(map(_kind, value))
        return None if None in kinds else (type(value), *kinds)
    if type(value) is dict and all(type(name) is str for name in value):
        kinds = tuple(map(_kind, value.values()))
        return None if None in kinds else (dict, *value, *kinds)
    return None


def _copy(value: Any, storages: set[int] | None = None) -> Any:
    """A copy of the tensors in a value: of all, or of those in some storages."""

    def copy(item: Any) -> Any:
        if not isinstance(item, torch.Tensor) or (storages is not None and not _storages(item) & storages):
            return item
        return item.clone()

    return nested.mapped(copy, value)


def _same(a: Any, b: Any) -> bool:
    """Equality of two values of the same kind. Tensors are compared bit by bit: -0.0 is not 0.0, NaN equals NaN."""
    return nested.same(a, b, _same_leaf)


def _same_leaf(a: Any, b: Any) -> bool:
    if isinstance(a, torch.Tensor):
        return isinstance(b, torch.Tensor) and same_bytes(a, b)
    return type(a) is type(b) and repr(a) == repr(b)


def _size(value: Any) -> int:
    return sum(tensor.untyped_storage().nbytes() for tensor in nested.tensors(value))


def _storages(value: Any) -> set[int]:
    return {tensor.untyped_storage().data_ptr() for tensor in nested.tensors(value) if tensor.numel()}


def _generators() -> tuple[Any, ...]:
    """The states of the global random generators, which a function may use without being given them."""
    _, words, *more = np.random.get_state()
    return torch.get_rng_state().numpy().tobytes(), random.getstate(), np.asarray(words).tobytes(), more
