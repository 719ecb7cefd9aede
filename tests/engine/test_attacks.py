"""The attack corpus at this machine's level of isolation, as root and as an ordinary user: no gain, no harm, the verdict as written."""

import os
import subprocess
import sys

import pytest

from autograder import isolation
from tests.support import attack_corpus
from tests.support.attack_runs import NOBODY, as_nobody, carried_out, judge

SETTINGS = {"as I am": {}, "as an ordinary user": {"user": NOBODY}}


@pytest.fixture(scope="module", params=SETTINGS)
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
