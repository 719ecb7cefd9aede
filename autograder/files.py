"""Read and write whole files; make file names that are safe."""

from __future__ import annotations

import hashlib
import os
import pathlib
import re
import stat
import tempfile

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


def write_whole(path: pathlib.Path, data: bytes) -> None:
    """Replace a file's content with `data`; after a crash the file holds either all of it or what it held before."""
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=".writing-")
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        os.chmod(name, 0o644)
        os.replace(name, path)
    except BaseException as error:
        pathlib.Path(name).unlink(missing_ok=True)
        if (
            isinstance(error, OSError) and error.filename is None
        ):  # an error from write() or fsync() carries no file name
            error.filename = str(path)
        raise
