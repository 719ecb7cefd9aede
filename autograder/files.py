"""Files that are written in one piece, and names that are safe as the names of files."""

from __future__ import annotations

import hashlib
import os
import pathlib
import re
import tempfile

PACKAGE = pathlib.Path(__file__).parent
_SAFE = re.compile(r"[A-Za-z0-9@+_.-]{1,100}")


def safe_name(student: str) -> str:
    """A student's name as the name of a file: itself where that is harmless, else with a digest of the real one."""
    if _SAFE.fullmatch(student) and not student.startswith("."):
        return student
    kept = re.sub(r"[^A-Za-z0-9@+_-]+", "_", student)[:60].strip("_") or "student"
    return f"{kept}-{hashlib.sha256(student.encode('utf-8', 'surrogatepass')).hexdigest()[:8]}"


def write_whole(path: pathlib.Path, data: bytes) -> None:
    """Put `data` in a file so that after a crash it holds either all of it or what it held before."""
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
        if isinstance(error, OSError) and error.filename is None:  # writing to an open file names none
            error.filename = str(path)
        raise
