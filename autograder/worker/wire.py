"""Values as JSON nodes plus raw bytes: the data-only format between grader and worker, carried in frames (`frames`).

Nothing executable is ever decoded. Both sides import this module; it needs the standard library, NumPy and torch. The
grader decodes untrusted data, so every decoder raises `WireError`, and nothing else, for anything that it does not
expect.
"""

from __future__ import annotations

import functools
import math
import pathlib
import types
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch

from .frames import MAX_ITEMS, WireError
from .nested import MAX_DEPTH
from .tensor_bytes import DTYPES, MANY, NUMPY_DTYPES, alike, decode_array, decode_many, decode_tensor, tensor_bytes

MAX_TEXT = 20_000
_AS_THEY_ARE = frozenset((bool, int, str, type(None)))
_KEYS = _AS_THEY_ARE | {float}
_NON_FINITE = {"nan": math.nan, "inf": math.inf, "-inf": -math.inf}


# ---------------------------------------------------------------- kinds of values


@dataclass(frozen=True)
class Kind:
    """A kind of value on the wire.

    `bases` are the classes whose values travel as this kind; `Encoder.other` handles values of all other classes.
    `readers` are the decoders that accept it; if empty, all do.
    """

    name: str
    bases: tuple[type, ...] = ()
    readers: tuple[str, ...] = ()


WORKER, REPLY, QUESTION, PLAIN = "worker", "reply", "question", "plain"
"""The readers: the worker reads calls, the grader reads replies and questions, both read plain data."""

KINDS: dict[str, Kind] = {
    kind.name: kind
    for kind in (
        Kind("tensor", (torch.Tensor,)),
        Kind("array", (np.ndarray, np.generic)),
        Kind("int", (int,)),  # a bare JSON number, never a node
        Kind("float", (float,)),  # bare too, except NaN and the infinities
        Kind("str", (str,)),  # bare
        Kind("list", (list,)),
        Kind("tuple", (tuple,)),
        Kind("dict", (dict,)),
        Kind("slice", (slice,)),
        Kind("dtype", (torch.dtype,)),
        Kind("path", (pathlib.PurePath,)),
        # rebuilt from a description: see `modules`
        Kind("layer", readers=(WORKER, REPLY)),
        Kind("sequential", readers=(WORKER, REPLY)),
        Kind("generator", readers=(WORKER, REPLY)),
        Kind("table", readers=(WORKER, REPLY)),
        # by name or number: what the other side already has
        Kind("ref", readers=(REPLY,)),  # a tensor that the grader sent
        Kind("object", readers=(WORKER, REPLY)),  # something that stays in the worker
        Kind("inner", readers=(QUESTION,)),  # something callable in the worker, for a function of the course
        Kind("global", readers=(WORKER,)),  # a function of the submission
        Kind("given", readers=(WORKER,)),  # a function of the course, as source
        Kind("file", readers=(WORKER,)),  # a file of the course, as bytes
        Kind("opaque", readers=(REPLY,)),  # what has no form on the wire
    )
}
_BARE = frozenset({"int", "str"})


# looked up by type, because isinstance with torch's classes runs Python code
@functools.lru_cache(maxsize=256)
def _kind(kind: type) -> str | None:
    """The kind of a type's values on the wire; None if they have no form. NumPy's float64 is a Python float."""
    return next((name for name, row in KINDS.items() if row.bases and issubclass(kind, row.bases)), None)


class Encoder:
    """Turns the values of one message into JSON nodes and blobs, with a method `write_KIND` for each kind with a class.

    The two sides treat tensors that both know, and objects without a form on the wire, differently. They override
    `write_tensor`, `many` and `other`.
    """

    max_items = MAX_ITEMS

    def __init__(self) -> None:
        self.blobs: list[memoryview] = []
        self._items = 0

    def encode(self, value: Any, depth: int = 0) -> Any:
        self._items += 1
        if depth > MAX_DEPTH or self._items > self.max_items:
            return {"k": "opaque", "type": "thing too deep or too long to send"}
        if value is None or value is True or value is False:
            return value
        kind = _kind(type(value))  # type: ignore[arg-type]  # types are hashable
        return self.other(value, depth) if kind is None else getattr(self, "write_" + kind)(value, depth)

    def blob(self, data: memoryview) -> int:
        self.blobs.append(data)
        return len(self.blobs) - 1

    def other(self, value: Any, depth: int) -> Any:
        return {"k": "opaque", "type": type(value).__name__[:80]}

    def write_tensor(self, value: torch.Tensor, depth: int) -> Any:
        return self.plain_tensor(value)

    def plain_tensor(self, value: torch.Tensor) -> dict[str, Any]:
        requires_grad, is_leaf = bool(value.requires_grad), bool(value.is_leaf)
        plain = value.detach()
        if plain.layout is not torch.strided:
            plain = plain.to_dense()
        # a lazy conjugate or negative is only a flag, which the raw bytes would not show
        plain = plain.as_subclass(torch.Tensor).cpu().resolve_conj().resolve_neg()
        name = str(plain.dtype).removeprefix("torch.")
        if name not in DTYPES:
            return {"k": "opaque", "type": "tensor of a dtype that can't be sent"}
        node = {"k": "tensor", "dtype": name, "shape": list(plain.shape), "b": self.blob(tensor_bytes(plain))}
        if requires_grad:
            node |= {"rg": True, "leaf": is_leaf}
        return node

    def many(self, values: Sequence[Any]) -> dict[str, Any] | None:
        """Like tensors as one node; None for anything else, which is sent item by item."""
        return Encoder.plain_tensor(self, torch.stack(list(values))) if alike(values) and values[0].numel() else None

    def write_array(self, value: Any, depth: int) -> Any:
        if value.dtype.name not in NUMPY_DTYPES:
            return self._without_numpy(value, depth)
        # in this machine's byte order: the name of a dtype does not tell, and files such as MNIST's have the other one
        array = np.ascontiguousarray(value, value.dtype.newbyteorder("="))
        data = memoryview(array.reshape(-1).view(np.uint8).data) if array.size else memoryview(b"")
        node = {"k": "array", "dtype": array.dtype.name, "shape": list(value.shape), "b": self.blob(data)}
        return {**node, "scalar": isinstance(value, np.generic)}

    def _without_numpy(self, value: Any, depth: int) -> Any:
        """A NumPy value whose dtype can't be sent, as its Python type: NumPy's str is also a Python str."""
        base = next((kind for kind in ("int", "float", "str") if isinstance(value, KINDS[kind].bases)), None)
        return self.other(value, depth) if base is None else getattr(self, "write_" + base)(value, depth)

    def write_int(self, value: int, depth: int) -> Any:
        number = int(value)
        return number if number.bit_length() < 4096 else {"k": "opaque", "type": "int too large to send"}

    def write_float(self, value: float, depth: int) -> Any:
        return float(value) if math.isfinite(value) else {"k": "float", "v": str(float(value))}

    def write_str(self, value: str, depth: int) -> Any:
        text = str(value)
        return text if len(text) <= MAX_TEXT else {"k": "opaque", "type": "str too long to send"}

    def write_list(self, value: Sequence[Any], depth: int) -> Any:
        kind = "list" if isinstance(value, list) else "tuple"
        if MANY <= len(value) <= self.max_items - self._items and type(value) in (list, tuple):
            node = self.many(value)
            if node is not None:
                self._items += len(value)
                return {"k": kind, "many": node}
        return {"k": kind, "v": [self.encode(item, depth + 1) for item in list(value)[: self.max_items + 1]]}

    write_tuple = write_list

    def write_dict(self, value: Mapping[Any, Any], depth: int) -> Any:
        return {
            "k": "dict",
            "v": [[self.encode(key, depth + 1), self.encode(item, depth + 1)] for key, item in value.items()],
        }

    def write_slice(self, value: slice, depth: int) -> Any:
        return {"k": "slice", "v": [self.encode(part, depth + 1) for part in (value.start, value.stop, value.step)]}

    def write_dtype(self, value: torch.dtype, depth: int) -> Any:
        return {"k": "dtype", "v": str(value).removeprefix("torch.")}

    def write_path(self, value: pathlib.PurePath, depth: int) -> Any:
        return {"k": "path", "v": str(value)[:4096]}


class Decoder:
    """Turns the JSON nodes and blobs of one message into values, with a method `read_KIND` for each of its kinds."""

    max_items = 2 * MAX_ITEMS
    max_odd_keys = 1_000
    """Keys of dicts that are neither text nor numbers of Python's: tuples and complex numbers can all have one and the
    same hash, and each is then compared with all before it.
    """
    reader = PLAIN
    _methods: Mapping[str, Callable[[Any, dict[str, Any], int], Any]] = {}

    def __init__(self, blobs: list[bytearray]) -> None:
        self.blobs = blobs
        self._items = self._odd_keys = 0

    def __init_subclass__(cls) -> None:
        cls._methods = _methods_of(cls)

    def decode(self, node: Any, depth: int = 0) -> Any:
        self._items += 1
        if depth > MAX_DEPTH + 1 or self._items > self.max_items:
            raise WireError("a value that is too deep or too long")
        if type(node) in _AS_THEY_ARE:
            return node
        if isinstance(node, float):
            if not math.isfinite(node):  # Python's JSON reads NaN and Infinity
                raise WireError("a bare number that is not finite")
            return node
        if not isinstance(node, dict) or not isinstance(node.get("k"), str):
            raise WireError("an invalid node")
        read = self._methods.get(node["k"])
        if read is None:
            raise WireError("an unknown kind of value")
        return read(self, node, depth)

    def read_tensor(self, node: dict[str, Any], depth: int) -> torch.Tensor:
        value = decode_tensor(node, self.blobs)
        return (
            value.requires_grad_()
            if node.get("rg") is True and (value.is_floating_point() or value.is_complex())
            else value
        )

    def many(self, node: dict[str, Any], depth: int) -> list[torch.Tensor]:
        return decode_many(node, self.blobs)

    def read_array(self, node: dict[str, Any], depth: int) -> Any:
        return decode_array(node, self.blobs)

    def read_float(self, node: dict[str, Any], depth: int) -> float:
        if not isinstance(node.get("v"), str) or node["v"] not in _NON_FINITE:
            raise WireError("an invalid float")
        return _NON_FINITE[node["v"]]

    def _items_of(self, node: dict[str, Any], depth: int) -> list[Any]:
        if isinstance(node.get("many"), dict):
            values: list[Any] = self.many(node["many"], depth + 1)
            self._items += len(values)
            return values
        return [self.decode(item, depth + 1) for item in _container(node)]

    def read_list(self, node: dict[str, Any], depth: int) -> list[Any]:
        return self._items_of(node, depth)

    def read_tuple(self, node: dict[str, Any], depth: int) -> tuple[Any, ...]:
        return tuple(self._items_of(node, depth))

    def read_slice(self, node: dict[str, Any], depth: int) -> slice:
        parts = self._items_of(node, depth)
        if len(parts) != 3:
            raise WireError("a slice without three parts")
        return slice(*parts)

    def read_dict(self, node: dict[str, Any], depth: int) -> dict[Any, Any]:
        result = {}
        for pair in _container(node):
            if not isinstance(pair, list) or len(pair) != 2:
                raise WireError("a dict item that is not a pair")
            key = self.decode(pair[0], depth + 1)
            if type(key) is int and key.bit_length() > 60:  # larger ones can be made to have one and the same hash
                raise WireError("a dict key that is too large")
            if type(key) not in _KEYS:
                self._odd_keys += 1
                if self._odd_keys > self.max_odd_keys:
                    raise WireError("too many keys that are neither text nor numbers")
            try:
                result[key] = self.decode(pair[1], depth + 1)
            except TypeError:
                raise WireError("a dict key that is not hashable") from None
        return result

    def read_dtype(self, node: dict[str, Any], depth: int) -> torch.dtype:
        if not isinstance(node.get("v"), str) or node["v"] not in DTYPES:
            raise WireError("a dtype outside the allow-list")
        return DTYPES[node["v"]]

    def read_path(self, node: dict[str, Any], depth: int) -> pathlib.Path:
        if not isinstance(node.get("v"), str):
            raise WireError("a path that is not text")
        return pathlib.Path(node["v"])


def _methods_of(decoder: type[Decoder]) -> dict[str, Callable[[Any, dict[str, Any], int], Any]]:
    """The methods for the kinds that a decoder reads. A kind without a method is an error at import."""
    taken = [kind.name for kind in KINDS.values() if not kind.readers or decoder.reader in kind.readers]
    return {name: getattr(decoder, "read_" + name) for name in taken if name not in _BARE}


Decoder._methods = _methods_of(Decoder)


def _container(node: dict[str, Any]) -> list[Any]:
    value = node.get("v")
    if not isinstance(value, list):
        raise WireError("a container without a list of items")
    return value


def materialise(value: Any) -> Any:
    """An iterator or a generator as the list of its items; anything else unchanged.

    A generator has no form on the wire, and what it does when it is consumed is part of what the student's function
    does.
    """
    if isinstance(value, (types.GeneratorType, Iterator)):
        items = []
        for item in value:
            items.append(item)
            if len(items) > MAX_ITEMS:  # more can't be sent, and a generator may be endless
                break
        return items
    return value
