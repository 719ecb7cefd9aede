"""How much of the disk a worker uses: how many files and folders, how many bytes."""

from __future__ import annotations

import os
from collections.abc import Callable

Use = Callable[[], tuple[int, int]]


def of_folder(path: str, most: int) -> tuple[int, int]:
    """Entries and bytes below a folder; it stops counting above `most` entries. Raises OSError for a folder that can't
    be listed. A file that was deleted while it is open is not seen.
    """
    entries, size, folders = 0, 0, [path]
    while folders and entries <= most:
        with os.scandir(folders.pop()) as listing:
            for entry in listing:
                entries += 1
                # blocks of 512 bytes, because a sparse file is larger than what it occupies
                size += entry.stat(follow_symlinks=False).st_blocks * 512
                if entry.is_dir(follow_symlinks=False):
                    folders.append(entry.path)
    return entries, size


class FileSystem:
    """The file system of a warm parent's scratch folder, in memory and of limited size, by a descriptor of that folder.
    It counts files without a name too. What is there at the start does not count.
    """

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor
        self._before = self._now()

    def _now(self) -> tuple[int, int]:
        about = os.fstatvfs(self._descriptor)
        return about.f_files - about.f_ffree, (about.f_blocks - about.f_bfree) * about.f_frsize

    def use(self) -> tuple[int, int]:
        return self._now()[0] - self._before[0], self._now()[1] - self._before[1]

    def close(self) -> None:
        os.close(self._descriptor)
