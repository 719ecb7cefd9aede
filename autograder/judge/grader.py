"""One lesson's grader: a submission in, a report out."""

from __future__ import annotations

import hashlib
import time
from dataclasses import dataclass, field
from types import ModuleType
from typing import Any

from autograder import devices
from autograder.course import config, fingerprint, lesson
from autograder.course.bank import DEVICE, RIGHT, BankEntry, read_bank
from autograder.course.data import Data
from autograder.errors import KilledTwice, SubmissionUnreadable
from autograder.judge import diagnosis
from autograder.judge.checks import Checks
from autograder.notebook import Content
from autograder.profile import stopwatch
from autograder.read import extract
from autograder.results import HELD, KILLED_TWICE, NOT_WRITTEN, Check, ExerciseResult, Report, Verdict
from autograder.run.session import Session
from autograder.run.warm_parent import WarmParent
from autograder.worker import library_patches


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


@dataclass
class Grader:
    """Grades submissions of one lesson. The graders are collected, the worker's imports done and the bank's behaviours
    computed only once.
    """

    course: config.Course
    lesson: lesson.Lesson
    checks: Checks
    reference: ModuleType
    parent: WarmParent
    data: Data
    device: devices.Device = devices.CPU_ONLY
    _bank: dict[str, list[tuple[BankEntry, diagnosis.Behaviour]]] = field(default_factory=dict)
    _memory: diagnosis.Memory = field(init=False)

    def __post_init__(self) -> None:
        made_from = fingerprint.of_everything(self.course, self.lesson, self.data) + self.device.name
        self._memory = diagnosis.Memory(hashlib.sha256(made_from.encode()).hexdigest()[:32])

    @property
    def seed(self) -> int:
        return self.course.settings.seed

    def grade(self, student: str, content: Content) -> Report:
        """Grade the content of a file. The report says whatever is wrong with it; raises only MachineError."""
        start = time.perf_counter()
        report = Report(student, self.lesson.assignment, self.lesson.notebook, seed=self.seed, data=self.data.name)
        report.device = self.device.found
        report.sandbox = {"level": self.parent.fence.level, "missing": self.parent.fence.lacks}
        report.not_checked = [reason for reason in (self.device.not_checked, self.data.not_checked) if reason]
        try:
            with stopwatch.stage("extract"):
                submission = extract.extract(self.lesson, content.notebook(), student)
        except SubmissionUnreadable as error:
            self._hold(report, str(error))
        else:
            try:
                self.mark(submission, report)
            except KilledTwice:
                self._hold(report, KILLED_TWICE)
                report.try_again = True
        report.seconds = time.perf_counter() - start
        return report

    def _hold(self, report: Report, reason: str) -> None:
        """Give no verdict on anything."""
        report.status, report.reason = HELD, reason
        report.exercises = [
            ExerciseResult(exercise.name, exercise.points) for exercise in self.lesson.exercises.values()
        ]

    def mark(self, submission: extract.Submission, report: Report) -> None:
        """Run every check of a submission and put the results into `report`."""
        outcomes, notes = self.run(submission, list(self.lesson.exercises))
        report.notes = [*submission.notes, *notes]
        wrong = {name for name, outcome in outcomes.items() if not outcome.perfect}
        for name, asked in self.lesson.exercises.items():
            outcome = outcomes[name]
            exercise = ExerciseResult(
                name, asked.points, outcome.checks, source=submission.answers.get(name, "")[:20_000]
            )
            blamed = sorted(submission.leaning_on(name) & wrong) if name in wrong else []
            if blamed and name not in submission.untouched:
                outcome = self._follow_through(submission, exercise, outcome, blamed)
                if outcome.perfect:
                    wrong.remove(name)  # this answer is right, so its callers don't need it replaced
            with stopwatch.stage("diagnosis"):
                exercise.unwritten, exercise.diagnosis = outcome.unwritten, self._diagnose(name, outcome)
            report.exercises.append(exercise)
        report.written = {
            question.id: question.id in submission.written
            and submission.written[question.id].source.strip() not in ("", question.stub.strip())
            for question in self.lesson.questions.values()
        }
        report.hold_if_unsure()

    def run(
        self, submission: extract.Submission, names: list[str], replaced: dict[str, Any] | None = None
    ) -> tuple[dict[str, Outcome], list[str]]:
        """Run the checks of some exercises in a fresh worker; also return notes about cells that failed."""
        session = Session(self.parent, submission, self.seed, replaced, self.device)
        try:
            outcomes = {}
            for name in names:
                checks, observed = self.checks.run(name, session)
                outcomes[name] = Outcome(checks, diagnosis.Behaviour.of(checks, observed))
            notes = [
                f"The cell {name} was stopped and left out: {fault}." for name, fault in session.loader.lethal.items()
            ]
            notes += [library_patches.REMARKS[name] for name in sorted(session.requests.remarks)]
            return outcomes, notes
        finally:
            session.close()

    def _follow_through(
        self, submission: extract.Submission, exercise: ExerciseResult, outcome: Outcome, blamed: list[str]
    ) -> Outcome:
        """Mark an exercise again with right answers in place of the wrong ones it calls; the better marks count."""
        replaced = {name: getattr(self.reference, name) for name in blamed}
        again = self.run(submission, [exercise.id], replaced)[0][exercise.id]
        before, exercise.checks = exercise.score, again.checks
        if exercise.score > before:
            exercise.follow_through, exercise.replaced = True, blamed
            return again
        exercise.checks = outcome.checks
        return outcome

    # ------------------------------------------------------------ diagnosis

    def _diagnose(self, name: str, outcome: Outcome) -> str:
        if outcome.perfect:
            return ""
        if outcome.unwritten:
            return NOT_WRITTEN
        for entry, behaviour in self.bank(name):
            if outcome.behaviour.fails_like(behaviour):
                return entry.says
        return ""

    def bank(self, name: str) -> list[tuple[BankEntry, diagnosis.Behaviour]]:
        """The known mistakes of an exercise and what each does; computed on first use."""
        if name not in self._bank:
            self._bank[name] = [
                (entry, self.behaviour_of(entry)) for entry in self._entries(name) if entry.kind != RIGHT
            ]
        return self._bank[name]

    def _entries(self, name: str) -> list[BankEntry]:
        """The bank of an exercise, without the mistakes that this device can't reveal."""
        entries = read_bank(self.course.mistakes / self.lesson.notebook, name)
        return [entry for entry in entries if entry.kind != DEVICE or self.device.name]

    def behaviour_of(self, entry: BankEntry) -> diagnosis.Behaviour:
        """What an entry of the bank does on the graders' inputs, in place of the reference answer."""
        return self._memory.recall(entry) or self._try(entry).behaviour

    def _try(self, entry: BankEntry) -> Outcome:
        submission = extract.reference(self.lesson).replacing(entry.exercise, entry.source)
        outcome = self.run(submission, [entry.exercise])[0][entry.exercise]
        self._memory.keep(entry, outcome.behaviour)
        return outcome

    def prove(self, name: str) -> list[dict[str, Any]]:
        """Run all entries of an exercise without the cache. For each: are its marks right, and was it recognised as
        itself?
        """
        tried = [(entry, self._try(entry)) for entry in self._entries(name)]
        found = [(entry, outcome.behaviour) for entry, outcome in tried]
        mistakes = [(entry, behaviour) for entry, behaviour in found if entry.kind != RIGHT]
        rows = []
        for entry, outcome in tried:
            behaviour = outcome.behaviour
            alike = (other.name for other, seen in mistakes if behaviour.fails_like(seen))
            named = "" if outcome.unwritten else next(alike, "")
            fault = next(
                (check for check, verdict in behaviour.verdicts.items() if verdict == Verdict.GRADER_ERROR), ""
            )
            row = {"exercise": name, "kind": entry.kind, "name": entry.name, "lost": sorted(behaviour.failing)}
            told = [
                {"sentence": check.sentence, "verdict": check.verdict, "message": check.message}
                for check in outcome.checks
            ]
            rows.append({**row, "named": named, "fault": fault, "says": entry.says, "told": told})
        return rows
