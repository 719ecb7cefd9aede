"""The limits on one worker's time, memory, files and threads."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Limits:
    """What one worker may use.

    Times are CPU seconds (of one call, of all calls of an exercise, of all cells of a notebook), so a busy machine
    never turns a right answer into a slow one. Code that sleeps is stopped after `patience` times as many wall-clock
    seconds. Sizes are bytes: `memory` beyond what torch needs, one `reply`, one `file`, all files (`scratch`).
    `entries` bounds the number of files and folders, `threads` the number of threads.
    """

    call_seconds: float = 10.0
    exercise_seconds: float = 20.0
    load_seconds: float = 60.0
    patience: float = 4.0
    memory: int = 3 << 30
    reply: int = 256 << 20
    file: int = 64 << 20
    scratch: int = 256 << 20
    entries: int = 2000
    threads: int = 256

    def for_child(self, unlimited: bool = False) -> dict[str, int]:
        """The limits that the child sets on itself.

        `unlimited` address space is for real accelerators, whose drivers map far more than they use.
        """
        # an hour of CPU time is a backstop: the deadlines of the grader come long before
        return {"memory": 0 if unlimited else self.memory, "file": self.file, "cpu": 3600}
