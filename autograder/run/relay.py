"""Passes what a student's worker asks of the course's functions to a worker that has them, and the answers back.

The arguments are a stranger's, so the functions never run in this process: one that opens a file would open it with
the instructor's rights. They run behind the same wall as the student's code, forked by a warm parent of their own in a
sandbox of its own, so that nothing of the answer key lies where student code runs. An answer counts as the student's
worker's, and nothing of it is ever compared with anything.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from autograder.errors import KilledTwice, MachineError, StudentFault, WorkerDied
from autograder.run.carried import Carrier
from autograder.run.requests import Requests
from autograder.run.warm_parent import WarmParent
from autograder.run.worker_process import Worker
from autograder.worker.frames import WireError

_REFUSED = "a function of the course can't be called like this"


@dataclass(frozen=True)
class Reference:
    """The course's functions: `source` defines them; `keywords`: their names -> the names of their arguments."""

    parent: WarmParent
    source: str
    keywords: Mapping[str, Sequence[str]]


class Relay:
    """Answers the questions of one submission's workers about the functions in `names`, in that order.

    A question gets the time of a call (`Limits.call_seconds`), and as long by the clock as a call gets.
    """

    def __init__(self, reference: Reference | None, names: Sequence[str]) -> None:
        self._reference, self._names = reference, list(names)
        self._worker: Worker | None = None
        self._check, self._count, self._depth = "", 0, 0
        self.seconds = 0.0
        """CPU time of all answers until now."""

    def begin_check(self, name: str) -> None:
        """Forget the graphs of the last check."""
        self._check, self._count = name, 0
        self.close()

    def close(self) -> None:
        if self._worker is not None:
            self._worker.kill()
        self._worker = None

    def give(self, worker: Worker, question: dict[str, Any], blobs: list[bytearray]) -> None:
        """Get the answer and send it to the worker that asked. Raises StudentFault, with both workers gone."""
        if self._reference is None or not self._names:
            worker.kill()
            raise WorkerDied("its reply can't be read")
        try:
            asked = self._cleaned(question, len(blobs))
        except WireError:
            worker.send({"error": _REFUSED}, [])
            return
        try:
            reply, out = self._answered(worker, asked, blobs)
        except StudentFault:
            worker.kill()
            self.close()
            raise
        worker.send(reply, out)

    def _cleaned(self, question: dict[str, Any], blobs: int) -> dict[str, Any]:
        assert self._reference is not None
        number = question.get("n")
        if type(number) is not int or not 0 <= number < len(self._names):
            raise WireError("a function that does not exist")
        name = self._names[number]
        carrier = Carrier(blobs, self._reference.keywords[name], inner=True)
        self._count += 1
        # the same numbers for every submission, and none of the course's own
        digest = hashlib.sha256(f"{self._check}:{name}:{self._count}".encode()).digest()
        if question.get("op") == "vjp":
            token = question.get("token")
            if type(token) is not int or token < 0:
                raise WireError("a call that was not made")
            return {"op": "vjp", "token": token, "value": carrier.copy(question.get("value"))}
        return {
            "op": "callback", "name": name, "grad": question.get("grad") is True,
            "enabled": question.get("enabled") is True, "seed": int.from_bytes(digest[:6], "big"),
            "value": carrier.arguments(question.get("value")),
        }  # fmt: skip

    def _answered(
        self, worker: Worker, asked: dict[str, Any], blobs: list[bytearray]
    ) -> tuple[dict[str, Any], list[memoryview]]:
        """The answer, cleaned. What is asked back on the way is asked of `worker`."""
        helper = self._started()
        before = helper.cpu_seconds
        if not self._depth:
            helper.begin(helper.limits.call_seconds)
        self._depth += 1
        try:
            helper.send({"op": "answer", "id": 0, "question": asked}, [memoryview(blob) for blob in blobs])
            while True:
                reply, out = helper.receive()
                if "inner" not in reply:
                    break
                self._ask_back(worker, helper, reply, out)
        finally:
            self._depth -= 1
            if not self._depth and helper.alive:
                self.seconds += helper.cpu_seconds - before
        if "error" in reply:
            return {"error": _REFUSED}, []
        return {"value": _copied(reply.get("value"), out)}, [memoryview(blob) for blob in out]

    def _ask_back(self, worker: Worker, helper: Worker, asked: dict[str, Any], blobs: list[bytearray]) -> None:
        """Have an object in the student's worker called, and pass on what comes of it."""
        question = {
            "inner": "vjp" if asked.get("inner") == "vjp" else "call", "h": asked.get("h"),
            "grad": asked.get("grad") is True, "token": asked.get("token"), "value": _copied(asked.get("value"), blobs),
        }  # fmt: skip
        if not all(question[key] is None or type(question[key]) is int for key in ("h", "token")):
            raise WorkerDied("a function that it called can't be read")
        worker.send(question, [memoryview(blob) for blob in blobs])
        while True:
            reply, out = worker.receive()
            if reply.get("op") not in ("callback", "vjp"):
                break
            self.give(worker, reply, out)
        if "error" in reply:
            helper.send({"error": True}, [])
        else:
            helper.send({"value": _copied(reply.get("value"), out)}, [memoryview(blob) for blob in out])

    def _started(self) -> Worker:
        """The worker with the course's functions. Raises KilledTwice or MachineError."""
        if self._worker is not None and self._worker.alive:
            return self._worker
        assert self._reference is not None
        for _ in range(2):
            helper = self._reference.parent.spawn()
            try:
                header = {"op": "cell", "source": self._reference.source, "name": "reference"}
                notes = Requests().ask(helper, header, [], helper.limits.load_seconds)[0].get("notes")
            except StudentFault as fault:
                if fault.from_outside:
                    continue
                raise MachineError(f"the course's answers could not be loaded: {fault}") from None
            if notes:
                helper.kill()
                raise MachineError("the course's answers could not be loaded in a worker")
            self._worker = helper
            return helper
        raise KilledTwice("the course's answers were being loaded")


def _copied(node: Any, blobs: list[bytearray]) -> Any:
    try:
        return Carrier(len(blobs)).copy(node)
    except WireError:
        raise WorkerDied("what a function that it called gave back can't be read") from None
