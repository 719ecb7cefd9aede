"""One lesson's grader: a submission in, a report out. Run as a module, it is the process that `crew` starts, one for each job."""

from __future__ import annotations

import functools
import hashlib
import json
import os
import pathlib
import sys
import time
from dataclasses import dataclass, field
from types import ModuleType
from typing import Any

import pytest

from autograder import config, devices, diagnosis, digits, extract, isolation, lesson, notebook, plugin, sandbox
from autograder.errors import AutograderError, CourseError, MachineError, SubmissionUnreadable
from autograder.proxy import Session
from autograder.results import GRADER_ERROR, HELD, NOT_WRITTEN, PASSED, Check, Exercise, Report
from autograder.stages import watch
from autograder.worker import concessions


def limits_of(settings: config.Autograder) -> sandbox.Limits:
    return sandbox.Limits(
        call_seconds=settings.call_seconds,
        exercise_seconds=settings.exercise_seconds,
        load_seconds=settings.load_seconds,
        memory=settings.memory,
    )


@dataclass
class Outcome:
    """What an exercise's checks said, and what the answer did while they ran."""

    checks: list[Check]
    behaviour: diagnosis.Behaviour

    @property
    def perfect(self) -> bool:
        return all(check.verdict == PASSED for check in self.checks)


@dataclass
class Grader:
    """Grades submissions of one lesson; the graders are collected, the worker's imports done and the bank's behaviour known only once."""

    course: config.Course
    lesson: lesson.Lesson
    checks: plugin.Checks
    reference: ModuleType
    parent: sandbox.WarmParent
    data: str
    device: devices.Device = devices.CPU_ONLY
    _bank: dict[str, list[tuple[diagnosis.BankEntry, diagnosis.Behaviour]]] = field(default_factory=dict)
    _memory: diagnosis.Memory = field(init=False)

    def __post_init__(self) -> None:
        made_from = fingerprint(self.course, self.lesson) + self.data + self.device.name + engine()
        self._memory = diagnosis.Memory(hashlib.sha256(made_from.encode()).hexdigest()[:32])

    @property
    def seed(self) -> int:
        return self.course.settings.seed

    def grade(self, student: str, path: pathlib.Path) -> Report:
        """The report on one file. Whatever is wrong with the file is said in the report; raises only MachineError."""
        start = time.perf_counter()
        report = Report(student, self.lesson.assignment, self.lesson.notebook, seed=self.seed, data=self.data)
        report.device = self.device.found
        report.sandbox = {"level": self.parent.fence.level, "missing": self.parent.fence.lacks}
        report.not_checked = [self.device.not_checked] if self.device.not_checked else []
        if self.data != "mnist_sample":
            report.not_checked.append("the answers on MNIST: scikit-learn's digits were used in its place")
        try:
            with watch.stage("extract"):
                submission = extract.extract(self.lesson, notebook.read(path, self.course.settings.notebook_bytes), student)
        except SubmissionUnreadable as error:
            report.status, report.reason = HELD, str(error)
            report.exercises = [Exercise(task.name, task.points) for task in self.lesson.tasks.values()]
        else:
            self.mark(submission, report)
        report.seconds = time.perf_counter() - start
        return report

    def mark(self, submission: extract.Submission, report: Report) -> None:
        """Run every check of a submission and write what came of it into `report`."""
        outcomes, notes = self.run(submission, list(self.lesson.tasks))
        report.notes = [*submission.notes, *notes]
        wrong = {name for name, outcome in outcomes.items() if not outcome.perfect}
        for name, task in self.lesson.tasks.items():
            outcome = outcomes[name]
            exercise = Exercise(name, task.points, outcome.checks, source=submission.answers.get(name, "")[:20_000])
            blamed = sorted(submission.leaning_on(name) & wrong) if name in wrong else []
            if blamed and name not in submission.untouched:
                outcome = self._follow_through(submission, exercise, outcome, blamed)
                if outcome.perfect:
                    wrong.remove(name)  # right in itself, so nothing that calls it needs it replaced
            with watch.stage("diagnosis"):
                exercise.diagnosis = self._diagnose(name, outcome)
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
        """Run the checks of some exercises in a fresh worker; also what there is to say about cells that failed."""
        session = Session(self.parent, submission, self.seed, replaced, self.device)
        try:
            outcomes = {}
            for name in names:
                checks, observed = self.checks.run(name, session)
                outcomes[name] = Outcome(checks, diagnosis.Behaviour.of(checks, observed))
            notes = [f"The cell {name} was stopped and left out: {fault}." for name, fault in session.lethal.items()]
            notes += [concessions.REMARKS[name] for name in sorted(session.remarks)]
            return outcomes, notes
        finally:
            session.close()

    def _follow_through(self, submission: extract.Submission, exercise: Exercise, outcome: Outcome, blamed: list[str]) -> Outcome:
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
        failing = [check for check in outcome.checks if check.verdict != PASSED]
        if not failing:
            return ""
        if all(check.message == NOT_WRITTEN for check in failing):
            return NOT_WRITTEN
        for entry, behaviour in self.bank(name):
            if outcome.behaviour.fails_like(behaviour):
                return entry.says
        return ""

    def bank(self, name: str) -> list[tuple[diagnosis.BankEntry, diagnosis.Behaviour]]:
        """The known mistakes of an exercise and what each does, found out when first needed."""
        if name not in self._bank:
            self._bank[name] = [(entry, self.behaviour_of(entry)) for entry in self._entries(name) if entry.kind != diagnosis.RIGHT]
        return self._bank[name]

    def _entries(self, name: str) -> list[diagnosis.BankEntry]:
        """The bank of an exercise, without what can't be told on this device."""
        entries = diagnosis.read_bank(self.course.mistakes / self.lesson.notebook, name)
        return [entry for entry in entries if entry.kind != diagnosis.DEVICE or self.device.name]

    def behaviour_of(self, entry: diagnosis.BankEntry) -> diagnosis.Behaviour:
        """What an entry of the bank does on the graders' inputs, in the place of the reference's answer."""
        return self._memory.recall(entry) or self._try(entry).behaviour

    def _try(self, entry: diagnosis.BankEntry) -> Outcome:
        submission = extract.reference(self.lesson).replacing(entry.exercise, entry.source)
        outcome = self.run(submission, [entry.exercise])[0][entry.exercise]
        self._memory.keep(entry, outcome.behaviour)
        return outcome

    def prove(self, name: str) -> list[dict[str, Any]]:
        """Run the whole bank of an exercise afresh: for each entry, whether it got what it should, and whether it was named as itself."""
        tried = [(entry, self._try(entry)) for entry in self._entries(name)]
        found = [(entry, outcome.behaviour) for entry, outcome in tried]
        mistakes = [(entry, behaviour) for entry, behaviour in found if entry.kind != diagnosis.RIGHT]
        rows = []
        for entry, outcome in tried:
            behaviour = outcome.behaviour
            named = next((other.name for other, seen in mistakes if behaviour.fails_like(seen)), "")
            fault = next((check for check, verdict in behaviour.verdicts.items() if verdict == GRADER_ERROR), "")
            row = {"exercise": name, "kind": entry.kind, "name": entry.name, "lost": sorted(behaviour.failing)}
            told = [{"sentence": check.sentence, "verdict": check.verdict, "message": check.message} for check in outcome.checks]
            rows.append({**row, "named": named, "fault": fault, "says": entry.says, "told": told})
        return rows


def fingerprint(course: config.Course, chosen: lesson.Lesson) -> str:
    """Tells whether a stored report is still of today's course: SHA-256 of the notebook, its graders, its bank and the settings."""
    digest = hashlib.sha256()
    files = [chosen.path, *sorted(course.graders.glob("*.py")), *sorted((course.mistakes / chosen.notebook).glob("*.py"))]
    for file in files:
        if file.name in ("conftest.py", f"test_{chosen.notebook}.py") or file.parent != course.graders:
            digest.update(file.name.encode() + b"\0" + file.read_bytes() + b"\0")
    digest.update(repr(course.settings.of_the_marks()).encode())
    return digest.hexdigest()


@functools.cache
def engine() -> str:
    """Tells the engine and torch apart from other versions of themselves (SHA-256, hex)."""
    import torch

    digest = hashlib.sha256(torch.__version__.encode())
    for file in sorted(pathlib.Path(__file__).parent.rglob("*.py")):
        digest.update(file.read_bytes())
    return digest.hexdigest()


# ---------------------------------------------------------------- as a process


class _Service:
    """Takes requests from standard input, one JSON line each, and writes reports to the given descriptor."""

    def __init__(self, course: config.Course, assignment: str, out: int) -> None:
        self.course, self.assignment, self.out = course, assignment, out
        self.failed = False

    def say(self, message: dict[str, Any]) -> None:
        data = memoryview(json.dumps(message).encode() + b"\n")
        while data:
            data = data[os.write(self.out, data) :]

    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        import torch

        torch.set_num_threads(1)
        try:
            self._serve(session)
        except AutograderError as error:
            self.failed = True
            self.say({"error": str(error), "kind": type(error).__name__})
        return True

    def _serve(self, session: pytest.Session) -> None:
        chosen = lesson.load(self.course, self.assignment)
        settings = self.course.settings
        device = devices.choose(settings.device, settings.device_memory)
        fence = isolation.UNWALLED if device.real else None
        with sandbox.WarmParent(chosen.preload, limits_of(settings), fence) as parent:
            checks = plugin.Checks(session, chosen.notebook)
            missing = chosen.tasks.keys() - checks.by_exercise.keys()
            if missing:
                raise CourseError(f"no grader for {', '.join(sorted(missing))} in tests/graders/test_{chosen.notebook}.py")
            reference = plugin.load_reference(self.course.solutions / f"{chosen.notebook}.py")
            checks.prepare(reference, self.course.settings.seed)
            grader = Grader(self.course, chosen, checks, reference, parent, digits.find().name, device)
            parent.wait_until_warm()
            self.say({"ready": True})
            for line in sys.stdin:
                request = json.loads(line)
                if "prove" in request:
                    self.say({"proof": grader.prove(request["prove"]), "id": request["id"]})
                    continue
                if request.get("profile"):
                    watch.start()
                with watch.stage("graders"):
                    report = grader.grade(request["student"], pathlib.Path(request["path"]))
                with watch.stage("report"):
                    message = {"report": report.to_dict(), "id": request["id"]}
                self.say({**message, "stages": watch.stop()} if watch.running else message)


def run_pytest(course: config.Course, notebook_name: str, hooks: object) -> int:
    """Collect one lesson's graders, and nothing else of this machine's pytest settings, with `hooks` in charge of what is run."""
    graders = course.graders / f"test_{notebook_name}.py"
    quiet = ["-p", "autograder.plugin", "-p", "no:cacheprovider", "-p", "no:logging", "-p", "no:warnings", "-p", "no:terminal", "-s"]
    # what wraps every step of every check and has nothing to say here
    for name in ("threadexception", "unraisableexception", "faulthandler", "setuponly", "setupplan"):
        quiet += ["-p", f"no:{name}"]
    place = ["-c", os.devnull, "--rootdir", str(course.graders), "--confcutdir", str(course.graders), "--assert=plain"]
    return int(pytest.main([str(graders), *quiet, *place], plugins=[hooks]))


def main(arguments: list[str]) -> int:
    """`python -m autograder.grade ROOT ASSIGNMENT FD`."""
    root, assignment, out = arguments
    os.environ["PYTEST_DISABLE_PLUGIN_AUTOLOAD"] = "1"
    sys.dont_write_bytecode = True
    course = config.load(pathlib.Path(root))
    service = _Service(course, assignment, int(out))
    try:
        name = lesson.source_path(course, assignment).stem
        if not (course.graders / f"test_{name}.py").is_file():
            raise CourseError(f"{course.graders / f'test_{name}.py'} is not there: this folder has no graders")
        code = run_pytest(course, name, service)
    except AutograderError as error:
        service.say({"error": str(error), "kind": type(error).__name__})
        return 2
    if code not in (0, 5) and not service.failed:
        service.say({"error": f"pytest could not collect the graders of {assignment} (exit {code})", "kind": "CourseError"})
        return 2
    return 2 if service.failed else 0


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except (BrokenPipeError, KeyboardInterrupt):
        sys.exit(1)
    except MachineError as error:
        sys.exit(str(error))
