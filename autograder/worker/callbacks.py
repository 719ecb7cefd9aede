"""The course's functions as a student's worker sees them. Calling one asks the grader; its code never comes here.

The grader passes the question on (`answering`), and may ask back on the way: for example, it may call a model that was
passed as an argument.
"""

from __future__ import annotations

from typing import Any

import torch

from . import frames, wire
from .scope import Scope


class GraderLine:
    """The channel to the grader, for code that runs during a call."""

    def __init__(self, channel: int, scope: Scope) -> None:
        self.channel, self.scope = channel, scope

    def ask(self, header: dict[str, Any], blobs: list[memoryview]) -> Any:
        """Send a request to the grader and wait for the reply. Raises RuntimeError if the function raised."""
        frames.write_frame(self.channel, header, blobs)
        while True:
            reply, out = frames.read_frame(self.channel)
            if "inner" in reply:
                self._answer_inner(reply, out)
                continue
            if "error" in reply:
                raise RuntimeError(reply["error"])
            return wire.Decoder(out).decode(reply["value"])

    def _answer_inner(self, question: dict[str, Any], blobs: list[bytearray]) -> None:
        """Call one of this worker's objects for a function of the course, or run backward through such a call."""
        encoder, scope = wire.Encoder(), self.scope
        try:
            value = wire.Decoder(blobs).decode(question["value"])
            if question["inner"] == "vjp":
                result, inputs = scope.graphs[question["token"]]
                # backward() raises on a result without a graph; its inputs then simply have no gradient
                if result.requires_grad:
                    result.backward(scope.on.place_all(value[0]))
                answer: Any = [entry.grad if isinstance(entry, torch.Tensor) else None for entry in inputs]
            else:
                args = scope.on.place_all(value)
                with torch.set_grad_enabled(question["grad"]):
                    result = scope.objects[question["h"]](*args)
                # kept for a later "vjp" request, which names it by its position
                scope.graphs.append((result, args))
                answer = [result.detach() if isinstance(result, torch.Tensor) else result, len(scope.graphs) - 1]
            frames.write_frame(self.channel, {"value": encoder.encode(answer)}, encoder.blobs)
        except Exception:
            frames.write_frame(self.channel, {"error": True}, [])


class _QuestionEncoder(wire.Encoder):
    """Encodes the arguments of a function of the course.

    Each leaf tensor gets a number, so that its changes to it can be applied here.
    """

    def __init__(self, scope: Scope) -> None:
        super().__init__()
        self.scope = scope
        self.leaves: list[torch.Tensor] = []

    def other(self, value: Any, depth: int) -> Any:
        if callable(value):  # for example a model: the function may call it, and the call is made here
            return {"k": "inner", "h": self.scope.keep(value)}
        return super().other(value, depth)

    def write_tensor(self, value: torch.Tensor, depth: int) -> Any:
        node = self.plain_tensor(value)
        if value.is_leaf and node["k"] == "tensor":
            # by identity: == on tensors compares their elements
            node["n"] = next((number for number, leaf in enumerate(self.leaves) if leaf is value), len(self.leaves))
            node["grad"] = None if value.grad is None else self.plain_tensor(value.grad)
            if node["n"] == len(self.leaves):
                self.leaves.append(value)
        return node


class Callback:
    """A function of the course, known to the grader by its number."""

    def __init__(self, line: GraderLine, number: int, name: str) -> None:
        self._line, self._number, self.__name__ = line, number, name

    def ask(self, header: dict[str, Any], value: Any) -> Any:
        on = self._line.scope.on
        with on.plainly():
            encoder = _QuestionEncoder(self._line.scope)
            node = encoder.encode(value)
            answer, changed = self._line.ask({**header, "n": self._number, "value": node}, encoder.blobs)
            for number, new, grad in changed:
                # .data, because an in-place change of a leaf that requires a gradient raises
                encoder.leaves[number].data.copy_(new)
                encoder.leaves[number].grad = on.place_all(grad)
            # the course's functions work on the CPU, but this one was called with tensors on the device
            return on.place_all(answer)

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        enabled = torch.is_grad_enabled()
        if enabled and any(isinstance(arg, torch.Tensor) and arg.requires_grad for arg in args):
            return _RemoteGradient.apply(self, kwargs, *args)
        return self.ask({"op": "callback", "grad": False, "enabled": enabled}, [list(args), kwargs])[0]


class _RemoteGradient(torch.autograd.Function):
    """A function of the course as a node of the worker's autograd graph.

    Its value and its vector-Jacobian product both come by way of the grader.
    """

    @staticmethod
    def forward(ctx: Any, callback: Callback, kwargs: dict[str, Any], *args: Any) -> Any:
        value, ctx.token = callback.ask({"op": "callback", "grad": True, "enabled": True}, [list(args), kwargs])
        ctx.callback, ctx.count = callback, len(args)
        return value

    @staticmethod
    def backward(ctx: Any, *grad_outputs: Any) -> Any:
        gradients = ctx.callback.ask({"op": "vjp", "token": ctx.token}, list(grad_outputs))
        return (None, None, *gradients)
