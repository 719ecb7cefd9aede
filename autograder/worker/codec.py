"""The worker's side of the wire.

Tensors carry the grader's numbers and live on the call's device. Objects without a form on the wire stay here and
travel as handles.
"""

from __future__ import annotations

import pathlib
from collections.abc import Callable, Sequence
from typing import Any

import torch

from . import device, modules, wire
from .scope import Scope


class ReplyEncoder(modules.Encoder):
    """Encodes what a call returned."""

    def __init__(self, scope: Scope, on: device.CPU) -> None:
        super().__init__()
        self.scope, self.on = scope, on

    def write_tensor(self, value: torch.Tensor, depth: int) -> Any:
        number = self.scope.known.number_of(value)
        return self.plain_tensor(value) if number is None else self._placed({"k": "ref", "n": number}, value)

    def plain_tensor(self, value: torch.Tensor) -> dict[str, Any]:
        return self._placed(super().plain_tensor(value), value)

    def many(self, values: Sequence[Any]) -> dict[str, Any] | None:
        numbers = self.scope.known.numbers_of(values)
        if self.scope.known.are_in_lists(numbers):
            # all are tensors that the grader sent, so their numbers are enough
            return {"refs": numbers}
        return super().many(values) if not any(number is not None for number in numbers) else None

    def gradient(self, tensor: torch.Tensor) -> dict[str, Any] | None:
        """The gradient of a leaf tensor; it is on the device of that tensor."""
        grad = tensor.grad if tensor.is_leaf else None
        return None if grad is None else self._placed(super().plain_tensor(grad), tensor)

    def _placed(self, node: dict[str, Any], value: torch.Tensor) -> dict[str, Any]:
        where = self.on.where(value)
        return node if where == "cpu" else {**node, "on": where}

    def generator_state(self, value: torch.Generator) -> Any:
        return super().plain_tensor(value.get_state())  # a CPU tensor for generators of every device

    def unknown(self, value: Any, depth: int) -> Any:
        handle = self.scope.keep(value)
        return {"k": "object", "h": handle, "type": type(value).__name__[:80], "callable": callable(value)}


class CallDecoder(modules.Decoder):
    """Decodes what the grader calls with.

    `find` returns the value of a name in the submission.
    """

    reader = wire.WORKER

    def __init__(
        self, scope: Scope, blobs: list[bytearray], on: device.CPU,
        find: Callable[[str], Any], folder: pathlib.Path,
    ) -> None:  # fmt: skip
        super().__init__(blobs)
        self.scope, self.on, self.find, self.folder = scope, on, find, folder

    def read_tensor(self, node: dict[str, Any], depth: int) -> torch.Tensor:
        number = node.get("n")
        value = self.on.place(super().read_tensor(node, depth))
        return value if number is None else self._known(number, value, node, depth)

    def many(self, node: dict[str, Any], depth: int) -> list[torch.Tensor]:
        values, numbers = super().many(node, depth), node.get("n")
        if numbers is None:
            return [self.on.place(value) for value in values]
        # new tensors on the CPU are tracked as one list, and hundreds are then compared at once
        if self.on is self.scope.cpu and self.scope.known.are_new(numbers):
            self.scope.known.add_list(numbers, values)
            return values
        return [self._known(number, self.on.place(value), {}, depth) for number, value in zip(numbers, values)]

    def _known(self, number: int, value: torch.Tensor, node: dict[str, Any], depth: int) -> torch.Tensor:
        grad = self.decode(node.get("grad"), depth + 1)
        return self.scope.known.bring(number, value, grad, self.on, as_parameter=node.get("parameter") is True)

    def read_global(self, node: dict[str, Any], depth: int) -> Any:
        return self.find(node["name"])

    def read_object(self, node: dict[str, Any], depth: int) -> Any:
        return self.scope.objects[node["h"]]

    def read_given(self, node: dict[str, Any], depth: int) -> Any:
        return self.scope.given(node["source"])

    def read_file(self, node: dict[str, Any], depth: int) -> str | pathlib.Path:
        # the last component only, so that the file is in the scratch folder
        path = self.folder / pathlib.Path(node["name"]).name
        path.write_bytes(self.blobs[node["b"]])
        return str(path) if node["text"] else path
