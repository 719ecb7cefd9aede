"""The grader's side of the wire: tensors by number, the student's functions by name.

Values are rebuilt here from plain data. Whether a tensor requires grad, and which object a reply refers to, is only the
worker's claim and must not earn marks alone.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Any

import torch

from autograder.compare import Opaque
from autograder.run.messages import public_name
from autograder.run.scope import Scope
from autograder.run.student import File, Given, RemoteObject, StudentFunction
from autograder.worker import frames, modules, wire

BAD_REPLY = (
    frames.WireError, ValueError, TypeError, KeyError, IndexError, OverflowError, RuntimeError, RecursionError,
    MemoryError,
)  # fmt: skip
"""What decoding an invalid reply may raise."""


class OtherLayer(torch.nn.Module):
    """A layer of a student's net that stays in the worker: a class of their own, or one that has no description."""

    def __init__(self, remote: RemoteObject) -> None:
        super().__init__()
        self.remote = remote

    def forward(self, *args: Any) -> Any:
        return self.remote(*args)

    def extra_repr(self) -> str:
        return self.remote.type_name


class CallEncoder(modules.Encoder):
    """Encodes the arguments of a call."""

    def __init__(self, scope: Scope, on_device: bool) -> None:
        super().__init__()
        self.scope, self.on_device = scope, on_device
        self.sent: set[int] = set()

    def write_tensor(self, value: torch.Tensor, depth: int = 0) -> Any:
        if not value.is_leaf:  # without a number, so the worker does not report changes to it
            return self.plain_tensor(value)
        number = self.scope.number_of(value, self.on_device)
        self.sent.add(number)
        node = self.plain_tensor(value) | {"n": number}
        if type(value) is not torch.Tensor and isinstance(value, torch.nn.Parameter):  # the slow test last
            node["parameter"] = True
        if value.grad is not None:
            node["grad"] = self.plain_tensor(value.grad)
        return node

    def many(self, values: Sequence[Any]) -> dict[str, Any] | None:
        node = super().many(values)
        if node is None:
            return None
        numbers = self.scope.numbers_of(values, self.on_device)
        self.sent.update(numbers)
        return {**node, "n": numbers}

    def other(self, value: Any, depth: int) -> Any:
        if isinstance(value, StudentFunction):
            return {"k": "global", "name": value.__name__}
        if isinstance(value, OtherLayer):
            value = value.remote
        if isinstance(value, RemoteObject):
            return {"k": "object", "h": value.handle}
        if isinstance(value, Given):
            return {"k": "given", "source": value.source}
        if isinstance(value, File):
            return {"k": "file", "name": value.name, "b": self.blob(memoryview(value.data)), "text": value.as_text}
        return super().other(value, depth)

    def unknown(self, value: Any, depth: int) -> Any:
        if callable(value):  # it would run in this process, on what the student's code gives it
            raise TypeError("a grader passes functions of its own as `given(source)`")
        raise TypeError(f"a grader can't pass a {type(value).__name__} to the student's code")

    def parameters(self) -> Any:
        """The known parameters that are not among the arguments.

        Objects in the worker may hold them, and the grader may have changed them.
        """
        numbers = self.scope.numbers(self.on_device).values()
        known = [self.scope.tensors[number] for number in numbers if number not in self.sent]
        return [self.write_tensor(tensor) for tensor in known if tensor.requires_grad or tensor.grad is not None]


_DEVICE = re.compile(r"(?:cpu|cuda|mps|xpu|hpu|mtia|meta|simulated)(?::[0-7])?")


def _place(node: dict[str, Any]) -> str:
    """The device of a tensor, from a list of names: a worker's own words go nowhere."""
    name = node.get("on", "cpu")
    return name if isinstance(name, str) and _DEVICE.fullmatch(name) else "another device"


class ReplyDecoder(modules.Decoder):
    """Decodes what a call returned. Collects the devices of its tensors in `places`.

    `remote` makes the object for a handle, the name of its class,
    and whether it is callable.
    """

    reader = wire.REPLY

    def __init__(self, scope: Scope, blobs: list[bytearray], remote: Callable[[int, str, bool], RemoteObject]) -> None:
        super().__init__(blobs)
        self.scope, self.remote = scope, remote
        self.places: set[str] = set()

    def read_tensor(self, node: dict[str, Any], depth: int) -> torch.Tensor:
        self.places.add(_place(node))
        return super().read_tensor(node, depth)

    def many(self, node: dict[str, Any], depth: int) -> list[torch.Tensor]:
        self.places.add("cpu")
        if "refs" not in node:
            return super().many(node, depth)
        # an unknown number raises KeyError, which makes it a bad reply
        return [self.scope.tensors[number] for number in node["refs"]]

    def read_ref(self, node: dict[str, Any], depth: int) -> torch.Tensor:
        self.places.add(_place(node))
        return self.scope.tensors[node["n"]]

    def read_sequential(self, node: dict[str, Any], depth: int) -> Any:
        """A layer without a description must not cost the whole net: which layers it has is what graders ask."""
        described = self.decode(node["v"], depth + 1)
        if isinstance(described, list) and described and isinstance(described[0], list):
            described[0] = [OtherLayer(layer) if isinstance(layer, RemoteObject) else layer for layer in described[0]]
        return modules.rebuild("sequential", described)

    def read_opaque(self, node: dict[str, Any], depth: int) -> Opaque:
        return Opaque(public_name(str(node["type"])[:120]))

    def read_object(self, node: dict[str, Any], depth: int) -> RemoteObject:
        if type(node["h"]) is not int or not 0 <= node["h"] < 1 << 32:
            raise frames.WireError("an invalid handle")
        return self.remote(node["h"], public_name(str(node["type"])[:80]), node.get("callable") is True)
