"""The limits on one worker's time, memory, files and threads."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Limits:
    """What one worker may use.

    Times are CPU seconds (of one call, of all calls of an exercise, of all cells of a notebook), so a busy machine
    never turns a right answer into a slow one. Code that sleeps is stopped after `patience` times as many wall-clock
    seconds. Sizes are bytes: `memory` beyond what torch needs, one `reply`, all replies of a `check`, one `file`, all
    files (`scratch`). `entries` bounds the number of files and folders, `threads` the number of threads.

    A submission as a whole may take `clock_seconds`, be asleep for `asleep_seconds` of them, and end its worker
    `reloads` times; cells that have to be stopped may use `stopped_seconds`; the sentences on its checks may carry
    `bits` of what was hidden. See `budget`.
    """

    call_seconds: float = 10.0
    exercise_seconds: float = 20.0
    load_seconds: float = 60.0
    patience: float = 4.0
    memory: int = 3 << 30
    reply: int = 256 << 20
    check: int = 512 << 20
    file: int = 64 << 20
    scratch: int = 256 << 20
    entries: int = 2000
    threads: int = 256
    clock_seconds: float = 1800.0
    asleep_seconds: float = 60.0
    stopped_seconds: float = 120.0
    reloads: int = 60
    bits: float = 1024.0

    def for_child(self, unlimited: bool = False, own_disk: bool = True) -> dict[str, int]:
        """The limits that the child sets on itself.

        `unlimited` address space is for real accelerators, whose drivers map far more than they use. Without a file
        system of its own (`own_disk`), what deleted files take is bounded only by how many can be open and how large
        each is.
        """
        files = 64 if own_disk else 32
        file = self.file if own_disk else self.scratch // files
        # an hour of CPU time is a backstop: the deadlines of the grader come long before
        return {"memory": 0 if unlimited else self.memory, "file": file, "files": files, "cpu": 3600}
