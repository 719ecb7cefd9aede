"""Watch notebooks for saves, for `check --watch`."""

from __future__ import annotations

import itertools
import pathlib
from collections.abc import Iterable, Iterator

_POLL_EVERY = 1000
"""Milliseconds after which the files are checked even if the system has reported no change."""


class Saves:
    """An endless iterator over notebooks that have been saved since it was created.

    The system's notification only says when to look. What was saved is found by comparing the files' metadata, because
    a notification may never come: on network drives, and for a save before the watch began.
    """

    def __init__(self, notebooks: Iterable[pathlib.Path]) -> None:
        self._seen = {path: _state(path) for path in notebooks}

    def __iter__(self) -> Iterator[pathlib.Path]:
        import watchfiles

        # folders, not files: a save may replace the file, and a watch on the old one would see nothing more
        folders = {path.resolve().parent for path in self._seen}
        told = watchfiles.watch(
            *folders,
            debounce=50,  # milliseconds; watchfiles waits up to 1600 by default, and a student waits for the result
            step=20,
            rust_timeout=_POLL_EVERY,
            yield_on_timeout=True,
            raise_interrupt=True,
            recursive=False,
        )
        # the first look comes before any notification: a file may have been saved since `__init__`
        for _ in itertools.chain([set()], told):
            for path, seen in self._seen.items():
                state = _state(path)
                # None: the file was deleted, or a save has not put the new one in place yet
                if state is not None and state != seen:
                    self._seen[path] = state
                    yield path


def _state(path: pathlib.Path) -> tuple[int, int, int] | None:
    """A value that differs after every save; None if there is no such file."""
    try:
        about = path.stat()
    except OSError:
        return None
    # the inode as well: a file that was replaced may have the same size, and the same time on a coarse clock
    return about.st_mtime_ns, about.st_size, about.st_ino
