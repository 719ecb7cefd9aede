"""Where the time of a run goes. Each process has one stopwatch, which is in one stage at a time. When off, it costs one
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
    "wire": "send arguments, receive results",
    "graders": "pytest, inputs, references, comparisons",
    "diagnosis": "compare with the known mistakes",
    "end": "kill the worker, clear up after it",
    "report": "make, send and store the record",
    "gradebook": "marks into the database",
    "page": "the student's page, the formgrader's notebook",
}
"""Every stage of grading a submission, in order, and what happens in it."""


class Stopwatch:
    """Seconds by stage. A nested stage is not counted in the outer one, so the stages add up to the total."""

    def __init__(self, clock: Callable[[], float] = time.perf_counter) -> None:
        self.running = False
        self.seconds: dict[str, float] = {}
        self._clock, self._stage, self._since = clock, "", 0.0

    def start(self) -> None:
        """Reset, and start measuring outside any stage."""
        self.seconds, self._stage, self.running = {}, "", True

    def stop(self) -> dict[str, float]:
        """Stop measuring; return the seconds by stage."""
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
        """Move seconds from the current stage to another one: the time that a worker reports for its part.

        A worker's report can't be trusted: anything but a float between 0 and the time spent in the current stage is
        ignored.
        """
        if self.running and type(seconds) is float and 0.0 <= seconds <= self._clock() - self._since:
            self.seconds[name] = self.seconds.get(name, 0.0) + seconds
            self._since += seconds

    def add(self, seconds: Mapping[str, float]) -> None:
        """Add what another process has measured."""
        for name, more in seconds.items():
            self.seconds[name] = self.seconds.get(name, 0.0) + more


stopwatch = Stopwatch()
"""The stopwatch of this process."""
