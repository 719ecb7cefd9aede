"""Values as JSON nodes plus raw bytes: the data-only language between grader and worker, carried in frames (`frames`).

Nothing executable is ever decoded: a tensor is a dtype from an allow-list, a shape, and exactly the bytes that these two ask for.

Both sides import this module; it knows stdlib, numpy and torch. The grader decodes what a stranger wrote, so every decoder raises
`WireError` for whatever it does not expect, and nothing else.
"""

from __future__ import annotations

import functools
import math
import operator
import pathlib
import types
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import torch

from .frames import MAX_ITEMS, WireError

MAX_DEPTH = 24
MAX_TEXT = 20_000
MAX_AXES = 16
MANY = 16
"""From so many on, tensors of a list that are all alike go as one: a list of 2,000 images would cost half a second."""

DTYPES: dict[str, torch.dtype] = {
    str(dtype).removeprefix("torch."): dtype
    for dtype in (
        torch.bool, torch.uint8, torch.int8, torch.int16, torch.int32, torch.int64,
        torch.float16, torch.bfloat16, torch.float32, torch.float64, torch.complex64, torch.complex128,
    )
}  # fmt: skip
_NUMPYS = {dtype: np.dtype(name) for name, dtype in DTYPES.items() if dtype is not torch.bfloat16}
NUMPY_DTYPES = frozenset(
    ("bool", "uint8", "uint16", "uint32", "uint64", "int8", "int16", "int32", "int64")
    + ("float16", "float32", "float64", "complex64", "complex128")
)
_AS_THEY_ARE = frozenset((bool, int, str, type(None)))
_NON_FINITE = {"nan": math.nan, "inf": math.inf, "-inf": -math.inf}


# ---------------------------------------------------------------- tensors as bytes


def tensor_bytes(tensor: torch.Tensor) -> memoryview:
    """The values of a dense CPU tensor in row-major order, as bytes."""
    flat = tensor.detach().contiguous().reshape(-1)
    return memoryview(flat.view(torch.uint8).numpy().data) if flat.numel() else memoryview(b"")


_AS_WHOLE_NUMBERS = {1: torch.uint8, 2: torch.int16, 4: torch.int32, 8: torch.int64}


def same_bytes(a: torch.Tensor, b: torch.Tensor) -> bool:
    """Equal dtype, shape and bits; NaN equals itself."""
    if a.dtype != b.dtype or a.shape != b.shape:
        return False
    whole = _AS_WHOLE_NUMBERS.get(a.itemsize)
    if whole is not None and a.layout is b.layout is torch.strided and not a.is_complex() and not a.is_neg() and not b.is_neg():
        return torch.equal(a.detach().view(whole), b.detach().view(whole))
    return a.numel() == 0 or torch.equal(
        a.detach().contiguous().reshape(-1).view(torch.uint8), b.detach().contiguous().reshape(-1).view(torch.uint8)
    )


def _shape_of(node: dict[str, Any]) -> tuple[int, ...]:
    shape = node.get("shape")
    if not isinstance(shape, list) or len(shape) > MAX_AXES or not all(type(n) is int and 0 <= n < 1 << 40 for n in shape):
        raise WireError("a shape that is none")
    return tuple(shape)


def _blob_of(node: dict[str, Any], blobs: list[bytearray], nbytes: int) -> bytearray:
    index = node.get("b")
    if type(index) is not int or not 0 <= index < len(blobs):
        raise WireError("a blob that is not there")
    if len(blobs[index]) != nbytes:
        raise WireError(f"{len(blobs[index])} bytes where shape and dtype ask for {nbytes}")
    return blobs[index]


def _decode_tensor(node: dict[str, Any], blobs: list[bytearray]) -> torch.Tensor:
    dtype = DTYPES.get(node.get("dtype") if isinstance(node.get("dtype"), str) else "")  # type: ignore[arg-type]
    if dtype is None:
        raise WireError("a dtype outside the allow-list")
    shape = _shape_of(node)
    blob = _blob_of(node, blobs, math.prod(shape) * dtype.itemsize)
    if not blob:
        return torch.empty(shape, dtype=dtype)
    if dtype is torch.bool and max(blob) > 1:
        raise WireError("a bool that is neither 0 nor 1")
    # on the same bytes, but no view of another tensor: `detach_()` and other in-place methods of a student's refuse those
    if dtype is not torch.bfloat16:  # which NumPy does not have
        return torch.from_numpy(np.frombuffer(blob, _NUMPYS[dtype]).reshape(shape))
    return torch.empty(0, dtype=dtype).set_(torch.frombuffer(blob, dtype=dtype).untyped_storage()).resize_(shape)


_GRADIENT = operator.attrgetter("grad")
_ABOUT = operator.attrgetter("shape", "dtype", "layout", "is_cpu", "requires_grad")


def alike(values: Sequence[Any]) -> bool:
    """Whether these are plain dense tensors of the CPU, each another one, of one dtype and shape, with nothing of autograd about them."""
    if set(map(type, values)) != {torch.Tensor} or len(set(map(_ABOUT, values))) > 1:
        return False
    _, dtype, layout, on_cpu, requires_grad = _ABOUT(values[0])
    plain = on_cpu and not requires_grad and layout is torch.strided and dtype in DTYPES.values()
    return plain and set(map(_GRADIENT, values)) == {None} and len(set(map(id, values))) == len(values)


def _decode_many(node: dict[str, Any], blobs: list[bytearray]) -> list[torch.Tensor]:
    stack = _decode_tensor(node, blobs)
    if not stack.ndim or not stack.numel() or len(stack) > MAX_ITEMS:
        raise WireError("many tensors that are none")
    # no views of the stack, as above
    if stack.ndim > 1 and stack.dtype is not torch.bfloat16:
        return list(map(torch.from_numpy, stack.numpy()))  # a quarter of the time that the other way takes
    each, strides = stack[0].numel(), stack.stride()[1:]
    return [
        torch.empty(0, dtype=stack.dtype).set_(stack.untyped_storage(), number * each, stack.shape[1:], strides)
        for number in range(len(stack))
    ]


def _decode_array(node: dict[str, Any], blobs: list[bytearray]) -> Any:
    name = node.get("dtype")
    if not isinstance(name, str) or name not in NUMPY_DTYPES:
        raise WireError("an array dtype outside the allow-list")
    dtype, shape = np.dtype(name), _shape_of(node)
    array = np.frombuffer(_blob_of(node, blobs, math.prod(shape) * dtype.itemsize), dtype=dtype).reshape(shape)
    return array[()] if node.get("scalar") is True else array


# ---------------------------------------------------------------- values


_BASES = (
    torch.Tensor, np.ndarray, np.generic, int, float, str, list, tuple, dict, slice, torch.dtype, pathlib.PurePath,
)  # fmt: skip


@functools.lru_cache(maxsize=256)
def _base(kind: type) -> type | None:
    """The type as which values of a type travel; None where they have no form. NumPy's float64, for one, is also Python's float."""
    return next((base for base in _BASES if issubclass(kind, base)), None)


class Encoder:
    """Turns one message's values into JSON nodes and blobs.

    The two sides differ in what they do with tensors that both know and with objects that have no form on the wire; they say so by
    overriding `tensor` and `other`.
    """

    max_items = MAX_ITEMS

    def __init__(self) -> None:
        self.blobs: list[memoryview] = []
        self._items = 0

    def blob(self, data: memoryview) -> int:
        self.blobs.append(data)
        return len(self.blobs) - 1

    def other(self, value: Any, depth: int) -> Any:
        return {"k": "opaque", "type": type(value).__name__[:80]}

    def tensor(self, value: torch.Tensor) -> Any:
        return self.plain_tensor(value)

    def plain_tensor(self, value: torch.Tensor) -> dict[str, Any]:
        requires_grad, is_leaf = bool(value.requires_grad), bool(value.is_leaf)
        plain = value.detach()
        if plain.layout is not torch.strided:
            plain = plain.to_dense()
        plain = plain.as_subclass(torch.Tensor).cpu().resolve_conj().resolve_neg()
        name = str(plain.dtype).removeprefix("torch.")
        if name not in DTYPES:
            return {"k": "opaque", "type": f"tensor of dtype {name}"[:80]}
        node = {"k": "tensor", "dtype": name, "shape": list(plain.shape), "b": self.blob(tensor_bytes(plain))}
        if requires_grad:
            node |= {"rg": True, "leaf": is_leaf}
        return node

    def many(self, values: Sequence[Any]) -> dict[str, Any] | None:
        """Tensors that are alike, as one node; None for anything else, which goes item by item."""
        return Encoder.plain_tensor(self, torch.stack(list(values))) if alike(values) and values[0].numel() else None

    def encode(self, value: Any, depth: int = 0) -> Any:
        self._items += 1
        if depth > MAX_DEPTH or self._items > self.max_items:
            return {"k": "opaque", "type": f"{type(value).__name__[:60]} too deep or too long to send"}
        if value is None or value is True or value is False:
            return value
        base = _base(type(value))  # type: ignore[arg-type]  # types are hashable
        if base is torch.Tensor:
            return self.tensor(value)
        if base in (np.ndarray, np.generic) and value.dtype.name in NUMPY_DTYPES:
            array = np.ascontiguousarray(value)
            data = memoryview(array.reshape(-1).view(np.uint8).data) if array.size else memoryview(b"")
            return {"k": "array", "dtype": array.dtype.name, "shape": list(value.shape), "b": self.blob(data),
                    "scalar": base is np.generic}  # fmt: skip
        if base is int:
            number = int(value)
            return number if number.bit_length() < 4096 else {"k": "opaque", "type": "int too large to send"}
        if base is float:
            return float(value) if math.isfinite(value) else {"k": "float", "v": str(float(value))}
        if base is str:
            text = str(value)
            return text if len(text) <= MAX_TEXT else {"k": "opaque", "type": "str too long to send"}
        if base in (list, tuple):
            kind = base.__name__
            if MANY <= len(value) <= self.max_items - self._items and type(value) in (list, tuple):
                node = self.many(value)
                if node is not None:
                    self._items += len(value)
                    return {"k": kind, "many": node}
            return {"k": kind, "v": [self.encode(item, depth + 1) for item in list(value)[: self.max_items + 1]]}
        if base is dict:
            return {"k": "dict", "v": [[self.encode(key, depth + 1), self.encode(item, depth + 1)] for key, item in value.items()]}
        if base is slice:
            return {"k": "slice", "v": [self.encode(part, depth + 1) for part in (value.start, value.stop, value.step)]}
        if base is torch.dtype:
            return {"k": "dtype", "v": str(value).removeprefix("torch.")}
        if base is pathlib.PurePath:
            return {"k": "path", "v": str(value)[:4096]}
        return self.other(value, depth)


class Decoder:
    """Turns one message's JSON nodes and blobs into values; `kinds` of nodes beyond plain data are added by overriding `other`."""

    max_items = 2 * MAX_ITEMS

    def __init__(self, blobs: list[bytearray]) -> None:
        self.blobs = blobs
        self._items = 0

    def other(self, kind: str, node: dict[str, Any], depth: int) -> Any:
        raise WireError("a kind of value that does not exist")

    def tensor(self, node: dict[str, Any], depth: int) -> torch.Tensor:
        value = _decode_tensor(node, self.blobs)
        return value.requires_grad_() if node.get("rg") is True and (value.is_floating_point() or value.is_complex()) else value

    def many(self, node: dict[str, Any], depth: int) -> list[torch.Tensor]:
        return _decode_many(node, self.blobs)

    def items(self, node: dict[str, Any]) -> list[Any]:
        value = node.get("v")
        if not isinstance(value, list):
            raise WireError("a container without items")
        return value

    def decode(self, node: Any, depth: int = 0) -> Any:
        self._items += 1
        if depth > MAX_DEPTH + 1 or self._items > self.max_items:
            raise WireError("a value too deep or too long")
        if type(node) in _AS_THEY_ARE:
            return node
        if isinstance(node, float):
            if not math.isfinite(node):
                raise WireError("a bare number that is not finite")
            return node
        if not isinstance(node, dict) or not isinstance(node.get("k"), str):
            raise WireError("a node that is none")
        kind = node["k"]
        if kind == "tensor":
            return self.tensor(node, depth)
        if kind == "array":
            return _decode_array(node, self.blobs)
        if kind == "float":
            if not isinstance(node.get("v"), str) or node["v"] not in _NON_FINITE:
                raise WireError("a float that is none")
            return _NON_FINITE[node["v"]]
        if kind in ("list", "tuple", "slice"):
            if isinstance(node.get("many"), dict):
                values: list[Any] = self.many(node["many"], depth + 1)
                self._items += len(values)
            else:
                values = [self.decode(item, depth + 1) for item in self.items(node)]
            if kind == "slice":
                if len(values) != 3:
                    raise WireError("a slice without three parts")
                return slice(*values)
            return values if kind == "list" else tuple(values)
        if kind == "dict":
            return self._dict(node, depth)
        if kind == "dtype":
            if not isinstance(node.get("v"), str) or node["v"] not in DTYPES:
                raise WireError("a dtype outside the allow-list")
            return DTYPES[node["v"]]
        if kind == "path":
            if not isinstance(node.get("v"), str):
                raise WireError("a path that is no text")
            return pathlib.Path(node["v"])
        return self.other(kind, node, depth)

    def _dict(self, node: dict[str, Any], depth: int) -> dict[Any, Any]:
        result = {}
        for pair in self.items(node):
            if not isinstance(pair, list) or len(pair) != 2:
                raise WireError("a dict item that is no pair")
            key = self.decode(pair[0], depth + 1)
            try:
                result[key] = self.decode(pair[1], depth + 1)
            except TypeError:
                raise WireError("a dict key that can't be one") from None
        return result


def materialise(value: Any) -> Any:
    """An iterator or a generator as the list of what it yields; anything else as it is.

    A generator has no form on the wire, and what it does when it is walked over is part of what the student's function does.
    """
    if isinstance(value, (types.GeneratorType, Iterator)):
        items = []
        for item in value:
            items.append(item)
            if len(items) > MAX_ITEMS:
                break
        return items
    return value
