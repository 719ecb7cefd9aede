"""A run's table and `--json` document are the same however its reports came, and what is kept of a report is small."""

from __future__ import annotations

import json
import tracemalloc

from autograder.report.document import Tally
from autograder.results import Check, ExerciseResult, Picture, Report, run_head


def report(student: str, assignment: str = "02", **more) -> Report:
    pictures = [Picture("yours", 28, 28, [number / 784 for number in range(784)])]
    checks = [Check(f"check_{number}", "passed", "", f"Does the {number}th thing.") for number in range(40)]
    checks.append(Check("last", "failed", 'line one\nline "two" ]\n}', "Does it.", pictures=pictures))
    return Report(
        student, assignment, "n", exercises=[ExerciseResult("accuracy", 2.0, checks, source="x" * 5000)], **more
    )


def test_the_document_is_that_of_all_reports_in_order():
    wall = {"level": "full", "missing": []}
    reports = [
        report("zoe", sandbox=wall),
        report("ada", "03", sandbox=wall),
        report("ada"),
        report("max", status="held", reason="no file ✗"),
    ]
    ordered = sorted(reports, key=lambda one: (one.assignment, one.student))
    with Tally(document=True) as tally:
        for one in reports:
            tally.add(one)
        text = "".join(tally.text())
        assert text == json.dumps({**run_head(reports[0]), "submissions": [one.public() for one in ordered]}, indent=1)
        assert "".join(tally.text()) == text
    assert [(row.assignment, row.student) for row in tally.rows] == [
        ("02", "ada"),
        ("02", "max"),
        ("02", "zoe"),
        ("03", "ada"),
    ]
    assert (tally.held, tally.levels) == (1, {"full"})
    assert (
        tally.rows[0].what_to_know.startswith("accuracy: not right: line one")
        and tally.rows[1].what_to_know == "no file ✗"
    )


def test_a_document_of_nothing():
    with Tally(document=True) as tally:
        assert "".join(tally.text()) == json.dumps(run_head(None), indent=1)


def test_a_thousand_reports_take_little_memory():
    with Tally(document=True) as tally:
        tally.add(report("first"))
        tracemalloc.start()
        for number in range(1000):
            tally.add(report(f"s{number}"))
        kept = tracemalloc.get_traced_memory()[0]
        tracemalloc.stop()
    assert len(tally.rows) == 1001 and kept < 1_000_000  # as reports, some 50 times as much
