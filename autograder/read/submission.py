"""A submission, read once: the same bytes are fingerprinted, graded and shown, even if the file is saved again
meanwhile.
"""

from __future__ import annotations

import pathlib
from dataclasses import dataclass

from autograder.notebook import Content, content_of


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
    return Submitted(job, content)
