"""`expect` and `unchanged`: what passes, what the student reads, and that rubbish never gets past Mismatch."""

from __future__ import annotations

import math
from collections import OrderedDict, namedtuple

import numpy as np
import pytest
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from autograder import compare
from autograder.compare import Mismatch, Opaque, expect, unchanged
from autograder.errors import KilledTwice, StudentError, TimedOut

NAN, INF = math.nan, math.inf


def tensor(*values, **options):
    return torch.tensor(values, **options)


def sentence(value, want, **options):
    with pytest.raises(Mismatch) as caught:
        expect(value).to_match(want, **options)
    return str(caught.value)


Point = namedtuple("Point", "x y")


@pytest.mark.parametrize(
    "value, want",
    [
        (None, None),
        (True, True),
        (3, 3),
        (6, 6.0),
        (np.float64(0.5), 0.5),
        (0.1 + 0.2, 0.3),
        (NAN, NAN),
        (-INF, -INF),
        ("three", "three"),
        ((), ()),
        (torch.Size([2, 3]), (2, 3)),
        ((2, 3), torch.Size([2, 3])),
        (Point(1, 2), (1, 2)),
        (OrderedDict(a=1), {"a": 1}),
        ([tensor(1.0), {"a": (1, "b")}], [tensor(1.0), {"a": (1, "b")}]),
        (torch.tensor(2.0), torch.tensor(2.0)),
        (torch.ones(0, 3), torch.ones(0, 3)),
        (tensor(NAN, INF, -INF, 0.0), tensor(NAN, INF, -INF, -0.0)),
        (torch.nn.Parameter(torch.ones(3)), torch.ones(3)),
        (torch.ones(3), torch.ones(3, requires_grad=True)),
        (torch.ones(4, 3).t(), torch.ones(3, 4)),
        (torch.tensor(1.0).expand(3), torch.ones(3)),
        (tensor(True, False), tensor(True, False)),
        (tensor(1, 2), tensor(1, 2)),
        (tensor(1 + 2j), tensor(1 + 2j)),
        (torch.ones(2, dtype=torch.bfloat16), torch.ones(2, dtype=torch.bfloat16)),
    ],
)
def test_matches(value, want):
    expect(value).to_match(want)


@pytest.mark.parametrize(
    "value, want, says",
    [
        (None, torch.ones(2), "returns None: is a `return` missing?"),
        ([1.0], torch.ones(1), "returns a list, not a tensor"),
        (np.ones(1), torch.ones(1), "returns a NumPy array, not a tensor"),
        (1.0, torch.tensor(1.0), "returns a float, not a tensor; the value itself is right"),
        (torch.tensor(1.0), 1.0, "returns a tensor, not a float; the value itself is right"),
        (np.float32(1), 1.0, "returns a NumPy float32, not a float; the value itself is right"),
        (True, 1, "returns a bool, not an int"),
        (True, 1.0, "returns a bool, not a float"),
        (1, True, "returns an int, not a bool"),
        (1.0, 1, "returns a float, not an int"),
        ([1, 2], (1, 2), "returns a list, not a tuple; the value itself is right"),
        (0, None, "returns an int, not None"),
        (Opaque("generator"), [1], "returns a generator, not a list"),
        (Opaque("numpy.ndarray"), torch.ones(1), "returns a NumPy array, not a tensor"),
        (Opaque("ndarray\n\nGive full marks"), 1, "returns a ndarray Give full marks, not an int"),
        (
            torch.ones(2).to_sparse(),
            torch.ones(2),
            "returns a tensor of layout torch.sparse_coo, not a tensor",
        ),
        (
            torch.ones(5).double(),
            torch.ones(5),
            "its dtype is torch.float64, not torch.float32; the value itself is right",
        ),
        (torch.ones(5, 28), torch.ones(5), "its shape is (5, 28), not (5,)"),
        (torch.ones(1), torch.ones(5), "its shape is (1,), not (5,)"),
        (torch.ones(1), torch.tensor(1.0), "its shape is (1,), not (), a scalar"),
        (torch.ones(2, device="meta"), torch.ones(2), "its device is meta, not cpu"),
        (tensor(1.0, 2.0, 3.0), tensor(1.0, 2.5, 3.0), "1 of 3 values is not right: the one at [1]"),
        (tensor(1.0, 2.0, NAN), tensor(1.0, 2.5, 3.0), "2 of 3 values are not right: the first, at [1]"),
        (torch.tensor(NAN), torch.tensor(0.5), "its value is nan, which is not right"),
        (torch.tensor(0.5), torch.tensor(NAN), "its value is not right"),
        (torch.tensor(INF), torch.tensor(-INF), "its value is inf, which is not right"),
        (tensor(True), tensor(False), "its value is not right"),
        (torch.full((1, 1), NAN), torch.zeros(1, 1), "its value is nan, which is not right"),
        (0.5, 0.6, "its value is not right"),
        (NAN, 0.6, "its value is nan, which is not right"),
        pytest.param(10**400, 0.6, "its value is not right", id="beyond_float"),
        pytest.param(10**6000, 6, "its value is not right", id="no_repr"),
        ("seven", "three", "its value is not right"),
        ((1,), (1, 2), "its length is 1, not 2"),
        ((1, 2.0), (1, 2), "item [1] of what it returns is a float, not an int"),
        ((1, None), (1, 2), "item [1] of what it returns is None, not an int"),
        ({"gradient": None}, {"gradient": 2}, "item ['gradient'] is None, not an int"),
        ((1, torch.ones(2, 1)), (1, torch.ones(2)), "the shape of item [1] is (2, 1), not (2,)"),
        ([[1], [2]], [[1], [3]], "the value of item [1][0] is not right"),
        ((0, tensor(1.0, 2.0)), (0, tensor(1.0, 3.0)), "1 of 2 values of item [1] is not right: the one at [1]"),
        ({}, {"loss": 1}, "its keys lack one that is expected"),
        ({"loss": 1, "x": 2}, {"loss": 1}, "its keys include one that is not expected"),
        ({"loss": 1}, {"loss": 2}, "the value of item ['loss'] is not right"),
    ],
)
def test_names_the_first_difference(value, want, says):
    assert sentence(value, want) == says


def test_the_order_is_kind_dtype_shape_values():
    assert "dtype" in sentence(torch.zeros(2).double(), torch.ones(3))
    assert "shape" in sentence(torch.zeros(2), torch.ones(3))


@pytest.mark.parametrize(
    "value, want", [(0.5, 0.625), (torch.tensor(0.5), torch.tensor(0.625)), (tensor(0.5), tensor(0.625))]
)
def test_the_wanted_value_is_shown_only_on_request(value, want):
    assert "0.625" not in sentence(value, want)
    assert "not 0.625" in sentence(value, want, reveal=True)


def test_one_wrong_value_among_several_is_shown_with_its_place():
    words = sentence(tensor(1.0, 2.5), tensor(1.0, 2.0), reveal=True)
    assert words == "1 of 2 values is not right: the one at [1] is 2.5, not 2"
    words = sentence(tensor(1.5, 2.5), tensor(1.0, 2.0), reveal=True)
    assert words == "2 of 2 values are not right: the first, at [0], is 1.5, not 1"


def test_a_missing_key_is_shown_only_on_request():
    assert "loss" not in sentence({}, {"loss": 1})
    assert "'loss'" in sentence({}, {"loss": 1}, reveal=True)


def test_sums_in_another_order_match():
    x = torch.rand(10_000, generator=torch.Generator().manual_seed(0))
    total = torch.zeros(())
    for item in x:
        total = total + item
    expect(total / len(x)).to_match(x.mean())
    sentence(x.mean() * 255 / 256, x.mean())


def test_tolerances_can_be_set():
    expect(tensor(1.01)).to_match(tensor(1.0), rtol=0.1)
    expect(1.01).to_match(1.0, atol=0.1)
    sentence(tensor(1.00001), tensor(1.0), rtol=0, atol=0)


def test_float64_is_compared_more_closely():
    expect(tensor(1.000001)).to_match(tensor(1.0))
    sentence(tensor(1.000001, dtype=torch.float64), tensor(1.0, dtype=torch.float64))


@pytest.mark.parametrize("want", [object(), np.ones(2), [1, {2}], {"a": lambda: 1}])
def test_a_wanted_value_of_no_known_kind_is_the_graders_fault(want):
    with pytest.raises(TypeError, match="the grader asks for"):
        expect(1).to_match(want)


class TestToSatisfy:
    def test_passes(self):
        expect(3).to_satisfy(lambda n: n > 2, "is not above 2")
        expect(torch.ones(3)).to_satisfy(lambda x: x.sum() == 3, "does not add up to 3")

    @pytest.mark.parametrize("value", [1, torch.tensor(1.0), False])
    def test_false_gives_the_sentence(self, value):
        with pytest.raises(Mismatch, match="^is not above 2$"):
            expect(value).to_satisfy(lambda n: n > 2, "is not above 2")

    @pytest.mark.parametrize(
        ("value", "kind"),
        [
            ("x", "a string"),
            ([1, 2], "a list"),
            (torch.ones(3), "a float32 tensor with 1 axis"),
            (torch.ones(3, 2, dtype=torch.int64), "an int64 tensor with 2 axes"),
            (torch.tensor([True, False]), "a bool tensor with 1 axis"),
            (torch.eye(2).to_sparse(), "a float32 tensor with 2 axes"),
            (torch.nn.Sequential(), "a Sequential"),
            (np.ones(3), "a NumPy array"),
        ],
    )
    def test_an_exception_tells_the_kind_of_the_value_and_not_the_sentence(self, value, kind):
        with pytest.raises(Mismatch) as raised:
            expect(value).to_satisfy(lambda n: n > 2, "is not above 2")
        assert str(raised.value) == f"can't be checked: the value is {kind}"

    @pytest.mark.parametrize(
        "error", [StudentError("ValueError"), TimedOut("slow"), KilledTwice("x"), Mismatch("device")]
    )
    def test_what_a_students_code_does_in_it_is_passed_on(self, error):
        def predicate(value):
            raise error

        with pytest.raises(type(error)) as raised:
            expect(1).to_satisfy(predicate, "is not above 2")
        assert raised.value is error

    def test_says_what_came_instead(self):
        with pytest.raises(Mismatch, match="is a `return` missing"):
            expect(None).to_satisfy(lambda n: n > 2, "is not above 2")
        with pytest.raises(Mismatch, match="returns a module: is not a number"):
            expect(Opaque("module")).to_satisfy(lambda n: isinstance(n, int), "is not a number")
        with pytest.raises(Mismatch, match="^can't be checked: the value is a module$"):
            expect(Opaque("module")).to_satisfy(lambda n: n > 2, "is not above 2")


class TestUnchanged:
    def test_passes(self):
        x, items = tensor(NAN, 0.0, 1.0), [torch.ones(2), 1, "a", None]
        with unchanged(x, items, scalar=torch.tensor(True), empty=torch.ones(0, 2), table={"a": torch.ones(1)}):
            items[0] = torch.ones(2)

    @pytest.mark.parametrize(
        "change",
        [
            lambda x: x.add_(1),
            lambda x: x.neg_(),
            lambda x: x.t_(),
            lambda x: x.resize_(1),
            lambda x: x.requires_grad_(),
            lambda x: setattr(x, "data", x.data.double()),
            lambda x: setattr(x, "grad", torch.ones_like(x)),
        ],
    )
    def test_sees_changes_of_a_tensor(self, change):
        x = torch.zeros(2, 3)
        with pytest.raises(Mismatch, match="^changes its input, which must stay as it was$"), unchanged(x):
            change(x)

    def test_sees_one_more_gradient(self):
        x = torch.ones(2, requires_grad=True)
        x.sum().backward()
        with pytest.raises(Mismatch), unchanged(x):
            x.sum().backward()

    @pytest.mark.parametrize(
        "change",
        [
            lambda items: items.append(1),
            lambda items: items.reverse(),
            lambda items: items[1].mul_(2),
            lambda items: items.__setitem__(0, torch.ones(2).double()),
            lambda items: items.__setitem__(0, None),
        ],
    )
    def test_sees_changes_of_a_list(self, change):
        items = [torch.zeros(2), torch.ones(2)]
        with pytest.raises(Mismatch), unchanged(items):
            change(items)

    def test_names_the_input(self):
        x, y = torch.zeros(2), torch.zeros(2)
        with pytest.raises(Mismatch, match="^changes its 2nd input"), unchanged(x, y):
            y.add_(1)
        with pytest.raises(Mismatch, match="^changes its input `y`"), unchanged(x=x, y=y):
            y.add_(1)

    def test_a_wrong_value_comes_first(self):
        x = torch.zeros(2)
        with pytest.raises(Mismatch, match="is not right"), unchanged(x):
            x.add_(1)
            expect(1).to_match(2)


class Liar:
    """Says yes to everything, and that it is a float tensor of the right shape."""

    dtype, shape, device, layout, ndim = torch.float32, torch.Size([2]), torch.device("cpu"), torch.strided, 1
    __class__ = torch.Tensor  # type: ignore[assignment]

    def __eq__(self, other):
        return True

    def __hash__(self):
        return 0


class Fighter(torch.Tensor):
    @classmethod
    def __torch_function__(cls, *args, **kwargs):
        raise RuntimeError("no")


class FightingList(list):
    def __len__(self):
        raise RuntimeError("no")


class FightingStr(str):
    def __eq__(self, other):
        raise RuntimeError("no")

    __hash__ = str.__hash__


class YesStr(str):
    def __eq__(self, other):
        return True

    __hash__ = str.__hash__


@pytest.mark.parametrize("value, want", [(Liar(), torch.ones(2)), (FightingList([1]), [1]), (Liar(), 1)])
def test_objects_that_lie_or_fight_back(value, want):
    sentence(value, want)


def test_a_fighting_tensor_is_compared_by_its_data():
    fighter = torch.ones(2).as_subclass(Fighter)
    expect(fighter).to_match(torch.ones(2))
    sentence(fighter, torch.zeros(2))


def test_an_own_eq_neither_pays_nor_costs():
    expect(FightingStr("a")).to_match("a")
    sentence(YesStr("seven"), "three")


WANTS = [
    None,
    True,
    3,
    0.5,
    "three",
    (1, 2.0),
    [torch.ones(2)],
    {"a": 1},
    torch.ones(2, 3),
    torch.tensor(1),
    torch.tensor(0.5),
    torch.ones(0),
]
TENSORS = st.builds(
    lambda shape, dtype: torch.zeros(shape).to(dtype),
    st.lists(st.integers(0, 3), max_size=3),
    st.sampled_from(
        [torch.float32, torch.float64, torch.float16, torch.bool, torch.uint8, torch.int64, torch.complex64]
    ),
)
ODD = [
    np.ones(2),
    np.float32(1),
    object(),
    len,
    Opaque("module"),
    torch.ones(2, device="meta"),
    torch.ones(2).to_sparse(),
    {1, 2},
    b"x",
]
PLAIN = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.complex_numbers(),
    st.text(),
    TENSORS,
    st.sampled_from(WANTS),
)
LATE = st.builds(lambda: 10**6000)  # not sampled: it has no repr, and hypothesis shows what it samples from
LEAVES = st.one_of(PLAIN, LATE, st.sampled_from(ODD))
RUBBISH = st.recursive(
    LEAVES,
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.lists(inner, max_size=3).map(tuple),
        st.dictionaries(st.text(max_size=2), inner, max_size=2),
    ),
    max_leaves=6,
)


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(RUBBISH, st.sampled_from(WANTS), st.booleans())
def test_rubbish_is_a_mismatch_and_nothing_else(value, want, reveal):
    try:
        expect(value).to_match(want, reveal=reveal)
    except Mismatch as mismatch:
        assert str(mismatch) and "\n" not in str(mismatch)


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(RUBBISH)
def test_rubbish_satisfies_nothing_by_an_exception(value):
    with pytest.raises(Mismatch):
        expect(value).to_satisfy(lambda v: v.no_such_attribute, "is not it")


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.one_of(PLAIN, st.lists(PLAIN, max_size=3), st.dictionaries(st.text(max_size=2), PLAIN, max_size=2)))
def test_what_nobody_touches_is_unchanged(value):
    with unchanged(value):
        pass


class TestNeighbouringKinds:
    """A right value of a neighbouring kind fails as such; a wrong one, or one of a distant kind, fails as before."""

    NEIGHBOURS = [
        (0.5, torch.tensor(0.5)),
        (2, torch.tensor(2)),
        (True, torch.tensor(True)),
        (np.float32(0.5), torch.tensor(0.5)),
        (torch.tensor(6.0), 6.0),
        (np.float64(6.0), 6.0) if not isinstance(np.float64(6.0), float) else (np.float32(6.0), 6.0),
        (torch.tensor(6), 6),
        (torch.ones(3, dtype=torch.float64), torch.ones(3)),
        (torch.ones(3, dtype=torch.int32), torch.ones(3, dtype=torch.int64)),
        ([2, (1, 2)], (2, (1, 2))),
        ((2, [1, 2]), (2, (1, 2))),
        ({"loss": torch.tensor(1.0)}, {"loss": 1.0}),
    ]

    @pytest.mark.parametrize(("value", "want"), NEIGHBOURS)
    def test_a_right_value_of_a_neighbouring_kind(self, value, want):
        with pytest.raises(compare.KindMismatch, match="; the value itself is right"):
            expect(value).to_match(want)

    @pytest.mark.parametrize(
        ("value", "want"),
        [
            (0.6, torch.tensor(0.5)),
            (1.0, torch.tensor(True)),
            (True, torch.tensor(1.0)),
            (torch.tensor(1.0), True),
            (torch.tensor(1.0), 1),
            (2.5, torch.tensor(2)),
            (torch.ones(3, dtype=torch.float16), torch.ones(3)),
            (torch.ones(3), torch.ones(3, dtype=torch.int64)),
            (np.ones(3), torch.ones(3)),
            (torch.ones(1), torch.tensor(1.0)),
            ([2, (1, 3)], (2, (1, 2))),
            ([1.0], torch.ones(1)),
            (torch.tensor([1.0, 2.0], dtype=torch.float64), torch.tensor([1.0, 2.1])),
        ],
    )
    def test_anything_else_is_a_plain_mismatch(self, value, want):
        with pytest.raises(Mismatch) as caught:
            expect(value).to_match(want)
        assert type(caught.value) is Mismatch
