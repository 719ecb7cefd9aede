"""What a submission's cells say, read off by a worker before any of them runs.

No student text is parsed in the grader's own process: a few hundred nested f-strings keep Python's parser busy for
seconds. The worker that has read the cells has run none of them, so it serves as the submission's first worker.
"""

from __future__ import annotations

from typing import Any

from autograder.errors import KilledTwice, StudentFault
from autograder.read.extract import Submission
from autograder.read.facts import CellFacts, Facts
from autograder.run.budget import Budget
from autograder.run.requests import Requests
from autograder.run.warm_parent import WarmParent
from autograder.run.worker_process import Worker

_SECONDS = 10.0


class Survey:
    """`facts` by the name of the run. `lethal`: the cells that are left out, here for a text that ended the worker;
    `cut`: the cells of which only definitions run. Sessions of the submission add to both, and share the `budget`.

    Raises KilledTwice, OverBudget or MachineError.
    """

    def __init__(self, parent: WarmParent, submission: Submission) -> None:
        self.parent = parent
        self.budget = Budget(parent.limits)
        self.lethal: dict[str, StudentFault] = {}
        self.cut: dict[str, StudentFault] = {}
        self._worker: Worker | None = None
        self._requests = Requests()
        runs = {run.name: run for run in submission.own}
        tables = self._tables([run.source for run in runs.values()])
        if tables is None:  # one of them is too much for the parser: find out which
            tables = []
            for run in runs.values():
                alone = self._tables([run.source])
                if alone is None:
                    self.budget.stopped(_SECONDS)
                if alone is None:
                    self.lethal[run.name] = StudentFault("reading it took too much time or memory")
                tables.append(None if alone is None else alone[0])
        self.facts = Facts({name: CellFacts.of(table) for name, table in zip(runs, tables)})

    def _tables(self, sources: list[str]) -> list[Any] | None:
        """What a worker says of some texts; None if it did not survive them. Retried if it was killed from outside."""
        for _ in range(2):
            worker = self.take(self.parent) or self.parent.spawn()
            try:
                reply = self._requests.ask(worker, {"op": "facts", "sources": sources}, [], _SECONDS)[0]
            except StudentFault as fault:
                if fault.from_outside:
                    continue
                return None
            self._worker = worker
            tables = reply.get("facts")
            return tables if isinstance(tables, list) and len(tables) == len(sources) else [None] * len(sources)
        raise KilledTwice("a submission was being read")

    def take(self, parent: WarmParent) -> Worker | None:
        """The worker, once, for those who want one of its warm parent."""
        if parent is not self.parent:
            return None
        worker, self._worker = self._worker, None
        return worker

    def close(self) -> None:
        worker = self.take(self.parent)
        if worker is not None:
            worker.kill()
