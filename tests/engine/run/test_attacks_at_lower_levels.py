"""The attack corpus with layers left out: at each level exactly the documented attacks get what they want, and none does harm.

Each of these runs the whole corpus, so they are proofs.
"""

import pytest

from autograder.run import isolation
from tests.support import attack_corpus
from tests.support.attack_runs import carried_out, judge

SETTINGS = {
    "without bubblewrap": {"without": "bubblewrap"},
    "without Landlock": {"without": "landlock"},
    "without bubblewrap and Landlock": {"without": "bubblewrap,landlock"},
}


@pytest.fixture(scope="module", params=[pytest.param(name, marks=pytest.mark.proof) for name in SETTINGS])
def result(request, tmp_path_factory) -> dict:
    return carried_out(tmp_path_factory.mktemp("attacks"), SETTINGS[request.param])


def test_every_attack_of_the_corpus_is_carried_out(result):
    assert len(result["attacks"]) == len(attack_corpus.names()) > 100
    assert result["level"] != isolation.NONE, result["missing"]


@pytest.mark.parametrize("name", attack_corpus.names())
def test_no_gain_no_harm_and_the_verdict_as_written(result, name):
    judge(result, name)


def test_nothing_is_left_behind(result):
    assert result["scratch_left"] is False
