"""What the warm parent does once for all its workers works, is of use, and leaves nothing behind that a submission could see."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest
import torch

from autograder.course import lesson
from autograder.devices import SIMULATED
from autograder.read import extract
from autograder.run.session import Session
from autograder.run.student import Given, Student
from autograder.run.warm_parent import WarmParent
from autograder.worker import modules

REHEARSE = """
import json, linecache, random, sys
import numpy, torch
import autograder.visible
from autograder.worker import warm_up

main = sys.modules["__main__"]
before = random.getstate(), str(numpy.random.get_state()), torch.get_rng_state().tolist()
replies = warm_up.run_once(sys.argv[1] == "simulated")
assert before == (random.getstate(), str(numpy.random.get_state()), torch.get_rng_state().tolist())
assert sys.modules["__main__"] is main and not [name for name in linecache.cache if name.startswith("<cell")]
print(json.dumps(replies))
"""


@pytest.mark.parametrize("device", ["simulated", "none"])
def test_every_step_of_it_works(device):
    done = subprocess.run([sys.executable, "-c", REHEARSE, device], capture_output=True, text=True, check=True)
    replies = json.loads(done.stdout)
    assert len(replies) == (7 if device == "simulated" else 5)
    facts, ran, finished, shown = replies[:4]
    assert "distances" in facts["facts"][0]["defines"] and ran == {"notes": [], "left_out": []}
    assert finished["places"]["distances"]["check"] is True and [line[0] for line in shown["lines"]] == [True]
    assert not any("error" in reply for reply in replies)
    values = [reply["value"]["v"] for reply in replies if "value" in reply]
    assert values and all(item["k"] == "tensor" for value in values for item in value)
    assert [reply["value"]["v"][0].get("on") for reply in replies if "value" in reply].count("simulated:0") == (
        device == "simulated"
    )


def test_workers_of_a_warm_parent_that_knows_the_device(open_session, pixel_lesson, warm_parent):
    plain = open_session()
    with WarmParent(pixel_lesson.preload, warm_parent.limits, simulated=True) as parent:
        session = Session(parent, plain.submission, plain.seed, device=SIMULATED)
        stack = torch.rand(5, 4, 3)
        for student in (Student(session), Student(session, on_device=True), Student(plain)):
            assert torch.equal(student.mean_prototype(stack), stack.mean(0))
        session.close()


DRAWN_IN = """
import sys

def derivative(f, x):
    before = set(sys.modules)
    assert torch.func.grad(f)(torch.tensor(x)) == 2 * x
    return sorted(set(sys.modules) - before)
"""


def test_what_another_right_answer_draws_in_is_loaded_before_the_fork(course):
    """`torch.func.grad` draws in torch._dynamo, which the lesson's set-up cell therefore names."""
    chosen = lesson.load(course, "03-gradient-descent")
    assert "import torch._dynamo" in chosen.preload
    with WarmParent(chosen.preload) as parent:
        session = Session(parent, extract.reference(chosen).replacing("derivative", DRAWN_IN), seed=7)
        assert Student(session).derivative(Given("lambda x: x ** 2"), 3.0) == []
        session.close()


def test_a_rebuilt_layer_is_torchs_own():
    layer = torch.nn.Linear(3, 2)
    again = modules.rebuild(*modules.describe(layer))
    assert type(again) is torch.nn.Linear and repr(again) == repr(layer) and not again.weight.is_meta
    assert torch.equal(again(torch.ones(3)), layer(torch.ones(3)))
    assert modules.rebuild(*modules.describe(torch.nn.Linear(3, 2, bias=False))).bias is None
