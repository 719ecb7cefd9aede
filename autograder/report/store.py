"""Stored reports: `reports/ASSIGNMENT/STUDENT.json`, each written atomically, so that a killed run can be continued.

Gradebook and pages are made from these records. Making them again from the same record changes nothing.
"""

from __future__ import annotations

import json
import pathlib

from autograder.files import safe_name, write_whole
from autograder.results import Report


class Records:
    """The stored reports in a folder."""

    def __init__(self, folder: pathlib.Path) -> None:
        self.folder = folder

    def path(self, assignment: str, student: str) -> pathlib.Path:
        return self.folder / assignment / f"{safe_name(student)}.json"

    def save(self, report: Report, fingerprint: str) -> None:
        """Store a report with its fingerprint. The previous one is kept beside it as `.previous.json`."""
        path = self.path(report.assignment, report.student)
        if path.exists():
            write_whole(path.with_suffix(".previous.json"), path.read_bytes())
        record = {"fingerprint": fingerprint, **report.to_dict()}
        write_whole(path, json.dumps(record).encode())

    def load(self, assignment: str, student: str, fingerprint: str | None = None) -> Report | None:
        """The stored report for a student. None if there is none, it can't be read, or its fingerprint differs."""
        try:
            record = json.loads(self.path(assignment, student).read_bytes())
            kept = record.pop("fingerprint")
            report = Report.from_dict(record)
        except (OSError, ValueError, KeyError, AttributeError, TypeError):
            # also a record of another schema: the submission is graded again
            return None
        return report if fingerprint in (None, kept) and report.student == student else None

    def all(self, assignment: str) -> list[Report]:
        """All stored reports on an assignment, sorted by student. A file that can't be read is skipped."""
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
