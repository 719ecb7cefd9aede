"""The saves of a student's notebooks, for `check --watch`."""

from __future__ import annotations

import itertools
import pathlib
from collections.abc import Iterable, Iterator

_POLL_EVERY = 1000
"""Milliseconds after which the files are looked at where the system has told of nothing."""


class Saves:
    """Iterates, without end, over the notebooks that are saved from the moment of its making on.

    The system's word only says when to look; what was saved is seen from the files. It may never come: on network
    drives, and for what was saved before the system was asked.
    """

    def __init__(self, notebooks: Iterable[pathlib.Path]) -> None:
        self._seen = {path: _state(path) for path in notebooks}

    def __iter__(self) -> Iterator[pathlib.Path]:
        import watchfiles

        folders = {path.resolve().parent for path in self._seen}
        told = watchfiles.watch(
            *folders,
            debounce=50,
            step=20,
            rust_timeout=_POLL_EVERY,
            yield_on_timeout=True,
            raise_interrupt=True,
            recursive=False,
        )
        for _ in itertools.chain([set()], told):
            for path, seen in self._seen.items():
                state = _state(path)
                if state is not None and state != seen:
                    self._seen[path] = state
                    yield path


def _state(path: pathlib.Path) -> tuple[int, int, int] | None:
    """What is another one after every save; None where there is no such file."""
    try:
        about = path.stat()
    except OSError:
        return None
    return about.st_mtime_ns, about.st_size, about.st_ino
