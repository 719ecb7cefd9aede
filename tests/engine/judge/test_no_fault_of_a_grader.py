"""Wrong answers that leave strange things in the arguments they may change: each loses marks, and no grader fails over it."""

from __future__ import annotations

import json

import pytest

from autograder.commands import demo
from autograder.course import lesson
from autograder.grade.grader_process import Desk
from autograder.notebook import Content
from autograder.results import GRADED

OPTIM = """
class BasicOptim:
    def __init__(self, params, lr):
        self.params, self.lr = list(params), lr
        {first}

    def step(self):
        for p in self.params:
            {step}

    def zero_grad(self):
        for p in self.params:
            p.grad = None
"""
RIGHT = "p.data -= 0 if p.grad is None else self.lr * p.grad"
TRAIN = """
def train_epoch(model, batches, params, lr):
    for xb, yb in batches:
        calc_grad(xb, yb, model)
        for p in params:
            p.data -= lr * p.grad
            p.grad = None
    {last}
"""
CALC = """
def calc_grad(xb, yb, model):
    loss = mnist_loss(model(xb), yb)
    loss.backward()
    if isinstance(model, nn.Module):
        model.weight.grad, model.weight.data = None, torch.zeros(1)
    return loss.detach()
"""
STRANGE = {
    "another shape": ("BasicOptim", OPTIM.format(first="pass", step="p.grad, p.data = None, p.data.reshape(-1)[:1]")),
    "a layer's weight of another shape": ("calc_grad", CALC),
}
HARMLESS = {
    "the list emptied": ("BasicOptim", OPTIM.format(first="isinstance(params, list) and params.clear()", step=RIGHT)),
    "the list filled with other things": ("train_epoch", TRAIN.format(last="params[:] = [1, 'a']")),
}


NEEDED = ("sigmoid", "mnist_loss", "calc_grad")
"""What the answers above call; a lesson that gives them has no such exercises."""


@pytest.fixture(scope="module")
def grade(course):
    known = [lesson.load(course, name) for name in ("04-mnist-sgd", "05-neural-net")]
    desks = {chosen.assignment: Desk(course, chosen.assignment) for chosen in known}

    def run(name, source):
        chosen = next(one for one in known if name in one.exercises)
        right = demo.right_answers(chosen)
        answers = {**{other: right[other] for other in NEEDED if other in right}, name: source}
        notebook = demo.fill_in(course, chosen, answers)
        report = desks[chosen.assignment].grade_content(Content(json.dumps(notebook).encode()))
        assert report.status == GRADED, report.reason
        return next(exercise for exercise in report.exercises if exercise.id == name)

    yield run
    for desk in desks.values():
        desk.close()


@pytest.mark.parametrize("what", STRANGE)
def test_another_shape_costs_marks(grade, what):
    assert not grade(*STRANGE[what]).right


@pytest.mark.parametrize("what", HARMLESS)
def test_what_is_done_to_a_list_of_parameters_is_taken_back(grade, what):
    exercise = grade(*HARMLESS[what])
    assert not any(check.verdict == "grader_error" for check in exercise.checks)
