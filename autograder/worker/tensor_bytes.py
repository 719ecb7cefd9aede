"""Tensors and arrays as raw bytes: a dtype from an allow-list, a shape, and exactly the number of bytes for these two.

The grader decodes untrusted data, so every decoder raises `WireError` for anything that it does not expect.
"""

from __future__ import annotations

import math
import operator
from collections.abc import Sequence
from typing import Any

import numpy as np
import torch

from .frames import MAX_ITEMS, WireError

MAX_AXES = 16
_LONGEST_OF_NOTHING = 1 << 20
"""An axis of an empty tensor costs no bytes, but whoever walks along it time."""
MANY = 16
"""From this length on, a list of like tensors travels as one. Sent singly, 2,000 images would cost half a second."""

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


def as_bytes(tensor: torch.Tensor) -> torch.Tensor:
    """The values of a CPU tensor in row-major order, as a uint8 tensor with one axis."""
    plain = tensor.detach()
    if plain.layout is not torch.strided:
        plain = plain.to_dense()
    flat = plain.resolve_conj().resolve_neg().reshape(-1)
    if flat.stride() != (1,):
        # `contiguous()` would do nothing for an axis of size 1, whatever its stride, and `view` insists on 1
        flat = torch.empty_like(flat, memory_format=torch.contiguous_format).copy_(flat)
    return flat.view(torch.uint8)


def tensor_bytes(tensor: torch.Tensor) -> memoryview:
    """The same as a buffer."""
    return memoryview(as_bytes(tensor).numpy().data) if tensor.numel() else memoryview(b"")


_AS_WHOLE_NUMBERS = {1: torch.uint8, 2: torch.int16, 4: torch.int32, 8: torch.int64}


def same_bytes(a: torch.Tensor, b: torch.Tensor) -> bool:
    """Equal dtype, shape and bits; NaN equals itself."""
    if a.dtype != b.dtype or a.shape != b.shape:
        return False
    # as integers, because NaN differs from itself as a float
    whole = _AS_WHOLE_NUMBERS.get(a.itemsize)
    if (
        whole is not None
        and a.layout is b.layout is torch.strided
        and not a.is_complex()
        and not a.is_neg()
        and not b.is_neg()
    ):
        return torch.equal(a.detach().view(whole), b.detach().view(whole))
    return a.numel() == 0 or torch.equal(as_bytes(a), as_bytes(b))


_USED = bytearray()
"""In the place of a blob that has been read: thousands of values in one blob would cost thousands of looks at it."""


def _shape_of(node: dict[str, Any]) -> tuple[int, ...]:
    shape = node.get("shape")
    if (
        not isinstance(shape, list)
        or len(shape) > MAX_AXES
        or not all(type(n) is int and 0 <= n < 1 << 40 for n in shape)
    ):
        raise WireError("an invalid shape")
    if 0 in shape and max(shape) > _LONGEST_OF_NOTHING:
        raise WireError("a long axis of nothing")
    return tuple(shape)


def _blob_of(node: dict[str, Any], blobs: list[bytearray], nbytes: int) -> bytearray:
    index = node.get("b")
    if type(index) is not int or not 0 <= index < len(blobs):
        raise WireError("a blob that does not exist")
    blob = blobs[index]
    if blob is _USED:
        raise WireError("a blob that is used twice")
    if len(blob) != nbytes:
        raise WireError(f"a blob of {len(blob)} bytes, but its shape and dtype need {nbytes}")
    blobs[index] = _USED
    return blob


def decode_tensor(node: dict[str, Any], blobs: list[bytearray]) -> torch.Tensor:
    dtype = DTYPES.get(node.get("dtype") if isinstance(node.get("dtype"), str) else "")  # type: ignore[arg-type]
    if dtype is None:
        raise WireError("a dtype outside the allow-list")
    shape = _shape_of(node)
    blob = _blob_of(node, blobs, math.prod(shape) * dtype.itemsize)
    if not blob:
        return torch.empty(shape, dtype=dtype)
    if dtype is torch.bool and int(np.frombuffer(blob, np.uint8).max()) > 1:
        raise WireError("a bool that is neither 0 nor 1")
    # not a view of another tensor: the student's code may call `detach_()` or the like, which refuse views
    if dtype is not torch.bfloat16:  # NumPy has no bfloat16
        return torch.from_numpy(np.frombuffer(blob, _NUMPYS[dtype]).reshape(shape))
    return torch.empty(0, dtype=dtype).set_(torch.frombuffer(blob, dtype=dtype).untyped_storage()).resize_(shape)


_GRADIENT = operator.attrgetter("grad")
_ABOUT = operator.attrgetter("shape", "dtype", "layout", "is_cpu", "requires_grad")


def alike(values: Sequence[Any]) -> bool:
    """Whether these are distinct, plain, dense CPU tensors of one dtype and shape, without gradients or a graph."""
    if set(map(type, values)) != {torch.Tensor} or len(set(map(_ABOUT, values))) > 1:
        return False
    _, dtype, layout, on_cpu, requires_grad = _ABOUT(values[0])
    plain = on_cpu and not requires_grad and layout is torch.strided and dtype in DTYPES.values()
    return plain and set(map(_GRADIENT, values)) == {None} and len(set(map(id, values))) == len(values)


def decode_many(node: dict[str, Any], blobs: list[bytearray]) -> list[torch.Tensor]:
    stack = decode_tensor(node, blobs)
    if not stack.ndim or not stack.numel() or len(stack) > MAX_ITEMS:
        raise WireError("an invalid stack of tensors")
    # separate tensors, not views of the stack: see `decode_tensor`
    if stack.ndim > 1 and stack.dtype is not torch.bfloat16:
        return list(map(torch.from_numpy, stack.numpy()))  # a quarter of the time of the way below
    each, strides = stack[0].numel(), stack.stride()[1:]
    return [
        torch.empty(0, dtype=stack.dtype).set_(stack.untyped_storage(), number * each, stack.shape[1:], strides)
        for number in range(len(stack))
    ]


def decode_array(node: dict[str, Any], blobs: list[bytearray]) -> Any:
    name = node.get("dtype")
    if not isinstance(name, str) or name not in NUMPY_DTYPES:
        raise WireError("an array dtype outside the allow-list")
    dtype, shape = np.dtype(name), _shape_of(node)
    array = np.frombuffer(_blob_of(node, blobs, math.prod(shape) * dtype.itemsize), dtype=dtype).reshape(shape)
    return array[()] if node.get("scalar") is True else array
