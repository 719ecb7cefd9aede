"""Workers that have run a submission's cells.

A cell that ends its worker (a training loop that takes minutes, say) is cut from then on: of its statements, only
imports, functions, classes and constants still run. If it ends the worker even so, it is left out.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from autograder.devices import Device
from autograder.errors import KilledTwice, MachineError, StudentFault, TimedOut
from autograder.profile import stopwatch
from autograder.read.extract import Run, Submission
from autograder.run import faults
from autograder.run.budget import Budget
from autograder.run.limits import Limits
from autograder.run.requests import Requests
from autograder.run.survey import Survey
from autograder.run.warm_parent import WarmParent
from autograder.run.worker_process import Worker

_MAX_LETHAL_CELLS = 4


class Loader:
    """Loads workers. `replaced` are the answers that functions of the course replace. `until`: an exercise after whose
    check nothing more is run.

    After a load, `places` says at which places of an exercise there is a function (`worker.namespace`), `empty` which
    exercises have only functions without code; `notes` says
    what failed in which cell, `cut` and `lethal` which cells were cut or left out and why, `label` what the accelerator
    is called, `left_out` which magics were not run. `survey` lends its worker to the first load, and remembers for all
    sessions of a submission what was cut.
    """

    def __init__(
        self, parent: WarmParent, submission: Submission, replaced: Sequence[str], device: Device,
        requests: Requests, survey: Survey | None = None, until: str = "",
    ) -> None:  # fmt: skip
        self.parent, self.submission, self.device = parent, submission, device
        self._replaced, self._requests = list(replaced), requests
        self._survey, self.until = survey, until
        self.budget = survey.budget if survey is not None else Budget(parent.limits)
        self.notes: dict[str, list[dict[str, Any]]] = {}
        self.cut: dict[str, StudentFault] = survey.cut if survey is not None else {}
        self.lethal: dict[str, StudentFault] = survey.lethal if survey is not None else {}
        self.places: dict[str, dict[str, bool]] = {}
        self.stopped: tuple[dict[str, StudentFault], dict[str, StudentFault]] = {}, {}
        """What was cut, and what was left out, when the cells had run for the first time."""
        self.empty: frozenset[str] = frozenset()
        self.left_out: set[str] = set()
        self.label = ""

    def load(self, accelerated: bool) -> Worker:
        """A new worker that has run the cells. `accelerated`: for calls on a real accelerator.

        A cell is tried once more if the worker may have been killed from outside. Raises KilledTwice or MachineError.
        """
        with stopwatch.stage("load"):
            tried_again: set[str] = set()
            while True:
                self.budget.look_at_the_clock()
                worker = self._start(accelerated)
                if self._run_cells(worker, tried_again):
                    self._finish(worker)
                    return worker

    def _run_cells(self, worker: Worker, tried_again: set[str]) -> bool:
        """Whether all cells ran; False if one of them ended the worker."""
        first = not self.places
        limits = self.parent.limits
        left = limits.load_seconds
        for run in self.submission.runs:
            source = "" if self._skips(run) else run.source
            if not source and not run.keeps:
                continue
            before = worker.cpu_seconds
            try:
                # what other cells have used up costs no answer its imports
                least = limits.call_seconds if run.exercise is not None else 0.0
                seconds = min(max(left, least), limits.call_seconds * 2)
                asked = {
                    "source": source, "name": run.name, "exercise": run.exercise,
                    "only_definitions": self._only_definitions(run), "keeps": run.keeps,
                    "released": "" if self._is_cut(run) else run.released,
                }  # fmt: skip
                reply = self._requests.ask(worker, {"op": "cell", **asked}, [], seconds)[0]
            except StudentFault as fault:
                if run.name in self.lethal and not fault.from_outside:
                    raise  # nothing of the cell is left that could be left out
                if isinstance(fault, TimedOut):
                    fault = TimedOut(_too_long(seconds, limits))
                if not fault.from_outside:
                    (self.lethal if self._is_cut(run) else self.cut)[run.name] = fault
                elif run.name in tried_again:
                    raise KilledTwice(str(fault)) from None
                tried_again.add(run.name)
                self.budget.stopped(seconds if isinstance(fault, TimedOut) else 1.0)
                return False
            left = max(0.5, left - (worker.cpu_seconds - before))
            if first:
                self._note(run, reply)
            if self.until in run.keeps:
                break
        return True

    def _skips(self, run: Run) -> bool:
        if run.heavy and not self.parent.heavy:
            return True
        return run.name in self.lethal

    def _only_definitions(self, run: Run) -> bool:
        return run.only_definitions or self._is_cut(run)

    def _is_cut(self, run: Run) -> bool:
        # every cell that ends its worker costs a new one; after a few, the student's other cells are cut beforehand
        too_many = run.exercise is None and run.own and len(self.cut) >= _MAX_LETHAL_CELLS
        return run.name in self.cut or too_many

    def _finish(self, worker: Worker) -> None:
        if not self.places:  # what a later load does may depend on what the submission was asked meanwhile
            self.stopped = dict(self.cut), dict(self.lethal)
        exercises = list(self.submission.lesson.exercises)
        reply = self._requests.ask(worker, {"op": "finish", "exercises": exercises}, [], 5.0)[0]
        found, empty = reply.get("places"), reply.get("empty")
        self.empty = frozenset(name for name in exercises if isinstance(empty, list) and name in empty)
        self.places = {name: _flags(found.get(name)) if isinstance(found, dict) else {} for name in exercises}
        for number, name in enumerate(self._replaced):
            self._requests.ask(worker, {"op": "bind", "name": name, "n": number}, [], 1.0)
            self.places[name] = dict.fromkeys(self.places[name], True)
            self.empty -= {name}

    def _start(self, accelerated: bool) -> Worker:
        """A worker with its accelerator started, before any of the student's code runs in it.

        Tried twice, because the worker may be killed from outside. Raises KilledTwice or MachineError.
        """
        for _ in range(2):
            surveyor = None if self._survey is None or accelerated else self._survey.take(self.parent)
            worker = surveyor or self.parent.spawn(unlimited=accelerated)
            worker.budget = self.budget
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

    def _note(self, run: Run, reply: dict[str, Any]) -> None:
        notes, left_out = reply.get("notes"), reply.get("left_out")
        if isinstance(notes, list) and notes:
            self.notes.setdefault(run.name, []).extend(faults.record(note) for note in notes[:20])
        if isinstance(left_out, list):
            self.left_out |= {name[:40] for name in left_out[:20] if isinstance(name, str)}


def _too_long(seconds: float, limits: Limits) -> str:
    if seconds < limits.call_seconds * 2:
        return f"all cells together may take {limits.load_seconds:.0f} seconds"
    return f"it took longer than {seconds:.0f} seconds"


def _flags(value: Any) -> dict[str, bool]:
    items = value.items() if isinstance(value, dict) else ()
    return {name: there is True for name, there in items if name in ("check", "own", "end")}
