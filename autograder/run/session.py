"""One submission, ready to be called: its worker, replaced when it is lost, and what its calls did."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from autograder import told_sizes
from autograder.compare import Mismatch
from autograder.devices import CPU_ONLY, Device
from autograder.errors import MachineError, StudentFault, TimedOut, WorkerDied
from autograder.profile import stopwatch
from autograder.read.extract import Submission
from autograder.run import faults, messages
from autograder.run.codec import BAD_REPLY, CallEncoder, ReplyDecoder
from autograder.run.faults import Faults
from autograder.run.loading import Loader
from autograder.run.observation import freeze
from autograder.run.relay import Reference, Relay
from autograder.run.requests import Requests
from autograder.run.scope import Scope
from autograder.run.student import Given, RemoteObject, StudentFunction
from autograder.run.survey import Survey
from autograder.run.warm_parent import WarmParent
from autograder.run.worker_process import Worker
from autograder.run.write_back import Undo, apply_changes, apply_containers
from autograder.seeds import derived
from autograder.worker.namespace import CHECK

BEFORE = "before"
"""The place of an exercise at its check cell, in a worker that runs nothing below it: that may change the objects that
an answer uses.
"""
Target = StudentFunction | RemoteObject | Given


@dataclass(frozen=True)
class _Call:
    """What is called, with which arguments, and how: see `Session.call`. `changing`: the values that it may change."""

    target: Target
    path: list[str]
    args: tuple[Any, ...]
    kwargs: dict[str, Any]
    called: bool
    backward: bool
    on_device: bool
    changing: tuple[Any, ...]


@dataclass
class _Seat:
    """The place of a worker. `forget`: the next call begins a new check."""

    worker: Worker | None = None
    forget: bool = False

    @property
    def alive(self) -> Worker | None:
        return self.worker if self.worker is not None and self.worker.alive else None


class Session:
    """One submission in a worker.

    `replaced` are answers in whose place the worker gets those of `reference` (follow-through): it asks for their
    values and gradients, so the reference itself never goes there. `places` says at which place of the notebook an
    exercise is graded, if not at its check cell (`worker.namespace`; or BEFORE, for one exercise alone). `device` is
    where calls with `on_device` have their tensors; a real accelerator gets a worker of its own, whose address space
    has no limit.
    """

    def __init__(
        self, parent: WarmParent, submission: Submission, seed: int,
        replaced: Sequence[str] = (), device: Device = CPU_ONLY,
        places: Mapping[str, str] | None = None, survey: Survey | None = None, reference: Reference | None = None,
    ) -> None:  # fmt: skip
        self.submission, self.seed, self.device = submission, seed, device
        self.limits = parent.limits
        self.scope = Scope()
        self.faults = Faults(submission, survey.facts if survey is not None else None)
        self._replaced = replaced
        self.relay = Relay(reference, replaced)
        self.requests = Requests(self.relay.give)
        self._places, self._exercise = dict(places or {}), ""
        until = next((name for name, place in self._places.items() if place == BEFORE), "")
        self.loader = Loader(parent, submission, replaced, device, self.requests, survey, until)
        self.observations: list[tuple[Any, ...]] = []
        self.budget = self.loader.budget
        self._loaded = False
        self._seats = {False: _Seat(), True: _Seat()}  # with a real accelerator: True
        self._check, self._calls = "", 0

    # ------------------------------------------------------------ life

    def begin_exercise(self, name: str) -> None:
        """The checks that follow belong to an exercise, and stand at its place in the notebook."""
        self._exercise = name

    @property
    def place(self) -> tuple[str, str]:
        return self._exercise, self._place_of(self._exercise)

    def _place_of(self, exercise: str) -> str:
        place = self._places.get(exercise, CHECK)
        return CHECK if place == BEFORE else place

    def examples(self, exercise: str, source: str) -> list[tuple[bool | None, str, str]]:
        """Run the visible examples of a check cell where it stands: (passed, sentence, reason) of each.

        Raises StudentFault.
        """
        header = {"op": "examples", "exercise": exercise, "place": self._place_of(exercise), "source": source}
        seat = self._seats[False]
        seat.forget = True
        lines = self.requests.ask(self._worker(seat), header, [], self.limits.call_seconds)[0].get("lines")
        found = [line for line in lines if isinstance(line, list) and len(line) == 3] if isinstance(lines, list) else []
        return [(line[0] if line[0] in (True, False) else None, str(line[1]), str(line[2])) for line in found]

    def begin_check(self, name: str) -> None:
        """Forget the last check's tensors and objects. The calls of this one are seeded from its name."""
        self.scope.begin()
        self._arguments: Any = None
        told_sizes.only(self._known_sizes)
        self.relay.begin_check(name)
        self.observations = []
        self._check, self._calls = name, 0
        for seat in self._seats.values():
            if seat.alive is not None and seat.alive.hung_up():
                seat.alive.kill()  # it ended after its last reply; the next call starts another
            if seat.alive is not None:
                seat.alive.begin_check()
            seat.forget = True

    def close(self) -> None:
        told_sizes.only(None)
        self.relay.close()
        for seat in self._seats.values():
            if seat.worker is not None:
                seat.worker.kill()
            seat.worker = None

    def why_no_device(self) -> str:
        """Start the accelerator for this submission. Returns "" if it works, else the reason why it can't be used."""
        if not self.device.real:
            return self.device.reason
        try:
            self._worker(self._seats[True])
        except MachineError as error:
            return str(error)
        return ""

    def _worker(self, seat: _Seat) -> Worker:
        if seat.alive is None:
            again = self._loaded and seat.worker is not None
            if again:
                self.budget.reloaded()
            seat.worker = self.loader.load(accelerated=seat is self._seats[True])
            if again or self._replaced or self.loader.until:  # the first load for all exercises is nobody's alone
                self.budget.charge(self._exercise, seat.worker.cpu_seconds)
            self.faults.empty = self.loader.empty
            self._loaded = seat.forget = True
        assert seat.worker is not None
        return seat.worker

    # ------------------------------------------------------------ calls

    def call(
        self, target: Target, path: list[str], args: tuple[Any, ...], kwargs: dict[str, Any], *,
        called: bool = True, backward: bool = False, on_device: bool = False, changing: tuple[Any, ...] = (),
    ) -> Any:  # fmt: skip
        """Call in the worker, or fetch with `called=False`. Raises a StudentFault if the student's code gives no value.

        What it changes in our tensors, lists, dicts and generators is taken back, bit by bit, but for those in
        `changing`, those that `compare.unchanged` watches, and the gradients that `backward` asks for.

        Raises Mismatch if a tensor in `changing` has another shape afterwards, and if a returned tensor is not on the
        device of the inputs: the accelerator with `on_device`, else the CPU.
        """
        self.scope.changed, self.scope.reshaped = [], False
        self._arguments = [args, kwargs]
        call = _Call(target, path, args, kwargs, called, backward, on_device, changing)
        undo = Undo(changing, gradients=backward)
        try:
            with stopwatch.stage("wire"):
                value, places = self._carry(call, undo)
            left = freeze([args, kwargs], self.scope.numbers(on_device))
            self.observations.append(("value", freeze(value), left, freeze(self.scope.changed)))
            value = undo.kept(value)
        except StudentFault as fault:
            self.observations.append(("fault", fault.verdict.value, getattr(fault, "type_name", "")))
            raise
        finally:
            undo.take_back()
        if self.scope.reshaped:
            self.observations.append(("reshaped",))
            raise Mismatch("changes the shape of a tensor that it was given")
        here = self.loader.label if on_device else "cpu"
        elsewhere = sorted(places - {here})
        if elsewhere:
            # without the accelerator's name: it differs between machines, and what a known mistake does must not
            self.observations.append(("elsewhere", len(elsewhere) < len(places)))
            raise Mismatch(f"a returned tensor is on {elsewhere[0]}, but the inputs are on {here}", bits=5.0)
        return value

    def _carry(self, call: _Call, undo: Undo) -> tuple[Any, set[str]]:
        """The value of a call, and the devices of the tensors in it."""
        self.budget.look_at_the_clock()
        self._expect_time_left()
        seat = self._seats[call.on_device and self.device.real]
        # a handle means something to one process only
        if isinstance(call.target, RemoteObject) and (seat.alive is None or call.target.worker is not seat.alive):
            raise WorkerDied("what it returned is gone, because its process has ended")
        worker = self._worker(seat)
        self._expect_time_left()
        for function in (call.target, *call.args):
            if isinstance(function, StudentFunction) and not self._has(function.__name__):
                raise self.faults.of_missing(function.__name__, self.loader.lethal, self.loader.notes)
        encoder = CallEncoder(self.scope, call.on_device)
        node = encoder.encode([list(call.args), call.kwargs, call.target])
        self._calls += 1
        header = {
            "op": "call", "args": node, "parameters": encoder.parameters(), "path": call.path, "called": call.called,
            "backward": call.backward, "seed": self._call_seed(), "on_device": call.on_device,
            "forget": seat.forget, "place": self.place,
        }  # fmt: skip
        seat.forget = False
        reply, blobs = self._ask(worker, header, encoder.blobs)
        return self._read(call, worker, reply, blobs, undo)

    def _call_seed(self) -> int:
        """Each call of a check has its own seed, the same one in every run. The worker sees it, so it is a keyed hash:
        it tells nothing of the course's seed, which the hidden inputs are drawn from.
        """
        return derived(self.seed, f"call:{self._check}:{self._calls}")

    def _expect_time_left(self) -> None:
        if self.budget.left(self._exercise) <= 0:
            raise TimedOut("this exercise has used up its time, so it was not called again")

    def _has(self, name: str) -> bool:
        """Whether the submission has a function of this name at the place where the running check stands."""
        if name in self.loader.empty:
            return False
        exercise, place = self.place
        if name == exercise:
            return self.loader.places.get(name, {}).get(place, False)
        return any(self.loader.places.get(name, {}).values())

    def _ask(
        self, worker: Worker, header: dict[str, Any], blobs: list[memoryview]
    ) -> tuple[dict[str, Any], list[bytearray]]:
        """The reply to a call. Its time is taken from what the exercise has left."""
        before = worker.cpu_seconds + self.relay.seconds
        most = min(self.limits.call_seconds, self.budget.left(self._exercise))
        try:
            reply, out = self.requests.ask(worker, header, blobs, most)
            self.budget.charge(self._exercise, worker.cpu_seconds + self.relay.seconds - before)
            return reply, out
        except TimedOut:
            self.budget.charge(self._exercise, most)  # the worker is gone, and its clock with it
            raise

    def _read(
        self, call: _Call, worker: Worker, reply: dict[str, Any], blobs: list[bytearray], undo: Undo
    ) -> tuple[Any, set[str]]:
        if reply.get("tampered") is True:
            worker.kill()
            raise WorkerDied("it changed the device that it was tried on")

        def remote(handle: int, type_name: str, is_callable: bool) -> RemoteObject:
            return RemoteObject(self, worker, handle, type_name, is_callable, call.on_device, call.changing)

        try:
            decoder = ReplyDecoder(self.scope, blobs, remote)
            returned = decoder.decode(reply["args"]) if "args" in reply else None
            decoder.places.clear()  # only the devices of the result count
            apply_changes(decoder, reply.get("changed"), undo)
            if returned is not None:
                apply_containers(list(call.args), returned, undo)
            if "error" not in reply:
                return decoder.decode(reply["value"]), decoder.places
            error = faults.record(reply["error"])
            if reply.get("broken") is True:
                worker.kill()
        except BAD_REPLY:  # what it says may hold the worker's words
            undo.take_back()  # its copies may have taken the memory that the rest needs
            worker.kill()
            raise WorkerDied("its reply can't be read") from None
        raise self.faults.of_call(error, self._known_sizes(), self.loader.notes)

    def _known_sizes(self) -> frozenset[int]:
        """The numbers that may be told: sizes of what this check has sent."""
        return messages.sizes_of([self._arguments, *self.scope.tensors.values()])
