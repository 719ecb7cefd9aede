"""Frames and values: what goes over comes back, and whatever a stranger writes is a value or a WireError."""

import importlib.util
import json
import math
import os
import pathlib
import struct

import hypothesis
import numpy as np
import pytest
import torch
from hypothesis import strategies as st

from autograder.compare import unchanged
from autograder.worker import frames, modules, wire
from autograder.worker.tensor_bytes import DTYPES, same_bytes

NAMES = sorted(DTYPES)


def there_and_back(value):
    encoder = wire.Encoder()
    node = json.loads(json.dumps(encoder.encode(value)))
    return wire.Decoder([bytearray(blob) for blob in encoder.blobs]).decode(node)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("shape", [(), (0,), (3,), (2, 0, 4), (2, 3, 4)])
def test_tensors_come_back_bit_for_bit(name, shape):
    value = torch.randn(shape, generator=torch.Generator().manual_seed(1)).to(DTYPES[name])
    back = there_and_back(value)
    assert back.dtype == value.dtype and same_bytes(back, value)


@pytest.mark.parametrize(
    "make", [lambda x: x.T, lambda x: x[:, ::2], lambda x: x.expand(2, 4, 6)[1], lambda x: x.to_sparse()]
)
def test_views_and_sparse_tensors_come_back_dense(make):
    x = make(torch.arange(24.0).reshape(4, 6))
    assert torch.equal(there_and_back(x), x.to_dense() if x.layout is not torch.strided else x)


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(st.characters(codec="utf-8")),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.tuples(inner, inner)
        | st.dictionaries(st.text("abc", max_size=3), inner, max_size=3)
    ),
    max_leaves=20,
)


@hypothesis.given(VALUES)
def test_plain_values_come_back_equal_and_of_their_type(value):
    back = there_and_back(value)
    assert back == value and repr(back) == repr(value)


def test_numbers_that_json_has_not():
    assert math.isnan(there_and_back(math.nan)) and there_and_back([math.inf, -math.inf]) == [math.inf, -math.inf]
    assert there_and_back(np.float32(0.5)).dtype == np.float32
    assert there_and_back(slice(1, None, 2)) == slice(1, None, 2)


def test_what_has_no_form_is_named_and_not_sent():
    encoder = wire.Encoder()
    assert encoder.encode(object()) == {"k": "opaque", "type": "object"}
    loop = []
    loop.append(loop)
    assert "too deep" in json.dumps(encoder.encode(loop))


NODES = st.recursive(
    st.none() | st.booleans() | st.integers(-5, 10**20) | st.floats() | st.text(max_size=4) | st.sampled_from(NAMES),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.sampled_from(["k", "v", "dtype", "shape", "b", "rg", "n", "h", "type"]), inner, max_size=6)
        | st.fixed_dictionaries(
            {
                "k": st.sampled_from(
                    ["tensor", "array", "list", "tuple", "dict", "slice", "float", "dtype", "path", "layer", "table"]
                )
            },
            optional={
                "v": inner,
                "dtype": st.sampled_from(NAMES),
                "shape": st.lists(st.integers(-1, 5), max_size=3),
                "b": st.integers(-1, 2),
            },
        )
    ),
    max_leaves=30,
)


@hypothesis.settings(max_examples=600, deadline=None)
@hypothesis.given(NODES, st.lists(st.binary(max_size=40), max_size=2))
def test_any_node_is_a_value_or_a_wire_error(node, blobs):
    try:
        wire.Decoder([bytearray(blob) for blob in blobs]).decode(node)
    except frames.WireError:
        pass


@hypothesis.settings(max_examples=300, deadline=None)
@hypothesis.given(
    st.binary(max_size=200) | st.binary(max_size=60).map(lambda body: struct.pack(">I", len(body)) + body)
)
def test_any_bytes_are_a_frame_or_a_wire_error(data):
    reading, writing = os.pipe()
    os.write(writing, data)
    os.close(writing)
    try:
        frames.read_frame(reading, max_bytes=1000)
    except frames.WireError:
        pass
    finally:
        os.close(reading)


@pytest.mark.parametrize(
    "node",
    [
        {"k": "tensor", "dtype": "float32", "shape": [2], "b": 0},  # 8 bytes asked for, 4 there
        {"k": "tensor", "dtype": "float32", "shape": [1 << 39, 1 << 39], "b": 0},
        {"k": "tensor", "dtype": "object", "shape": [1], "b": 0},
        {"k": "tensor", "dtype": "bool", "shape": [4], "b": 0},  # bytes that are neither 0 nor 1
        {"k": "array", "dtype": "O", "shape": [1], "b": 0},
        {"k": "object", "h": 1},
        {"k": "pickle", "v": "gASVAAAAAA=="},
        {"k": "list", "many": {"dtype": "uint8", "shape": [5], "b": 0}},  # 5 bytes asked for, 4 there
        {"k": "list", "many": {"dtype": "uint8", "shape": [], "b": 0}},
        {"k": "list", "many": {"dtype": "uint8", "shape": [1 << 39, 0], "b": 0}},
        {"k": "slice", "many": {"dtype": "uint8", "shape": [4], "b": 0}},
    ],
)
def test_lies_about_size_and_kind_are_refused(node):
    with pytest.raises(frames.WireError):
        wire.Decoder([bytearray(b"\x07\x07\x07\x07")]).decode(node)


@pytest.mark.parametrize("dtype", [torch.uint8, torch.bool, torch.float32, torch.complex64])
@pytest.mark.parametrize("kind", [list, tuple])
def test_a_list_of_tensors_alike_goes_as_one_blob_and_comes_back_as_tensors_of_their_own(dtype, kind):
    images = kind((10 * torch.rand(100, 3, 4)).to(dtype).unbind())
    encoder = wire.Encoder()
    node = encoder.encode(images)
    assert len(encoder.blobs) == 1
    back = wire.Decoder([bytearray(blob) for blob in encoder.blobs]).decode(json.loads(json.dumps(node)))
    assert type(back) is kind and all(same_bytes(a, b) for a, b in zip(images, back, strict=True))
    assert not any(tensor._is_view() for tensor in back)
    back[7].zero_()
    assert same_bytes(back[6], images[6]) and same_bytes(back[8], images[8])


@pytest.mark.parametrize(
    "other",
    [
        torch.zeros(2, 2),
        torch.zeros(3, dtype=torch.float64),
        torch.zeros(3, requires_grad=True),
        torch.nn.Parameter(torch.zeros(3)),
        torch.zeros(3).to_sparse(),
        0.0,
    ],
)
def test_a_list_of_tensors_that_differ_in_anything_goes_one_by_one(other):
    encoder = wire.Encoder()
    values = [*torch.ones(50, 3).unbind(), other]
    assert "many" not in encoder.encode(values)
    twice = list(torch.ones(20, 3).unbind())
    assert "many" in encoder.encode(twice) and "many" not in encoder.encode([*twice, twice[0]])


@pytest.mark.parametrize("dtype", sorted(map(str, DTYPES.values())))
def test_same_bytes_tells_bits_apart(dtype):
    dtype = getattr(torch, dtype.removeprefix("torch."))
    a = torch.tensor([0, 1, 1]).to(dtype)
    assert same_bytes(a, a.clone()) and not same_bytes(a, a.flip(0)) and not same_bytes(a, a[:2])
    assert same_bytes(a.expand(4, 3), a.repeat(4, 1)) and same_bytes(a[:0], a[:0].clone())
    if dtype.is_floating_point or dtype.is_complex:
        nan = torch.tensor([float("nan")]).to(dtype)
        assert same_bytes(nan, nan.clone()) and not same_bytes(a[:1], -a[:1])


GRID = torch.arange(6.0).reshape(2, 3)
COMPLEX = torch.complex(GRID, GRID + 1)
ARRAY = np.arange(6.0).reshape(2, 3)
STRANGE_STRIDES = {
    "a column of one row": GRID[:1, 0],
    "argsort of one image": torch.argsort(GRID[:1], dim=1, stable=True)[:, 0],
    "bfloat16": GRID.to(torch.bfloat16)[:1, 1],
    "bool": (GRID > 2)[:1, 1],
    "complex": COMPLEX[:1, 1],
    "one by one": torch.as_strided(GRID, (1, 1), (5, 7)),
    "nothing": torch.as_strided(GRID, (0, 3), (5, 7)),
    "no columns": GRID[:, :0],
    "expanded": torch.ones(1).expand(3, 4),
    "transposed": GRID.T,
    "real parts": COMPLEX.real[:1, 0],
    "conjugate": COMPLEX.conj(),
    "conjugate of one": COMPLEX.conj()[:1, 0],
    "negated": COMPLEX.conj().imag,
    "negated of one": COMPLEX.conj().imag[:1, 1],
    "sparse": GRID.to_sparse(),
    "channels last": torch.rand(1, 3, 2, 2).to(memory_format=torch.channels_last),
}
STRANGE_ARRAYS = {
    "a column of one row": ARRAY[:1, 0],
    "backwards": ARRAY[::-1, ::-1],
    "one backwards": ARRAY[:1, :1][::-1, ::-1],
    "none backwards": ARRAY[:0][::-1],
    "transposed": ARRAY.T,
    "broadcast": np.broadcast_to(ARRAY[0], (4, 3)),
    "big endian": ARRAY.astype(">f4"),
    "big endian, one": ARRAY.astype(">i8")[:1, 1],
    "big endian scalar": ARRAY.astype(">i4")[1, 1],
    "a field": np.ones(3, [("a", "f4"), ("b", "i1")])["a"],
    "read only": np.frombuffer(bytes(8)),
}


@pytest.mark.parametrize("what", STRANGE_STRIDES)
def test_tensors_of_any_layout_arrive(what):
    tensor = STRANGE_STRIDES[what]
    plain = (tensor.to_dense() if tensor.layout is not torch.strided else tensor).resolve_conj().resolve_neg()
    encoder = wire.Encoder()
    node = json.loads(json.dumps(encoder.encode([tensor, *[tensor.clone() for _ in range(20)]])))
    back = wire.Decoder([bytearray(blob) for blob in encoder.blobs]).decode(node)[0]
    assert back.dtype is tensor.dtype and back.shape == tensor.shape and torch.equal(back, plain)
    assert same_bytes(tensor, tensor.clone()) and same_bytes(tensor, plain) and same_bytes(plain, tensor)
    with unchanged(tensor):
        pass
    if tensor.numel():
        assert not same_bytes(tensor, ~plain if plain.dtype is torch.bool else plain + 1)


@pytest.mark.parametrize("what", STRANGE_ARRAYS)
def test_arrays_of_any_layout_arrive(what):
    array, encoder = STRANGE_ARRAYS[what], wire.Encoder()
    node = json.loads(json.dumps(encoder.encode(array)))
    back = wire.Decoder([bytearray(blob) for blob in encoder.blobs]).decode(node)
    assert back.shape == array.shape and back.dtype == array.dtype.newbyteorder("=") and np.array_equal(back, array)


def test_a_frame_larger_than_allowed_is_refused_before_it_is_read():
    reading, writing = os.pipe()
    header = json.dumps({"blobs": [1 << 40]}).encode()
    os.write(writing, struct.pack(">I", len(header)) + header)
    with pytest.raises(frames.WireError, match="more than"):
        frames.read_frame(reading, max_bytes=1 << 20)
    os.close(reading), os.close(writing)


def test_modules_by_description():
    net = torch.nn.Sequential(torch.nn.Linear(3, 2, bias=False), torch.nn.ReLU(), torch.nn.Linear(2, 1))
    kind, data = modules.describe(net)
    layers = [modules.rebuild(*modules.describe(layer)) for layer in data[0]]
    back = modules.rebuild(kind, [layers, data[1]])
    x = torch.rand(4, 3)
    assert torch.equal(back(x), net(x)) and str(back) == str(net)


@pytest.mark.parametrize(
    "data",
    [
        ["Linear", {"in_features": 3, "out_features": 2}, {"weight": torch.ones(9, 9)}, True],
        ["Linear", {"in_features": 3}, {}, True],
        ["Bilinear", {}, {}, True],
        ["Linear", {"in_features": 1 << 40, "out_features": 1}, {}, True],
        ["Linear", {"in_features": 3, "out_features": 2}, {"forward": torch.ones(2)}, True],
        "Linear",
    ],
)
def test_modules_that_are_not_in_the_list_are_refused(data):
    with pytest.raises(ValueError):
        modules.rebuild("layer", data)


FUZZ = pathlib.Path(__file__).parents[2] / "fuzz"


@pytest.fixture(scope="module")
def one_input():
    spec = importlib.util.spec_from_file_location("fuzz_wire", FUZZ / "fuzz_wire.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.one_input


class TestFuzzed:
    """What coverage-guided fuzzing has found worth keeping, and mutations of it; tests/fuzz/fuzz_wire.py is the fuzzer itself."""

    SEEDS = [path.read_bytes() for path in sorted((FUZZ / "corpus").iterdir())]

    def test_the_corpus_is_read(self, one_input):
        assert len(self.SEEDS) >= 12
        for data in self.SEEDS:
            one_input(data)

    @hypothesis.settings(max_examples=500, deadline=None)
    @hypothesis.given(st.data())
    def test_mutations_of_it_are_values_or_refused(self, one_input, data):
        changed = bytearray(data.draw(st.sampled_from(self.SEEDS)))
        for _ in range(data.draw(st.integers(1, 4))):
            if changed:
                place = data.draw(st.integers(0, len(changed) - 1))
                changed[place : place + data.draw(st.integers(0, 3))] = data.draw(st.binary(max_size=4))
        one_input(bytes(changed))

    @hypothesis.settings(max_examples=300, deadline=None)
    @hypothesis.given(
        st.recursive(
            st.none() | st.integers() | st.text(max_size=6) | st.floats(),
            lambda x: (
                st.lists(x, max_size=4)
                | st.dictionaries(
                    st.sampled_from(["k", "v", "n", "b", "h", "type", "dtype", "shape", "rg", "grad", "callable"]),
                    x
                    | st.sampled_from(
                        [
                            "tensor",
                            "array",
                            "list",
                            "dict",
                            "layer",
                            "table",
                            "generator",
                            "ref",
                            "object",
                            "inner",
                            "float32",
                        ]
                    ),
                    max_size=6,
                )
            ),
            max_leaves=20,
        )
    )
    def test_any_header_is_a_value_or_refused(self, one_input, value):
        text = json.dumps({"id": 1, "value": value, "blobs": [8]}).encode()
        one_input(struct.pack(">I", len(text)) + text + bytes(8))


AMPLIFIED = {
    "a blob that is used twice": {"k": "list", "v": [{"k": "tensor", "dtype": "bool", "shape": [8], "b": 0}] * 2},
    "a long axis of nothing": {"k": "tensor", "dtype": "float32", "shape": [0, 1 << 30], "b": 1},
    "a dict key that is too large": {"k": "dict", "v": [[(2**61 - 1) * 3, 0]]},
}


@pytest.mark.parametrize("what", AMPLIFIED)
def test_few_bytes_cost_little(what):
    """Values that are sent in a few bytes and would keep whoever reads them busy for minutes."""
    with pytest.raises(frames.WireError, match=what):
        wire.Decoder([bytearray(8), bytearray()]).decode(AMPLIFIED[what])


@pytest.mark.parametrize("make", [lambda number: (number, 0), lambda number: np.complex128(number)])
def test_keys_that_can_share_a_hash_are_few(make):
    """A dict of 20,000 keys with one hash takes seconds to make, and an answer may give one at every call."""
    assert len(there_and_back({make(number): 0 for number in range(1_000)})) == 1_000
    with pytest.raises(wire.WireError):
        there_and_back({make(number): 0 for number in range(1_001)})
    assert (
        len(there_and_back({str(number): 0 for number in range(5_000)} | {n + 0.5: 0 for n in range(4_000)})) == 9_000
    )
