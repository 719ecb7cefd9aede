"""The event loop that runs while a kernel runs a cell: `await` and tasks work at the top of a notebook.

A loop wakes itself through a pair of sockets, which a worker may not open. Here a pipe does that.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable
from typing import Any


class _Loop(asyncio.SelectorEventLoop):
    """An event loop that wakes itself through a pipe."""

    def _make_self_pipe(self) -> None:
        self._ends = os.pipe()
        for end in self._ends:
            os.set_blocking(end, False)
        self._internal_fds = 1
        watched: Any = self  # what the base class uses itself here
        watched._add_reader(self._ends[0], lambda: os.read(self._ends[0], 4096))

    def _close_self_pipe(self) -> None:
        watched: Any = self
        watched._remove_reader(self._ends[0])
        for end in self._ends:
            os.close(end)

    def _write_to_self(self) -> None:
        try:
            os.write(self._ends[1], b"\0")
        except OSError:  # it is full, so the loop wakes anyway
            pass


def without_sockets() -> None:
    """Let every event loop of this process wake itself through a pipe."""
    for name in ("_make_self_pipe", "_close_self_pipe", "_write_to_self"):
        setattr(asyncio.SelectorEventLoop, name, vars(_Loop)[name])


def run(loop: asyncio.AbstractEventLoop, cell: Callable[[], Any], awaits: bool) -> Any:
    """The value of `cell()`, or with `awaits` what comes of awaiting it, while a loop runs, as in a kernel."""

    async def inside() -> Any:
        return await cell() if awaits else cell()

    outer = asyncio._get_running_loop()
    if outer is not None and not awaits:
        return cell()
    asyncio._set_running_loop(None)  # the text of a magic, within its cell
    try:
        return (loop if outer is None else new_loop()).run_until_complete(inside())
    finally:
        asyncio._set_running_loop(outer)


def new_loop() -> asyncio.AbstractEventLoop:
    return _Loop()
