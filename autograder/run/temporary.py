"""Temporary folders that do not outlive their owners for long: the next process removes what a killed one left."""

from __future__ import annotations

import contextlib
import fcntl
import os
import pathlib
import tempfile
import time

from autograder.worker import scratch

_PREFIX = "autograder-"
_YOUNG = 60.0  # seconds; a younger folder may not be locked yet


class Folder:
    """A new folder `autograder-KIND-...` in `parent`, by default the system's folder for temporary files; a context
    manager.

    It is locked as long as this process lives (flock(2); the kernel drops the lock when the process ends in any way).
    A folder that no process holds is removed when the next one is made beside it.
    """

    def __init__(self, kind: str, parent: pathlib.Path | None = None) -> None:
        place = str(parent or tempfile.gettempdir())
        _clear_up(place)
        # resolved, so that every process knows it by the same path
        self.path = os.path.realpath(tempfile.mkdtemp(prefix=f"{_PREFIX}{kind}-", dir=place))
        self._lock = _locked(self.path)

    def remove(self) -> None:
        scratch.remove(self.path)
        if self._lock is not None:
            os.close(self._lock)
            self._lock = None

    def __enter__(self) -> str:
        return self.path

    def __exit__(self, *_: object) -> None:
        self.remove()


def _locked(path: str) -> int | None:
    """A descriptor that holds the folder's lock; None if another process holds it, or it can't be taken."""
    # O_NOFOLLOW: others can write in the system's folder too, and may put a link there
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
    except OSError:
        return None
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        os.close(descriptor)
        return None
    return descriptor


def _clear_up(place: str) -> None:
    with contextlib.suppress(OSError), os.scandir(place) as listing:
        for entry in listing:
            if not entry.name.startswith(_PREFIX) or not entry.is_dir(follow_symlinks=False):
                continue
            about = entry.stat(follow_symlinks=False)
            if about.st_uid != os.getuid() or time.time() - about.st_mtime < _YOUNG:
                continue
            lock = _locked(entry.path)
            if lock is not None:
                scratch.remove(entry.path)
                os.close(lock)
