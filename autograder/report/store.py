"""Stored reports: `reports/ASSIGNMENT/STUDENT.json`, each written in one piece, so that a run that was killed goes on where it stopped.

The gradebook and the pages are made from these records; writing them again from the same record changes nothing.
"""

from __future__ import annotations

import hashlib
import json
import pathlib
import stat

from autograder.files import safe_name, write_whole
from autograder.results import Report

_HASHED = 256 << 20  # bytes; a larger file is no notebook that is read, and may be a terabyte of nothing


class Records:
    """The stored reports below a folder."""

    def __init__(self, folder: pathlib.Path) -> None:
        self.folder = folder

    def path(self, assignment: str, student: str) -> pathlib.Path:
        return self.folder / assignment / f"{safe_name(student)}.json"

    def save(self, report: Report, fingerprint: str) -> None:
        """Keep a report, with what it was made from; the one before it is kept beside it as `.previous.json`."""
        path = self.path(report.assignment, report.student)
        if path.exists():
            write_whole(path.with_suffix(".previous.json"), path.read_bytes())
        record = {"fingerprint": fingerprint, **report.to_dict()}
        write_whole(path, json.dumps(record).encode())

    def load(self, assignment: str, student: str, fingerprint: str | None = None) -> Report | None:
        """The report kept for a student, or None: there is none, it can't be read, or it was made from something else."""
        try:
            record = json.loads(self.path(assignment, student).read_bytes())
            kept = record.pop("fingerprint")
            report = Report.from_dict(record)
        except (OSError, ValueError, KeyError, AttributeError, TypeError):
            return None
        return report if fingerprint in (None, kept) and report.student == student else None

    def all(self, assignment: str) -> list[Report]:
        """Every report kept on an assignment, by student's name; a file that can't be read is passed over."""
        found = []
        for path in sorted((self.folder / assignment).glob("*.json")):
            if not path.name.endswith(".previous.json"):
                try:
                    record = json.loads(path.read_bytes())
                    record.pop("fingerprint", None)
                    found.append(Report.from_dict(record))
                except (OSError, ValueError, AttributeError, TypeError):
                    continue
        return sorted(found, key=lambda report: report.student)


def fingerprint_of(file: pathlib.Path, course_fingerprint: str) -> str:
    """Tells whether a report is still of this file and this course (SHA-256, hex)."""
    digest = hashlib.sha256(course_fingerprint.encode())
    try:
        if not stat.S_ISREG(file.lstat().st_mode):  # a link could lead anywhere, and a pipe would never end
            return hashlib.sha256(f"{course_fingerprint} no file".encode()).hexdigest()
        digest.update(str(file.lstat().st_size).encode())
        with file.open("rb") as stream:
            left = _HASHED
            while left > 0 and (block := stream.read(min(left, 1 << 20))):
                digest.update(block)
                left -= len(block)
    except OSError as error:
        digest.update(str(error.errno).encode())
    return digest.hexdigest()
