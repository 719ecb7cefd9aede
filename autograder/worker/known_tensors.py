"""The tensors that the grader sent, by its numbers, and their state when grader and worker last agreed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import torch

from . import device
from .tensor_bytes import alike, same_bytes


class KnownTensor:
    """One tensor and the state last agreed on. After every call the two are compared."""

    def __init__(self, tensor: torch.Tensor, on: device.CPU) -> None:
        self.tensor, self.on = tensor, on

    def agree(self) -> None:
        self.where = self.on.where(self.tensor)
        self.values = self.tensor.detach().clone()
        self.grad = None if self.tensor.grad is None else self.tensor.grad.detach().clone()
        self.requires_grad = self.tensor.requires_grad

    def changed(self) -> bool:
        tensor, grad = self.tensor, self.tensor.grad if self.tensor.is_leaf else None
        if tensor.requires_grad != self.requires_grad or self.on.where(tensor) != self.where:
            return True
        # the bits are compared, because version counters miss changes made through NumPy or `.data`
        if not same_bytes(tensor, self.values):
            return True
        if (grad is None) != (self.grad is None):
            return True
        return grad is not None and self.grad is not None and not same_bytes(grad, self.grad)


class KnownList:
    """CPU tensors that came as one list (`alike`), and their values as one tensor: hundreds are compared at once."""

    AT_ONCE = 256
    """Tensors that are stacked for one comparison. Stacking all would need as much memory again as the list."""

    def __init__(self, numbers: Sequence[int], tensors: Sequence[torch.Tensor]) -> None:
        self.numbers, self.tensors = numbers, tuple(tensors)  # the student's code may change the list
        self.values = torch.stack(self.tensors)

    def changed(self) -> bool:
        if not alike(self.tensors):
            return True
        parts = (slice(start, start + self.AT_ONCE) for start in range(0, len(self.tensors), self.AT_ONCE))
        return not all(same_bytes(torch.stack(self.tensors[part]), self.values[part]) for part in parts)

    def apart(self, on: device.CPU) -> dict[int, KnownTensor]:
        """Its tensors one by one, each with the state last agreed on."""
        known = {number: KnownTensor(tensor, on) for number, tensor in zip(self.numbers, self.tensors)}
        for entry, values in zip(known.values(), self.values):
            entry.where, entry.values, entry.grad, entry.requires_grad = on.label, values, None, False
        return known


class KnownTensors:
    """All tensors of a check. A tensor is tracked as part of its list until something happens to it alone."""

    def __init__(self, cpu: device.CPU) -> None:
        self._cpu = cpu
        self._single: dict[int, KnownTensor] = {}
        self._in_lists: dict[int, KnownList] = {}
        # by id(): the entries above keep the tensors alive, so no id is used twice
        self._numbers: dict[int, int] = {}

    def number_of(self, tensor: torch.Tensor) -> int | None:
        return self._numbers.get(id(tensor))

    def numbers_of(self, values: Sequence[object]) -> list[int | None]:
        return list(map(self._numbers.get, map(id, values)))

    def are_in_lists(self, numbers: Sequence[int | None]) -> bool:
        return None not in numbers and self._in_lists.keys() >= set(numbers)

    def are_new(self, numbers: Sequence[int]) -> bool:
        return self._in_lists.keys().isdisjoint(numbers) and self._single.keys().isdisjoint(numbers)

    def add_list(self, numbers: Sequence[int], tensors: Sequence[torch.Tensor]) -> None:
        """Track new CPU tensors as one list."""
        self._in_lists.update(dict.fromkeys(numbers, KnownList(numbers, tensors)))
        self._numbers.update(zip(map(id, tensors), numbers))

    def bring(
        self, number: int, value: torch.Tensor, grad: torch.Tensor | None, on: device.CPU, as_parameter: bool = False
    ) -> torch.Tensor:
        """The tensor with this number, set to this value and this gradient."""
        if number in self._in_lists:
            self._take_apart(self._in_lists[number])
        known = self._single.get(number)
        if known is None:
            tensor = on.place(torch.nn.Parameter(value.detach(), value.requires_grad) if as_parameter else value)
            known = self._single[number] = KnownTensor(tensor, on)
            self._numbers[id(tensor)] = number
        elif not same_bytes(known.tensor, value):
            # the same object with new values, because the student's code may hold it
            known.tensor.data = value.detach()
        if known.tensor.is_leaf:
            known.tensor.requires_grad_(value.requires_grad)
        if grad is None or known.tensor.grad is None or not same_bytes(known.tensor.grad, grad):
            known.tensor.grad = grad
        known.agree()
        return known.tensor

    def changed(self, on: device.CPU) -> Iterator[tuple[int, torch.Tensor]]:
        """The tensors on a device that differ from the state last agreed on, with their numbers.

        Their present state is then the agreed one.
        """
        for together in dict.fromkeys(self._in_lists.values()):
            if on is self._cpu and together.changed():
                self._take_apart(together)
        for number, known in self._single.items():
            if known.on is on and known.changed():
                yield number, known.tensor
                known.agree()

    def _take_apart(self, together: KnownList) -> None:
        for number in together.numbers:
            del self._in_lists[number]
        self._single.update(together.apart(self._cpu))
