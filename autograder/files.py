"""Read and write whole files; make file names that are safe."""

from __future__ import annotations

import contextlib
import hashlib
import os
import pathlib
import re
import stat
import tempfile
from typing import TextIO

from autograder.errors import SubmissionUnreadable

PACKAGE = pathlib.Path(__file__).parent
_SAFE = re.compile(r"[A-Za-z0-9@+_.-]{1,100}")


def safe_name(student: str) -> str:
    """A file name for a student: the name itself if it is harmless, otherwise a cleaned-up one with a digest."""
    if _SAFE.fullmatch(student) and not student.startswith("."):
        return student
    kept = re.sub(r"[^A-Za-z0-9@+_-]+", "_", student)[:60].strip("_") or "student"
    return f"{kept}-{hashlib.sha256(student.encode('utf-8', 'surrogatepass')).hexdigest()[:8]}"


def cache_folder(*parts: str) -> pathlib.Path:
    """This program's cache folder for the user, or a path inside it. It may not exist yet."""
    home = os.environ.get("XDG_CACHE_HOME") or os.path.join(os.path.expanduser("~"), ".cache")
    return pathlib.Path(home, "autograder", *parts)


def handed_in(place: pathlib.Path, name: str) -> pathlib.Path:
    """The notebook in a student's folder of an assignment: the one called `name`, or else the only one there. Links are
    not followed: one may lead to the answers.
    """
    for folder in (place.parent, place):
        if folder.is_symlink():
            return folder
    notebooks = sorted(place.glob("*.ipynb"))
    chosen = place / name
    return notebooks[0] if not chosen.exists() and len(notebooks) == 1 else chosen


def read_once(path: pathlib.Path, max_bytes: int) -> bytes:
    """The bytes of a file of at most `max_bytes`; raises SubmissionUnreadable with the reason in one line.

    Links are never followed: one could lead to the answers. A pipe or a device is not opened; if the file turns into
    one between the check and the open, it is not read.
    """
    try:
        _refuse(path.lstat(), max_bytes)
        flags = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)
        with open(os.open(path, flags), "rb") as file:
            _refuse(os.fstat(file.fileno()), max_bytes)
            data = file.read(max_bytes + 1)
            if len(data) > max_bytes:  # it grew
                _refuse(os.fstat(file.fileno()), max_bytes)
    except OSError as error:
        raise SubmissionUnreadable(f"the file can't be read: {error.strerror}") from None
    return data


def _refuse(found: os.stat_result, max_bytes: int) -> None:
    if stat.S_ISLNK(found.st_mode):
        raise SubmissionUnreadable("the file is a link to somewhere else: hand in the notebook itself")
    if not stat.S_ISREG(found.st_mode):
        raise SubmissionUnreadable("there is a folder or something else where the notebook should be")
    if found.st_size > max_bytes:
        raise SubmissionUnreadable(
            f"the file is {found.st_size / 1e6:.0f} MB large, more than the {max_bytes / 1e6:.0f} MB that are read: "
            "clear the outputs, save and hand in again"
        )


PRIVATE, PUBLIC = 0o600, 0o644


def make_folder(folder: pathlib.Path) -> None:
    """Make a folder and those above it that are missing, each for its owner alone; in a group's folder, for the group.

    A group's folder is one with the set-group-id bit, as nbgrader's `groupshared` makes them: whoever set it wants all
    files in it to be the group's, and a colleague's next run has to replace them. The group is inherited from it.
    """
    if folder.is_dir():
        return
    make_folder(folder.parent)
    try:
        folder.mkdir(0o700)
    except FileExistsError:  # another thread made it meanwhile, or there is a file in its place
        if not folder.is_dir():
            raise
        return
    if _is_the_groups(folder.parent):
        folder.chmod(0o2770)


def _is_the_groups(folder: pathlib.Path) -> bool:
    return bool(folder.stat().st_mode & stat.S_ISGID)


def _new_mode(folder: pathlib.Path, mode: int = PRIVATE) -> int:
    return mode | 0o060 if _is_the_groups(folder) else mode


def create_private(path: pathlib.Path) -> None:
    """Create an empty file that only its owner may read, or the group (see `make_folder`). Raises FileExistsError."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, PRIVATE)
    with os.fdopen(descriptor, "wb"):
        os.fchmod(descriptor, _new_mode(path.absolute().parent))


def open_private(path: pathlib.Path) -> TextIO:
    """Open a text file to write it anew. If it is new, only its owner may read it, or the group (see `make_folder`)."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT, PRIVATE)
    is_new = os.fstat(descriptor).st_size == 0
    if is_new and _is_the_groups(path.absolute().parent):
        with contextlib.suppress(PermissionError):  # it is a colleague's, who has done this
            os.fchmod(descriptor, PRIVATE | 0o060)
    stream = os.fdopen(descriptor, "w", encoding="utf-8")
    if stat.S_ISREG(os.fstat(descriptor).st_mode):
        stream.truncate(0)
    return stream


def write_whole(path: pathlib.Path, data: bytes, mode: int = PRIVATE) -> None:
    """Replace a file's content with `data`; after a crash the file holds either all of it or what it held before.

    A file that is there keeps its permissions. A new one gets `mode`: unless told, nobody but its owner may read it
    (or the group, see `make_folder`), since most of what is written are marks, names and answers.
    """
    make_folder(path.parent)
    descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=".writing-")
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        try:
            there = path.lstat().st_mode
        except FileNotFoundError:
            there = 0
        os.chmod(name, stat.S_IMODE(there) if stat.S_ISREG(there) else _new_mode(path.parent, mode))
        os.replace(name, path)
    except BaseException as error:
        pathlib.Path(name).unlink(missing_ok=True)
        if (
            isinstance(error, OSError) and error.filename is None
        ):  # an error from write() or fsync() carries no file name
            error.filename = str(path)
        raise
