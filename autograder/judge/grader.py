"""One lesson's grader: a submission in, a report out."""

from __future__ import annotations

import functools
import hashlib
import sys
import time
from dataclasses import dataclass, field
from types import ModuleType
from typing import Any

from autograder import devices
from autograder.course import config, fingerprint, lesson
from autograder.course.bank import DEVICE, RIGHT, BankEntry, read_bank
from autograder.course.data import Data
from autograder.errors import CourseError, KilledTwice, MachineError, OverBudget, SubmissionUnreadable
from autograder.hidden_characters import in_one_line
from autograder.judge import diagnosis
from autograder.judge.checks import Checks
from autograder.judge.marking import Marking
from autograder.judge.runner import Outcome, Runner
from autograder.notebook import Content
from autograder.profile import stopwatch
from autograder.read import extract
from autograder.results import HELD, KILLED_TWICE, NOT_WRITTEN, ExerciseResult, Report, Verdict
from autograder.run.warm_parent import WarmParent
from autograder.worker import cell_facts
from autograder.worker.namespace import CHECK, END


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
    runner: Runner = field(init=False)

    def __post_init__(self) -> None:
        made_from = fingerprint.of_everything(self.course, self.lesson, self.data) + self.device.name
        self.runner = Runner(self.lesson, self.checks, self.reference, self.parent, self.seed, self.device)
        self._memory = diagnosis.Memory(hashlib.sha256(made_from.encode()).hexdigest()[:32])

    @property
    def seed(self) -> int:
        return self.course.settings.seed

    def grade(self, student: str, content: Content) -> Report:
        """Grade the content of a file. The report says whatever is wrong with it. Raises MachineError or
        CourseError, which are nobody's submission's fault.
        """
        start = time.perf_counter()
        report = Report(student, self.lesson.assignment, self.lesson.notebook, seed=self.seed, data=self.data.name)
        report.device = self.device.found
        report.sandbox = {"level": self.parent.fence.level, "missing": self.parent.fence.lacks}
        report.not_checked = [reason for reason in (self.device.not_checked, self.data.not_checked) if reason]
        self.runner.begin_submission()
        try:
            with stopwatch.stage("extract"):
                submission = extract.extract(self.lesson, content.notebook(), student)
                _refuse_the_wrong_file(submission, content)
            self.mark(submission, report)
        except SubmissionUnreadable as error:
            self._hold(report, str(error))
        except KilledTwice:
            self._hold(report, KILLED_TWICE)
            report.try_again = True
        except OverBudget as error:
            self._hold(report, f"{error}, so nothing was marked: a person has to look at it")
        except (MachineError, CourseError):
            raise
        except Exception as error:  # whatever a submission can do to its grader costs it alone
            print(in_one_line(f"grader error: {type(error).__name__}: {error}"), file=sys.stderr)
            self.runner.start_afresh()
            self._hold(report, f"the grader failed ({type(error).__name__}), which is not the student's fault")
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
        with Marking(self.runner, submission, self.diagnose) as marking:
            marking.fill(report)
        report.hold_if_unsure()

    def run(self, submission: extract.Submission, names: list[str]) -> tuple[dict[str, Outcome], list[str]]:
        """Run the checks of some exercises in a fresh worker; also return notes about cells that failed."""
        return self.runner.run(submission, names)

    def close(self) -> None:
        self.runner.close()

    # ------------------------------------------------------------ diagnosis

    def diagnose(self, name: str, outcome: Outcome, touches: frozenset[str]) -> str:
        """The sentence for an exercise that lost marks; "" if no known mistake explains it. `touches`: see `Facts`."""
        if outcome.perfect:
            return ""
        if outcome.unwritten:
            return NOT_WRITTEN
        alike = [entry for entry, behaviour in self.bank(name) if outcome.behaviour.fails_like(behaviour)]
        chosen = self._likeliest(name, alike, touches)
        return chosen.says if chosen else ""

    def _likeliest(self, name: str, entries: list[BankEntry], touches: frozenset[str]) -> BankEntry | None:
        """Of the known mistakes that behave like an answer, the one whose code is most like it.

        Mistakes with one behaviour can have different causes, and a sentence names the cause. On a device this is the
        rule: whatever leaves a tensor on the CPU behaves the same. There, an entry whose code has nothing in common
        with the answer, beyond what the reference has too, says nothing.
        """
        usual = self._touched(self.lesson.exercises[name].answer)
        shared = {entry: _likeness(self._touched(entry.source), usual, touches) for entry in entries}
        told = [entry for entry in entries if entry.kind != DEVICE or shared[entry]]
        return max(told, key=lambda entry: shared[entry], default=None)

    @staticmethod
    @functools.cache
    def _touched(source: str) -> frozenset[str]:
        """The names in a piece of the course's own code."""
        return frozenset(cell_facts.facts(source)["touches"])

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

    def _try(self, entry: BankEntry, parent: WarmParent | None = None) -> Outcome:
        submission = extract.reference(self.lesson).replacing(entry.exercise, entry.source)
        outcome = self._at(submission, entry.exercise, CHECK, parent)
        if entry.kind == RIGHT and not outcome.perfect:  # as a submission would be: see `marking`
            outcome = self._at(submission, entry.exercise, END, parent)
        self._memory.keep(entry, outcome.behaviour)
        return outcome

    def _at(self, submission: extract.Submission, name: str, place: str, parent: WarmParent | None) -> Outcome:
        return self.runner.run(submission, [name], places={name: place}, parent=parent)[0][name]

    def prove(self, name: str, heavy: bool = False) -> list[dict[str, Any]]:
        """Run all entries of an exercise without the cache. For each: are its marks right, and was it recognised as
        itself? `heavy`: in workers that have imported what is slow to import.
        """
        parent = self.runner.heavy_parent() if heavy else self.parent
        tried = [(entry, self._try(entry, parent)) for entry in self._entries(name)]
        found = [(entry, outcome.behaviour) for entry, outcome in tried]
        mistakes = [(entry, behaviour) for entry, behaviour in found if entry.kind != RIGHT]
        rows = []
        for entry, outcome in tried:
            behaviour = outcome.behaviour
            alike = [other for other, seen in mistakes if behaviour.fails_like(seen)]
            likeliest = self._likeliest(name, alike, self._touched(entry.source))
            named = "" if outcome.unwritten or likeliest is None else likeliest.name
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


def _likeness(mistake: frozenset[str], usual: frozenset[str], answer: frozenset[str]) -> float:
    """How much an answer is like a mistake, 0..1, by the names in their code.

    What counts are the names that the mistake has and the reference (`usual`) has not; if there are none, those that
    the reference has and the mistake has not.
    """
    special, lacking = mistake - usual, usual - mistake
    if special:
        return len(special & answer) / len(special)
    return float(bool(lacking) and not lacking & answer)


def _refuse_the_wrong_file(submission: extract.Submission, content: Content) -> None:
    """Raise SubmissionUnreadable for an untouched notebook beside another one: the work is most likely in that."""
    untouched = submission.untouched == submission.lesson.exercises.keys() and not submission.waiting
    if untouched and content.beside and not submission.own:
        raise SubmissionUnreadable(
            f"{content.name} is untouched, and beside it there is {', '.join(content.beside)}: "
            "keep the one that counts, under the name of the first"
        )
