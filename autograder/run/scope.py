"""What the grader keeps for one check: its tensors by the worker's numbers, its callbacks, its graphs."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

import torch


class Scope:
    """Shared by codec and callbacks, and emptied when the next check begins.

    `lasting` are functions that every check has, under the same numbers: those that replace wrong answers.
    """

    def __init__(self, lasting: Iterable[Callable[..., Any]] = ()) -> None:
        self._lasting = tuple(lasting)
        self.begin()

    def begin(self) -> None:
        """Forget the last check's tensors, callbacks and graphs."""
        # keeps every numbered tensor alive, so that no id() is used twice
        self.tensors: dict[int, torch.Tensor] = {}
        self.callbacks: list[Callable[..., Any]] = list(self._lasting)
        self.graphs: list[tuple[Any, list[Any]]] = []
        self.changed: list[torch.Tensor] = []
        """The tensors that the last call changed."""
        self._numbers: dict[bool, dict[int, int]] = {False: {}, True: {}}

    def numbers(self, on_device: bool) -> dict[int, int]:
        """The worker's numbers for our tensors, by id(). They differ between its CPU and its accelerator."""
        return self._numbers[on_device]

    def number_of(self, tensor: torch.Tensor, on_device: bool) -> int:
        number = self._numbers[on_device].get(id(tensor))
        return self.numbers_of([tensor], on_device)[0] if number is None else number

    def numbers_of(self, tensors: Sequence[torch.Tensor], on_device: bool) -> list[int]:
        """The worker's numbers for some tensors. New tensors get consecutive numbers."""
        known, ids = self._numbers[on_device], list(map(id, tensors))
        new = {name: tensor for name, tensor in zip(ids, tensors) if name not in known}
        numbers = range(len(self.tensors), len(self.tensors) + len(new))
        known.update(zip(new, numbers))
        self.tensors.update(zip(numbers, new.values()))
        return [known[name] for name in ids]

    def register(self, function: Callable[..., Any]) -> int:
        """The number by which the worker can ask for a function of this process."""
        for number, known in enumerate(self.callbacks):
            if known is function:
                return number
        self.callbacks.append(function)
        return len(self.callbacks) - 1
