"""What a known mistake did is kept on disk; what is read back is recognised as what was kept."""

import pytest
import torch

from autograder.course.bank import MISTAKE, BankEntry
from autograder.errors import StudentFault
from autograder.judge.diagnosis import Behaviour, Memory
from autograder.results import Check, Verdict
from autograder.run.observation import freeze
from autograder.run.student import Student
from autograder.worker import nested

MOST_NUMBERS = 500_000
"""Kept of what one call gave: some 4 MB."""


ENTRY = BankEntry("accuracy", MISTAKE, "raises", "It raises.", "def accuracy(p, t): ...\n")


@pytest.mark.parametrize(
    "body",
    [
        "raise ValueError('no')",
        "return predictions",
        "return [1.5, (None, 'a'), {'b': predictions}]",
        "return 0.5",
        "return [predictions.numpy(), predictions.numpy().sum(), {(1, 2): slice(0, predictions)}]",
    ],
)
def test_a_behaviour_that_was_kept_is_that_of_the_answer_itself(open_session, tmp_path, monkeypatch, body):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    answer = f"def accuracy(predictions, targets):\n    {body}\n"
    session = open_session({"accuracy": answer})
    session.begin_check("one")
    try:
        Student(session).accuracy(torch.tensor([1.0, 2.0]), torch.tensor([1.0, 1.0]))
    except StudentFault:
        pass
    behaviour = Behaviour.of([Check("one", Verdict.FAILED)], {"one": session.observations})
    assert session.observations
    memory = Memory("key")
    assert memory.recall(ENTRY) is None
    memory.keep(ENTRY, behaviour)
    kept = memory.recall(ENTRY)
    assert kept is not None and kept.failing == {"one"}
    assert behaviour.fails_like(kept) and kept.fails_like(behaviour)


@pytest.mark.parametrize("one", [torch.rand(30, 30), torch.rand(30, 30).numpy(), slice(torch.rand(900))])
@pytest.mark.parametrize("depth", [1, 2])
def test_what_an_answer_gives_without_end_is_not_kept_without_end(one, depth):
    """What calls gave is kept until the submission is marked, and a tensor that was sent can be given again for nothing."""
    value = [one] * 20_000 if depth == 1 else [[one] * 1_000] * 20
    kept = sum(tensor.numel() for tensor in nested.tensors(freeze(value)))
    assert 0 < kept < MOST_NUMBERS
