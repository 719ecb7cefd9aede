"""What an answer did, as plain nested tuples, for comparison with what a known mistake does on the same inputs."""

from __future__ import annotations

import array
import zlib
from collections.abc import Mapping
from typing import Any

import numpy as np
import torch

from autograder.compare import Opaque
from autograder.run.student import File, Given, RemoteObject
from autograder.worker.tensor_bytes import MANY, alike

_SAMPLE = 400
_SINGLE = frozenset((bool, int, float, str, type(None)))


def freeze(value: Any, known: Mapping[int, int] | None = None) -> Any:
    """A value as it is now.

    With `known` (id -> number), the values of those tensors are left out. This is for the arguments after a call;
    changes inside a tensor are recorded separately.
    """
    if type(value) in _SINGLE:
        return (type(value).__name__, value)
    if isinstance(value, torch.Tensor):
        return ("known",) if known and id(value) in known else _frozen_tensor(value)
    if isinstance(value, torch.nn.Module):
        parameters = tuple(freeze(parameter, known) for parameter in value.parameters())
        return ("module", parameters) if known is not None else ("module", str(value), parameters)
    if isinstance(value, (list, tuple)):
        together = _frozen_together(value, known)
        return together or (type(value).__name__, *(freeze(item, known) for item in value))
    if isinstance(value, dict):
        return ("dict", *((freeze(key), freeze(item, known)) for key, item in value.items()))
    return _frozen_object(value)


def _frozen_tensor(value: torch.Tensor) -> Any:
    plain = value.detach().reshape(-1)
    step = _step(plain.numel())
    # a copy, because a later call may change the tensor
    numbers = plain[::step].to(torch.complex128 if plain.is_complex() else torch.float64, copy=True)
    grad = None if not value.is_leaf or value.grad is None else _frozen_tensor(value.grad)
    return ("tensor", str(value.dtype), tuple(value.shape), numbers, grad)


def _step(count: int) -> int:
    """Of so many numbers, every which one is kept."""
    return max(1, count // _SAMPLE) | 1  # odd, so that the samples do not line up in the columns of an image


def _frozen_array(value: Any) -> Any:
    """An array or a number of NumPy's. Not its text: that takes some milliseconds, and an answer may give 20,000."""
    plain = np.asarray(value).reshape(-1)
    numbers = plain[:: _step(plain.size)].astype(np.complex128 if plain.dtype.kind == "c" else np.float64)
    return ("array", type(value).__name__, str(plain.dtype), tuple(value.shape), torch.from_numpy(numbers))


def _frozen_together(value: Any, known: Mapping[int, int] | None) -> Any:
    """Lists whose items need not be frozen one by one; None for others."""
    if known is not None:
        numbers = list(map(known.get, map(id, value)))
        if None in numbers:
            return None
        return (type(value).__name__, len(value), zlib.crc32(array.array("q", numbers).tobytes()))  # type: ignore[type-var]
    if len(value) >= MANY and alike(value):
        return (type(value).__name__, len(value), freeze(torch.stack(list(value))))
    return None


def _frozen_object(value: Any) -> Any:
    if isinstance(value, RemoteObject):
        return ("object", value.type_name)
    if isinstance(value, Opaque):
        return ("opaque", value.type_name)
    if isinstance(value, (bool, int, float, str, type(None))):
        return (type(value).__name__, value)
    if isinstance(value, (np.ndarray, np.generic)):
        return _frozen_array(value)
    if isinstance(value, slice):
        return ("slice", *(freeze(part) for part in (value.start, value.stop, value.step)))
    if isinstance(value, torch.Generator):
        return ("generator", zlib.crc32(value.get_state().numpy().tobytes()))
    if isinstance(value, Given):
        return ("given", value.source)
    if isinstance(value, File):
        return ("file", value.name, zlib.crc32(value.data))
    if callable(value):  # its repr holds an address, which differs in every run
        return ("function", getattr(value, "__name__", ""))
    if hasattr(value, "to_numpy"):  # a table; its text takes seconds for a million empty columns
        numbers = value.to_numpy()
        return ("table", numbers.shape, zlib.crc32(numbers.tobytes()))
    return (type(value).__name__, str(value)[:2000])  # a dtype or a path: nothing whose text takes long
