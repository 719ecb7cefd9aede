"""How verdicts become marks, and records survive a round trip."""

import json

import pytest

from autograder.files import safe_name
from autograder.report.store import Records
from autograder.results import Check, ExerciseResult, Picture, Report, Verdict


def test_weights_share_out_the_points():
    exercise = ExerciseResult("f", 4.0, [Check("a", "passed", weight=2), Check("b", "failed"), Check("c", "timeout")])
    assert exercise.score == 2.0


def test_what_was_not_run_counts_on_neither_side():
    assert ExerciseResult("f", 4.0, [Check("a", "passed"), Check("b", Verdict.NOT_RUN, weight=9)]).score == 4.0


@pytest.mark.parametrize("verdict", [verdict for verdict in Verdict if verdict != "passed"])
def test_only_a_verdict_of_passed_pays(verdict):
    assert ExerciseResult("f", 4.0, [Check("a", verdict)]).score == 0


@pytest.mark.parametrize(
    "checks", [[], [Check("a", Verdict.NOT_RUN)], [Check("a", "passed"), Check("b", Verdict.GRADER_ERROR)]]
)
def test_a_missing_outcome_holds_the_submission(checks):
    report = Report("ada", "01", "nb", exercises=[ExerciseResult("f", 4.0, checks)])
    report.hold_if_unsure()
    assert report.status == "held" and "f" in report.reason


def test_what_can_not_be_checked_here_says_why():
    report = Report(
        "ada", "01", "nb", exercises=[ExerciseResult("f", 1.0, [Check("a", "not_run", "fastai is not installed here")])]
    )
    report.hold_if_unsure()
    assert (
        report.status == "held"
        and report.reason == "f could not be checked on this machine (fastai is not installed here)"
    )


def a_report(student="ada"):
    check = Check("a", "failed", "no \U0001f600 <b>", "sees", 2.0, [Picture("p", 1, 2, [0.0, 1.0])])
    return Report(student, "01", "nb", exercises=[ExerciseResult("f", 4.0, [check])], written={"q": True}, seconds=1.5)


def test_a_record_comes_back_as_it_was(tmp_path):
    records = Records(tmp_path)
    records.save(a_report(), "print")
    assert records.load("01", "ada", "print") == a_report()
    assert records.load("01", "ada", "another") is None and records.load("01", "bob") is None


def test_the_record_before_is_kept(tmp_path):
    records = Records(tmp_path)
    records.save(a_report(), "1")
    newer = a_report()
    newer.exercises[0].checks[0].verdict = "passed"
    records.save(newer, "2")
    previous = json.loads((tmp_path / "01" / "ada.previous.json").read_text())
    assert previous["exercises"][0]["checks"][0]["verdict"] == "failed"


@pytest.mark.parametrize("damage", [b"", b"{", b"[]", b'{"schema": 99}', b'{"fingerprint": "print", "schema": 1}'])
def test_a_damaged_record_is_as_good_as_none(tmp_path, damage):
    records = Records(tmp_path)
    records.save(a_report(), "print")
    records.path("01", "ada").write_bytes(damage)
    assert records.load("01", "ada", "print") is None


@pytest.mark.parametrize("name", ["../../etc/passwd", ".hidden", "a/b", "", "é" * 300, "con\n", "a b", "\udcff"])
def test_any_name_is_a_harmless_file_name(name):
    safe = safe_name(name)
    assert safe.isascii() and "/" not in safe and not safe.startswith(".") and 0 < len(safe) < 110
    assert safe != safe_name(name + "x")


def an_extra(*checks):
    return ExerciseResult("star", 0.0, list(checks))


@pytest.mark.parametrize("checks", [[], [Check("a", Verdict.NOT_RUN)], [Check("a", Verdict.GRADER_ERROR)]])
def test_a_starred_extra_holds_nothing(checks):
    report = Report("ada", "01", "nb", exercises=[an_extra(*checks), ExerciseResult("f", 4.0, [Check("a", "passed")])])
    report.hold_if_unsure()
    assert report.status == "graded" and report.score == report.max_score == 4.0


def test_a_starred_extra_is_right_by_its_checks_and_not_by_its_marks():
    wrong = an_extra(Check("a", "passed", weight=3), Check("b", "failed"))
    assert not wrong.right and wrong.share == 0.75 and wrong.score == 0
    assert an_extra(Check("a", "passed"), Check("b", Verdict.NOT_RUN)).right
    assert not an_extra().right
