"""A forked child: runs the cells of one submission and serves calls of what they define.

Everything the grader learns comes as plain data. What a call changes in its arguments goes back with the reply: the child keeps each tensor
that it was sent under the grader's number for it, and after every call tells which of them are no longer as they were.
"""

from __future__ import annotations
import __future__

import ast
import itertools
import linecache
import pathlib
import random
import sys
import time
import types
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import torch

from . import device, frames, library_patches, modules, wire

_DEFINES = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Import, ast.ImportFrom)


class NoGraph(Exception):
    """The grader asked for a gradient, and the result is not connected to any tensor that requires one."""


class _Shell:
    """Stands where IPython's shell would: magics and shell commands of a cell do nothing here."""

    def __getattr__(self, name: str) -> Callable[..., None]:
        return lambda *args, **kwargs: None


class _KnownTensor:
    """A tensor the grader sent, and what it was when grader and child last agreed."""

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
        if not wire.same_bytes(tensor, self.values):
            return True
        if (grad is None) != (self.grad is None):
            return True
        return grad is not None and self.grad is not None and not wire.same_bytes(grad, self.grad)


class _KnownList:
    """Tensors of the CPU that came as one list (`wire.alike`), and their values as one tensor: hundreds are compared in one go."""

    AT_ONCE = 256
    """Tensors that are copied together to be compared: all at once would need as much memory again as the list."""

    def __init__(self, numbers: Sequence[int], tensors: Sequence[torch.Tensor]) -> None:
        self.numbers, self.tensors = numbers, tuple(tensors)  # the list itself is the student's to change
        self.values = torch.stack(self.tensors)

    def changed(self) -> bool:
        if not wire.alike(self.tensors):
            return True
        parts = range(0, len(self.tensors), self.AT_ONCE)
        return not all(
            wire.same_bytes(torch.stack(self.tensors[start : start + self.AT_ONCE]), self.values[start : start + self.AT_ONCE])
            for start in parts
        )

    def apart(self, on: device.CPU) -> dict[int, _KnownTensor]:
        """Each by itself, as it was when grader and child last agreed."""
        known = {number: _KnownTensor(tensor, on) for number, tensor in zip(self.numbers, self.tensors)}
        for entry, values in zip(known.values(), self.values):
            entry.where, entry.values, entry.grad, entry.requires_grad = on.label, values, None, False
        return known


_SINGLE = frozenset((torch.Tensor, torch.nn.Parameter, bool, int, float, str, type(None)))


def _contents(value: Any, depth: int = 0) -> list[Any]:
    """Everything in nested lists, tuples and dicts, in order; a random generator as its state."""
    if type(value) in _SINGLE or depth > wire.MAX_DEPTH:  # a list may have been put into itself
        return [value]
    if type(value) in (list, tuple, dict):
        items = [part for pair in value.items() for part in pair] if type(value) is dict else value
        parts = [items] if _SINGLE.issuperset(map(type, items)) else [_contents(item, depth + 1) for item in items]
        return [value, len(value), *itertools.chain.from_iterable(parts)]
    return [value, value.get_state().numpy().tobytes()] if isinstance(value, torch.Generator) else [value]


def _as_before(before: list[Any], after: list[Any]) -> bool:
    """Whether nothing was put into containers, taken out of them or replaced there; what happened inside a tensor is seen elsewhere."""
    return len(before) == len(after) and all(
        old is new or (type(old) is type(new) and type(old) in (int, bytes) and old == new) for old, new in zip(before, after)
    )


class _Encoder(wire.Encoder):
    def __init__(self, child: Child, on: device.CPU) -> None:
        super().__init__()
        self.child, self.on = child, on

    def tensor(self, value: torch.Tensor) -> Any:
        number = self.child.numbers.get(id(value))
        return self.plain_tensor(value) if number is None else self._placed({"k": "ref", "n": number}, value)

    def plain_tensor(self, value: torch.Tensor) -> dict[str, Any]:
        return self._placed(super().plain_tensor(value), value)

    def many(self, values: Sequence[Any]) -> dict[str, Any] | None:
        numbers = list(map(self.child.numbers.get, map(id, values)))
        if None not in numbers and self.child.numbers_in_lists.keys() >= set(numbers):
            return {"refs": numbers}
        return super().many(values) if not any(number is not None for number in numbers) else None

    def gradient(self, tensor: torch.Tensor) -> dict[str, Any] | None:
        """The gradient on a leaf; it is where its tensor is."""
        grad = tensor.grad if tensor.is_leaf else None
        return None if grad is None else self._placed(super().plain_tensor(grad), tensor)

    def _placed(self, node: dict[str, Any], value: torch.Tensor) -> dict[str, Any]:
        where = self.on.where(value)
        return node if where == "cpu" else {**node, "on": where}

    def other(self, value: Any, depth: int) -> Any:
        if isinstance(value, torch.Generator):  # its state is on the CPU, wherever it is
            return {"k": "generator", "v": super().plain_tensor(value.get_state())}
        described = modules.describe(value)
        if described is not None:
            return {"k": described[0], "v": self.encode(described[1], depth + 1)}
        return {"k": "object", "h": self.child.keep(value), "type": type(value).__name__[:80], "callable": callable(value)}


class _Decoder(wire.Decoder):
    def __init__(self, child: Child, blobs: list[bytearray], on: device.CPU) -> None:
        super().__init__(blobs)
        self.child, self.on = child, on

    def tensor(self, node: dict[str, Any], depth: int) -> torch.Tensor:
        number = node.get("n")
        value = self.on.place(super().tensor(node, depth))
        if number is None:
            return value
        return self._known(number, value, node, depth)

    def many(self, node: dict[str, Any], depth: int) -> list[torch.Tensor]:
        values, numbers = super().many(node, depth), node.get("n")
        if numbers is None:
            return [self.on.place(value) for value in values]
        if (
            self.on is self.child.cpu
            and self.child.numbers_in_lists.keys().isdisjoint(numbers)
            and self.child.known.keys().isdisjoint(numbers)
        ):
            self.child.remember(numbers, values)
            return values
        return [self._known(number, self.on.place(value), {}, depth) for number, value in zip(numbers, values)]

    def _known(self, number: int, value: torch.Tensor, node: dict[str, Any], depth: int) -> torch.Tensor:
        """The tensor that the grader means by a number, brought to these values."""
        if number in self.child.numbers_in_lists:
            self.child.take_apart(self.child.numbers_in_lists[number])
        known = self.child.known.get(number)
        if known is None:
            tensor = torch.nn.Parameter(value.detach(), value.requires_grad) if node.get("parameter") else value
            tensor = self.on.place(tensor)
            known = self.child.known[number] = _KnownTensor(tensor, self.on)
            self.child.numbers[id(tensor)] = number
        elif not wire.same_bytes(known.tensor, value):
            known.tensor.data = value.detach()
        if known.tensor.is_leaf:
            known.tensor.requires_grad_(value.requires_grad)
        grad = self.decode(node.get("grad"), depth + 1)
        if grad is None or known.tensor.grad is None or not wire.same_bytes(known.tensor.grad, grad):
            known.tensor.grad = grad
        known.agree()
        return known.tensor

    def other(self, kind: str, node: dict[str, Any], depth: int) -> Any:
        if kind == "global":
            return self.child.find(node["name"])
        if kind == "object":
            return self.child.objects[node["h"]]
        if kind == "callback":
            return Callback(self.child, node["n"], node["name"])
        if kind == "given":
            return self.child.given(node["source"])
        if kind == "file":
            path = self.child.folder / pathlib.Path(node["name"]).name
            path.write_bytes(self.blobs[node["b"]])
            return str(path) if node["text"] else path
        if kind == "generator":  # the course's generators are of the CPU, wherever the numbers go
            return modules.rebuild(kind, wire.Decoder(self.blobs).decode(node["v"]))
        if kind in modules.KINDS:
            return modules.rebuild(kind, self.decode(node["v"], depth + 1))
        return super().other(kind, node, depth)


class _RemoteGradient(torch.autograd.Function):
    """A function of the grader's as a node of the child's graph: values and vector-Jacobian products both come from there."""

    @staticmethod
    def forward(ctx: Any, callback: Callback, kwargs: dict[str, Any], *args: Any) -> Any:
        value, ctx.token = callback.ask({"op": "callback", "grad": True, "enabled": True}, [list(args), kwargs])
        ctx.callback, ctx.count = callback, len(args)
        return value

    @staticmethod
    def backward(ctx: Any, *grad_outputs: Any) -> Any:
        gradients = ctx.callback.ask({"op": "vjp", "token": ctx.token}, list(grad_outputs))
        return (None, None, *gradients)


class _QuestionEncoder(wire.Encoder):
    """The arguments of a function of the grader's. Leaf tensors carry a number: what that function changes in them is changed here."""

    def __init__(self, child: Child) -> None:
        super().__init__()
        self.child = child
        self.leaves: list[torch.Tensor] = []

    def other(self, value: Any, depth: int) -> Any:
        if callable(value):  # a model, say: the grader's function may call it, and that call is made here
            return {"k": "inner", "h": self.child.keep(value)}
        return super().other(value, depth)

    def tensor(self, value: torch.Tensor) -> Any:
        node = self.plain_tensor(value)
        if value.is_leaf and node["k"] == "tensor":
            node["n"] = next((number for number, leaf in enumerate(self.leaves) if leaf is value), len(self.leaves))
            node["grad"] = None if value.grad is None else self.plain_tensor(value.grad)
            if node["n"] == len(self.leaves):
                self.leaves.append(value)
        return node


class Callback:
    """A function that lives in the grader's process; calling it asks the grader, so its code never comes here."""

    def __init__(self, child: Child, number: int, name: str) -> None:
        self._child, self._number, self.__name__ = child, number, name

    def ask(self, header: dict[str, Any], value: Any) -> Any:
        on = self._child.on
        with on.plainly():
            encoder = _QuestionEncoder(self._child)
            node = encoder.encode(value)
            answer, changed = self._child.ask({**header, "n": self._number, "value": node}, encoder.blobs)
            for number, new, grad in changed:
                encoder.leaves[number].data.copy_(new)
                encoder.leaves[number].grad = on.place_all(grad)
            return on.place_all(answer)  # the grader's functions work on the CPU, and this one was called with what is on the device

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        wants_gradient = torch.is_grad_enabled() and any(isinstance(arg, torch.Tensor) and arg.requires_grad for arg in args)
        if wants_gradient:
            return _RemoteGradient.apply(self, kwargs, *args)
        return self.ask({"op": "callback", "grad": False, "enabled": torch.is_grad_enabled()}, [list(args), kwargs])[0]


class Child:
    """One submission's namespace, and the loop that serves the grader over the file descriptor `channel`."""

    def __init__(self, channel: int) -> None:
        self.channel = channel
        self.folder = pathlib.Path.cwd()
        self.module = types.ModuleType("__main__")
        sys.modules["__main__"] = self.module
        self.names = self.module.__dict__
        self.names.update(get_ipython=_Shell, display=lambda *args, **kwargs: None)
        self.future_flags = 0
        self.owned: dict[str, Any] = {}
        self.cpu = self.accelerator = self.on = device.CPU()
        self.forget()

    def forget(self) -> None:
        """Drop every tensor, object and helper of the last check."""
        self.known: dict[int, _KnownTensor] = {}
        self.numbers_in_lists: dict[int, _KnownList] = {}
        self.numbers: dict[int, int] = {}
        self.objects: dict[int, Any] = {}
        self.sources: dict[str, Any] = {}
        self.graphs: list[tuple[Any, list[Any]]] = []

    def remember(self, numbers: Sequence[int], tensors: Sequence[torch.Tensor]) -> None:
        """Know new tensors of the CPU together, by the grader's numbers."""
        self.numbers_in_lists.update(dict.fromkeys(numbers, _KnownList(numbers, tensors)))
        self.numbers.update(zip(map(id, tensors), numbers))

    def take_apart(self, together: _KnownList) -> None:
        """From now on, know each of these by itself."""
        for number in together.numbers:
            del self.numbers_in_lists[number]
        self.known.update(together.apart(self.cpu))

    def keep(self, value: Any) -> int:
        for handle, kept in self.objects.items():
            if kept is value:
                return handle
        self.objects[len(self.objects)] = value
        return len(self.objects) - 1

    def find(self, name: str) -> Any:
        if name not in self.names:
            raise NameError(f"name '{name}' is not defined")
        return self.names[name]

    def given(self, source: str) -> Any:
        """The value of an expression, or the last name that a block of statements defines, in a namespace of its own."""
        if source not in self.sources:
            space: dict[str, Any] = {"torch": torch, "nn": torch.nn, "F": torch.nn.functional, "__name__": "given"}
            try:
                value = eval(compile(source.strip(), "<given>", "eval"), space)
            except SyntaxError:
                exec(compile(source, "<given>", "exec"), space)
                value = list(space.values())[-1]
            self.sources[source] = value
        return self.sources[source]

    # ------------------------------------------------------------ requests

    def serve(self, first: dict[str, Any]) -> None:
        """Answer requests until the grader hangs up. `first` goes with the first reply."""
        operations = {
            "device": self.start_device,
            "cell": self.run_cell,
            "call": self.call,
            "bind": self.bind,
            "names": self.list_names,
        }
        while True:
            try:
                header, blobs = frames.read_frame(self.channel)
            except frames.ChannelClosed:
                return
            reply, out = operations[header["op"]](header, blobs)
            frames.write_frame(self.channel, {"id": header["id"], **reply, "remarks": sorted(library_patches.heard), **first}, out)
            first = {}
            if reply.get("broken"):
                return

    def ask(self, header: dict[str, Any], blobs: list[memoryview]) -> Any:
        """Put a question to the grader in the middle of a call, and wait for the answer."""
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
        """Call something of this side's for a function of the grader's, or run backward through such a call."""
        encoder = wire.Encoder()
        try:
            value = wire.Decoder(blobs).decode(question["value"])
            if question["inner"] == "vjp":
                result, inputs = self.graphs[question["token"]]
                if result.requires_grad:
                    result.backward(self.on.place_all(value))
                answer: Any = [entry.grad if isinstance(entry, torch.Tensor) else None for entry in inputs]
            else:
                args, kwargs = self.on.place_all(value[0]), value[1]
                with torch.set_grad_enabled(question["grad"]):
                    result = self.objects[question["h"]](*args, **kwargs)
                self.graphs.append((result, args))
                answer = [result.detach() if isinstance(result, torch.Tensor) else result, len(self.graphs) - 1]
            frames.write_frame(self.channel, {"value": encoder.encode(answer)}, encoder.blobs)
        except Exception as error:
            told = self._explain(error)
            frames.write_frame(self.channel, {"error": f"{told['type']}: {told['message']}"}, [])

    def start_device(self, header: dict[str, Any], blobs: list[bytearray]) -> tuple[dict[str, Any], list[memoryview]]:
        """Make the accelerator ready that some of the calls will be made on; before the student's first cell."""
        try:
            self.accelerator = device.start(header["name"], header["memory"])
        except Exception as error:
            return {"error": f"{type(error).__name__}: {error}"[:300]}, []
        return {"label": self.accelerator.label}, []

    def list_names(self, header: dict[str, Any], blobs: list[bytearray]) -> tuple[dict[str, Any], list[memoryview]]:
        return {"callable": [name for name in header["names"] if callable(self.names.get(name))]}, []

    def bind(self, header: dict[str, Any], blobs: list[bytearray]) -> tuple[dict[str, Any], list[memoryview]]:
        """Put a function of the grader's in the place of an answer."""
        self.names[header["name"]] = self.owned[header["name"]] = Callback(self, header["n"], header["name"])
        return {}, []

    def run_cell(self, header: dict[str, Any], blobs: list[bytearray]) -> tuple[dict[str, Any], list[memoryview]]:
        """Run a cell statement by statement; one that fails is noted, and the ones after it run all the same.

        An exercise's function is the one that its own answer cell defines: where another cell gives its name to something else (a star
        import, a variable called `accuracy`), it is given back.
        """
        source, name = header["source"], f"<cell {header['name']}>"
        linecache.cache[name] = (len(source), None, source.splitlines(keepends=True), name)
        notes: list[dict[str, Any]] = []
        try:
            body = ast.parse(source, name).body
        except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
            return {"notes": [{**self._explain(error), "syntax": True}]}, []
        for statement in body:
            if header.get("only_definitions") and not isinstance(statement, _DEFINES):
                continue
            if isinstance(statement, ast.ImportFrom) and statement.module == "__future__":
                for alias in statement.names:
                    self.future_flags |= getattr(getattr(__future__, alias.name, None), "compiler_flag", 0)
            try:
                code = compile(ast.Module([statement], []), name, "exec", flags=self.future_flags, dont_inherit=True)
                exec(code, self.names)
            except BaseException as error:
                if len(notes) < 20:
                    notes.append(self._explain(error))
        exercise = header.get("exercise")
        if exercise is not None and callable(self.names.get(exercise)):
            self.owned[exercise] = self.names[exercise]
        self.names.update(self.owned)
        library_patches.apply()
        return {"notes": notes}, []

    def call(self, header: dict[str, Any], blobs: list[bytearray]) -> tuple[dict[str, Any], list[memoryview]]:
        """Call a function of the submission, or a method of an object that an earlier call of the same check gave back.

        With `forget`, everything that earlier calls left goes first. The reply has `args` only where something was put into the lists among
        them, taken out or replaced; what became of the tensors themselves is `changed`; `spent` are seconds by the clock.
        """
        if header["forget"]:
            self.forget()
        random.seed(header["seed"])
        np.random.seed(header["seed"] % (1 << 32))
        torch.set_grad_enabled(True)  # an earlier call may have switched it off for good
        on = self.on = self.accelerator if header.get("on_device") else self.cpu
        on.seed(header["seed"])
        encoder = _Encoder(self, on)
        reply: dict[str, Any] = {}
        args, before = None, [None]
        try:
            with self.accelerator.plainly():
                decoder = _Decoder(self, blobs, on)
                args, kwargs, target = decoder.decode(header["args"])
                for node in header["parameters"]:
                    decoder.decode(node)
                before = _contents(args)
            del decoder
            del blobs
            start = time.monotonic()
            with on.running():
                for attribute in header.get("path", []):
                    target = getattr(target, attribute)
                value = wire.materialise(target(*args, **kwargs) if header.get("called", True) else target)
                if header.get("backward"):
                    self._backward(value)
            reply["spent"] = time.monotonic() - start
            with self.accelerator.plainly():
                reply["value"] = encoder.encode(value)
        except BaseException as error:
            reply["error"] = self._explain(error)
            if not on.works():  # nothing can be fetched from it any more, and nothing can be run on it
                return {**reply, "broken": True, "changed": []}, []
        with self.accelerator.plainly():
            if not _as_before(before, _contents(args)):
                reply["args"] = encoder.encode(args)
            reply["changed"] = self._changes(encoder)
        return reply, encoder.blobs

    @staticmethod
    def _backward(value: Any) -> None:
        if not isinstance(value, torch.Tensor) or not value.requires_grad:
            raise NoGraph("the result does not depend, for autograd, on any tensor that requires a gradient")
        value.sum().backward()

    def _changes(self, encoder: _Encoder) -> list[Any]:
        changes = []
        for together in dict.fromkeys(self.numbers_in_lists.values()):
            if encoder.on is self.cpu and together.changed():
                self.take_apart(together)
        for number, known in self.known.items():
            if known.on is encoder.on and known.changed():
                changes.append([number, encoder.plain_tensor(known.tensor), encoder.gradient(known.tensor)])
                known.agree()
        return changes

    def _explain(self, error: BaseException) -> dict[str, Any]:
        """What the student may be told of an exception: its type, the first words of its message, the line of their cell."""
        line, cell, traceback = None, None, error.__traceback__
        while traceback is not None:
            file = traceback.tb_frame.f_code.co_filename
            if file.startswith("<cell "):
                line, cell = traceback.tb_lineno, file[6:-1]
            traceback = traceback.tb_next
        if isinstance(error, SyntaxError):
            line = error.lineno
        try:
            message = error.msg if isinstance(error, SyntaxError) else str(error)
        except BaseException:
            message = ""
        memory = isinstance(error, (MemoryError, torch.OutOfMemoryError)) or "can't allocate memory" in message
        return {"type": type(error).__name__[:80], "message": message[:300], "line": line, "cell": cell, "memory": memory}
