"""The checks of one lesson: collected once, run for every submission.

pytest runs each check the first time. After that, a check whose fixtures need no teardown is called directly with the
fixtures' values, because pytest's protocol around a test takes longer than most checks.
"""

from __future__ import annotations

import pathlib
import sys
from types import ModuleType
from typing import TYPE_CHECKING, Any, Literal

import pytest

from autograder.compare import KindMismatch
from autograder.errors import CourseError, KilledTwice, MissingAnswer, OverBudget, StudentError, StudentFault
from autograder.hidden_characters import in_one_line
from autograder.judge.current_check import CURRENT
from autograder.judge.direct_call import call, can_be_called
from autograder.judge.reference_cache import Remembered
from autograder.results import Check, Picture, Verdict

if TYPE_CHECKING:
    from autograder.run.session import Session


def exercise_of(item: pytest.Item) -> str | None:
    """The exercise that a check belongs to; None for a test that is not a check."""
    mark = item.get_closest_marker("exercise")
    return str(mark.args[0]) if mark and mark.args else None


def check_id(item: pytest.Item) -> str:
    return item.name.removeprefix("test_")


_NO_MORE = "not right; no more is told, because this notebook has been told all that may be told of hidden inputs"


class Checks:
    """The checks by exercise, in the order of the file. `drawings`: items that only draw; they are no checks."""

    def __init__(self, session: pytest.Session, notebook: str) -> None:
        self._pytest = session
        self._state = session.config.stash[CURRENT]
        self._outcome: BaseException | None = None
        self._direct: dict[pytest.Item, bool] = {}
        """For each check that pytest has run once: whether it can be called directly now."""
        self.by_exercise: dict[str, list[pytest.Item]] = {}
        self.drawings: dict[str, list[pytest.Item]] = {}
        for item in session.items:
            name = exercise_of(item)
            if name is None:
                raise CourseError(f"{item.nodeid} has no `exercise` mark")
            kept = self.drawings if item.get_closest_marker("drawing") else self.by_exercise
            kept.setdefault(name, []).append(item)
        session.config.pluginmanager.register(self, "autograder-checks")

    def prepare(self, reference: ModuleType, seed: int) -> None:
        self._state.reference, self._state.seed = Remembered(reference), seed

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_makereport(self, item: pytest.Item, call: pytest.CallInfo[None]) -> pytest.TestReport:
        """The smallest report that pytest accepts. Its own, with source and values of every frame, took half of the
        grader's time.
        """
        if call.excinfo is not None and self._outcome is None:
            self._outcome = call.excinfo.value
        outcome: Literal["failed", "passed"] = "failed" if call.excinfo else "passed"
        return pytest.TestReport(item.nodeid, item.location, {}, outcome, None, call.when)  # type: ignore[arg-type]

    def run(self, exercise: str, session: Session) -> tuple[list[Check], dict[str, list[Any]]]:
        """Run an exercise's checks against a submission: the checks with their verdicts, and what the calls did, by
        check id.
        """
        session.begin_exercise(exercise)
        checks, observed = [], {}
        missing: Check | None = None
        for item in self.by_exercise.get(exercise, []):
            if missing is None:
                check, seen = self._run_one(item, session)
                missing = check if isinstance(self._outcome, MissingAnswer) else None
            else:  # the function is missing: every other check would say the same, and once is enough
                check, seen = _blank(item), []
                check.verdict, check.unwritten, check.lacking = missing.verdict, missing.unwritten, missing.lacking
            checks.append(check)
            observed[check.id] = seen
        return checks, observed

    def draw(self, exercise: str, session: Session) -> list[Picture]:
        """The pictures of an exercise, from a session to which no hidden input was ever sent."""
        session.begin_exercise(exercise)
        drawn: list[Picture] = []
        for item in self.drawings.get(exercise, []):
            drawn += self._try(item, session)[0].pictures
        return drawn

    def _run_one(self, item: pytest.Item, session: Session) -> tuple[Check, list[Any]]:
        """Run one check; retry it once if the worker was killed from outside, which must not cost the student marks.

        Raises KilledTwice.
        """
        for _ in range(2):
            found = self._try(item, session)
            if not (isinstance(self._outcome, StudentFault) and self._outcome.from_outside):
                return found
        raise KilledTwice(str(self._outcome))

    def _try(self, item: pytest.Item, session: Session) -> tuple[Check, list[Any]]:
        state = self._state
        self._outcome, state.session, state.pictures = None, session, []
        session.observations = []
        item._initrequest()  # type: ignore[attr-defined]  # as pytest-rerunfailures does: fixtures are made anew for this run
        if self._direct.get(item):
            self._outcome = call(item)
        else:
            self._by_pytest(item)
        check = _blank(item)
        check.verdict, check.message = _verdict(self._outcome)
        bits = getattr(self._outcome, "bits", 0.0)
        if bits and not session.budget.may_tell(session.place[0], check.message, bits):
            check.message = _NO_MORE
        check.unwritten = isinstance(self._outcome, StudentFault) and self._outcome.unwritten
        check.lacking = not check.unwritten and _is_lacking(self._outcome)
        check.kind_only = isinstance(self._outcome, KindMismatch)
        check.pictures = state.pictures
        return check, session.observations

    def _by_pytest(self, item: pytest.Item) -> None:
        from _pytest.runner import runtestprotocol

        runtestprotocol(item, log=False, nextitem=self._pytest)  # type: ignore[arg-type]  # keeps fixtures of session scope alive
        if item not in self._direct:
            self._direct[item] = can_be_called(item)


def _is_lacking(outcome: BaseException | None) -> bool:
    """Whether a check failed because a function or a name was not there."""
    return isinstance(outcome, MissingAnswer) or (
        isinstance(outcome, StudentError) and outcome.type_name == "NameError"
    )


def _blank(item: pytest.Item) -> Check:
    weight = item.get_closest_marker("weight")
    docstring = getattr(getattr(item, "function", None), "__doc__", "") or check_id(item).replace("_", " ")
    parity = "on_device" in getattr(item, "fixturenames", ())
    return Check(
        check_id(item),
        Verdict.NOT_RUN,
        "",
        " ".join(docstring.split()),
        float(weight.args[0]) if weight else 1.0,
        parity=parity,
    )


def _verdict(outcome: BaseException | None) -> tuple[Verdict, str]:
    """The verdict for a check's outcome, and the message for the student."""
    if outcome is None:
        return Verdict.PASSED, ""
    if isinstance(outcome, StudentFault):
        return outcome.verdict, str(outcome)
    if isinstance(outcome, (KilledTwice, OverBudget)):
        raise outcome
    if isinstance(outcome, pytest.skip.Exception):
        return Verdict.NOT_RUN, str(outcome)
    if isinstance(outcome, AssertionError):
        return Verdict.FAILED, str(outcome)
    if isinstance(outcome, MemoryError) or "can't allocate memory" in str(outcome):  # torch's words
        return Verdict.MEMORY, "what it gives back takes too much memory to be compared"
    place = ""
    traceback = outcome.__traceback__
    while traceback is not None:
        if "graders" in traceback.tb_frame.f_code.co_filename:
            place = f" at {pathlib.Path(traceback.tb_frame.f_code.co_filename).name}:{traceback.tb_lineno}"
        traceback = traceback.tb_next
    # the exception may quote what a student's code gave back
    print(in_one_line(f"grader error{place}: {type(outcome).__name__}: {outcome}"), file=sys.stderr)
    return Verdict.GRADER_ERROR, f"{type(outcome).__name__}{place}"
