"""Runs the checks of one lesson against submissions, each in workers of its own."""

from __future__ import annotations

import inspect
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from types import ModuleType
from typing import Any

from autograder.course.lesson import HEAVY, Lesson, is_heavy
from autograder.devices import CPU_ONLY, Device
from autograder.errors import KilledTwice
from autograder.judge import diagnosis
from autograder.judge.checks import Checks
from autograder.read.extract import Submission
from autograder.read.facts import Facts
from autograder.results import Check, Verdict
from autograder.run.relay import Reference
from autograder.run.session import Session
from autograder.run.survey import Survey
from autograder.run.warm_parent import WarmParent
from autograder.worker import library_patches

_FINAL = (Verdict.TIMEOUT, Verdict.MEMORY, Verdict.KILLED)
"""After these an exercise is not tried again: it would cost the same once more."""


@dataclass
class Outcome:
    """The results of an exercise's checks, and what the answer did while they ran."""

    checks: list[Check]
    behaviour: diagnosis.Behaviour

    @property
    def failing(self) -> list[Check]:
        return [check for check in self.checks if check.lost]

    @property
    def perfect(self) -> bool:
        return not self.failing

    @property
    def unwritten(self) -> bool:
        """Whether every failure is due to an answer that is not written yet: its own, or one that it calls."""
        return bool(self.failing) and all(check.unwritten for check in self.failing)

    @property
    def may_be_tried_again(self) -> bool:
        return not (self.perfect or self.unwritten or any(check.verdict in _FINAL for check in self.failing))


def notes_of(session: Session) -> list[str]:
    """What a report says about cells that did not run as they stand."""
    loader = session.loader
    cut, lethal = loader.stopped
    notes = [f"{_called(name)} was stopped and left out: {fault}." for name, fault in lethal.items()]
    notes += [
        f"{_called(name)} was stopped: {fault}. Only its imports, functions, classes and constants were run."
        for name, fault in cut.items()
        if name not in lethal
    ]
    notes += [library_patches.REMARKS[name] for name in sorted(session.requests.remarks)]
    if loader.left_out:
        notes.append(f"Not run while grading: {', '.join(sorted(loader.left_out))}.")
    return notes


def _called(run: str) -> str:
    """A run's name at the start of a sentence."""
    return run[:1].upper() + run[1:] if run.startswith("cell ") else f"The cell {run}"


@dataclass
class Runner:
    """`parent` forks the workers; `reference` are the right answers."""

    lesson: Lesson
    checks: Checks
    reference: ModuleType
    parent: WarmParent
    seed: int
    device: Device = CPU_ONLY
    _heavy_parent: WarmParent | None = None
    _relayed: Reference | None = None

    def session(
        self, submission: Submission, replaced: Sequence[str] = (), parent: WarmParent | None = None,
        places: Mapping[str, str] | None = None, survey: Survey | None = None,
    ) -> Session:  # fmt: skip
        relayed = self.relayed() if replaced else None
        return Session(parent or self.parent, submission, self.seed, replaced, self.device, places, survey, relayed)

    def run(
        self, submission: Submission, names: Iterable[str], places: Mapping[str, str] | None = None,
        parent: WarmParent | None = None,
    ) -> tuple[dict[str, Outcome], list[str]]:  # fmt: skip
        """Run the checks of some exercises in a fresh worker; also return notes about cells that failed."""
        survey = Survey(parent or self.parent, submission)
        session = self.session(submission, (), parent, places, survey)
        try:
            return self.outcomes(session, names), notes_of(session)
        finally:
            session.close()
            survey.close()

    def outcomes(self, session: Session, names: Iterable[str]) -> dict[str, Outcome]:
        """Run the checks of some exercises in a session."""
        found = {}
        for name in names:
            try:
                checks, observed = self.checks.run(name, session)
            except KilledTwice:
                if self.lesson.exercises[name].points:
                    raise
                checks, observed = [], {}  # a starred extra holds nothing
            found[name] = Outcome(checks, diagnosis.Behaviour.of(checks, observed))
        return found

    @property
    def _parents(self) -> list[WarmParent]:
        relayed = self._relayed.parent if self._relayed is not None else None
        return [parent for parent in (self.parent, self._heavy_parent, relayed) if parent is not None]

    def begin_submission(self) -> None:
        """Let the warm parents be renewed where that is due."""
        for parent in self._parents:
            parent.begin_submission()

    def start_afresh(self) -> None:
        """End the warm parents: the answer to an interrupted request may still be on its way. The next submission
        starts them again.
        """
        for parent in self._parents:
            parent.stop()

    def parent_for(self, facts: Facts) -> WarmParent:
        """The warm parent for a submission: one that has imported what is slow to import, if the submission uses it."""
        imported = {module.split(".")[0] for module in facts.imports}
        uses_it = bool(imported & HEAVY or facts.reads & self.lesson.heavy_names)
        return self.heavy_parent() if uses_it else self.parent

    def heavy_parent(self) -> WarmParent:
        """A warm parent that has imported what is slow to import; started when it is first needed."""
        if self.lesson.is_heavy or self.parent.heavy:
            return self.parent
        if self._heavy_parent is None:
            preload = (*self.lesson.heavy_preload, *self.lesson.preload)
            parent = self.parent
            self._heavy_parent = WarmParent(preload, parent.limits, parent.fence, parent.simulated, heavy=True)
        return self._heavy_parent

    @property
    def can_relay(self) -> bool:
        """Whether right answers can stand in for wrong ones here. They run in a sandbox of their own, which takes
        namespaces; without any wall, a submission that is trusted could read them anyway.
        """
        return bool(self.parent.fence.bubblewrap) or not self.parent.fence.holds

    def relayed(self) -> Reference:
        """The right answers behind a wall, for follow-through. Their warm parent is started when it is first needed."""
        if self._relayed is None:
            texts = [self.lesson.definitions(cell, heavy=False) for cell in self.lesson.setup]
            texts += [exercise.answer for exercise in self.lesson.exercises.values()]
            preload = tuple(line for line in self.lesson.preload if not is_heavy(line))
            keywords = {name: _keywords(getattr(self.reference, name)) for name in self.lesson.exercises}
            parent = WarmParent(preload, self.parent.limits, self.parent.fence)
            self._relayed = Reference(parent, "\n\n".join(texts), keywords)
        return self._relayed

    def close(self) -> None:
        """Stop what was started here; `parent` belongs to the caller."""
        if self._relayed is not None:
            self._relayed.parent.stop()
        if self._heavy_parent is not None:
            self._heavy_parent.stop()


def _keywords(function: Any) -> list[str]:
    return list(inspect.signature(function).parameters)
