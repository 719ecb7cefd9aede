"""Answers what a worker asks during a call: values and vector-Jacobian products of functions of this process."""

from __future__ import annotations

import contextlib
import signal
import threading
from collections.abc import Callable, Iterator
from typing import Any

import torch

from autograder.compare import Opaque
from autograder.errors import StudentFault, TimedOut
from autograder.run.scope import Scope
from autograder.run.worker_process import Worker
from autograder.worker import wire
from autograder.worker.tensor_bytes import same_bytes


class Answers:
    """Answers the questions of one submission's workers.

    The arguments come from a stranger and may ask for a million epochs. An answer therefore gets the CPU time of a
    call (`seconds`).
    """

    def __init__(self, scope: Scope, seconds: float, public_name: Callable[[str], str]) -> None:
        self.scope, self.seconds, self.public_name = scope, seconds, public_name

    def give(self, worker: Worker, question: dict[str, Any], blobs: list[bytearray]) -> None:
        """Compute the answer and send it. Raises TimedOut; the worker is then killed."""
        try:
            with _time_limit(self.seconds):
                self._give(worker, question, blobs)
        except _TookTooLong:
            worker.kill()
            raise TimedOut(f"a function that it called was stopped after {self.seconds:.0f} seconds") from None

    def _give(self, worker: Worker, question: dict[str, Any], blobs: list[bytearray]) -> None:
        scope = self.scope
        try:
            decoder = QuestionDecoder(blobs, self.public_name, lambda handle: _InnerFunction(self, worker, handle))
            value = decoder.decode(question.get("value"))
            if question["op"] == "vjp":
                result, inputs = scope.graphs[question["token"]]
                tracked = [entry for entry in inputs if isinstance(entry, torch.Tensor) and entry.requires_grad]
                # an input that the result does not depend on has no gradient
                found = iter(torch.autograd.grad(result, tracked, value[0], allow_unused=True))
                answer: Any = [next(found) if any(entry is one for one in tracked) else None for entry in inputs]
            else:
                args, kwargs = value
                with torch.set_grad_enabled(question.get("enabled") is True):
                    result = scope.callbacks[question["n"]](*args, **kwargs)
                answer = [result.detach() if isinstance(result, torch.Tensor) else result]
                if question.get("grad") is True:
                    scope.graphs.append((result, args))
                    answer.append(len(scope.graphs) - 1)
            encoder = wire.Encoder()
            worker.send({"value": encoder.encode([answer, decoder.changed()])}, encoder.blobs)
        except StudentFault:  # of the worker, which is gone: there is nobody to tell
            raise
        except Exception as error:
            # the arguments are the student's: if they break our function, the student's code gets the error
            worker.send({"error": f"{type(error).__name__}: {error}"[:300]}, [])


class QuestionDecoder(wire.Decoder):
    """Decodes the arguments of a function of this process. `inner` makes the stand-in for a callable in the worker."""

    reader = wire.QUESTION

    def __init__(
        self, blobs: list[bytearray], public_name: Callable[[str], str], inner: Callable[[Any], Callable[..., Any]]
    ) -> None:
        super().__init__(blobs)
        self.public_name, self.inner = public_name, inner
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

    def read_opaque(self, node: dict[str, Any], depth: int) -> Opaque:
        return Opaque(self.public_name(str(node.get("type"))[:120]))

    def changed(self) -> list[list[Any]]:
        """[number, values, gradient] of each leaf that the function changed."""
        return [
            [number, leaf.detach(), leaf.grad]
            for number, leaf in self.leaves.items()
            if not all(_same(old, new) for old, new in zip(self._before[number], (leaf, leaf.grad)))
        ]


def _same(a: torch.Tensor | None, b: torch.Tensor | None) -> bool:
    return a is b if a is None or b is None else same_bytes(a, b)


class _InnerFunction:
    """A callable in the worker, such as a model, that was passed to a function of this process. Calls to it run there.

    Backward through its result runs there too, so gradients reach the parameters that the student's code holds.
    """

    def __init__(self, answers: Answers, worker: Worker, handle: Any) -> None:
        self._answers, self._worker, self._handle = answers, worker, handle

    def ask(self, header: dict[str, Any], value: Any) -> Any:
        encoder = wire.Encoder()
        node = encoder.encode(value)
        self._worker.send({**header, "h": self._handle, "value": node}, encoder.blobs)
        while True:
            # the callable may in turn call a function of this process
            reply, out = self._worker.receive()
            if reply.get("op") not in ("callback", "vjp"):
                break
            self._answers.give(self._worker, reply, out)
        if "error" in reply:
            raise RuntimeError(str(reply["error"])[:300])
        return wire.Decoder(out).decode(reply.get("value"))

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        if torch.is_grad_enabled():
            # autograd can't see its parameters here; the extra input makes the result part of the graph anyway
            return _InnerGradient.apply(self, kwargs, torch.ones((), requires_grad=True), *args)
        return self.ask({"inner": "call", "grad": False}, [list(args), kwargs])[0]


class _InnerGradient(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, inner: _InnerFunction, kwargs: dict[str, Any], _: torch.Tensor, *args: Any) -> Any:
        value, ctx.token = inner.ask({"inner": "call", "grad": True}, [list(args), kwargs])
        ctx.inner = inner
        return value

    @staticmethod
    def backward(ctx: Any, *grad_outputs: Any) -> Any:
        return (None, None, None, *ctx.inner.ask({"inner": "vjp", "token": ctx.token}, grad_outputs[0]))


class _TookTooLong(BaseException):
    """Not an Exception, so that no `except Exception` on the way swallows it."""


@contextlib.contextmanager
def _time_limit(seconds: float) -> Iterator[None]:
    """Raise _TookTooLong after so many CPU seconds of this process.

    No limit outside the main thread, because signals reach only that one, nor inside another limit, which goes on.
    """
    if threading.current_thread() is not threading.main_thread() or signal.getitimer(signal.ITIMER_PROF)[0]:
        yield
        return

    def stop(number: int, frame: object) -> None:
        raise _TookTooLong

    before = signal.signal(signal.SIGPROF, stop)
    signal.setitimer(signal.ITIMER_PROF, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.signal(signal.SIGPROF, before)
