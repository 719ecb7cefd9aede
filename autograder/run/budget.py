"""What one submission may use, whatever happens in it and however often it is tried again.

CPU time is charged to the exercise that uses it, tries included, so that a slow answer costs its own exercise alone.
What the sentences on its checks can tell of hidden inputs is bounded for the whole submission.

Time asleep, time by the clock, and workers that were ended, are charged to the submission: beyond its budget it is
held, since a zero for an exercise whose turn never came would be wrong.
"""

from __future__ import annotations

import time

from autograder.errors import OverBudget
from autograder.run.limits import Limits


class Budget:
    """Shared by all sessions of a submission. `left`: exercise -> CPU seconds."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._end = time.monotonic() + limits.clock_seconds
        self._asleep = limits.asleep_seconds
        self._reloads = limits.reloads
        self._stopped = limits.stopped_seconds
        self._left: dict[str, float] = {}
        self._bits = limits.bits
        self._told: set[tuple[str, str]] = set()

    def left(self, exercise: str) -> float:
        """CPU seconds that an exercise may still use."""
        return self._left.get(exercise, self._limits.exercise_seconds)

    def charge(self, exercise: str, seconds: float) -> None:
        self._left[exercise] = self.left(exercise) - seconds

    def look_at_the_clock(self) -> None:
        """Raises OverBudget where the submission has taken too long."""
        if time.monotonic() > self._end:
            raise OverBudget(f"its checks took more than {self._limits.clock_seconds / 60:.0f} minutes")

    def slept(self, seconds: float) -> None:
        """A worker was waiting, not for this process and not for its turn on a busy machine. Raises OverBudget."""
        self._asleep -= seconds
        if self._asleep < 0:
            raise OverBudget(f"its code was waiting for more than {self._limits.asleep_seconds:.0f} seconds in all")

    def stopped(self, seconds: float) -> None:
        """A cell was stopped after so many CPU seconds, or ended its process. Raises OverBudget."""
        self._stopped -= seconds
        if self._stopped < 0:
            raise OverBudget(
                f"its cells had to be stopped again and again, after {self._limits.stopped_seconds:.0f} seconds in all"
            )

    def reloaded(self) -> None:
        """The notebook has to be run again, because its process was ended. Raises OverBudget."""
        self._reloads -= 1
        if self._reloads < 0:
            raise OverBudget(f"its code ended its process more than {self._limits.reloads} times")

    def may_tell(self, exercise: str, sentence: str, bits: float) -> bool:
        """Whether a sentence on a check may be shown: whether all sentences together tell no more of the hidden inputs
        than they may. The same one again on an exercise tells nothing new but that it is the same.
        """
        self._bits -= 1.0 if (exercise, sentence) in self._told else bits
        self._told.add((exercise, sentence))
        return self._bits >= 0
