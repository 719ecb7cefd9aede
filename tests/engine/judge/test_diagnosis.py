"""What a known mistake did is kept on disk; what is read back is recognised as what was kept."""

import pytest
import torch

from autograder.course.bank import MISTAKE, BankEntry
from autograder.errors import StudentFault
from autograder.judge.diagnosis import Behaviour, Memory
from autograder.results import Check, Verdict
from autograder.run.student import Student

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
