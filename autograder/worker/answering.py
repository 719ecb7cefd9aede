"""The course's own functions in a worker of their own, for answers that call a wrong answer.

What a student's code asks of such a function is answered here: values, gradients, and what it does to its arguments. A
callable among the arguments, such as a model, stays where the student's code runs, and is called there. The grader
passes the frames on and calls nothing itself.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any

import numpy as np
import torch

from . import frames, wire
from .tensor_bytes import same_bytes

Reply = tuple[dict[str, Any], list[memoryview]]


class Answering:
    """Answers questions about the functions that `find` gives by name. Graphs are kept until `forget`."""

    def __init__(self, channel: int, find: Callable[[str], Any]) -> None:
        self.channel, self.find = channel, find
        self.graphs: list[tuple[Any, list[Any]]] = []

    def forget(self) -> None:
        self.graphs = []

    def answer(self, question: dict[str, Any], blobs: list[bytearray]) -> Reply:
        """The reply to one question: `value` and what the call changed in its arguments, or `error`.

        Of an error only the class is told: the arguments are a stranger's.
        """
        if question.get("seed") is not None:
            random.seed(question["seed"])
            np.random.seed(question["seed"] % (1 << 32))
            torch.default_generator.manual_seed(question["seed"])
        try:
            decoder = QuestionDecoder(blobs, lambda handle: _Inner(self, handle))
            value = decoder.decode(question["value"])
            answer = self._gradients(question, value) if question["op"] == "vjp" else self._call(question, value)
            encoder = wire.Encoder()
            return {"value": encoder.encode([answer, decoder.changed()])}, encoder.blobs
        except Exception as error:
            return {"error": type(error).__name__}, []

    def _call(self, question: dict[str, Any], value: Any) -> list[Any]:
        args, kwargs = value
        with torch.set_grad_enabled(question["enabled"]):
            result = self.find(question["name"])(*args, **kwargs)
        answer = [result.detach() if isinstance(result, torch.Tensor) else result]
        if question["grad"]:
            self.graphs.append((result, args))
            answer.append(len(self.graphs) - 1)
        return answer

    def _gradients(self, question: dict[str, Any], value: Any) -> list[Any]:
        """The vector-Jacobian product of an earlier call."""
        result, inputs = self.graphs[question["token"]]
        tracked = [entry for entry in inputs if isinstance(entry, torch.Tensor) and entry.requires_grad]
        # an input that the result does not depend on has no gradient
        found = iter(torch.autograd.grad(result, tracked, value[0], allow_unused=True))
        return [next(found) if any(entry is one for one in tracked) else None for entry in inputs]

    def ask_back(self, header: dict[str, Any], value: Any) -> Any:
        """Have the student's worker call one of its own objects. Raises RuntimeError where that fails."""
        encoder = wire.Encoder()
        node = encoder.encode(value)
        frames.write_frame(self.channel, {**header, "value": node}, encoder.blobs)
        while True:
            reply, out = frames.read_frame(self.channel)
            if reply.get("op") != "answer":
                break
            # the object may in turn call one of the functions here
            answered, blobs = self.answer(reply["question"], out)
            frames.write_frame(self.channel, answered, blobs)
        if "error" in reply:
            raise RuntimeError("the object that was passed could not be called")
        return wire.Decoder(out).decode(reply["value"])


class QuestionDecoder(wire.Decoder):
    """Decodes the arguments of a call. `inner` makes the stand-in for a callable of the student's worker."""

    reader = wire.QUESTION

    def __init__(self, blobs: list[bytearray], inner: Callable[[int], Callable[..., Any]]) -> None:
        super().__init__(blobs)
        self.inner = inner
        self.leaves: dict[int, torch.Tensor] = {}
        self._before: dict[int, tuple[torch.Tensor, torch.Tensor | None]] = {}

    def read_tensor(self, node: dict[str, Any], depth: int) -> torch.Tensor:
        number = node.get("n")
        if type(number) is int and number in self.leaves:
            return self.leaves[number]
        value = super().read_tensor(node, depth)
        if type(number) is int:
            value.grad = self.decode(node.get("grad"), depth + 1)
            self.leaves[number] = value
            self._before[number] = value.detach().clone(), None if value.grad is None else value.grad.clone()
        return value

    def read_inner(self, node: dict[str, Any], depth: int) -> Callable[..., Any]:
        return self.inner(node["h"])

    def changed(self) -> list[list[Any]]:
        """[number, values, gradient] of each leaf that the call changed."""
        return [
            [number, leaf.detach(), leaf.grad]
            for number, leaf in self.leaves.items()
            if not all(_same(old, new) for old, new in zip(self._before[number], (leaf, leaf.grad)))
        ]


def _same(a: torch.Tensor | None, b: torch.Tensor | None) -> bool:
    return a is b if a is None or b is None else same_bytes(a, b)


class _Inner:
    """A callable in the student's worker, such as a model. Calls to it, and backward through them, run there, so that
    gradients reach the parameters that the student's code holds.
    """

    def __init__(self, answering: Answering, handle: int) -> None:
        self._answering, self._handle = answering, handle

    def ask(self, header: dict[str, Any], value: Any) -> Any:
        return self._answering.ask_back({**header, "h": self._handle}, value)

    def __call__(self, *args: Any) -> Any:
        if torch.is_grad_enabled():
            # autograd can't see its parameters here; the extra input makes the result part of the graph anyway
            return _InnerGradient.apply(self, torch.ones((), requires_grad=True), *args)
        return self.ask({"inner": "call", "grad": False}, list(args))[0]


class _InnerGradient(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, inner: _Inner, _: torch.Tensor, *args: Any) -> Any:
        value, ctx.token = inner.ask({"inner": "call", "grad": True}, list(args))
        ctx.inner = inner
        return value

    @staticmethod
    def backward(ctx: Any, *grad_outputs: Any) -> Any:
        return (None, None, *ctx.inner.ask({"inner": "vjp", "token": ctx.token}, [grad_outputs[0]]))
