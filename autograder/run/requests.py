"""Requests to the workers of one submission: one at a time, each with its own reply."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from autograder.devices import Device
from autograder.errors import MachineError, WorkerDied
from autograder.profile import stopwatch
from autograder.run.worker_process import Worker
from autograder.worker import library_patches

Reply = tuple[dict[str, Any], list[bytearray]]


def _no_questions(worker: Worker, question: dict[str, Any], blobs: list[bytearray]) -> None:
    worker.kill()
    raise WorkerDied("its reply can't be read")


class Requests:
    """`answer` is called with each question that a worker asks before its reply. `remarks` are the workers' remarks."""

    def __init__(self, answer: Callable[[Worker, dict[str, Any], list[bytearray]], None] = _no_questions) -> None:
        self._answer = answer
        self._count = 0
        self.remarks: set[str] = set()

    def ask(self, worker: Worker, header: dict[str, Any], blobs: list[memoryview], seconds: float) -> Reply:
        """Send a request and wait at most `seconds` of the worker's CPU time for the reply. Raises StudentFault."""
        self._count += 1
        worker.begin(seconds)
        worker.send({**header, "id": self._count}, blobs)
        while True:
            reply, out = worker.receive()
            if reply.get("op") in ("callback", "vjp"):
                with stopwatch.stage("graders"):
                    self._answer(worker, reply, out)
                continue
            # the worker's own figures: the stopwatch rejects impossible ones
            stopwatch.move("lock-in", reply.get("locked_in"))
            stopwatch.move("calls", reply.get("spent"))
            heard = reply.get("remarks")
            # only known names: a worker's own text must not reach a report
            if isinstance(heard, list):
                self.remarks |= {name for name in heard if isinstance(name, str) and name in library_patches.REMARKS}
            # type(), because JSON's true equals 1
            if reply.get("id") == self._count and type(reply["id"]) is int:
                return reply, out
            worker.kill()
            raise WorkerDied("its reply can't be read")

    def start_device(self, worker: Worker, device: Device) -> str:
        """Start an accelerator in a worker, before any student code runs there. Returns its label.

        Raises MachineError or StudentFault.
        """
        header = {"op": "device", "name": device.name, "memory": device.memory}
        reply = self.ask(worker, header, [], worker.limits.load_seconds)[0]
        if "error" in reply:
            raise MachineError(f"{device.name} can't be used: {str(reply['error'])[:300]}")
        return str(reply["label"])
