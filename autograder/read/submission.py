"""A submission, read once: the same bytes are fingerprinted, graded and shown, even if the file is saved again
meanwhile.
"""

from __future__ import annotations

import dataclasses
import pathlib
import re
from dataclasses import dataclass

from autograder.notebook import Content, content_of

_COPY = re.compile(r"(-copy ?\d*| ?\(\d+\)| - copy.*| copy ?\d*|_copy ?\d*)\.ipynb$", re.IGNORECASE)


@dataclass(frozen=True)
class Job:
    """One file to grade for one student. `told`: the hash of the content that showed which assignment it is; "" if its
    folder did.
    """

    student: str
    assignment: str
    path: pathlib.Path
    told: str = ""


@dataclass(frozen=True)
class Submitted:
    """A job, and the content of its file when its turn came."""

    job: Job
    content: Content


def read(job: Job, max_bytes: int) -> Submitted:
    """The submission of a job as it is now.

    A file named on the command line is read while planning, to tell its assignment, and only its hash is kept, so that
    ten thousand files need no memory. It is read again here, and is held if it has changed: it may belong to another
    assignment by now.
    """
    content = content_of(job.path, max_bytes)
    if job.told not in ("", content.sha256):
        content = Content(None, "the file was saved again during the run: grade it again")
    return Submitted(job, dataclasses.replace(content, name=job.path.name, beside=_beside(job)))


def _beside(job: Job) -> tuple[str, ...]:
    """Other notebooks that the student handed in with this one: all in their folder; for a file that was named on the
    command line, its copies, since others in that folder are other people's.
    """
    if job.path.is_symlink() or job.path.parent.is_symlink():
        return ()
    others = (path.name for path in job.path.parent.glob("*.ipynb") if path.name != job.path.name)
    return tuple(sorted(name for name in others if not job.told or _is_copy(name, job.path.stem)))[:20]


def _is_copy(name: str, stem: str) -> bool:
    """Whether a file is called as JupyterLab, a browser or a desktop calls a copy."""
    return name.startswith(stem) and _COPY.match(name[len(stem) :]) is not None
