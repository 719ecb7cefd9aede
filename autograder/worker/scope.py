"""What a worker keeps for one check: the grader's tensors, objects without a form on the wire, graphs, functions of the
course.
"""

from __future__ import annotations

from typing import Any

import torch

from . import device
from .known_tensors import KnownTensors


class Scope:
    """Emptied when the next check begins. `on` is the device of the running call."""

    def __init__(self) -> None:
        self.cpu = self.accelerator = self.on = device.CPU()
        self.forget()

    def forget(self) -> None:
        """Drop everything that was kept for the last check."""
        self.known = KnownTensors(self.cpu)
        self.objects: dict[int, Any] = {}
        self.graphs: list[tuple[Any, list[Any]]] = []
        self._helpers: dict[str, Any] = {}

    def keep(self, value: Any) -> int:
        """The handle by which the grader can ask for an object."""
        # by identity: an object of the student's may define == in any way
        for handle, kept in self.objects.items():
            if kept is value:
                return handle
        self.objects[len(self.objects)] = value
        return len(self.objects) - 1

    def given(self, source: str) -> Any:
        """A function of the course, from its source: the value of an expression, or the last name that a block of
        statements defines. Each source runs in its own namespace.
        """
        if source not in self._helpers:
            space: dict[str, Any] = {"torch": torch, "nn": torch.nn, "F": torch.nn.functional, "__name__": "given"}
            try:
                value = eval(compile(source.strip(), "<given>", "eval"), space)
            except SyntaxError:
                exec(compile(source, "<given>", "exec"), space)
                value = list(space.values())[-1]
            self._helpers[source] = value
        return self._helpers[source]
