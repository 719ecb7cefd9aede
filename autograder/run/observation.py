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

_SAMPLE, _MOST = 400, 1_000
_SINGLE = frozenset((bool, int, float, str, type(None)))


def freeze(value: Any, known: Mapping[int, int] | None = None) -> Any:
    """A value as it is now.

    With `known` (id -> number), the values of those tensors are left out. This is for the arguments after a call;
    changes inside a tensor are recorded separately.
    """
    return _Freezer(known).freeze(value)


def _step(count: int) -> int:
    """Of so many numbers, every which one is kept."""
    return max(1, count // _SAMPLE) | 1  # odd, so that the samples do not line up in the columns of an image


class _Freezer:
    """Freezes one value. Of the tensors and arrays in it the first `_MOST` are kept with their numbers, of the rest
    only what they are: an answer may give one tensor 20,000 times, which costs it nothing.
    """

    def __init__(self, known: Mapping[int, int] | None) -> None:
        self._known, self._left = known, _MOST

    def freeze(self, value: Any) -> Any:
        known = self._known
        if type(value) in _SINGLE:
            return (type(value).__name__, value)
        if isinstance(value, torch.Tensor):
            return ("known",) if known and id(value) in known else self._tensor(value)
        if isinstance(value, torch.nn.Module):
            parameters = tuple(self.freeze(parameter) for parameter in value.parameters())
            return ("module", parameters) if known is not None else ("module", str(value), parameters)
        if isinstance(value, (list, tuple)):
            together = self._together(value)
            return together or (type(value).__name__, *(self.freeze(item) for item in value))
        if isinstance(value, dict):
            return ("dict", *((self.freeze(key), self.freeze(item)) for key, item in value.items()))
        return self._object(value)

    def _tensor(self, value: torch.Tensor) -> Any:
        about = ("tensor", str(value.dtype), tuple(value.shape))
        if not self._has_room():
            return about
        plain = value.detach().reshape(-1)
        # a copy, because a later call may change the tensor
        numbers = plain[:: _step(plain.numel())].to(
            torch.complex128 if plain.is_complex() else torch.float64, copy=True
        )
        return (*about, numbers, None if not value.is_leaf or value.grad is None else self._tensor(value.grad))

    def _array(self, value: Any) -> Any:
        """An array or a number of NumPy's. Not its text: that takes milliseconds, and an answer may give 20,000."""
        plain = np.asarray(value).reshape(-1)
        about = ("array", type(value).__name__, str(plain.dtype), tuple(value.shape))
        if not self._has_room():
            return about
        numbers = plain[:: _step(plain.size)].astype(np.complex128 if plain.dtype.kind == "c" else np.float64)
        return (*about, torch.from_numpy(numbers))

    def _has_room(self) -> bool:
        self._left -= 1
        return self._left >= 0

    def _together(self, value: Any) -> Any:
        """Lists whose items need not be frozen one by one; None for others."""
        if self._known is not None:
            numbers = list(map(self._known.get, map(id, value)))
            if None in numbers:
                return None
            return (type(value).__name__, len(value), zlib.crc32(array.array("q", numbers).tobytes()))  # type: ignore[type-var]
        if len(value) >= MANY and alike(value):
            return (type(value).__name__, len(value), self.freeze(torch.stack(list(value))))
        return None

    def _object(self, value: Any) -> Any:
        if isinstance(value, RemoteObject):
            return ("object", value.type_name)
        if isinstance(value, Opaque):
            return ("opaque", value.type_name)
        if isinstance(value, (np.ndarray, np.generic)):
            return self._array(value)
        if isinstance(value, slice):
            return ("slice", *map(self.freeze, (value.start, value.stop, value.step)))
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
