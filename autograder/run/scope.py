"""What the grader keeps for one check: its tensors by the worker's numbers."""

from __future__ import annotations

from collections.abc import Sequence

import torch


class Scope:
    """Shared by what encodes and decodes, and emptied when the next check begins."""

    def __init__(self) -> None:
        self.begin()

    def begin(self) -> None:
        """Forget the last check's tensors."""
        # keeps every numbered tensor alive, so that no id() is used twice
        self.tensors: dict[int, torch.Tensor] = {}
        self.changed: list[torch.Tensor] = []
        """The tensors that the last call changed."""
        self.reshaped = False
        """Whether the last call gave another shape to a tensor that it may change."""
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
