"""Tensors of the simulated device in files and copies: `torch.save`, `torch.load`, `pickle`, `copy.copy`."""

from __future__ import annotations

import contextvars
import functools
from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor, nn

from . import simulated_rules
from .simulated import place, placed
from .simulated_rules import LABEL, wanted_device

_wanted: contextvars.ContextVar[Any] = contextvars.ContextVar("map_location", default=None)
"""The `map_location` of the `torch.load` that is running."""


def restored(plain: Tensor, is_parameter: bool) -> Tensor:
    """A simulated tensor from its pickle; a plain one where `torch.load(..., map_location=...)` wants it so."""
    if is_parameter:
        plain = nn.Parameter(plain.detach(), plain.requires_grad)
    wanted = _wanted.get()
    if callable(wanted):  # `lambda storage, place: storage`, the old word for "cpu"
        return plain
    wanted = wanted.get(LABEL, LABEL) if isinstance(wanted, dict) else wanted
    return place(plain) if wanted is None or wanted_device(wanted) else plain


def _reduce(call: simulated_rules.Call, tensor: Tensor, protocol: Any) -> Any:
    """As an ordinary tensor and where it was: pickle and torch know no other class."""
    if not call.is_simulated(tensor):
        return call.plain(tensor, protocol)
    with call.plainly():
        plain = tensor.detach().as_subclass(Tensor).requires_grad_(tensor.requires_grad)
    return restored, (plain, bool(getattr(tensor, "_is_param", False)))


def _loading(load: Callable[..., Any]) -> Callable[..., Any]:
    """torch.load, which would ask storages for their device, and those of simulated tensors are the CPU's."""

    @functools.wraps(load)
    def loaded(f: Any, map_location: Any = None, *args: Any, **kwargs: Any) -> Any:
        token = _wanted.set(map_location)
        try:
            result = load(f, "cpu", *args, **kwargs)
        finally:
            _wanted.reset(token)
        here = isinstance(map_location, (str, torch.device)) and wanted_device(map_location)
        return placed(result, []) if here else result

    return loaded


def start() -> None:
    """Make torch save, load and copy simulated tensors, after `simulated.start`."""
    if "__reduce_ex__" in simulated_rules.SPECIAL:
        return
    simulated_rules.SPECIAL["__reduce_ex__"] = _reduce
    torch.load = _loading(torch.load)
    torch.serialization.add_safe_globals([restored])
