"""Workers that have run a submission's cells. A cell that kills its worker is left out from then on."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from autograder.devices import Device
from autograder.errors import KilledTwice, MachineError, StudentFault
from autograder.profile import stopwatch
from autograder.read.extract import Run, Submission
from autograder.run import faults
from autograder.run.requests import Requests
from autograder.run.warm_parent import WarmParent
from autograder.run.worker_process import Worker

_MAX_LETHAL_CELLS = 4


class Loader:
    """Loads workers. `replaced` are functions of this process that replace answers.

    After a load, `present` names the exercises that have a function, `notes` lists what failed in each cell, `lethal`
    says which cells were left out and why, and `label` is the name of the accelerator.
    """

    def __init__(
        self, parent: WarmParent, submission: Submission, replaced: Mapping[str, Callable[..., Any]], device: Device,
        requests: Requests,
    ) -> None:  # fmt: skip
        self.parent, self.submission, self.device = parent, submission, device
        self._replaced, self._requests = list(replaced), requests
        self.notes: dict[str, list[dict[str, Any]]] = {}
        self.lethal: dict[str, StudentFault] = {}
        self.present: frozenset[str] = frozenset()
        self.label = ""

    def load(self, accelerated: bool) -> Worker:
        """A new worker that has run the cells. `accelerated`: for calls on a real accelerator.

        If the worker may have been killed from outside, the cell is tried once more. Raises KilledTwice or
        MachineError.
        """
        with stopwatch.stage("load"):
            tried_again: set[str] = set()
            while True:
                worker = self._start(accelerated)
                if self._run_cells(worker, tried_again):
                    self._bind_and_look(worker)
                    return worker

    def _run_cells(self, worker: Worker, tried_again: set[str]) -> bool:
        """Whether all cells ran; False if one of them ended the worker."""
        # a later worker runs the same cells again, and their failures are noted once
        first = not self.notes
        limits = self.parent.limits
        left = limits.load_seconds
        for run in self.submission.runs:
            # every lethal cell costs a new worker; after a few, only answers and the set-up still run
            too_many = run.exercise is None and len(self.lethal) >= _MAX_LETHAL_CELLS and run.name != "setup"
            if run.name in self.lethal or too_many:
                continue
            before = worker.cpu_seconds
            try:
                seconds = min(left, limits.call_seconds * 2)
                reply = self._requests.ask(worker, {"op": "cell", **vars(run)}, [], seconds)[0]
                if run.exercise in self._replaced:  # at once, because later cells may call the function
                    self._bind(worker, run.exercise)
            except StudentFault as fault:
                if not fault.from_outside:
                    self.lethal[run.name] = fault
                elif run.name in tried_again:
                    raise KilledTwice(str(fault)) from None
                tried_again.add(run.name)
                return False
            left = max(0.5, left - (worker.cpu_seconds - before))
            if first:
                self._note(run, reply.get("notes"))
        return True

    def _bind_and_look(self, worker: Worker) -> None:
        for name in self._replaced:
            self._bind(worker, name)
        asked = {"op": "names", "names": list(self.submission.lesson.exercises)}
        names = self._requests.ask(worker, asked, [], 1.0)[0].get("callable")
        names = names if isinstance(names, list) else []
        self.present = frozenset(name for name in names if isinstance(name, str))

    def _bind(self, worker: Worker, name: str) -> None:
        self._requests.ask(worker, {"op": "bind", "name": name, "n": self._replaced.index(name)}, [], 1.0)

    def _start(self, accelerated: bool) -> Worker:
        """A worker with its accelerator started, before any of the student's code runs in it.

        Tried twice, because the worker may be killed from outside. Raises KilledTwice or MachineError.
        """
        for _ in range(2):
            worker = self.parent.spawn(unlimited=accelerated)
            if not (accelerated or self.device.simulated):
                return worker
            try:
                self.label = self._requests.start_device(worker, self.device)
                return worker
            except StudentFault as fault:
                if not fault.from_outside:
                    raise MachineError(f"{self.device.name} can't be used: {fault}") from None
            except MachineError:
                worker.kill()
                raise
        raise KilledTwice(f"{self.device.name} was being started")

    def _note(self, run: Run, notes: Any) -> None:
        if isinstance(notes, list):
            self.notes.setdefault(run.name, []).extend(faults.record(note) for note in notes[:20])
