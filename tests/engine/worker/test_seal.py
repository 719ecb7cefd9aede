"""An answer that replaces a part of the simulated device is noticed; honest ones, libraries and the device itself are not."""

from __future__ import annotations

import pytest
import torch

from autograder import devices
from autograder.errors import WorkerDied
from autograder.read import extract
from autograder.run.session import Session
from autograder.run.student import Student

PLACES = {
    "where a tensor is": "sys.modules['worker.device'].Simulated.where = lambda self, tensor: 'simulated:0'",
    "which tensors count": "sys.modules['worker.simulated'].is_simulated = lambda value: True",
    "how calls are checked": "sys.modules['worker.simulated']._Function.check = lambda self, others: None",
    "what a function does": "sys.modules['worker.simulated'].place.__code__ = (lambda tensor: tensor).__code__",
    "the table of rules": "sys.modules['worker.simulated_rules'].SPECIAL['device.get'] = lambda call, tensor: torch.device('cpu')",
    "the class of its tensors": "sys.modules['worker.simulated'].SimulatedTensor.__torch_function__ = torch.Tensor.__torch_function__",
    "the mode": "sys.modules['worker.simulated'].Mode.__torch_function__ = lambda s, f, t, args=(), kwargs=None: f(*args, **(kwargs or {}))",
    "what is said of a result": "sys.modules['worker.codec'].ReplyEncoder._placed = lambda self, node, value: {**node, 'on': 'simulated:0'}",
    "what is sent of it": "sys.modules['worker.wire'].Encoder.plain_tensor = sys.modules['worker.wire'].Encoder.write_str",
    "a default": "sys.modules['worker.wire'].Encoder.encode.__defaults__ = (1,)",
    "a new method": "sys.modules['worker.device'].Simulated.label2 = 1",
}  # fmt: skip


@pytest.fixture
def student(pixel_lesson, warm_parent):
    opened = []

    def start(body, cell=""):
        source = f"import sys\n{cell}\n\ndef mean_prototype(stack):\n    {body}\n    return stack.mean(0)\n"
        submission = extract.reference(pixel_lesson).replacing("mean_prototype", source)
        session = Session(warm_parent, submission, 7, device=devices.SIMULATED)
        opened.append(session)
        session.begin_check("test")
        return Student(session, on_device=True), Student(session)

    yield start
    for session in opened:
        session.close()


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("early", [True, False], ids=["in a cell", "in a call"])
def test_whoever_replaces_a_part_of_the_device_is_told_so(student, place, early):
    on_device, _plain = student("pass" if early else PLACES[place], PLACES[place] if early else "")
    with pytest.raises(WorkerDied, match="it changed the device that it was tried on"):
        on_device.mean_prototype(torch.rand(3, 2, 2))


HONEST = {
    "patches torch": "torch.Tensor.twice = lambda self: 2 * self; stack = stack.twice() / 2",
    "warns": "import warnings; warnings.warn('so'); torch.ones(2, requires_grad=True).sum().backward(); stack = stack * 1.0",
    "subclasses": "class T(torch.Tensor): pass\n    stack = stack * 1",
    "names": "place = is_simulated = where = None",
    "functions": "stack = torch.func.vmap(lambda row: row * 1)(stack)",
    "loads": "torch.save(stack, 'a.pt'); stack = torch.load('a.pt')",
    "fastcore": "from fastcore.all import patch\n    @patch\n    def third(self: torch.Tensor): return self\n    stack = stack.third()",
}


@pytest.mark.parametrize("what", HONEST)
def test_honest_code_may_change_what_is_not_the_devices(student, what):
    on_device, plain = student(HONEST[what])
    stack = torch.rand(3, 2, 2)
    for each in (on_device, plain, on_device):
        assert torch.allclose(each.mean_prototype(stack), stack.mean(0))
