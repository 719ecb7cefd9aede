"""Where the time of a run goes. Each process of it has one stopwatch, which is in one stage at a time; off, it costs a
comparison.
"""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Iterator, Mapping

STAGES = {
    "extract": "read the notebook, match its cells with the source",
    "fork": "fork a worker from the warm parent",
    "lock-in": "the worker's limits, Landlock and system-call filter",
    "load": "run the cells in it",
    "calls": "the student's functions",
    "wire": "carry arguments and results there and back",
    "graders": "pytest, inputs, references, comparisons",
    "diagnosis": "compare with the known mistakes",
    "end": "kill the worker, clear up after it",
    "report": "the record: made, sent, stored",
    "gradebook": "marks into the database",
    "page": "the student's page, the formgrader's notebook",
}
"""Every stage that a submission goes through, in order, and what is done in it."""


class Stopwatch:
    """Seconds by stage. A stage inside another one is not counted in that one, so the stages add up to the whole."""

    def __init__(self, clock: Callable[[], float] = time.perf_counter) -> None:
        self.running = False
        self.seconds: dict[str, float] = {}
        self._clock, self._stage, self._since = clock, "", 0.0

    def start(self) -> None:
        """Measure from now on, from zero, and outside any stage."""
        self.seconds, self._stage, self.running = {}, "", True

    def stop(self) -> dict[str, float]:
        """Measure no more; what was measured."""
        self.running = False
        return self.seconds

    @contextlib.contextmanager
    def stage(self, name: str) -> Iterator[None]:
        if not self.running:
            yield
            return
        outer = self._switch(name)
        try:
            yield
        finally:
            self._switch(outer)

    def _switch(self, name: str) -> str:
        now, outer = self._clock(), self._stage
        if outer:
            self.seconds[outer] = self.seconds.get(outer, 0.0) + now - self._since
        self._stage, self._since = name, now
        return outer

    def move(self, name: str, seconds: object) -> None:
        """Count seconds of the present stage as those of another: what a worker says that it needed for its part.

        The worker's word is a stranger's: what is no number, or more than the present stage has lasted, is not taken.
        """
        if self.running and type(seconds) is float and 0.0 <= seconds <= self._clock() - self._since:
            self.seconds[name] = self.seconds.get(name, 0.0) + seconds
            self._since += seconds

    def add(self, seconds: Mapping[str, float]) -> None:
        """Take in what another process has measured."""
        for name, more in seconds.items():
            self.seconds[name] = self.seconds.get(name, 0.0) + more


stopwatch = Stopwatch()
"""This process's own."""
