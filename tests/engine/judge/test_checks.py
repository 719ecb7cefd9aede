"""A check that is called directly is judged as pytest judges it, and one that needs pytest gets all of it, every time."""

import json
import subprocess
import sys
from types import SimpleNamespace

import pytest

from autograder.errors import KilledTwice
from autograder.judge import runner
from autograder.results import Check

GRADERS = '''
"""Checks with every kind of fixture that an instructor may write."""
import pathlib
import pytest

torn_down = pathlib.Path(__file__).with_name("torn_down")


def note(what):
    with torn_down.open("a") as file:
        file.write(what + "\\n")


@pytest.fixture(scope="session")
def whole():
    note("whole made")
    return []


@pytest.fixture(scope="module")
def per_module():
    note("per_module made")
    return 1


@pytest.fixture
def plain(whole, rng):
    whole.append(1)
    return rng.initial_seed()


@pytest.fixture
def yielding():
    yield 3
    note("yielding torn down")


@pytest.fixture
def skipping():
    pytest.skip("not here")


@pytest.fixture
def breaking():
    raise OSError("no such file")


@pytest.fixture
def with_finalizer(request):
    request.addfinalizer(lambda: note("finalizer"))


@pytest.mark.exercise("first")
class TestFirst:
    def test_ours(self, student, reference, rng, show, given, file):
        assert reference.answer == 42 and rng.initial_seed() > 0

    @pytest.mark.weight(3)
    def test_plain(self, plain, whole):
        """Says this."""
        assert plain and len(whole) < 0, "it is not so"

    def test_yielding(self, yielding):
        assert yielding == 3

    def test_per_module(self, per_module):
        pass

    def test_finalizer(self, with_finalizer):
        pass

    def test_temporary(self, tmp_path):
        assert not list(tmp_path.iterdir())
        (tmp_path / "left").touch()

    def test_patched(self, monkeypatch):
        import os
        assert "LEFT" not in os.environ
        monkeypatch.setenv("LEFT", "1")

    @pytest.mark.parametrize("number", [1, 2])
    def test_many(self, number):
        assert number == 1, "two"

    def test_skips(self, skipping):
        raise AssertionError("never reached")

    def test_breaks(self, breaking):
        pass

    @pytest.mark.skip(reason="marked")
    def test_marked(self):
        raise AssertionError("never reached")

    def test_itself_skips(self, on_device):
        raise AssertionError("never reached")

    def test_ends(self):
        raise SystemExit(3)

    @staticmethod
    def test_static(rng):
        assert rng is not None


@pytest.mark.exercise("second")
class TestSecond:
    def setup_method(self):
        self.ready = True
        note("setup_method")

    def test_set_up(self):
        assert self.ready


@pytest.mark.exercise("third")
def test_function(rng):
    assert False
'''
RUNNER = """
import json, pathlib, sys, types
from autograder.judge import process
from autograder.judge.checks import Checks

class Session:
    observations = []
    def begin_exercise(self, name): pass
    def begin_check(self, name): pass
    def why_no_device(self): return "no device"

class Hooks:
    protocols = []
    def pytest_runtest_call(self, item):
        self.protocols[-1].append(item.name)
    def pytest_runtestloop(self, session):
        checks = Checks(session, "odd")
        checks.prepare(types.SimpleNamespace(__name__="reference_odd", answer=42), 0)
        self.rounds = []
        for _ in range(3):
            self.protocols.append([])
            found = {}
            for exercise in checks.by_exercise:
                for check in checks.run(exercise, Session())[0]:
                    found[check.id] = [check.verdict, check.message, check.weight, check.sentence, check.parity]
            self.rounds.append(found)
        return True

hooks = Hooks()
course = types.SimpleNamespace(graders=pathlib.Path(sys.argv[1]))
process.run_pytest(course, "odd", hooks)
print("RESULT" + json.dumps({"rounds": hooks.rounds, "protocols": hooks.protocols}))
"""
DIRECT = {
    "test_ours",
    "test_plain",
    "test_skips",
    "test_breaks",
    "test_itself_skips",
    "test_ends",
    "test_static",
    "test_function",
}


def three_rounds(folder, graders=GRADERS, conftest=""):
    (folder / "test_odd.py").write_text(graders)
    (folder / "conftest.py").write_text(conftest)
    done = subprocess.run([sys.executable, "-c", RUNNER, str(folder)], capture_output=True, text=True)
    assert "RESULT" in done.stdout, done.stdout + done.stderr
    return json.loads(done.stdout.partition("RESULT")[2])


@pytest.fixture(scope="module")
def rounds(tmp_path_factory):
    folder = tmp_path_factory.mktemp("graders")
    return three_rounds(folder) | {"notes": (folder / "torn_down").read_text().split("\n")}


def test_every_round_says_the_same(rounds):
    first, second, third = rounds["rounds"]
    assert first == second == third
    assert {name: entry[0] for name, entry in first.items()} == {
        "ours": "passed", "plain": "failed", "yielding": "passed", "per_module": "passed", "finalizer": "passed", "temporary": "passed",
        "patched": "passed", "many[1]": "passed", "many[2]": "failed", "skips": "not_run", "breaks": "grader_error", "marked": "not_run",
        "itself_skips": "not_run", "ends": "grader_error", "static": "passed", "set_up": "passed", "function": "failed",
    }  # fmt: skip
    assert first["plain"][1:] == ["it is not so", 3.0, "Says this.", False]
    assert first["itself_skips"][1] == "no device" and first["skips"][1] == "not here"


def test_pytest_runs_each_once_and_then_those_alone_that_need_it(rounds):
    _, second, third = map(set, rounds["protocols"])
    assert second == third
    assert second == {
        "test_yielding",
        "test_per_module",
        "test_finalizer",
        "test_temporary",
        "test_patched",
        "test_many[1]",
        "test_many[2]",
        "test_set_up",
    }
    everything = {"test_" + name for name in rounds["rounds"][0]}
    # pytest never comes to the call of what a fixture or a mark skips
    assert everything - second - {"test_marked"} == DIRECT


def test_what_is_torn_down_is_torn_down_every_time(rounds):
    count = rounds["notes"].count
    assert count("whole made") == 1
    assert count("yielding torn down") == count("finalizer") == count("setup_method") == count("per_module made") == 3


def test_hooks_of_a_conftest_are_heard_every_time(tmp_path):
    conftest = "def pytest_runtest_setup(item):\n    import pytest\n    pytest.skip('by the hook')\n"
    found = three_rounds(tmp_path, conftest=conftest)
    assert {tuple(entry[:2]) for entries in found["rounds"] for entry in entries.values()} <= {
        ("not_run", "by the hook"),
        ("not_run", "marked"),
    }


def test_fixtures_made_for_a_class_alone_and_overriding_ones_are_left_to_pytest(tmp_path):
    graders = """
import pytest

@pytest.fixture
def value():
    return 1

@pytest.mark.exercise("first")
class TestFirst:
    @pytest.fixture
    def value(self, value):
        return value + 1

    def test_value(self, value):
        assert value == 2
"""
    found = three_rounds(tmp_path, graders)
    assert [entry["value"][0] for entry in found["rounds"]] == ["passed"] * 3


@pytest.mark.parametrize("points", [0.0, 2.0])
def test_a_process_killed_twice_holds_the_submission_unless_it_ran_a_starred_extra(points):
    def run(name, session):
        if name == "killed":
            raise KilledTwice("killed")
        return [Check("a", "passed")], {"a": []}

    lesson = SimpleNamespace(exercises={"killed": SimpleNamespace(points=points), "f": SimpleNamespace(points=1)})
    one = runner.Runner(lesson, SimpleNamespace(run=run), None, None, seed=0)
    if points:
        with pytest.raises(KilledTwice):
            one.outcomes(None, ["killed", "f"])
    else:
        outcomes = one.outcomes(None, ["killed", "f"])
        assert not outcomes["killed"].checks and outcomes["f"].checks
