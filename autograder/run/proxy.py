"""The student's functions as graders see them: `student.f(x)` becomes a request to the worker, and its reply a value.

What a call changes in its arguments (values, `.grad`, `requires_grad`, items of a list, the state of a generator) is changed in the
grader's own objects too, so a grader of `sgd_step` reads like a grader of a local function. Values are rebuilt from plain data here;
whether a tensor requires grad, and which object a reply refers to, are the worker's word and must not carry marks alone.
"""

from __future__ import annotations

import array
import contextlib
import functools
import pathlib
import signal
import threading
import types
import zlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import torch

from autograder.compare import Mismatch, Opaque
from autograder.devices import CPU_ONLY, Device
from autograder.errors import KilledTwice, MachineError, MissingAnswer, OutOfMemory, StudentError, StudentFault, TimedOut, WorkerDied
from autograder.profile import stopwatch
from autograder.read.extract import Run, Submission
from autograder.results import NOT_WRITTEN
from autograder.run import messages
from autograder.run.sandbox import WarmParent, Worker
from autograder.worker import frames, library_patches, modules, wire

_MAX_LETHAL_CELLS = 4
_BAD_REPLY = (frames.WireError, ValueError, TypeError, KeyError, IndexError, OverflowError, RuntimeError, RecursionError, MemoryError)


@functools.cache
def _compiled(source: str) -> tuple[types.CodeType, bool]:
    """The code of an expression, or else of statements; and whether it is an expression. Checks use the same few again and again."""
    try:
        return compile(source.strip(), "<given>", "eval"), True
    except SyntaxError:
        return compile(source, "<given>", "exec"), False


class Given:
    """A function whose source is sent to the worker: scaffolding of an exercise, never an answer.

    `source` is an expression, or statements whose last name is the function. Calling it here runs it here.
    """

    def __init__(self, source: str) -> None:
        self.source = source
        space: dict[str, Any] = {"torch": torch, "nn": torch.nn, "F": torch.nn.functional, "__name__": "given"}
        code, is_expression = _compiled(source)
        value = eval(code, space)
        self.function = value if is_expression else list(space.values())[-1]

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        return self.function(*args, **kwargs)

    def in_worker(self, student: Student, *args: Any, **kwargs: Any) -> Any:
        """Call it there: to make a model or an optimiser around the grader's tensors, or to use a student's function from close by."""
        return student._session.call(self, [], args, kwargs, on_device=student._on_device)


class File:
    """A file that the worker writes into its scratch folder; the student's function gets the path of it, a Path or (`as_text`) a string."""

    def __init__(self, name: str, data: bytes, as_text: bool = False) -> None:
        self.name, self.data, self.as_text = name, data, as_text

    def write(self, folder: pathlib.Path) -> pathlib.Path:
        """The same file in this process's own folder, for the reference."""
        path = folder / self.name
        path.write_bytes(self.data)
        return path


class RemoteObject(Opaque):
    """Something in the worker that has no form on the wire: its methods can be called, its attributes fetched, itself passed back."""

    def __init__(self, session: Session, handle: int, type_name: str, is_callable: bool, on_device: bool = False) -> None:
        super().__init__(type_name)
        self._session, self._handle, self._worker = session, handle, session.worker
        self.is_callable, self._on_device = is_callable, on_device

    def __getattr__(self, name: str) -> Callable[..., Any]:
        if name.startswith("__"):
            raise AttributeError(name)
        return lambda *args, **kwargs: self._session.call(self, [name], args, kwargs, on_device=self._on_device)

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        return self._session.call(self, [], args, kwargs, on_device=self._on_device)

    def fetch(self, *path: str) -> Any:
        """The value of an attribute, or of an attribute's attribute."""
        return self._session.call(self, list(path), (), {}, called=False, on_device=self._on_device)


class StudentFunction:
    """A function of the submission, by name."""

    def __init__(self, session: Session, name: str, on_device: bool = False) -> None:
        self._session, self.__name__, self._on_device = session, name, on_device

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        return self._session.call(self, [], args, kwargs, on_device=self._on_device)

    def with_gradient(self, *args: Any, **kwargs: Any) -> Any:
        """Call it, then run backward from the sum of the result, in the worker; the gradients are then on the arguments' `.grad`."""
        return self._session.call(self, [], args, kwargs, backward=True, on_device=self._on_device)


class Student:
    """Attribute access gives the submission's functions. A function that does not exist raises MissingAnswer when it is called.

    With `on_device`, the tensors among a call's arguments are moved to the session's accelerator, in the worker, before the call; a tensor
    that comes back from another device raises Mismatch. Here, before and after, every tensor is on the CPU.
    """

    def __init__(self, session: Session, on_device: bool = False) -> None:
        self._session, self._on_device = session, on_device

    def __getattr__(self, name: str) -> StudentFunction:
        if name.startswith("__"):
            raise AttributeError(name)
        return StudentFunction(self._session, name, self._on_device)


class _Encoder(wire.Encoder):
    def __init__(self, session: Session, on_device: bool) -> None:
        super().__init__()
        self.session, self.on_device = session, on_device
        self.sent: set[int] = set()

    def tensor(self, value: torch.Tensor) -> Any:
        if value.is_leaf:
            number = self.session.number_of(value, self.on_device)
            self.sent.add(number)
            node = self.plain_tensor(value) | {"n": number}
            if type(value) is not torch.Tensor and isinstance(value, torch.nn.Parameter):  # which is slow to find out
                node["parameter"] = True
            if value.grad is not None:
                node["grad"] = self.plain_tensor(value.grad)
            return node
        return self.plain_tensor(value)

    def many(self, values: Sequence[Any]) -> dict[str, Any] | None:
        node = super().many(values)
        if node is None:
            return None
        numbers = self.session.numbers_of(values, self.on_device)
        self.sent.update(numbers)
        return {**node, "n": numbers}

    def other(self, value: Any, depth: int) -> Any:
        if isinstance(value, StudentFunction):
            return {"k": "global", "name": value.__name__}
        if isinstance(value, RemoteObject):
            return {"k": "object", "h": value._handle}
        if isinstance(value, Given):
            return {"k": "given", "source": value.source}
        if isinstance(value, File):
            return {"k": "file", "name": value.name, "b": self.blob(memoryview(value.data)), "text": value.as_text}
        described = modules.describe(value)
        if described is not None:
            return {"k": described[0], "v": self.encode(described[1], depth + 1)}
        if callable(value):
            return {"k": "callback", "n": self.session.register(value), "name": getattr(value, "__name__", "f")}
        raise TypeError(f"a grader can't send a {type(value).__name__}")

    def parameters(self) -> Any:
        """The parameters that are not among the arguments, for objects over there that hold them: the grader may have changed them too."""
        known = [self.session.tensors[number] for number in self.session._numbers[self.on_device].values() if number not in self.sent]
        return [self.tensor(tensor) for tensor in known if tensor.requires_grad or tensor.grad is not None]


class _Decoder(wire.Decoder):
    """Also notes, in `places`, on which devices the tensors were."""

    def __init__(self, session: Session, blobs: list[bytearray], on_device: bool) -> None:
        super().__init__(blobs)
        self.session, self.on_device = session, on_device
        self.places: set[str] = set()

    def tensor(self, node: dict[str, Any], depth: int) -> torch.Tensor:
        self.places.add(str(node.get("on", "cpu"))[:40])
        return super().tensor(node, depth)

    def many(self, node: dict[str, Any], depth: int) -> list[torch.Tensor]:
        self.places.add("cpu")
        if "refs" not in node:
            return super().many(node, depth)
        return [self.session.tensors[number] for number in node["refs"]]

    def other(self, kind: str, node: dict[str, Any], depth: int) -> Any:
        if kind == "ref":
            self.places.add(str(node.get("on", "cpu"))[:40])
            return self.session.tensors[node["n"]]
        if kind == "generator":
            return modules.rebuild(kind, wire.Decoder(self.blobs).decode(node["v"]))
        if kind == "opaque":
            return Opaque(messages.public_name(str(node["type"])[:120], self.session.words))
        if kind == "object":
            if type(node["h"]) is not int or not 0 <= node["h"] < 1 << 32:
                raise frames.WireError("a handle that is none")
            name = messages.public_name(str(node["type"])[:80], self.session.words)
            return RemoteObject(self.session, node["h"], name, node.get("callable") is True, self.on_device)
        if kind in modules.KINDS:
            return modules.rebuild(kind, self.decode(node["v"], depth + 1))
        return super().other(kind, node, depth)


class _QuestionDecoder(wire.Decoder):
    """What the worker calls a function of this process with; `changed` tells what that function has changed in the leaf tensors of it."""

    def __init__(self, session: Session, worker: Worker, blobs: list[bytearray]) -> None:
        super().__init__(blobs)
        self.session, self.worker = session, worker
        self.leaves: dict[int, torch.Tensor] = {}
        self._before: dict[int, tuple[torch.Tensor, torch.Tensor | None]] = {}

    def tensor(self, node: dict[str, Any], depth: int) -> torch.Tensor:
        number = node.get("n")
        if type(number) is int and number in self.leaves:
            return self.leaves[number]
        value = super().tensor(node, depth)
        if type(number) is int:
            value.grad = self.decode(node.get("grad"), depth + 1)
            self.leaves[number] = value
            self._before[number] = value.detach().clone(), None if value.grad is None else value.grad.clone()
        return value

    def other(self, kind: str, node: dict[str, Any], depth: int) -> Any:
        if kind == "inner":
            return _InnerFunction(self.session, self.worker, node["h"])
        if kind == "opaque":
            return Opaque(messages.public_name(str(node.get("type"))[:120], self.session.words))
        return super().other(kind, node, depth)

    def changed(self) -> list[list[Any]]:
        """[number, values, gradient] of each leaf that is no longer as it was."""
        return [
            [number, leaf.detach(), leaf.grad]
            for number, leaf in self.leaves.items()
            if not all(_same(old, new) for old, new in zip(self._before[number], (leaf, leaf.grad)))
        ]


class _InnerFunction:
    """Something callable in the worker, a model say, that a function of this process was called with; calling it is done there.

    Backward through its result runs there too, so gradients arrive at the parameters that the student's code holds.
    """

    def __init__(self, session: Session, worker: Worker, handle: Any) -> None:
        self._session, self._worker, self._handle = session, worker, handle

    def ask(self, header: dict[str, Any], value: Any) -> Any:
        encoder = wire.Encoder()
        node = encoder.encode(value)
        self._worker.send({**header, "h": self._handle, "value": node}, encoder.blobs)
        while True:
            reply, out = self._worker.receive()
            if reply.get("op") not in ("callback", "vjp"):
                break
            self._session._answer(self._worker, reply, out)
        if "error" in reply:
            raise RuntimeError(str(reply["error"])[:300])
        return wire.Decoder(out).decode(reply.get("value"))

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        if torch.is_grad_enabled():
            # its parameters are out of autograd's sight here; the extra input makes the result a part of the graph all the same
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


def _same(a: torch.Tensor | None, b: torch.Tensor | None) -> bool:
    return a is b if a is None or b is None else wire.same_bytes(a, b)


class Session:
    """One submission in a worker: loads its cells, calls its functions, starts a new worker when one is lost.

    `replaced` puts functions of this process in the place of answers (follow-through): the worker asks for their values and gradients,
    so the reference itself never goes there. `device` is where calls with `on_device` have their tensors; a real accelerator gets a worker
    of its own, whose address space has no limit.
    """

    def __init__(
        self, parent: WarmParent, submission: Submission, seed: int, replaced: Mapping[str, Callable[..., Any]] | None = None,
        device: Device = CPU_ONLY,
    ) -> None:  # fmt: skip
        self.parent, self.submission, self.seed = parent, submission, seed
        self.replaced = dict(replaced or {})
        self.device = device
        self._workers: dict[bool, Worker | None] = {}
        self._accelerated = False
        self._forgetful: set[bool] = set()
        self._label = ""
        self.notes: dict[str, list[dict[str, Any]]] = {}
        self.lethal: dict[str, StudentFault] = {}
        self.remarks: set[str] = set()
        self.words = messages.words_of(run.source for run in submission.runs)
        self.present: frozenset[str] = frozenset()
        self.observations: list[tuple[Any, ...]] = []
        self.seconds_left = parent.limits.exercise_seconds
        self._requests = 0
        self._check_seed = seed
        self._new_scope()

    @property
    def worker(self) -> Worker | None:
        """The worker that calls go to now."""
        return self._workers.get(self._accelerated)

    @worker.setter
    def worker(self, worker: Worker | None) -> None:
        self._workers[self._accelerated] = worker

    # ------------------------------------------------------------ scopes

    def _new_scope(self) -> None:
        self.tensors: dict[int, torch.Tensor] = {}
        self._numbers: dict[bool, dict[int, int]] = {False: {}, True: {}}
        self._callbacks: list[Callable[..., Any]] = list(self.replaced.values())
        self._graphs: list[tuple[Any, list[Any]]] = []
        self.observations = []
        self._changed: list[torch.Tensor] = []
        self._calls = 0

    def begin_exercise(self) -> None:
        self.seconds_left = self.parent.limits.exercise_seconds

    def begin_check(self, name: str) -> None:
        """Forget the last check's tensors and objects, and seed the calls of this one from its name."""
        self._new_scope()
        self._check_seed = zlib.crc32(f"{self.seed}:{name}".encode())
        for worker in self._workers.values():
            if worker is not None and worker.alive and worker.hung_up():
                worker.kill()  # it ended after its last reply; the next call starts another
        self._forgetful = set(self._workers)

    def number_of(self, tensor: torch.Tensor, on_device: bool = False) -> int:
        """The worker's number for a tensor of ours; on its accelerator it is another tensor than on its CPU."""
        number = self._numbers[on_device].get(id(tensor))
        return self.numbers_of([tensor], on_device)[0] if number is None else number

    def numbers_of(self, tensors: Sequence[torch.Tensor], on_device: bool) -> list[int]:
        """The worker's numbers for tensors of ours, those that are new one after another."""
        known, ids = self._numbers[on_device], list(map(id, tensors))
        new = {name: tensor for name, tensor in zip(ids, tensors) if name not in known}
        numbers = range(len(self.tensors), len(self.tensors) + len(new))
        known.update(zip(new, numbers))
        self.tensors.update(zip(numbers, new.values()))
        return [known[name] for name in ids]

    def register(self, function: Callable[..., Any]) -> int:
        for number, known in enumerate(self._callbacks):
            if known is function:
                return number
        self._callbacks.append(function)
        return len(self._callbacks) - 1

    def close(self) -> None:
        for worker in self._workers.values():
            if worker is not None:
                worker.kill()
        self._workers = {}

    # ------------------------------------------------------------ loading

    def _load_anew(self) -> Worker:
        with stopwatch.stage("load"):
            return self._load()

    def _load(self) -> Worker:
        """A worker in which every cell has run that does not kill one. A cell that did is left out from then on.

        Where the worker may have been killed from outside, the cell is tried once more. Raises KilledTwice.
        """
        tried_again: set[str] = set()
        while True:
            worker = self._start_worker()
            first = not self.notes
            left = self.parent.limits.load_seconds
            for run in self.submission.runs:
                if run.name in self.lethal or (run.exercise is None and len(self.lethal) >= _MAX_LETHAL_CELLS and run.name != "setup"):
                    continue
                before = worker.cpu_seconds
                try:
                    reply = self._request(
                        {"op": "cell", **vars(run)},
                        [],
                        min(left, self.parent.limits.call_seconds * 2),
                    )[0]
                    if run.exercise in self.replaced:
                        self._request({"op": "bind", "name": run.exercise, "n": list(self.replaced).index(run.exercise)}, [], 1.0)
                except StudentFault as fault:
                    if not fault.from_outside:
                        self.lethal[run.name] = fault
                    elif run.name in tried_again:
                        raise KilledTwice(str(fault)) from None
                    tried_again.add(run.name)
                    break
                left = max(0.5, left - (worker.cpu_seconds - before))
                if first:
                    self._note(run, reply.get("notes"))
            else:
                for number, name in enumerate(self.replaced):
                    self._request({"op": "bind", "name": name, "n": number}, [], 1.0)
                reply = self._request({"op": "names", "names": list(self.submission.lesson.exercises)}, [], 1.0)[0]
                names = reply.get("callable")
                self.present = frozenset(names if isinstance(names, list) and all(isinstance(name, str) for name in names) else ())
                return worker

    def _start_worker(self) -> Worker:
        """A worker with its accelerator started: before the student's first cell, so that none of their code is in between.

        Tried twice, since the worker may be killed from outside. Raises KilledTwice or MachineError.
        """
        for _ in range(2):
            worker = self.worker = self.parent.spawn(unlimited=self._accelerated)
            if not (self._accelerated or self.device.simulated):
                return worker
            header = {"op": "device", "name": self.device.name, "memory": self.device.memory}
            try:
                reply = self._request(header, [], self.parent.limits.load_seconds)[0]
            except StudentFault as fault:
                if fault.from_outside:
                    continue
                reply = {"error": str(fault)}
            break
        else:
            raise KilledTwice(f"{self.device.name} was being started")
        if "error" in reply:
            self.close()
            raise MachineError(f"{self.device.name} can't be used: {str(reply['error'])[:300]}")
        self._label = str(reply["label"])
        return worker

    def why_no_device(self) -> str:
        """Start the accelerator for this submission; "" where calls with `on_device` can be made, else the reason why not."""
        if not self.device.real:
            return self.device.reason
        self._accelerated = True
        try:
            if self.worker is None or not self.worker.alive:
                self._load_anew()
        except MachineError as error:
            return str(error)
        return ""

    def _note(self, run: Run, notes: Any) -> None:
        if isinstance(notes, list):
            self.notes.setdefault(run.name, []).extend(_fault_record(note) for note in notes[:20])

    def _missing(self, name: str) -> MissingAnswer:
        if name in self.lethal:
            return MissingAnswer(f"Its cell could not be run: {self.lethal[name]}.")
        for note in self.notes.get(name, []):
            return MissingAnswer(f"Its cell stopped with an error before the function was there: {_told(note)}.")
        if name in self.submission.untouched:
            return MissingAnswer(NOT_WRITTEN, unwritten=True)
        return MissingAnswer(f"There is no function called {name}.")

    # ------------------------------------------------------------ calling

    def call(
        self, target: StudentFunction | RemoteObject | Given, path: list[str], args: tuple[Any, ...], kwargs: dict[str, Any], *,
        called: bool = True, backward: bool = False, on_device: bool = False,
    ) -> Any:  # fmt: skip
        """Call in the worker. Raises a StudentFault for whatever the student's code does instead of giving a value.

        With `on_device`, also raises Mismatch where a tensor comes back from another device than the session's accelerator.
        """
        self._changed = []
        self._accelerated = on_device and self.device.real
        try:
            with stopwatch.stage("wire"):
                value, places = self._call(target, path, args, kwargs, called, backward, on_device)
        except StudentFault as fault:
            self.observations.append(("fault", fault.verdict, getattr(fault, "type_name", "")))
            raise
        left = left_of([args, kwargs], self._numbers[on_device])
        self.observations.append(("value", freeze(value), left, freeze(self._changed)))
        elsewhere = sorted(places - {self._label if on_device else "cpu"})
        if elsewhere:
            # the name of the accelerator differs from machine to machine, what a known mistake does must not
            self.observations.append(("elsewhere", len(elsewhere) < len(places)))
            raise Mismatch(f"a tensor that comes back is on {elsewhere[0]}, while the inputs are on {self._label if on_device else 'cpu'}")
        return value

    def _call(
        self, target: StudentFunction | RemoteObject | Given, path: list[str], args: tuple[Any, ...], kwargs: dict[str, Any],
        called: bool, backward: bool, on_device: bool,
    ) -> tuple[Any, set[str]]:  # fmt: skip
        if self.seconds_left <= 0:
            raise TimedOut("this exercise has used up its time, so it was not called again")
        worker = self.worker if self.worker is not None and self.worker.alive else None
        if isinstance(target, RemoteObject) and (worker is None or target._worker is not worker):
            raise WorkerDied("what it gave back is gone, since its process has ended")
        worker = worker or self._load_anew()
        for function in (target, *args):
            if isinstance(function, StudentFunction) and function.__name__ not in self.present:
                raise self._missing(function.__name__)
        encoder = _Encoder(self, on_device)
        node = encoder.encode([list(args), kwargs, target])
        self._calls += 1
        header = {
            "op": "call", "args": node, "parameters": encoder.parameters(), "path": path, "called": called, "backward": backward,
            "seed": self._check_seed + self._calls, "on_device": on_device, "forget": self._accelerated in self._forgetful,
        }  # fmt: skip
        self._forgetful.discard(self._accelerated)
        before = worker.cpu_seconds
        try:
            reply, blobs = self._request(header, encoder.blobs, min(self.parent.limits.call_seconds, self.seconds_left))
            self.seconds_left -= worker.cpu_seconds - before
        except TimedOut:
            self.seconds_left -= min(self.parent.limits.call_seconds, self.seconds_left)
            raise
        try:
            decoder = _Decoder(self, blobs, on_device)
            returned = decoder.decode(reply["args"]) if "args" in reply else None
            decoder.places.clear()  # where the inputs are is known
            self._apply_changes(decoder, reply.get("changed"))
            if returned is not None:
                _apply_containers(list(args), returned)
            if "error" not in reply:
                return decoder.decode(reply["value"]), decoder.places
            error = _fault_record(reply["error"])
            if reply.get("broken") is True:
                worker.kill()
        except _BAD_REPLY as problem:
            worker.kill()
            raise WorkerDied(f"what came back can't be read: {problem}") from None
        raise self._fault(error, messages.sizes_of([args, kwargs, *self.tensors.values()]))

    def _fault(self, error: dict[str, Any], sizes: frozenset[int]) -> StudentFault:
        """What an exception of the student's code means, in words that hold nothing of the call's inputs."""
        if error["memory"]:
            return OutOfMemory("it asked for more memory than it may have")
        if error["type"] == "NotImplementedError" and self._is_a_stubs(error):
            return StudentError(NOT_WRITTEN, error["type"], error["line"], unwritten=True)
        if error["type"] in ("SystemExit", "KeyboardInterrupt"):
            return WorkerDied(f"it ended the program ({error['type']})")
        error = {**error, "type": messages.public_type(error["type"], self.words)}
        message = messages.public_message(error["message"], (run.source for run in self.submission.runs), self.words, sizes)
        error["message"] = message or ""
        return StudentError(self._with_advice(error, message is None), error["type"], error["line"])

    def _is_a_stubs(self, error: dict[str, Any]) -> bool:
        """Whether a NotImplementedError says that an answer is not written: torch raises some of its own, for a mean of uint8 say."""
        written = error["message"] and "NotImplementedError" not in self._line(error["cell"], error["line"])
        return error["cell"] in self.submission.lesson.exercises and not written

    def _with_advice(self, error: dict[str, Any], unsaid: bool) -> str:
        line = self._line(error["cell"], error["line"])
        told = _told({**error, "line": error["line"] if line else None})
        if line:
            told += f": `{line}`"
        if unsaid:
            told += f" ({messages.UNSAID})"
        if error["type"] == "NameError":
            for name in self.submission.lesson.narrative_names:
                if f"'{name}'" in error["message"]:
                    return f"{told}. `{name}` belongs to a cell that is not part of the answers; a function should use its arguments only"
        return told

    def _line(self, cell: str | None, number: int | None) -> str:
        """The line of the student's own code that an error came from."""
        for run in self.submission.runs:
            if run.name == cell and number is not None:
                lines = run.source.splitlines()
                return lines[number - 1].strip()[:120] if 0 < number <= len(lines) else ""
        return ""

    def _apply_changes(self, decoder: _Decoder, changes: Any) -> None:
        if not isinstance(changes, list):
            raise frames.WireError("no list of changes")
        for number, node, grad in changes:
            tensor, new = self.tensors[number], decoder.decode(node)
            if not isinstance(new, torch.Tensor):
                raise frames.WireError("a change that is no tensor")
            if new.dtype == tensor.dtype and new.shape == tensor.shape:
                tensor.data.copy_(new.detach())
            else:
                tensor.data = new.detach()
            if tensor.is_floating_point():
                tensor.requires_grad_(new.requires_grad)
            tensor.grad = decoder.decode(grad)
            self._changed.append(tensor)

    def _request(self, header: dict[str, Any], blobs: list[memoryview], seconds: float) -> tuple[dict[str, Any], list[bytearray]]:
        """Send a request and wait for the reply to it, answering what the worker asks of our callbacks in between."""
        worker = self.worker
        assert worker is not None
        self._requests += 1
        worker.begin(seconds)
        worker.send({**header, "id": self._requests}, blobs)
        while True:
            reply, out = worker.receive()
            if reply.get("op") in ("callback", "vjp"):
                with stopwatch.stage("graders"):
                    self._answer(worker, reply, out)
                continue
            stopwatch.move("lock-in", reply.get("locked_in"))
            stopwatch.move("calls", reply.get("spent"))
            heard = reply.get("remarks")
            if isinstance(heard, list):
                self.remarks |= {name for name in heard if isinstance(name, str) and name in library_patches.REMARKS}
            if reply.get("id") == self._requests and type(reply["id"]) is int:
                return reply, out
            else:
                worker.kill()
                raise WorkerDied("what came back can't be read: a reply to nothing that was asked")

    def _answer(self, worker: Worker, question: dict[str, Any], blobs: list[bytearray]) -> None:
        """Compute a value, or a vector-Jacobian product, that the worker needs from a function of this process.

        The arguments are a stranger's: they may ask for a million epochs, so the answer has the time that a call has, and no more.
        """
        try:
            with _time_limit(self.parent.limits.call_seconds):
                self._answer_in_time(worker, question, blobs)
        except _TookTooLong:
            worker.kill()
            raise TimedOut(f"what it called was stopped after {self.parent.limits.call_seconds:.0f} seconds") from None

    def _answer_in_time(self, worker: Worker, question: dict[str, Any], blobs: list[bytearray]) -> None:
        try:
            decoder = _QuestionDecoder(self, worker, blobs)
            value = decoder.decode(question.get("value"))
            if question["op"] == "vjp":
                result, inputs = self._graphs[question["token"]]
                tracked = [entry for entry in inputs if isinstance(entry, torch.Tensor) and entry.requires_grad]
                found = iter(torch.autograd.grad(result, tracked, value[0], allow_unused=True))
                answer: Any = [next(found) if any(entry is one for one in tracked) else None for entry in inputs]
            else:
                args, kwargs = value
                with torch.set_grad_enabled(question.get("enabled") is True):
                    result = self._callbacks[question["n"]](*args, **kwargs)
                answer = [result.detach() if isinstance(result, torch.Tensor) else result]
                if question.get("grad") is True:
                    self._graphs.append((result, args))
                    answer.append(len(self._graphs) - 1)
            encoder = wire.Encoder()
            worker.send({"value": encoder.encode([answer, decoder.changed()])}, encoder.blobs)
        except StudentFault:
            raise
        except Exception as error:  # the arguments are the student's: what they break in our function is told to their code
            worker.send({"error": f"{type(error).__name__}: {error}"[:300]}, [])


class _TookTooLong(BaseException):
    """Not an Exception, so that no `except Exception` on the way swallows it."""


@contextlib.contextmanager
def _time_limit(seconds: float) -> Iterator[None]:
    """Raise _TookTooLong in this thread after so many CPU seconds of this process; signals reach the main thread alone."""
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


def _fault_record(note: Any) -> dict[str, Any]:
    """What the worker says of an exception, with every field of the type it should be."""
    note = note if isinstance(note, dict) else {}

    def text(key: str) -> str:
        return note[key] if isinstance(note.get(key), str) else ""

    return {
        "type": text("type")[:80],
        "message": text("message")[:300],
        "line": note["line"] if type(note.get("line")) is int else None,
        "cell": text("cell") or None,
        "memory": note.get("memory") is True,
    }


def _told(error: dict[str, Any]) -> str:
    message = " ".join(error["message"].split())
    where = f" (line {error['line']})" if error["line"] else ""
    return f"{error['type']}: {message}{where}" if message else f"{error['type']}{where}"


def _apply_containers(ours: Any, theirs: Any) -> None:
    """Bring lists, dicts and generators among the arguments to what the call left of them."""
    if isinstance(ours, torch.Generator) and isinstance(theirs, torch.Generator):
        ours.set_state(theirs.get_state())
    elif isinstance(ours, (list, tuple)) and isinstance(theirs, (list, tuple)):
        for mine, new in zip(ours, theirs):
            if mine is not new:
                _apply_containers(mine, new)
        if isinstance(ours, list) and (len(ours) != len(theirs) or any(a is not b and _is_replaced(a, b) for a, b in zip(ours, theirs))):
            ours[:] = [a if not _is_replaced(a, b) else b for a, b in zip(ours, theirs)] + list(theirs[len(ours) :])
    elif isinstance(ours, dict) and isinstance(theirs, dict):
        for key in ours.keys() & theirs.keys():
            _apply_containers(ours[key], theirs[key])
        kept = {key: ours[key] for key in ours.keys() & theirs.keys() if not _is_replaced(ours[key], theirs[key])}
        if len(kept) < len(ours) or ours.keys() != theirs.keys():
            items = {key: kept.get(key, value) for key, value in theirs.items()}
            ours.clear()
            ours.update(items)


def _is_replaced(ours: Any, theirs: Any) -> bool:
    """Whether an item of a list is another one than before: another tensor object, another plain value."""
    if isinstance(ours, torch.Tensor):
        return ours is not theirs and ours.is_leaf
    return isinstance(ours, (bool, int, float, str, type(None))) and (type(ours) is not type(theirs) or ours != theirs)


# ---------------------------------------------------------------- observations

_SAMPLE = 400
_SINGLE = frozenset((bool, int, float, str, type(None)))


def left_of(value: Any, known: Mapping[int, int]) -> Any:
    """`freeze` for what a call left of its arguments, without the values of the tensors whose number `known` says for their id: what
    changed of those is told apart."""
    if type(value) in _SINGLE:
        return freeze(value)
    if isinstance(value, torch.Tensor):
        return ("known",) if id(value) in known else freeze(value)
    if isinstance(value, torch.nn.Module):
        return ("module", tuple(left_of(parameter, known) for parameter in value.parameters()))
    if isinstance(value, (list, tuple)):
        numbers = list(map(known.get, map(id, value)))
        if None not in numbers:
            return (type(value).__name__, len(value), zlib.crc32(array.array("q", numbers).tobytes()))  # type: ignore[type-var]
        return (type(value).__name__, *(left_of(item, known) for item in value))
    if isinstance(value, dict):
        return ("dict", *((str(key), left_of(item, known)) for key, item in value.items()))
    return freeze(value)


def freeze(value: Any) -> Any:
    """A value as it is now, in plain nested tuples: what an answer did, to be compared with what a known mistake does."""
    if type(value) in _SINGLE:
        return (type(value).__name__, value)
    if isinstance(value, torch.Tensor):
        plain = value.detach().reshape(-1)
        step = max(1, plain.numel() // _SAMPLE) | 1  # odd, so that it does not fall into step with the rows of an image
        numbers = plain[::step].to(torch.complex128 if plain.is_complex() else torch.float64, copy=True)
        grad = None if not value.is_leaf or value.grad is None else freeze(value.grad)
        return ("tensor", str(value.dtype), tuple(value.shape), numbers, grad)
    if isinstance(value, (list, tuple)):
        if len(value) >= wire.MANY and wire.alike(value):
            return (type(value).__name__, len(value), freeze(torch.stack(list(value))))
        return (type(value).__name__, *(freeze(item) for item in value))
    if isinstance(value, dict):
        return ("dict", *((str(key), freeze(item)) for key, item in value.items()))
    if isinstance(value, torch.nn.Module):
        return ("module", str(value), tuple(freeze(parameter) for parameter in value.parameters()))
    if isinstance(value, RemoteObject):
        return ("object", value.type_name)
    if isinstance(value, Opaque):
        return ("opaque", value.type_name)
    if isinstance(value, (bool, int, float, str, type(None))):
        return (type(value).__name__, value)
    if isinstance(value, torch.Generator):
        return ("generator", zlib.crc32(value.get_state().numpy().tobytes()))
    if isinstance(value, Given):
        return ("given", value.source)
    if isinstance(value, File):
        return ("file", value.name, zlib.crc32(value.data))
    if callable(value):  # its own text would hold an address, another one in every run
        return ("function", getattr(value, "__name__", ""))
    return (type(value).__name__, str(value)[:2000])
