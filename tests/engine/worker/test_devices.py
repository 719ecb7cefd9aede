"""The simulated accelerator: it computes what the CPU does, refuses what CUDA refuses in the same words, and finds answers that it breaks.

The table of refusals is also tried on a real CUDA device where there is one, so that the words stay CUDA's. What the simulation can't tell
is listed in docs/parity.md.
"""

from __future__ import annotations

import copy
import functools  # noqa: F401  (this and the next are for the lines of EVERYDAY)
import io
import itertools  # noqa: F401
import json
import math  # noqa: F401
import pickle  # noqa: F401
import random
import re

import matplotlib.pyplot as plt
import numpy as np
import pytest
import torch
import torch.nn.functional as F
from rich.console import Console
from torch import nn
from tqdm import tqdm

from autograder import devices
from autograder.commands import demo
from autograder.compare import Mismatch, expect
from autograder.course import config, lesson
from autograder.course.bank import DEVICE, read_bank
from autograder.errors import CourseError, StudentError
from autograder.grade.grader_process import Desk
from autograder.grade.pool import prove
from autograder.judge import diagnosis, grader
from autograder.read import extract
from autograder.report import student_page
from autograder.report.console import show_submission
from autograder.results import Check, ExerciseResult, Report, Verdict
from autograder.run.relay import Reference
from autograder.run.session import Session
from autograder.run.student import Given, Student
from autograder.worker import device as devices_of_worker
from autograder.worker import simulated, simulated_rules
from autograder.worker.simulated_rules import LABEL, WrittenForOneGPU
from tests.support.harness import ASSIGNMENT, ROOT, command, hand_in


@pytest.fixture(scope="module")
def simulation():
    """The device known in this process; what it replaces in torch is put back."""
    replaced = [(torch, "Generator"), (torch, "vmap"), (torch, "load"), (torch.Tensor, "cuda")]
    replaced += [
        (torch.func, name) for name in ("grad", "grad_and_value", "jacfwd", "jacrev", "hessian", "vmap", "jvp", "vjp")
    ]
    before = [(owner, name, getattr(owner, name)) for owner, name in replaced]
    devices_of_worker.start("simulated", 0)
    yield torch.device(LABEL)
    for owner, name, value in before:
        setattr(owner, name, value)
    del simulated_rules.SPECIAL["__reduce_ex__"]


class Inputs:
    """Tensors on a device, the same numbers on every one."""

    def __init__(self, device):
        self.device, self.generator = device, torch.default_generator
        torch.manual_seed(3)

    def __call__(self, *shape, grad=False):
        return (torch.rand(shape).to(self.device) - 0.3).requires_grad_(grad)

    def ints(self, *shape, high=3):
        return torch.randint(0, high, shape).to(self.device)


def trained(t):
    """Five steps of SGD by hand, with everything that the lessons use on the way."""
    x, y = t(12, 4), t.ints(12, 1, high=2)
    w, b = t(4, 1, grad=True), t(1, grad=True)
    losses = []
    for _ in range(5):
        p = (x @ w + b).sigmoid()
        loss = torch.where(y == 1, 1 - p, p).mean()
        loss.backward()
        with torch.no_grad():
            for parameter in (w, b):
                parameter -= 0.5 * parameter.grad
        w.grad.zero_()
        b.grad = None
        losses.append(loss.item())
    return w, b, losses


def net_trained(t, kind):
    net = nn.Sequential(nn.Linear(4, 3), nn.ReLU(), nn.Linear(3, 1)).to(t.device)
    opt = kind(net.parameters(), lr=0.1)
    for _ in range(3):
        F.mse_loss(net(t(5, 4)), t(5, 1)).backward()
        opt.step()
        opt.zero_grad()
    return (
        list(net.parameters()),
        [p.is_leaf and p.requires_grad for p in net.parameters()],
        list(net.state_dict().values()),
    )


def through_data(t):
    p, new = nn.Parameter(t(3)), t(3)
    p.data = new
    p.data += 1
    return p, isinstance(p, nn.Parameter)


def views(t):
    x = t(4, 5)
    row, block = x[1], x[:2, 1:3]
    row += 1
    block.mul_(2)
    x.T[0].zero_()
    x[0, 0] = 7
    x[:, 2] = t(4)
    return (
        x,
        row,
        x.reshape(-1)[3:5],
        x.view(5, 4),
        x.flatten(),
        x.transpose(0, 1),
        x.unsqueeze(0),
        x.squeeze(),
        x[..., None],
    )


def masks(t):
    x = t(4, 5)
    m = x > 0.2
    y = x.clone()
    y[m] = 0
    y[~m] += 1
    return (
        x[m],
        x[m.cpu()],
        y,
        x.masked_fill(m, 0.5),
        x.masked_select(m),
        m.sum(),
        m.nonzero(),
        torch.where(m, x, 0),
        torch.where(m, x, y),
    )


def retained(t):
    x = t(3, grad=True)
    y = (x * x).sum()
    y.backward(retain_graph=True)
    first = x.grad.clone()
    y.backward()
    return first, x.grad, torch.autograd.grad((x**3).sum(), x)[0], torch.autograd.grad((x * 2).sum(), [x])


def twice(t):
    x = t(3, grad=True)
    (slope,) = torch.autograd.grad((x**3).sum(), x, create_graph=True)
    slope.sum().backward()
    return x.grad, slope.detach()


def hooked(t):
    x = t(3, grad=True)
    x.register_hook(lambda g: g * 2)
    x.sum().backward()
    return x.grad


class Square(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        ctx.save_for_backward(x)
        return x * x

    @staticmethod
    def backward(ctx, g):
        (x,) = ctx.saved_tensors
        return 2 * x * g + torch.zeros(x.shape, device=x.device)


def own_function(t):
    x = t(3, grad=True)
    y = Square.apply(x)
    (y + 1).sum().backward()
    return y.detach(), x.grad


def copied(t):
    net = nn.Linear(3, 2).to(t.device)
    net(t(1, 3)).sum().backward()
    other = copy.deepcopy(net)
    return (
        list(other.parameters()),
        other.weight.grad,
        isinstance(other.weight, nn.Parameter),
        other.weight is not net.weight,
    )


def loaded(t):
    data = torch.utils.data.TensorDataset(t(7, 2), t.ints(7))
    loader = torch.utils.data.DataLoader(data, batch_size=3, shuffle=True, generator=torch.Generator().manual_seed(1))
    return [list(batch) for batch in loader]


def in_context(t):
    with torch.device(t.device):
        return torch.zeros(3), torch.tensor([1.0]), nn.Linear(2, 1).weight.shape


SAME = {
    "factories": lambda t: [
        make(device=t.device)
        for make in (
            lambda device: torch.zeros(3, device=device), lambda device: torch.ones((2, 2), device=device),
            lambda device: torch.full((2,), 7.0, device=device), lambda device: torch.arange(5, device=device),
            lambda device: torch.eye(3, device=device), lambda device: torch.linspace(0, 1, 4, device=device),
            lambda device: torch.tensor([[1, 2]], device=device), lambda device: torch.as_tensor([1.0], device=device),
            lambda device: torch.as_tensor(np.ones(2), device=device), lambda device: torch.empty(0, device=device),
            lambda device: torch.zeros(2, device=str(device)), lambda device: torch.zeros(2, dtype=torch.int64, device=device),
        )
    ],
    "like": lambda t: [
        torch.zeros_like(t(2, 3)), torch.ones_like(t(2)), torch.full_like(t(2), 4.0), torch.zeros_like(t(2), dtype=torch.int64),
        t(2).new_zeros(4), t(2).new_ones((1, 2)), t(2).new_tensor([1.0, 2.0]), t(2).new_full((2,), 3.0), torch.empty_like(t(2)).fill_(1),
        torch.tensor(t(3)),
    ],
    "moves": lambda t: [
        t(2).to(t.device), torch.ones(2).to(t.device), t(2).to(torch.float64), t(2).to(t(1)), torch.ones(2).to(t.device, torch.int32),
        torch.ones(2).type_as(t(1)), t(2).double(), t(2).long(), t(2).contiguous(), torch.ones(2).to(device=t.device, dtype=torch.float16),
    ],
    "arithmetic": lambda t: [
        t(3) + t(3), 2 - t(3), t(3) * torch.tensor(2.0), torch.tensor(2.0) * t(3), t(3) / 3, t(3) ** 2, t(3).exp().log(), -t(3), abs(t(3)),
        t(3) % 0.2, t(3) // 0.2, t(2, 1) * t(1, 3), t(3).clamp(min=0), t(3).maximum(t(3)), t.ints(4) + 1, t.ints(4) / 2, t(3).round(),
    ],
    "in place": lambda t: [
        t(3).add_(1), t(3).mul_(t(3)), t(3).zero_(), t(3).fill_(2), t(3).copy_(torch.ones(3)), t(3).sub_(t(3), alpha=2), t(3).clamp_(0, 1),
    ],
    "comparisons": lambda t: [t(4) > t(4), t(4) == t(4), t(4) <= 0.1, torch.isclose(t(2), t(2)), (t(4) > 0) & (t(4) < 1), ~(t(2) > 0)],
    "reductions": lambda t: [
        t(3, 4).sum(), t(3, 4).mean(0), t(3, 4).mean((-2, -1)), t(3, 4).std(), t(3, 4).max(), t(3, 4).max(1), t(3, 4).argmin(1),
        t(3, 4).amax(1, keepdim=True), t(3, 4).norm(), t(3, 4).cumsum(0), t(3, 4).median(), t(5).sort(), t(5).topk(2), t(5).unique(),
        t(3, 4).var(1), t(3, 4).prod(), (t(3) > 0).any(), (t(3) > 0).all(), t(5).quantile(0.5), torch.linalg.norm(t(3)),
    ],
    "products": lambda t: [
        t(3, 4) @ t(4, 2), t(4) @ t(4), t(3, 4) @ t(4), torch.matmul(t(2, 3, 4), t(4, 1)), torch.mm(t(2, 3), t(3, 2)), torch.dot(t(3), t(3)),
        torch.einsum("ij,kj->ik", t(3, 4), t(2, 4)), torch.cdist(t(3, 4), t(2, 4), p=1), torch.cdist(t(3, 4), t(2, 4)), torch.outer(t(2), t(3)),
        torch.bmm(t(2, 3, 4), t(2, 4, 1)), torch.tensordot(t(2, 3), t(3, 2), dims=1), torch.outer(t.ints(2), t.ints(3)),
        torch.einsum("i,i->i", t.ints(3), t.ints(3)), torch.einsum("ij->i", t.ints(2, 3)), torch.einsum("i,j", t.ints(2), t.ints(3)),
    ],
    "joining": lambda t: [
        torch.cat([t(2, 3), t(1, 3)]), torch.stack([t(2), t(2)]), torch.stack(list(t(3, 2))), torch.hstack([t(2), t(1)]), t(6).split(4),
        t(6).chunk(2), t(6).split([1, 5]), torch.vstack([t(2), t(2)]), t(2, 3).unbind(1), torch.meshgrid(t(2), t(3), indexing="ij"),
        torch.broadcast_tensors(t(2, 1), t(3)), t(2, 1).expand(2, 3), t(2).repeat(3), t(3).expand_as(torch.zeros(2, 3)), t(4).view_as(torch.zeros(2, 2)),
        torch.block_diag(t(1, 1), t(1, 1)), t(3).flip(0), t(4).roll(1), t(2, 3, 4).permute(2, 0, 1), t(2, 3).movedim(0, 1),
    ],
    "indexing": lambda t: [
        t(5)[2], t(5)[[0, 3]], t(5)[torch.tensor([1, 2])], t(5)[t.ints(3)], t(4, 5)[1:, ::2], t(4, 5)[t.ints(2), t.ints(2)], t(4, 5)[:, [1]],
        t(4, 5)[torch.arange(4), t.ints(4)], t(4, 5).gather(1, t.ints(4, 1)), t(4, 5).index_select(0, t.ints(2)), torch.ones(4)[t.ints(3)[0]].item(),
        t(4, 5).take_along_dim(t.ints(4, 1), 1), torch.zeros(3, 4).to(t.device).scatter(1, t.ints(3, 1), 1.0), t(5)[t(5).argmax()],
        torch.bincount(t.ints(9), minlength=4), torch.searchsorted(t(5).sort().values, t(2)), t(5)[None, 1:].shape,
    ],
    "views": views,
    "masks": masks,
    "functional": lambda t: [
        F.relu(t(3)), F.softmax(t(2, 3), 1), F.cross_entropy(t(4, 3), t.ints(4)), F.l1_loss(t(3), t(3)), F.mse_loss(t(3), t(3)).sqrt(),
        F.one_hot(t.ints(4), 3), F.linear(t(2, 3), t(1, 3), t(1)), F.binary_cross_entropy_with_logits(t(3), (t(3) > 0).float()), F.pad(t(3), (1, 1)),
        F.log_softmax(t(2, 3), -1), F.nll_loss(t(4, 3), t.ints(4)), F.conv2d(t(1, 1, 5, 5), t(1, 1, 3, 3)), F.embedding(t.ints(3), t(4, 2)),
        F.interpolate(t(1, 1, 4, 4), scale_factor=2), F.dropout(t(3), 0.5, training=False), F.normalize(t(2, 3)), F.cosine_similarity(t(2, 3), t(2, 3)),
    ],
    "autograd": retained,
    "autograd twice": twice,
    "a hook": hooked,
    "an autograd function": own_function,
    "a training loop": trained,
    "a net with SGD": lambda t: net_trained(t, torch.optim.SGD),
    "a net with Adam": lambda t: net_trained(t, torch.optim.Adam),
    "torch.func": lambda t: [torch.func.grad(lambda x: (x**2).sum())(t(3)), torch.vmap(lambda row: row.sum())(t(2, 3)),
                             torch.func.jacrev(lambda x: x**2)(t(2)), torch.autograd.functional.jacobian(lambda x: x**2, t(2))],
    "data": through_data,
    "copies": copied,
    "a data loader": loaded,
    "a device as context": in_context,
    "detached": lambda t: [t(3, grad=True).detach(), (t(3, grad=True) * 2).detach().requires_grad, t(3).clone(), t(3, grad=True).data],
    "walked over": lambda t: [[row.sum() for row in t(3, 2)], len(t(3)), max(t(4)), sum(t(4)), sorted(t(3).tolist()), list(zip(t(2), t(2)))],
    "plain numbers": lambda t: [
        t(1).item(), float(t(1)), int(t.ints(1)), bool(t(1) > 0), t(2, 2).tolist(), t(2, 3).shape, t(2).dtype, range(t.ints(1).item()),
        f"{t(1).item():.3f}", [1, 2, 3][t.ints(1)], t(3).numel(), t(2, 3).ndim, torch.equal(t(2), t(2)), torch.allclose(t(2), t(2)),
    ],
    "back on the CPU": lambda t: [t(3).cpu().numpy().tolist(), t(3).to("cpu").sum().item(), np.asarray(t(2).cpu()).tolist(), t(3).numpy(force=True).tolist()],
    "0-dimensional": lambda t: [t().item(), t() + torch.tensor(1.0), torch.stack([t(), t()]), t()[None], torch.tensor(2.0) + t()],
}  # fmt: skip


def leaves(value):
    if isinstance(value, (list, tuple)):
        for item in value:
            yield from leaves(item)
    else:
        yield value


@pytest.mark.filterwarnings("ignore:To copy construct from a tensor")  # a student may, and it works
@pytest.mark.parametrize("name", SAME)
def test_same_values_as_the_cpu_and_on_the_device(simulation, name):
    with simulated.Mode():
        results = list(leaves(SAME[name](Inputs(simulation))))
        on_device = [value.device == simulation for value in results if isinstance(value, torch.Tensor)]
    wants = list(leaves(SAME[name](Inputs(torch.device("cpu")))))
    assert all(on_device) and (on_device or not any(isinstance(want, torch.Tensor) for want in wants))
    assert len(results) == len(wants) > 0
    with simulated.plainly():
        for result, want in zip(results, wants):
            if isinstance(want, torch.Tensor):
                assert result.dtype == want.dtype and torch.allclose(result, want, equal_nan=True)
            else:
                assert result == want


MIXED = "Expected all tensors to be on the same device"
TO_NUMPY = "device type tensor to numpy. Use Tensor.cpu() to copy the tensor to host memory first."

# What an everyday line makes of a scalar `s`, a whole number `i`, a truth value `b`, a vector `v`, a Parameter `p` and a matrix `m`. A device
# in what is printed is taken out, since the CPU's is not printed.
EVERYDAY = [
    'f"loss {s:.4f}"', 'f"{s}"', 'f"{s:10}|{s:>8.2f}|{s:e}|{s:.1%}|{s:,.2f}"', 'f"{i:d} {i:03d} {i:x} {b} {b:d}"', 'f"{v}"', 'f"{m}"', 'f"{s=} {s=:.2f}"',
    '"{:.3f}".format(s)', '"{0:.2f} {0} {a:5}".format(s, a=i)', '"%.3f %d %s" % (s, i, s)', 'format(s)', 'format(s, ".2f")', 'str(s)', 'str(p)', 'repr(v)',
    '", ".join(f"{x:.2f}" for x in v)', 'f"{v.mean():.3f} {v.max()}"', 'f"{(v * 2).sum().requires_grad_():.1f}"',
    "int(s), float(s), bool(b), complex(s), abs(s)", "float(v[:1]), int(v[:1])", "[10, 20, 30][i], 'abc'[i], list(range(i)), [0] * i, hex(i)", "v[i], v[:i], m[i - 1, 0]",
    "math.sqrt(s), math.exp(s), math.log(s), math.floor(s), math.ceil(s), math.isnan(s), math.isclose(s, 2.5), math.comb(i, 1)",
    "sum([s, s, 1.0]), sum(v), max([s, s + 1]), min(v), max(s, 1)", "sorted(v, reverse=True), sorted([(s, 1), (s + 1, 0)])",
    "s in [1.0, 2.5], 2.5 in [s], s in v, any(v > 2), all([s > 2, s < 3]), 2 < s < 3", "len({s, s}), {s: 1}[s], hash(s) == hash(s), len(set(v))",
    "[x.item() for x in v], [float(x) for x in v], v.tolist(), s.tolist(), list(map(float, v))", "np.array(s.item()), np.array(v.tolist()), v.cpu().numpy()",
    "np.float64(2) * s, s * np.float32(2), np.sqrt(2) * v, v > np.float64(2)", "copy.copy(v), copy.deepcopy([v, s]), copy.deepcopy(p), copy.copy(p)",
    "pickle.loads(pickle.dumps(v)), pickle.loads(pickle.dumps(p))", "saved(v), saved({'a': [p, s]})", "random.choice(list(v)), random.randint(0, i), random.uniform(0, s)",
    "1 if s > 2 else 0, not s, s and 1", "described(s), described(v)", "torch.equal(torch.stack(list(v)), v), torch.stack([s, s]).mean()", "bar(s), plotted(v)",
    "x_type(v), x_type(p), x_type(m)", "v.__class__.__name__, v.__class__ is torch.Tensor, p.__class__ is nn.Parameter", "[n for n, in zip(v)], list(enumerate(v)), list(reversed(v))",
    "[*torch.utils.data.DataLoader(torch.utils.data.TensorDataset(m, m), batch_size=2)]", "functools.reduce(lambda a, b: a + b, v), list(itertools.accumulate([s, s]))",
    "json.dumps({'a': s.item(), 'b': v.tolist()})", "round(s.item(), 2), round(float(s)), s.round()", "torch.full((2,), s).tolist(), torch.zeros(i).tolist()",
]  # fmt: skip
TYPE_ERRORS = ["round(s)", "divmod(s, 2)", 'f"{v:.2f}"', 'f"{p[0]:.2f}" + 1', 'f"{nn.Parameter(s):.2f}"', "s()", "len(s)", "int(v)", "v['a']", "{v: 1} + 1", "np.ones(3) * v", "s + 'a'"]  # fmt: skip


def saved(value):
    file = io.BytesIO()
    torch.save(value, file)
    file.seek(0)
    return torch.load(file)


def described(value):
    return (
        value.shape,
        value.dtype,
        value.ndim,
        value.numel(),
        value.size(),
        value.is_leaf,
        value.grad,
        value.requires_grad,
    )


def bar(s):
    shown = tqdm(range(2), file=io.StringIO())
    for _ in shown:
        shown.set_postfix(loss=s)
        shown.set_description(f"loss {s:.2f}")
    return shown.desc


def plotted(v):
    lines = plt.plot(v.cpu())
    plt.title(f"{v[0]:.2f}")
    plt.close()
    return lines[0].get_ydata().tolist()


def everyday(t, line):
    inputs = {"s": t(2.5), "i": t(2), "b": t(True), "v": t([1.5, 2.5, 3.5]), "m": t([[1.0, 2.0], [3.0, 4.0]])}
    names = {**globals(), **simulated.student_globals(), **inputs, "p": nn.Parameter(t([1.0, 2.0]))}
    exec(
        "def x_type(x): return type(x) in (torch.Tensor, nn.Parameter), type(x).__name__, type(x) is torch.Tensor",
        names,
    )
    random.seed(1)
    with simulated.Mode():
        return eval(line, names)


def plain_words(value):
    """A value in words that are the same on every device."""
    text = re.sub(rf", device='{LABEL}'", "", str(value))
    return re.sub(r"\s+", " ", text)


def on_simulated(value):
    return simulated.place(torch.tensor(value))


@pytest.mark.parametrize("line", EVERYDAY)
def test_an_everyday_line_does_what_it_does_on_the_cpu(simulation, line):
    assert plain_words(everyday(on_simulated, line)) == plain_words(everyday(torch.tensor, line))


@pytest.mark.parametrize("line", TYPE_ERRORS)
def test_what_torch_refuses_everywhere_is_refused_in_the_same_words(simulation, line):
    told = []
    for t in (on_simulated, torch.tensor):
        with pytest.raises((TypeError, ValueError, IndexError, RuntimeError)) as raised:
            everyday(t, line)
        told.append((raised.type, str(raised.value).replace("Parameter", "Tensor")))
    assert told[0] == told[1] and "imulated" not in told[0][1]


def test_what_is_saved_on_the_device_is_loaded_there_or_where_it_is_asked_for(simulation):
    file, x = io.BytesIO(), on_simulated([1.0, 2.0])
    with simulated.Mode():
        torch.save({"x": x, "p": nn.Parameter(x)}, file)
        for wanted, place in [(None, LABEL), (x.device, LABEL), ("cpu", "cpu"), ({LABEL: "cpu"}, "cpu"), (lambda s, at: s, "cpu")]:  # fmt: skip
            file.seek(0)
            back = torch.load(file, map_location=wanted)
            assert str(back["x"].device) == str(back["p"].device) == place and isinstance(back["p"], nn.Parameter)
        other = io.BytesIO()
        torch.save(torch.ones(2), other)
        for wanted, place in [(None, "cpu"), (x.device, LABEL)]:
            other.seek(0)
            assert str(torch.load(other, map_location=wanted).device) == place


@pytest.mark.filterwarnings("ignore:`torch.jit.script` is deprecated")  # torch's own, for jvp
def test_derivatives_both_ways_are_on_the_device(simulation):
    def f(x):
        return (x * x).sum()

    for t, place in ((on_simulated, LABEL), (torch.tensor, "cpu")):
        x, one = t([1.0, 2.0]), t(1.0)
        with simulated.Mode():
            value, back = torch.func.vjp(f, x)
            derivatives = [*back(one), *torch.func.jvp(f, (x,), (x,)), *torch.autograd.functional.vjp(f, x)]
            assert {str(tensor.device) for tensor in (value, *derivatives)} == {place}
            assert derivatives[0].tolist() == [2.0, 4.0] and derivatives[2].item() == 10.0


def test_types_by_name(simulation):
    x = on_simulated([1.0, 2.0])
    assert x.type() == "torch.simulated.FloatTensor" and torch.ones(2).type() == "torch.FloatTensor"
    assert x.type(torch.float64).device.type == "simulated" and x.type(torch.FloatTensor).device.type == "cpu"
    assert x.type("torch.DoubleTensor").dtype == torch.float64
    with pytest.raises(WrittenForOneGPU):
        x.type("torch.cuda.FloatTensor")


KINDS_OF_KINDS = """
import abc, collections, dataclasses, enum, inspect, typing
class C: pass
class M(type):
    def __new__(meta, name, bases, space, **more): return super().__new__(meta, name, bases, {**space, "tag": 7})
    def __call__(cls, *args): return super().__call__(*args)
class D(metaclass=M):
    def __init__(self, v=0): self.v = v
class Single(type):
    made = {}
    def __call__(cls, *args):
        if cls not in Single.made: Single.made[cls] = type.__call__(cls, *args)
        return Single.made[cls]
class E(metaclass=Single): pass
class Both(abc.ABCMeta, type): pass
class A(metaclass=Both):
    @abc.abstractmethod
    def f(self): ...
@dataclasses.dataclass
class P:
    kind: type = int
def f(k: type, j: type[int] = int, l: type | None = None) -> type: return k
N = type("N", (C,), {"a": 1})
type.__setattr__(C, "q", 3)
match C:
    case type(): matched = "class"
    case _: matched = "object"
facts = [
    type(x) is torch.Tensor, type(x) == torch.Tensor, type(x) in {torch.Tensor}, type(p) is torch.nn.Parameter, type(3) is int, type([]) is list,
    type(C) is type, type(C()) is C, isinstance(C, type), not isinstance(C(), type), isinstance(int, (type, int)), type(type) is type, isinstance(type, type),
    issubclass(type, type), N().a == 1, isinstance(N, type), issubclass(N, C), D.tag == 7, D(3).v == 3, type(D) is M, isinstance(D, type), isinstance(D, M),
    not isinstance(C, M), not issubclass(C, M), issubclass(M, type), type(M) is type, E() is E(), inspect.isabstract(A), type(enum.Enum("X", "a b")) is enum.EnumMeta,
    typing.get_type_hints(P)["kind"] is type, bool(typing.Optional[type]), matched == "class", type.mro(C)[0] is C, type.__name__ == "type", repr(type) == "<class 'type'>",
    type(x)([1.0, 2.0]).device.type == "cpu", type(collections.OrderedDict())() == {}, list(map(type, [1, "a"])) == [int, str], inspect.isclass(type), C.q == 3,
    type(lambda: 0).__name__ == "function", type(ValueError("a"))("b").args == ("b",), isinstance(x, torch.Tensor), not isinstance(x, torch.nn.Parameter),
]
"""


def test_type_of_a_tensor_is_torchs_and_everything_else_about_type_stays(simulation):
    for x, p in [(on_simulated([1.0]), on_simulated([1.0])), (torch.ones(1), torch.ones(1))]:
        names = {**simulated.student_globals(), "torch": torch, "x": x, "p": nn.Parameter(p), "__name__": "__main__"}
        exec(compile(KINDS_OF_KINDS, "<kinds>", "exec", dont_inherit=True), names)
        assert all(names["facts"]), [number for number, true in enumerate(names["facts"]) if not true]


REFUSED = {
    "sum of two devices": (lambda t: t(3) + torch.zeros(3), RuntimeError, MIXED),
    "the other way round": (lambda t: torch.zeros(3) + t(3), RuntimeError, MIXED),
    "in place on the CPU": (lambda t: torch.zeros(3).add_(t(3)), RuntimeError, MIXED),
    "in place, one number": (lambda t: torch.zeros(()).add_(t()), RuntimeError, MIXED),
    "in place on the device": (lambda t: t(3).add_(torch.zeros(3)), RuntimeError, MIXED),
    "one-element vector": (lambda t: t(3) * torch.tensor([2.0]), RuntimeError, MIXED),
    "a number of the device, a vector of the CPU": (lambda t: t() * torch.ones(3), RuntimeError, MIXED),
    "matmul": (lambda t: t(3, 4) @ torch.ones(4, 1), RuntimeError, MIXED),
    "linear": (lambda t: nn.Linear(4, 1)(t(2, 4)), RuntimeError, MIXED),
    "cat": (lambda t: torch.cat([t(2), torch.ones(2)]), RuntimeError, MIXED),
    "stack of numbers": (lambda t: torch.stack([t(), torch.tensor(1.0)]), RuntimeError, MIXED),
    "where": (lambda t: torch.where(t(3) > 0, torch.ones(3), t(3)), RuntimeError, MIXED),
    "cross_entropy": (lambda t: F.cross_entropy(t(2, 3), torch.tensor([0, 1])), RuntimeError, MIXED),
    "mse_loss": (lambda t: F.mse_loss(t(3), torch.ones(3)), RuntimeError, MIXED),
    "equal": (lambda t: torch.equal(t(3), torch.ones(3)), RuntimeError, MIXED),
    "gather": (lambda t: t(2, 3).gather(1, torch.zeros(2, 1, dtype=torch.int64)), RuntimeError, MIXED),
    "masked_fill": (lambda t: t(3).masked_fill(torch.ones(3, dtype=torch.bool), 0), RuntimeError, MIXED),
    "einsum": (lambda t: torch.einsum("i,i->", t(3), torch.ones(3)), RuntimeError, MIXED),
    "out": (lambda t: torch.add(t(3), t(3), out=torch.zeros(3)), RuntimeError, MIXED),
    "values by a mask": (lambda t: t(3).__setitem__(t(3) < 9, torch.ones(3)), RuntimeError, ""),
    "look up in the CPU": (lambda t: torch.eye(3)[t.ints(2)], RuntimeError, "indices should be either on cpu or on the same device as the indexed tensor (cpu)"),
    "numpy": (lambda t: t(3).numpy(), TypeError, TO_NUMPY),
    "asarray": (lambda t: np.asarray(t(3)), TypeError, TO_NUMPY),
    "np.exp": (lambda t: np.exp(t(3)), TypeError, TO_NUMPY),
    "np.array of a list": (lambda t: np.array([t(2), t(2)]), TypeError, TO_NUMPY),
    "a gradient of the CPU": (lambda t: setattr(t(3, grad=True), "grad", torch.zeros(3)), RuntimeError, "assigned grad has data located on a different device"),
    "a generator of the CPU": (lambda t: torch.randn(3, device=t.device, generator=torch.Generator()), RuntimeError, "device type for generator but found 'cpu'"),
    "a generator of the CPU, in place": (lambda t: t(3).normal_(generator=torch.Generator()), RuntimeError, "device type for generator but found 'cpu'"),
    "a generator of the device": (lambda t: torch.randperm(3, generator=torch.Generator(device=t.device)), RuntimeError, "Expected a 'cpu' device type for generator"),
    "a product of whole numbers": (lambda t: t.ints(3, 2).T @ t.ints(3, 2), NotImplementedError, "not implemented for 'Long'"),
    "... of uint8": (lambda t: torch.mm(t.ints(2, 2).byte(), t.ints(2, 2).byte()), NotImplementedError, "not implemented for 'Byte'"),
    "... of rows": (lambda t: t.ints(3).dot(t.ints(3)), NotImplementedError, "not implemented for 'Long'"),
    "... with a row": (lambda t: t.ints(3, 2) @ t.ints(2), NotImplementedError, "not implemented for 'Long'"),
    "... by einsum": (lambda t: torch.einsum("na,nb->ab", t.ints(3, 2), t.ints(3, 2)), NotImplementedError, "not implemented for 'Long'"),
    "a product of whole numbers of two devices": (lambda t: t.ints(3, 2).T @ torch.ones(3, 2, dtype=torch.int64), RuntimeError, MIXED),
    "apply_": (lambda t: t(3).apply_(lambda v: v), TypeError, "apply_ is only implemented on CPU tensors"),
}  # fmt: skip


@pytest.mark.parametrize("name", REFUSED)
def test_refuses_what_cuda_refuses_in_its_words(simulation, name):
    operation, error, words = REFUSED[name]
    with simulated.Mode(), pytest.raises(error) as raised:
        operation(Inputs(simulation))
    assert words in str(raised.value)


@pytest.mark.skipif(not torch.cuda.is_available(), reason="no CUDA device on this machine")
@pytest.mark.parametrize("name", REFUSED)
def test_cuda_refuses_it_in_these_words(name):
    operation, error, words = REFUSED[name]
    with pytest.raises(error) as raised:
        operation(Inputs(torch.device("cuda:0")))
    assert words in str(raised.value)


@pytest.mark.parametrize(
    "operation",
    [lambda x: x.cuda(), lambda x: x.to("cuda"), lambda x: torch.zeros(3, device="cuda:0") + x, lambda x: nn.Linear(3, 1).cuda()(x),
     lambda x: x.to("mps")],
)  # fmt: skip
def test_one_makers_gpu_is_named_as_such(simulation, operation):
    with simulated.Mode(), pytest.raises(WrittenForOneGPU, match="one kind of GPU"):
        operation(simulated.place(torch.ones(3)))


def test_generators_of_both_devices(simulation):
    with simulated.Mode():
        mine = torch.randn(3, device=simulation, generator=torch.Generator(simulation).manual_seed(5))
        assert mine.device == simulation and torch.Generator(simulation).device == simulation
        other = torch.randn(3, generator=torch.Generator().manual_seed(5))
        assert torch.equal(mine.cpu(), other) and isinstance(torch.default_generator, torch.Generator)


def test_a_module_moves_there_and_back(simulation):
    with simulated.Mode():
        net = nn.Linear(2, 1)
        weight = net.weight
        net.to(simulation)
        assert net.weight is weight and weight.device == simulation and isinstance(weight, nn.Parameter)
        assert "device='simulated:0'" in repr(weight)
        net.cpu()
        assert net.weight is weight and weight.device.type == "cpu" and type(weight) is nn.Parameter
        with pytest.raises(RuntimeError, match=MIXED):
            net(torch.ones(1, 2).to(simulation))


def test_moving_never_shares_memory(simulation):
    with simulated.Mode():
        here = torch.zeros(3)
        there = here.to(simulation)
        there += 1
        back = there.cpu()
        back += 1
        assert (here.tolist(), there.tolist(), back.tolist()) == ([0] * 3, [1] * 3, [2] * 3)
        assert there.to(simulation) is there


# ---------------------------------------------------------------- through a worker


@pytest.fixture
def on_device(course, pixel_lesson, warm_parent):
    """A student with one answer of these lines, called on the simulated device, and the session."""
    opened = []

    def start(exercise, source, device=devices.SIMULATED):
        submission = extract.reference(pixel_lesson).replacing(exercise, source)
        session = Session(warm_parent, submission, 7, device=device)
        opened.append(session)
        session.begin_check("test")
        return Student(session, on_device=True)

    yield start
    for session in opened:
        session.close()


def mean(body):
    return f"def mean_prototype(stack):\n    {body}\n"


def test_values_come_back_from_the_device(on_device):
    stack = torch.rand(3, 2, 2)
    value = on_device(
        "mean_prototype", mean("return stack.mean(0) + torch.zeros(2, 2, device=stack.device)")
    ).mean_prototype(stack)
    assert type(value) is torch.Tensor and torch.equal(value, stack.mean(0))


IN_PASSING = {
    "printing": "print(f'{stack.mean():.4f} {stack.mean()} {stack}'); print('{:.3f}'.format(stack.sum()))",
    "a progress bar": "from tqdm import tqdm\n    for row in tqdm(stack): pass",
    "drawing": "import matplotlib.pyplot as plt; plt.plot(stack[0, 0].cpu()); plt.title(f'{stack.mean():.2f}'); plt.close()",
    "saving": "torch.save({'a': stack}, 'a.pt'); stack = torch.load('a.pt')['a']",
    "pickling": "import pickle, copy; stack = copy.deepcopy(copy.copy(pickle.loads(pickle.dumps(stack))))",
    "a table": "import pandas as pd; pd.DataFrame(stack[0].cpu())",
    "compiling": "stack = torch.compile(lambda x: x * 1)(stack)",
    "a set": "assert len({stack, stack}) == 1 and stack.__class__ is torch.Tensor",
    "a sum": "stack = torch.stack([sum([row, 0 * row]) for row in stack])",
}


@pytest.mark.parametrize("what", IN_PASSING)
def test_what_an_answer_does_in_passing_changes_nothing(on_device, what):
    stack = torch.rand(3, 2, 2)
    value = on_device("mean_prototype", mean(f"{IN_PASSING[what]}\n    return stack.mean(0)")).mean_prototype(stack)
    assert torch.equal(value, stack.mean(0))


@pytest.mark.parametrize(
    "result", ["torch.argsort(stack.reshape(1, -1), dim=1, stable=True)[:, 0]", "stack[:1, 0, 0]", "stack[0].T[:, 1:]", "stack[:0, 1]",
               "stack[:1, :1, :1].expand(2, 3, 4)", "torch.complex(stack, stack).conj()[:1, 0, 0]"],
)  # fmt: skip
@pytest.mark.parametrize("there", [False, True])
def test_results_of_any_stride_come_back(on_device, result, there):
    stack = torch.rand(3, 2, 2)
    student = on_device("mean_prototype", mean(f"return {result}"))
    value = (student if there else Student(student._session)).mean_prototype(stack)
    want = eval(result, {"torch": torch, "stack": stack})
    assert value.shape == want.shape and torch.equal(value, want.resolve_conj())


@pytest.mark.parametrize(
    "body", ["return stack.mean(0).cpu()", "return torch.tensor(stack.mean(0).tolist())", "return [stack[0], torch.zeros(2)]",
             "stack.data = stack.data.cpu(); return stack"],
)  # fmt: skip
def test_a_tensor_that_comes_back_from_elsewhere_is_named(on_device, body):
    with pytest.raises(Mismatch, match="a returned tensor is on cpu, but the inputs are on simulated:0"):
        on_device("mean_prototype", mean(body)).mean_prototype(torch.rand(3, 2, 2))


@pytest.mark.parametrize(
    ("body", "words"),
    [("return stack.mean(0) + torch.zeros(2, 2)", MIXED), ("return torch.tensor(stack.numpy().mean(0))", TO_NUMPY),
     ("return stack.cuda().mean(0)", "one kind of GPU")],
)  # fmt: skip
def test_what_breaks_is_told_with_its_line(on_device, body, words):
    with pytest.raises(StudentError) as raised:
        on_device("mean_prototype", mean(body)).mean_prototype(torch.rand(3, 2, 2))
    assert words in str(raised.value).replace("`.cuda()` is written for ", "") and "line 2" in str(raised.value)


def test_changes_and_gradients_come_back(on_device):
    student = on_device("mean_prototype", mean("stack.sum().backward()\n    stack.data += 1\n    return None"))
    stack = torch.zeros(2, 2, requires_grad=True)
    assert student.changing(stack).mean_prototype(stack) is None
    assert torch.equal(stack, torch.ones(2, 2)) and torch.equal(stack.grad, torch.ones(2, 2))
    stack.grad = None
    student.changing(stack).mean_prototype(stack)
    assert torch.equal(stack, torch.full((2, 2), 2.0)) and torch.equal(stack.grad, torch.ones(2, 2))


def test_one_tensor_of_ours_is_two_over_there(on_device):
    student = on_device("mean_prototype", mean("return str(stack.device)"))
    stack = torch.ones(1, 2)
    assert student.mean_prototype(stack) == "simulated:0"
    assert Student(student._session).mean_prototype(stack) == "cpu"
    assert student.mean_prototype(stack) == "simulated:0"


def test_models_and_objects_stay_on_the_device(on_device):
    student = on_device("mean_prototype", "class mean_prototype:\n    def __init__(self, x):\n        self.x = x\n"
                        "    def where(self, y):\n        return [str(self.x.device), str((self.x + y).device)]\n")  # fmt: skip
    kept = student.mean_prototype(torch.ones(2))
    assert kept.where(torch.ones(2)) == ["simulated:0"] * 2
    net = nn.Linear(2, 1)
    forward = Given("lambda net, x: net(x)")
    assert torch.equal(forward.in_worker(student, net, torch.ones(1, 2)), net(torch.ones(1, 2)))


def test_a_replaced_answer_works_on_the_device(course, pixel_lesson, warm_parent):
    """Follow-through: the reference runs elsewhere, on the CPU, for a caller that is on the device."""
    submission = extract.reference(pixel_lesson)
    source = "def mnist_distance(a, b):\n    return (a - b).abs().mean((-1, -2))"
    reference = Reference(warm_parent, source, {"mnist_distance": ("a", "b")})
    session = Session(warm_parent, submission, 7, ["mnist_distance"], devices.SIMULATED, reference=reference)
    session.begin_check("test")
    x = torch.tensor([0.0, 1.0])[:, None, None].expand(2, 2, 2).contiguous()
    expect(Student(session, on_device=True).is_3(x, torch.zeros(2, 2), torch.ones(2, 2))).to_match(
        torch.tensor([True, False])
    )
    session.close()


# ---------------------------------------------------------------- choosing, and saying so


def test_choices(monkeypatch):
    monkeypatch.delenv(devices.VARIABLE, raising=False)
    monkeypatch.setattr(devices, "present", lambda: "")
    assert devices.choose("auto") == devices.choose("simulated") == devices.SIMULATED
    assert devices.choose("cpu").name == "" and "CPU only" in devices.choose("cpu").reason
    missing = devices.choose("cuda")
    assert missing.name == "" and missing.reason == "the course asks for cuda, and this machine has no accelerator"
    monkeypatch.setattr(devices, "present", lambda: "cuda")
    monkeypatch.setenv("AUTOGRADER_TRUSTED", "1")  # whoever set it, it is no word of the instructor's
    assert devices.choose("auto") == devices.SIMULATED  # the driver can't be reached from behind the wall
    with pytest.raises(CourseError, match="--trust-submissions"):
        devices.choose("cuda")
    trusted = [devices.choose(setting, trusted=True) for setting in ("auto", "cuda")]
    assert [device.name for device in trusted] == ["cuda", "cuda"] and trusted[0].real
    assert devices.choose("mps").name == "" and devices.choose("simulated") == devices.SIMULATED
    monkeypatch.setenv(devices.VARIABLE, "cpu")
    assert devices.choose("auto").name == ""
    monkeypatch.setenv(devices.VARIABLE, "gpu")
    with pytest.raises(CourseError, match="no device 'gpu'"):
        devices.choose("auto")


def test_every_exercise_that_takes_tensors_is_asked(course):
    """All others make no tensor from a tensor: they take paths, lists, numbers or sizes, or belong to fastai."""
    asked, others = set(), set()
    for name in lesson.assignments(course):
        chosen = lesson.load(course, name)
        text = (course.graders / f"test_{chosen.notebook}.py").read_text()
        for task in chosen.exercises:
            part = text.split(f'exercise("{task}")')[1].split("@pytest.mark.exercise")[0]
            (asked if "def test_device(" in part else others).add(task)
            assert part.count('"""Works on the device its inputs are on."""') == ("def test_device(" in part), task
    assert others == {
        "load_image",
        "is_jagged",
        "is_jagged_deep",
        "finite_difference",
        "derivative",
        "init_params",
        "simple_net",
        "make_learner",
    }
    assert len(asked) == 38


def test_every_exercise_that_is_asked_has_device_mistakes(course):
    for name in lesson.assignments(course):
        chosen = lesson.load(course, name)
        text = (course.graders / f"test_{chosen.notebook}.py").read_text()
        for task in chosen.exercises:
            part = text.split(f'exercise("{task}")')[1].split("@pytest.mark.exercise")[0]
            entries = [entry for entry in read_bank(course.mistakes / chosen.notebook, task) if entry.kind == DEVICE]
            assert (len(entries) >= 2) == ("def test_device(" in part), task
            assert len({entry.says for entry in entries}) == len(entries)


DEVICE_MISTAKE = "def mean_prototype(stack):\n    return torch.zeros(stack.shape[1:]) + stack.mean(0)\n"


@pytest.mark.parametrize("device", ["simulated", "cpu"])
def test_the_verdict_is_in_the_report_on_the_page_and_on_the_screen(small_course, monkeypatch, device):
    monkeypatch.setenv(devices.VARIABLE, device)
    loaded = config.load(small_course)
    chosen = lesson.load(loaded, ASSIGNMENT)
    notebook = demo.fill_in(loaded, chosen, {**demo.right_answers(chosen), "mean_prototype": DEVICE_MISTAKE})
    desk = Desk(loaded, ASSIGNMENT)
    report = desk.grade(hand_in(small_course, "ada", json.dumps(notebook)))
    desk.close()
    console = Console(file=io.StringIO(), width=200)
    show_submission(console, report)
    shown, page = console.file.getvalue(), student_page.page(report)
    exercises = {exercise["id"]: exercise for exercise in report.public()["exercises"]}
    broken = exercises["mean_prototype"]
    if device == "simulated":
        assert (
            report.device == "simulated"
            and broken["parity"]["verdict"] == "student_error"
            and MIXED in broken["parity"]["reason"]
        )
        assert exercises["is_3"]["parity"] == {"verdict": "passed", "reason": ""}
        assert broken["score"] < broken["max_score"] and "on the CPU" in broken["diagnosis"]
        assert "Works on the device its inputs are on." in shown and "does not work on an accelerator" in shown
        assert "works on an accelerator too" in shown and "a simulated one was used in its place" in page
    else:
        assert report.device == "cpu" and broken["parity"] == {
            "verdict": Verdict.NOT_RUN,
            "reason": "the course is set to the CPU only",
        }
        assert broken["score"] == broken["max_score"]
        assert "not tried on an accelerator" in shown and "the course is set to the CPU only" in page
    assert "Works on the device its inputs are on." in page


@pytest.mark.parametrize(("on_the_cpu", "told"), [("passed", True), ("failed", False)])
def test_what_is_wrong_everywhere_is_not_blamed_on_the_accelerator(on_the_cpu, told):
    checks = [
        Check("a", on_the_cpu, "", "Adds."),
        Check("b", "failed", "its value is not right", "Works on the device.", parity=True),
    ]
    console = Console(file=io.StringIO(), width=200)
    show_submission(console, Report("ada", "01", "nb", exercises=[ExerciseResult("f", 1, checks)]))
    assert ("does not work on an accelerator" in console.file.getvalue()) == told


def test_an_exercise_without_the_check_has_no_verdict():
    report = Report(
        "ada",
        "01",
        "nb",
        exercises=[
            ExerciseResult("f", 1, [Check("a", "passed")]),
            ExerciseResult("g", 1, [Check("b", Verdict.NOT_RUN, "why", parity=True)]),
        ],
    )
    parities = [exercise["parity"] for exercise in report.public()["exercises"]]
    assert parities == [None, {"verdict": Verdict.NOT_RUN, "reason": "why"}]


@pytest.mark.slow
def test_doctor_tells_the_device_and_tries_it(monkeypatch):
    for setting, words in (
        ("simulated", "device: simulated:0, started in"),
        ("cpu", "device: CPU only: the course is set to the CPU only"),
    ):
        monkeypatch.setenv(devices.VARIABLE, setting)
        assert words in command("doctor", cwd=ROOT).out


def test_without_a_device_right_answers_lose_nothing_and_no_mistake_is_called_one_of_devices(course, monkeypatch):
    """What was not run is no failure: not for the bank, and not where it is asked whose mistake it is."""
    monkeypatch.setenv(devices.VARIABLE, "cpu")
    rows = prove(course, "02-pixel-similarity", ["l1_distance"], 1)
    assert {row["kind"] for row in rows} == {"right", "mistake"}
    assert all(bool(row["lost"]) == (row["kind"] == "mistake") and "device" not in row["lost"] for row in rows)
    checks = [Check("a", "passed"), Check("device", Verdict.NOT_RUN, parity=True)]
    assert grader.Outcome(checks, diagnosis.Behaviour.of(checks, {"a": [], "device": []})).perfect


@pytest.mark.parametrize(
    "line",
    [
        "stack.mean(0).as_subclass(D) < stack.std().as_subclass(D)",
        "stack.mean(0).as_subclass(D) + stack.std()",
        "torch.minimum(stack.mean(0).as_subclass(D), stack.mean(0))",
        "torch.nn.functional.relu(stack.mean(0).as_subclass(D))",
    ],
)
def test_a_tensor_of_a_students_own_class_is_where_it_was(on_device, line):
    source = f"class D(torch.Tensor):\n    pass\n\n\ndef mean_prototype(stack):\n    return {line}\n"
    stack = torch.rand(3, 2, 2)
    space = {"torch": torch}
    exec(source, space)
    assert torch.equal(on_device("mean_prototype", source).mean_prototype(stack), space["mean_prototype"](stack))
