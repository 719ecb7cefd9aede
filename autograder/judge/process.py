"""The process that grades one lesson, started by `grade.grader_process`: requests on stdin, reports on a pipe.

    python -m autograder.judge.process ROOT ASSIGNMENT FD TRUST

TRUST is "trusted" if the submissions may run without a wall on a real accelerator, else "strangers".

It starts the warm parent first and imports torch and pytest itself meanwhile: both take seconds.
"""

from __future__ import annotations

import json
import os
import pathlib
import select
import sys
import threading
import warnings
from typing import TYPE_CHECKING, Any

from autograder import devices
from autograder.course import config, lesson
from autograder.course import data as data_sets
from autograder.errors import AutograderError, CourseError, MachineError
from autograder.hidden_characters import CleanStream
from autograder.profile import stopwatch
from autograder.run import isolation
from autograder.run.limits import Limits
from autograder.run.warm_parent import WarmParent
from autograder.worker.limits import limit_memory

if TYPE_CHECKING:
    import pytest

    from autograder.judge.grader import Grader


TRUSTED, STRANGERS = "trusted", "strangers"

_MEMORY = 4 << 30
"""Bytes that a grader may map beyond what it has when it is ready: eight times what one check can be sent."""


def limits_of(settings: config.Autograder) -> Limits:
    return Limits(
        call_seconds=settings.call_seconds,
        exercise_seconds=settings.exercise_seconds,
        load_seconds=settings.load_seconds,
        memory=settings.memory,
    )


class Service:
    """Reads requests from stdin, each a JSON line followed by a notebook's bytes, and writes reports to `out`."""

    def __init__(self, course: config.Course, assignment: str, out: int, trusted: bool = False) -> None:
        self.course, self.assignment, self.out, self.trusted = course, assignment, out, trusted
        self.failed = False

    def say(self, message: dict[str, Any]) -> None:
        data = memoryview(json.dumps(message).encode() + b"\n")
        while data:
            data = data[os.write(self.out, data) :]

    def fail(self, message: str, kind: str) -> None:
        self.failed = True
        self.say({"error": message, "kind": kind})

    def run(self) -> None:
        """Serve until stdin ends. A fault of the course or the machine is reported as a message."""
        try:
            name = lesson.source_path(self.course, self.assignment).stem
            if not (self.course.graders / f"test_{name}.py").is_file():
                raise CourseError(f"{self.course.graders / f'test_{name}.py'} is not there: this folder has no graders")
            settings = self.course.settings
            self.lesson = lesson.load(self.course, self.assignment)
            self.device = devices.choose(settings.device, settings.device_memory, self.trusted)
            fence = isolation.UNWALLED if self.device.real else None
            preload, heavy = self.lesson.preload, self.lesson.is_heavy
            with WarmParent(preload, limits_of(settings), fence, self.device.simulated, heavy) as self.parent:
                code = run_pytest(self.course, name, self)
        except AutograderError as error:
            self.fail(str(error), type(error).__name__)
            return
        if code not in (0, 5) and not self.failed:
            self.fail(f"pytest could not collect the graders of {self.assignment} (exit {code})", "CourseError")

    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        import torch

        torch.set_num_threads(1)
        try:
            self._serve(session)
        except AutograderError as error:
            self.fail(str(error), type(error).__name__)
        return True

    def _serve(self, session: pytest.Session) -> None:
        from autograder.judge.checks import Checks
        from autograder.judge.grader import Grader
        from autograder.judge.reference_cache import load_reference

        checks = Checks(session, self.lesson.notebook)
        missing = self.lesson.exercises.keys() - checks.by_exercise.keys()
        if missing:
            raise CourseError(
                f"no grader for {', '.join(sorted(missing))} in tests/graders/test_{self.lesson.notebook}.py"
            )
        reference = load_reference(self.course.solutions / f"{self.lesson.notebook}.py")
        checks.prepare(reference, self.course.settings.seed)
        grader = Grader(self.course, self.lesson, checks, reference, self.parent, data_sets.find(), self.device)
        self.parent.wait_until_warm()
        limit_memory(_MEMORY)
        self.say({"ready": True})
        try:
            self._answer(grader)
        finally:
            grader.close()

    def _answer(self, grader: Grader) -> None:
        """Grade what is asked for until stdin ends."""
        from autograder.notebook import Content

        requests = sys.stdin.buffer
        for line in requests:
            request = json.loads(line)
            if "prove" in request:
                self.say({"proof": grader.prove(request["prove"], request["heavy"]), "id": request["id"]})
                continue
            data = None if request["bytes"] is None else requests.read(request["bytes"])
            content = Content(data, request["problem"], request.get("name", ""), tuple(request.get("beside", ())))
            if request.get("profile"):
                stopwatch.start()
            with stopwatch.stage("graders"):
                report = grader.grade(request["student"], content)
            with stopwatch.stage("report"):
                message = {"report": report.to_dict(), "id": request["id"]}
            self.say({**message, "stages": stopwatch.stop()} if stopwatch.running else message)


def end_without_reader(out: int) -> None:
    """End this process as soon as nobody can read its replies any more: a busy grader would outlive a killed command.

    Not by the parent's death signal, which follows the thread that has started this process.
    """
    hung_up = select.poll()
    hung_up.register(out, 0)  # POLLERR, which is always asked for: the reading end is closed

    def wait() -> None:
        hung_up.poll()
        os._exit(1)

    threading.Thread(target=wait, daemon=True).start()


def run_pytest(course: config.Course, notebook_name: str, hooks: object) -> int:
    """Collect one lesson's graders, ignoring any pytest settings of this machine; `hooks` decides what runs."""
    import pytest

    graders = course.graders / f"test_{notebook_name}.py"
    ours = ["-p", "autograder.plugin", "-p", "autograder.judge.check_folder"]
    quiet = ["-p", "no:cacheprovider", "-p", "no:logging", "-p", "no:warnings", "-p", "no:terminal", "-s"]
    # these wrap every step of every check and are of no use here
    for name in ("threadexception", "unraisableexception", "faulthandler", "setuponly", "setupplan"):
        quiet += ["-p", f"no:{name}"]
    place = ["-c", os.devnull, "--rootdir", str(course.graders), "--confcutdir", str(course.graders), "--assert=plain"]
    return int(pytest.main([str(graders), *ours, *quiet, *place], plugins=[hooks]))


def main(arguments: list[str]) -> int:
    root, assignment, out, trust = arguments
    # of graders and references, with their paths: no student can do anything about them
    warnings.simplefilter("ignore")
    # it is the terminal's: what this process says may quote a student
    sys.stderr = CleanStream(sys.stderr)
    os.environ["PYTEST_DISABLE_PLUGIN_AUTOLOAD"] = "1"
    sys.dont_write_bytecode = True
    end_without_reader(int(out))
    service = Service(config.load(pathlib.Path(root)), assignment, int(out), trust == TRUSTED)
    service.run()
    return 2 if service.failed else 0


if __name__ == "__main__":
    try:
        code = main(sys.argv[1:])
        sys.stderr.flush()
        os._exit(
            code
        )  # everything is cleared up; to take torch apart as well would keep whoever waits for the end most of a second
    except (BrokenPipeError, KeyboardInterrupt):
        sys.exit(1)
    except MachineError as error:
        sys.exit(str(error))
