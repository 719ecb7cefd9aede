"""Neighbouring kinds: a right value that comes as another kind than asked for, such as a list for a tuple.

It costs a quarter of an exercise at most (`results.ExerciseResult`): the student has solved the exercise, and the kind
is a detail that the next cell may or may not mind.

| asked for | neighbours |
| --- | --- |
| scalar tensor | Python or NumPy number (a bool only for a bool) |
| Python number | scalar tensor or NumPy number of that sort |
| float32 | float64, and the other way round |
| int64 | int32, and the other way round |
| tuple | list, and the other way round |
"""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from torch import Tensor

_DTYPES = ({torch.float32, torch.float64}, {torch.int32, torch.int64})


def as_wanted(value: Any, want: Any) -> Any:
    """`value` in the kind of `want` if its own is a neighbour, inside containers too; otherwise the value as it is."""
    if isinstance(want, Tensor):
        return _as_tensor(value, want)
    if isinstance(want, (bool, int, float)):
        return _as_number(value, type(want))
    if isinstance(want, (tuple, list)) and type(value) in (tuple, list) and len(value) == len(want):
        items = [as_wanted(item, wanted) for item, wanted in zip(value, want)]
        return tuple(items) if isinstance(want, tuple) else items
    if isinstance(want, dict) and type(value) is dict:
        return {key: as_wanted(item, want[key]) if key in want else item for key, item in value.items()}
    return value


def _as_tensor(value: Any, want: Tensor) -> Any:
    if type(value) is Tensor:
        alike = any(value.dtype in group and want.dtype in group for group in _DTYPES)
        return value.to(want.dtype) if alike else value
    if want.ndim == 0 and _sort_of(value) in _sorts_for(want.dtype):
        return torch.tensor(value, dtype=want.dtype)
    return value


def _as_number(value: Any, kind: type) -> Any:
    if type(value) is Tensor and value.ndim == 0:
        return kind(value.item()) if kind in _sorts_for(value.dtype)[:1] else value
    return kind(value) if isinstance(value, np.generic) and _sort_of(value) is kind else value


def _sort_of(value: Any) -> type | None:
    """bool, int or float for a number of Python's or NumPy's; None for anything else."""
    for sort, kinds in ((bool, (bool, np.bool_)), (int, (int, np.integer)), (float, (float, np.floating))):
        if isinstance(value, kinds):
            return sort
    return None


def _sorts_for(dtype: torch.dtype) -> tuple[type, ...]:
    """The sorts of number that a tensor of a dtype holds, its own first."""
    if dtype is torch.bool:
        return (bool,)
    return (float, int) if dtype.is_floating_point else (int,)
