"""The attack corpus at this machine's level of isolation, as root and as an ordinary user: no gain, no harm, the verdict as written.

The fast tier carries out every sixth attack of each class, as whoever runs; the slow tier all of them. As an ordinary
user all of them are carried out once more, which is a proof.
"""

import os
import subprocess
import sys

import pytest

from autograder.run import isolation
from tests.support import attack_corpus
from tests.support.attack_runs import NOBODY, as_nobody, carried_out, judge

SETTINGS = {"as I am": {}, "as an ordinary user": {"user": NOBODY}}
TIERS = {"as I am": pytest.mark.slow, "as an ordinary user": pytest.mark.proof}
CLASSES = sorted({attack_corpus.holds(name)["class"] for name in attack_corpus.names()})
SOME = [
    name
    for kind in CLASSES
    for name in [name for name in attack_corpus.names() if attack_corpus.holds(name)["class"] == kind][::6]
]


@pytest.fixture(scope="module", params=[pytest.param(name, marks=TIERS[name]) for name in SETTINGS])
def result(request, tmp_path_factory) -> dict:
    if "user" in SETTINGS[request.param]:
        if os.getuid() != 0:
            pytest.skip("only root can become another user; the corpus has run as an ordinary user already")
        if subprocess.run([*as_nobody(), sys.executable, "-c", "import torch"], capture_output=True).returncode:
            pytest.skip(f"user {NOBODY} can't run {sys.executable}")
    return carried_out(tmp_path_factory.mktemp("attacks"), SETTINGS[request.param])


def test_every_attack_of_the_corpus_is_carried_out(result):
    assert len(result["attacks"]) == len(attack_corpus.names()) > 100
    assert result["level"] != isolation.NONE, result["missing"]


@pytest.mark.parametrize("name", attack_corpus.names())
def test_no_gain_no_harm_and_the_verdict_as_written(result, name):
    judge(result, name)


def test_nothing_is_left_behind(result):
    assert result["scratch_left"] is False


@pytest.fixture(scope="module")
def some(tmp_path_factory) -> dict:
    return carried_out(tmp_path_factory.mktemp("attacks"), {}, *SOME)


class TestSomeOfEveryClass:
    def test_they_are_carried_out_and_nothing_is_left_behind(self, some):
        assert list(some["attacks"]) == SOME and len(SOME) > 40
        assert some["level"] != isolation.NONE, some["missing"]
        assert some["scratch_left"] is False

    @pytest.mark.parametrize("name", SOME)
    def test_no_gain_no_harm_and_the_verdict_as_written(self, some, name):
        judge(some, name)
