"""The facts of a submission's cells, read off in this process: for tests, whose texts are their own."""

from __future__ import annotations

from autograder.read.extract import Submission
from autograder.read.facts import CellFacts, Facts
from autograder.worker import cell_facts


def facts_of(submission: Submission) -> Facts:
    return Facts({run.name: CellFacts.of(cell_facts.facts(run.source)) for run in submission.own})
