"""A submission read once: the same bytes are fingerprinted, graded and shown, whatever is saved over the file
meanwhile.
"""

from __future__ import annotations

import pathlib
from dataclasses import dataclass

from autograder.notebook import Content, content_of


@dataclass(frozen=True)
class Job:
    """One file to grade for one student. `told`: the hash of the content that told the assignment, "" where its place
    did.
    """

    student: str
    assignment: str
    path: pathlib.Path
    told: str = ""


@dataclass(frozen=True)
class Submitted:
    """A job and what was in its file when its turn came."""

    job: Job
    content: Content


def read(job: Job, max_bytes: int) -> Submitted:
    """The submission of a job as it is now.

    What tells the assignment is hashed and dropped, so that ten thousand files named on the command line need no
    memory; the file is read again when its turn comes, and is not graded where it is another one by then: it may answer
    another assignment.
    """
    content = content_of(job.path, max_bytes)
    if job.told not in ("", content.sha256):
        content = Content(None, "the file was saved again while the run was on: grade it again")
    return Submitted(job, content)
