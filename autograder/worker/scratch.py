"""Tidies up folders in which a submission may write. It may have left them deep, full or without permissions."""

from __future__ import annotations

import contextlib
import os
import time


def tidy(folder: str, keep: set[str]) -> None:
    """Remove everything in a folder except the paths in `keep`."""
    with contextlib.suppress(OSError), os.scandir(folder) as listing:
        for entry in listing:
            if entry.path not in keep:
                if entry.is_dir(follow_symlinks=False):
                    remove(entry.path)
                else:
                    with contextlib.suppress(OSError):
                        os.unlink(entry.path)


def remove(folder: str) -> None:
    """Remove a folder and everything in it, however deep it is.

    The content of a subfolder is first moved up, so that no path grows too long for a system call.
    """
    count = 0
    with contextlib.suppress(OSError):
        while True:
            with os.scandir(folder) as listing:
                entries = [(entry.path, entry.is_dir(follow_symlinks=False)) for entry in listing]
            if not entries:
                break
            for path, is_folder in entries:
                if not is_folder:
                    os.unlink(path)
                    continue
                os.chmod(path, 0o700)  # a submission may have taken the permissions away
                with os.scandir(path) as inner:
                    for entry in inner:
                        count += 1  # makes the new name unique, with the clock below
                        if entry.is_dir(follow_symlinks=False):
                            os.rename(entry.path, os.path.join(folder, f".{count}-{time.monotonic_ns()}"))
                        else:
                            os.unlink(entry.path)
                os.rmdir(path)
        os.rmdir(folder)
