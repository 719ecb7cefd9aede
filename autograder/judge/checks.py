"""The collected checks of one lesson, run for one submission after another without collecting them again.

pytest runs each check the first time. From then on a check whose fixtures leave nothing to tear down is called directly with what those
fixtures give: pytest's protocol around one test takes longer than most checks.
"""

from __future__ import annotations

import inspect
import pathlib
import sys
from types import ModuleType
from typing import TYPE_CHECKING, Any

import pytest

from autograder.errors import CourseError, KilledTwice, MissingAnswer, StudentFault
from autograder.judge.current_check import CURRENT
from autograder.judge.reference_cache import Remembered
from autograder.results import Check, Verdict

if TYPE_CHECKING:
    from autograder.run.proxy import Session

_PLUGIN = "autograder.plugin"  # stands above this module, whose fixtures may ask pytest for the request
_MARKS_OF_PYTEST = ("skip", "skipif", "xfail")


def exercise_of(item: pytest.Item) -> str | None:
    """The exercise that a check belongs to, or None for a test that is no check."""
    mark = item.get_closest_marker("exercise")
    return str(mark.args[0]) if mark and mark.args else None


def check_id(item: pytest.Item) -> str:
    return item.name.removeprefix("test_")


class Checks:
    """The checks by exercise, in the order of the file."""

    def __init__(self, session: pytest.Session, notebook: str) -> None:
        self._pytest = session
        self._state = session.config.stash[CURRENT]
        self._outcome: BaseException | None = None
        self._direct: dict[pytest.Item, bool] = {}
        """Of each check that pytest has run once: whether it can be called directly now."""
        self.by_exercise: dict[str, list[pytest.Item]] = {}
        for item in session.items:
            name = exercise_of(item)
            if name is None:
                raise CourseError(f"{item.nodeid} carries no mark `exercise`")
            self.by_exercise.setdefault(name, []).append(item)
        session.config.pluginmanager.register(self, "autograder-checks")

    def prepare(self, reference: ModuleType, seed: int) -> None:
        self._state.reference, self._state.seed = Remembered(reference), seed

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_makereport(self, item: pytest.Item, call: pytest.CallInfo[None]) -> pytest.TestReport:
        """The least that pytest goes on with: its own report, with source and values of every frame, took half of the grader's time."""
        if call.excinfo is not None and self._outcome is None:
            self._outcome = call.excinfo.value
        return pytest.TestReport(item.nodeid, item.location, {}, "failed" if call.excinfo else "passed", None, call.when)  # type: ignore[arg-type]

    def run(self, exercise: str, session: Session) -> tuple[list[Check], dict[str, list[Any]]]:
        """Run an exercise's checks against a submission: the checks with their verdicts, and what the calls did, by check id."""
        session.begin_exercise()
        checks, observed = [], {}
        missing: Check | None = None
        for item in self.by_exercise.get(exercise, []):
            if missing is None:
                check, seen = self._run_one(item, session)
                missing = check if isinstance(self._outcome, MissingAnswer) else None
            else:  # there is no function: every other check would say the same
                check, seen = _blank(item), []
                check.verdict, check.message, check.unwritten = missing.verdict, missing.message, missing.unwritten
            checks.append(check)
            observed[check.id] = seen
        return checks, observed

    def _run_one(self, item: pytest.Item, session: Session) -> tuple[Check, list[Any]]:
        """One check; once more where the worker was killed, and not by us: whoever did that, the student need not pay for it.

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
            self._outcome = _call(item)
        else:
            self._by_pytest(item)
        check = _blank(item)
        check.verdict, check.message = _verdict(self._outcome)
        check.unwritten = isinstance(self._outcome, StudentFault) and self._outcome.unwritten
        check.pictures = state.pictures
        return check, session.observations

    def _by_pytest(self, item: pytest.Item) -> None:
        from _pytest.runner import runtestprotocol

        runtestprotocol(item, log=False, nextitem=self._pytest)  # type: ignore[arg-type]  # keeps fixtures of session scope alive
        if item not in self._direct:
            self._direct[item] = _can_be_called(item)


def _blank(item: pytest.Item) -> Check:
    weight = item.get_closest_marker("weight")
    docstring = getattr(getattr(item, "function", None), "__doc__", "") or check_id(item).replace("_", " ")
    parity = "on_device" in getattr(item, "fixturenames", ())
    return Check(check_id(item), Verdict.NOT_RUN, "", " ".join(docstring.split()), float(weight.args[0]) if weight else 1.0, parity=parity)


def _verdict(outcome: BaseException | None) -> tuple[Verdict, str]:
    """What the end of a check means, and the words for the student."""
    if outcome is None:
        return Verdict.PASSED, ""
    if isinstance(outcome, StudentFault):
        return outcome.verdict, str(outcome)
    if isinstance(outcome, KilledTwice):
        raise outcome
    if isinstance(outcome, pytest.skip.Exception):
        return Verdict.NOT_RUN, str(outcome)
    if isinstance(outcome, AssertionError):
        return Verdict.FAILED, str(outcome)
    place = ""
    traceback = outcome.__traceback__
    while traceback is not None:
        if "graders" in traceback.tb_frame.f_code.co_filename:
            place = f" at {pathlib.Path(traceback.tb_frame.f_code.co_filename).name}:{traceback.tb_lineno}"
        traceback = traceback.tb_next
    print(f"grader error{place}: {type(outcome).__name__}: {outcome}", file=sys.stderr)
    return Verdict.GRADER_ERROR, f"{type(outcome).__name__}{place}"


# ---------------------------------------------------------------- without pytest's protocol


def _can_be_called(item: pytest.Item) -> bool:
    """Whether calling the function with its fixtures' values is all that pytest would do for this check, now that it has run it once."""
    if type(item) is not pytest.Function or inspect.iscoroutinefunction(item.function):
        return False
    if any(item.get_closest_marker(name) for name in _MARKS_OF_PYTEST) or _has_hooks_of_its_own(item.config):
        return False
    return all(name == "request" or _leaves_nothing(item, name) for name in item.fixturenames)


def _has_hooks_of_its_own(config: pytest.Config) -> bool:
    """Whether a conftest.py of the course takes part in running a test."""
    hooks = ("pytest_runtest", "pytest_pyfunc", "pytest_fixture")
    return any(
        name.startswith(hooks)
        for module in config.pluginmanager.get_plugins()
        if getattr(module, "__name__", "").rpartition(".")[2] == "conftest"
        for name in vars(module)
    )


def _definition(item: pytest.Function, name: str) -> pytest.FixtureDef[Any] | None:
    found = item._fixtureinfo.name2fixturedefs.get(name)
    return found[-1] if found else None


def _leaves_nothing(item: pytest.Function, name: str) -> bool:
    """Whether a fixture is there already, for the whole session, or is a plain function that is just called."""
    definition = _definition(item, name)
    if definition is None or definition.params is not None:
        return False
    if definition.scope == "session":
        return definition.cached_result is not None and definition.cached_result[2] is None
    function = definition.func
    asks_pytest = "request" in definition.argnames and getattr(function, "__module__", "") != _PLUGIN
    of_a_class_or_of_itself = "." in getattr(function, "__qualname__", ".") or name in definition.argnames
    plain = not inspect.isgeneratorfunction(function) and not inspect.iscoroutinefunction(function)
    return definition.scope == "function" and plain and not asks_pytest and not of_a_class_or_of_itself


def _call(item: pytest.Item) -> BaseException | None:
    """Call a check with its fixtures' values, made anew where pytest would make them anew; what it raised."""
    assert isinstance(item, pytest.Function)
    values: dict[str, Any] = {"request": item._request}

    def value(name: str) -> Any:
        if name not in values:
            definition = _definition(item, name)
            assert definition is not None
            if definition.scope == "session":
                assert definition.cached_result is not None
                values[name] = definition.cached_result[0]
            else:
                values[name] = definition.func(**{needed: value(needed) for needed in definition.argnames})
        return values[name]

    try:
        for name in item.fixturenames:
            value(name)
        function = getattr(item.cls(), item.originalname) if item.cls else item.obj
        function(**{name: values[name] for name in item._fixtureinfo.argnames})
    except (KeyboardInterrupt, pytest.exit.Exception):
        raise
    except BaseException as outcome:  # skipping, and what stops a callback that takes too long, are no Exceptions
        return outcome
    return None
