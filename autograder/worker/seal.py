"""Whether the simulated device is still as it was before a submission's first cell ran.

The device is Python, in the process of the student's code, so its functions can be replaced. Here that is noticed, by
code in the same process: it tells who tampers from who does not, and is no wall. docs/parity.md says what the device
check rests on.
"""

from __future__ import annotations

import operator
import sys
import types
from typing import Any

from . import simulated

_PARTS = ("simulated", "simulated_files", "simulated_products", "simulated_rules", "device", "codec", "known_tensors",
          "nested", "wire", "tensor_bytes")  # fmt: skip
"""Modules that decide where a tensor is, and say so."""


class Seal:
    """Remembers every name of these modules, of their classes and tables, and what each function is made of."""

    def __init__(self) -> None:
        package = __name__.rpartition(".")[0]
        self._modules = [sys.modules[f"{package}.{name}"] for name in _PARTS]
        self._parts = self._now()

    @property
    def broken(self) -> bool:
        """Whether any of it is another object now."""
        now = self._now()
        # by identity, because objects may define == in any way
        return len(now) != len(self._parts) or not all(map(operator.is_, now, self._parts))

    def _now(self) -> list[Any]:
        parts: list[Any] = []
        for module in self._modules:
            for name, value in list(vars(module).items()):
                if not name.startswith("__"):  # Python's own, such as the registry of warnings that were shown
                    parts.append(name)
                    self._add(parts, value, module.__name__, 0)
        return parts

    def _add(self, parts: list[Any], value: Any, module: str, depth: int) -> None:
        parts.append(value)
        kind = type(value)
        if kind is types.FunctionType:
            parts += (value.__code__, value.__defaults__, value.__kwdefaults__)
            parts += (cell.cell_contents for cell in value.__closure__ or ())
        elif kind in (staticmethod, classmethod):
            self._add(parts, value.__func__, module, depth)
        elif kind is property:
            self._add(parts, value.fget, module, depth)
            self._add(parts, value.fset, module, depth)
        elif depth < 2 and (kind is dict or _is_own_class(value, module)):
            for name, part in list((value if kind is dict else vars(value)).items()):
                if name != "__slotnames__":  # pickle adds it to a class
                    parts.append(name)
                    self._add(parts, part, module, depth + 1)


def _is_own_class(value: Any, module: str) -> bool:
    """Not torch's: libraries add methods to those. Two of ours have a name that says they are another's."""
    if value is simulated.SimulatedTensor or value is simulated.Kind:
        return True
    return issubclass(type(value), type) and value.__module__ == module
