"""What lies beside a submitted notebook, and which of it is copied: two small files of nbgrader's, and nothing else.

Beside a notebook a student can put anything: a link to the answers or to `/dev/zero`, a pipe, a page with a script.
nbgrader copies it all from `submitted/` to `autograded/`, which the formgrader serves to the instructor's browser, and
on to `feedback/`, from which every `.html` is released to the student; and it follows links. Nothing here does.
"""

from __future__ import annotations

import datetime
import functools
import os
import pathlib
import re
import stat
import tempfile
from typing import Any

from autograder.errors import SubmissionUnreadable
from autograder.files import read_once, write_whole

TIMESTAMP, SECRET = "timestamp.txt", "submission_secret.txt"
_LONGEST = 256  # bytes; nbgrader's secret has 128, its timestamps have fewer
_ONE_LINE = re.compile(rb"[ -~]+\r?\n?")


def _small(path: pathlib.Path) -> bytes | None:
    """The one line of a small regular file; None for a link, a pipe, a folder, or anything longer."""
    try:
        data = read_once(path, _LONGEST)
    except SubmissionUnreadable:
        return None
    return data if _ONE_LINE.fullmatch(data) else None


@functools.lru_cache(maxsize=256)
def _time_of(text: str) -> datetime.datetime:
    from nbgrader.utils import parse_utc

    return parse_utc(text)  # type: ignore[no-any-return]


def timestamp(folder: pathlib.Path) -> datetime.datetime | None:
    """When it was handed in (UTC), by the `timestamp.txt` in a folder. None if that is missing or invalid."""
    try:
        data = _small(folder / TIMESTAMP)
        return None if data is None else _time_of(data.decode("ascii").strip())
    except (ValueError, OverflowError):
        return None


def copy_nbgraders_own(source: pathlib.Path, target: pathlib.Path) -> None:
    """Copy the two files that nbgrader passes from step to step: the time of submission, and the key that
    `release_feedback` needs. A copy whose original is missing or is nothing of the kind is removed.
    """
    # nbgrader fails on a timestamp that it can't parse, so an unreadable one counts as missing
    kept = {
        TIMESTAMP: _small(source / TIMESTAMP) if timestamp(source) is not None else None,
        SECRET: _small(source / SECRET),
    }
    for name, data in kept.items():
        if data is None:
            (target / name).unlink(missing_ok=True)
        else:
            write_whole(target / name, data)


def guard(converter: Any) -> None:
    """Keep one of nbgrader's converters from copying what lies beside a notebook, and from reading a timestamp that is
    a link or a pipe.

    Its methods are replaced on the object, because nbgrader has no setting for either.
    """
    theirs = converter.init_assignment

    def init_assignment(assignment: str, student: str) -> None:
        source, target = (
            pathlib.Path(place(assignment, student)) for place in (converter._format_source, converter._format_dest)
        )
        with tempfile.TemporaryDirectory() as empty:
            # it copies every file from here; the course's own files, from `source/`, it finds by another way
            converter._format_source = lambda *_, **__: empty
            try:
                theirs(assignment, student)
            finally:
                del converter._format_source
        copy_nbgraders_own(source, target)

    converter.init_assignment = init_assignment
    converter.coursedir.get_existing_timestamp = lambda folder: timestamp(pathlib.Path(folder))


def copy_regular_files(source: pathlib.Path, target: pathlib.Path, most: int) -> list[str]:
    """Copy a folder that somebody else can still change: its regular files of at most `most` bytes, and its folders.

    Returns what was left out: the names of links, pipes, devices and larger files.
    """
    left_out = []
    # `fwalk` compares each folder that it opened with what it saw before, so that none can be swapped for a link
    for place, folders, files, descriptor in os.fwalk(source, follow_symlinks=False):
        inside = target / os.path.relpath(place, source)
        inside.mkdir(parents=True, exist_ok=True)
        for name in [*files, *folders]:
            found = os.stat(name, dir_fd=descriptor, follow_symlinks=False)
            if stat.S_ISDIR(found.st_mode):
                continue
            data = _regular(name, descriptor, most)
            if data is None:
                left_out.append(os.path.relpath(os.path.join(place, name), source))
            else:
                (inside / name).write_bytes(data)
    return left_out


def _regular(name: str, folder: int, most: int) -> bytes | None:
    try:
        descriptor = os.open(name, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK, dir_fd=folder)
    except OSError:
        return None
    with open(descriptor, "rb") as file:
        about = os.fstat(descriptor)
        if not stat.S_ISREG(about.st_mode) or about.st_size > most:
            return None
        data = file.read(most + 1)
        return data if len(data) <= most else None
