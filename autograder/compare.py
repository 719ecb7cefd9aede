"""What graders assert about values: `expect(value).to_match(want)`, `unchanged(x)`.

A student's value can be anything, so nothing here trusts it: the only exception that comes out is `Mismatch`. A wanted
value that can't be compared is the grader's fault and raises TypeError.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, NoReturn

import torch
from torch import Tensor

from . import kinds, snapshots, told_sizes
from .errors import AutograderError
from .snapshots import plain as _plain
from .worker import nested

# (rtol, atol). Floats may be summed in another order, image by image, or by a matrix product, so the last digits of a
# right answer differ: a float32 running sum over 10,000 images is off by some 1e-5 of its value. The mistakes that
# matter are far larger (dividing by 256 instead of 255 is 4e-3). Whole numbers and bools have no rounding errors and
# must be equal.
_TOLERANCE: dict[torch.dtype, tuple[float, float]] = {
    torch.float64: (1e-7, 1e-9),
    torch.complex128: (1e-7, 1e-9),
    torch.float16: (1e-2, 1e-3),
    torch.bfloat16: (2e-2, 1e-3),
}
# The absolute part is for sums that nearly cancel, such as 784 products of size 1. Python floats use it too, because
# most of them come from `.item()`.
_FLOAT32_TOLERANCE = (1e-4, 1e-5)

_NO_RETURN = "returns None: is a `return` missing?"
_STRANGE = "returns something that can't be compared with the expected value"


_KIND_BITS, _DTYPE_BITS = 7.0, 4.0

__all__ = ["Remote", "expect", "unchanged"]


class Mismatch(AssertionError):
    """A value is not the expected one; `str()` is one sentence that a student reads. `bits`: how much of a call's
    hidden arguments the sentence can tell at most, since the answer can choose what is wrong.
    """

    def __init__(self, sentence: str, bits: float = 1.0) -> None:
        super().__init__(sentence)
        self.bits = bits


class KindMismatch(Mismatch):
    """A value is right, but of a neighbouring kind (`kinds`)."""


class Opaque:
    """Stands for a value that is not data and was not sent (a module, a generator, a data frame); equals nothing."""

    def __init__(self, type_name: str) -> None:
        self.type_name = type_name

    def __repr__(self) -> str:
        return f"Opaque({self.type_name!r})"


class Remote(Opaque):
    """Stands for an object that stays in the student's process, where its methods can be called."""


class Expectation:
    """The result of `expect(value)`: the value, and what can be asserted about it."""

    def __init__(self, value: Any) -> None:
        self._value = value

    def to_match(
        self, want: Any, *, rtol: float | None = None, atol: float | None = None, reveal: bool = False
    ) -> None:
        """Compare with `want`: type, dtype, shape, device, then values; raise Mismatch for the first difference.

        `want` is a Tensor, bool, int, float, str, None, or a tuple, list or dict of these (TypeError otherwise). Shapes
        must be equal: one that merely broadcasts is wrong. NaN matches only NaN at the same place, inf only the same
        inf. An int matches a float of the same value (Python itself hardly tells them apart), but a bool is never a
        number, a float never an int, a 0-dimensional tensor never a Python number. Subclasses count: `torch.Size` is a
        tuple, a `Parameter` a Tensor. `requires_grad` is not compared. `rtol` and `atol` replace the dtype's default
        tolerance. The sentence never shows the wanted values unless `reveal` is set, which is for examples that the
        student can read anyway.
        """
        _check_wanted(want)
        try:
            _Comparison(rtol, atol, reveal).compare(self._value, want, "")
        except Mismatch as mismatch:
            if self._is_right_in_another_kind(want, rtol, atol):
                raise KindMismatch(f"{mismatch}; the value itself is right", mismatch.bits) from None
            raise
        except Exception:  # a value that fights back: a tensor subclass that raises, a lazy list, ...
            raise Mismatch(_STRANGE) from None

    def _is_right_in_another_kind(self, want: Any, rtol: float | None, atol: float | None) -> bool:
        try:
            converted = kinds.as_wanted(self._value, want)
            if converted is not self._value:
                _Comparison(rtol, atol, False).compare(converted, want, "")
                return True
        except Exception:
            return False
        return False

    def to_satisfy(self, predicate: Callable[[Any], Any], sentence: str) -> None:
        """Raise Mismatch with `sentence` unless `predicate(value)` is true.

        Where the predicate raises, the value is not what the sentence speaks of, and the sentence could be false: then
        only the kind of the value is told. Faults of a student's code that the predicate calls are passed on.
        """
        broken = False
        try:
            if predicate(self._value):
                return
        except (Mismatch, AutograderError):
            raise
        except Exception:
            broken = True
        if self._value is None:
            raise Mismatch(_NO_RETURN)
        if broken:
            raise Mismatch(f"can't be checked: the value is {_description_of(self._value)}", _KIND_BITS + 4)
        if issubclass(type(self._value), Opaque):
            raise Mismatch(f"returns {_kind_of(self._value)}: {sentence}", _KIND_BITS)
        raise Mismatch(sentence)


def expect(value: Any) -> Expectation:
    """Start an assertion about a student's value, which may be anything."""
    return Expectation(value)


@contextmanager
def unchanged(*inputs: Any, **named_inputs: Any) -> Iterator[None]:
    """Raise Mismatch on exit if an input has changed by a single bit since entry.

    Inputs are tensors (values, dtype, shape, `requires_grad` and `.grad` count), plain values, or tuples, lists and
    dicts of these. If the block itself raises, that exception is passed on: a wrong value is reported before a
    changed input.
    """
    labels = [_ordinal(i, len(inputs)) for i in range(len(inputs))] + [f"its input `{name}`" for name in named_inputs]
    values = [*inputs, *named_inputs.values()]
    before = [snapshots.take(value) for value in values]
    with snapshots.watching(values):
        yield
    for label, value, old in zip(labels, values, before, strict=True):
        try:
            same = snapshots.same(old, snapshots.take(value))
        except Exception:
            same = False
        if not same:
            raise Mismatch(f"changes {label}, which must stay as it was")


class _Comparison:
    """Compares a value with the wanted one; `place` is "" at the top level and like "[1]['loss']" inside."""

    def __init__(self, rtol: float | None, atol: float | None, reveal: bool) -> None:
        self.rtol, self.atol, self.reveal = rtol, atol, reveal

    def compare(self, value: Any, want: Any, place: str) -> None:
        if value is None and want is not None and not place:
            raise Mismatch(_NO_RETURN)
        if not _is_kind(value, want):
            # names are a grader's own: it may compare a gradient, or what a call has changed, beside what was returned
            returned = "" if place.startswith("['") else " of what it returns"
            what = f"item {place}{returned} is" if place else "returns"
            raise Mismatch(f"{what} {_kind_of(value)}, not {_kind_of(want)}", _KIND_BITS + told_sizes.place_bits(place))
        if isinstance(want, Tensor):
            self._tensor(_plain(value), _plain(want), place)
        elif isinstance(want, dict):
            self._dict(value, want, place)
        elif isinstance(want, (tuple, list)):
            self._sequence(value, want, place)
        elif not self._same_number(value, want):
            self._wrong_value(value, want, place)

    def _tensor(self, value: Tensor, want: Tensor, place: str) -> None:
        if value.dtype != want.dtype:
            dtypes = f"{value.dtype}, not {want.dtype}"
            raise Mismatch(f"{_its('dtype', place)} is {dtypes}", _DTYPE_BITS + told_sizes.place_bits(place))
        if value.shape != want.shape:
            scalar = ", a scalar" if want.ndim == 0 else ""
            told, bits = told_sizes.told(value.shape, want.shape)
            shape = f"({', '.join(told)}{',' * (len(told) == 1)})"
            sentence = f"{_its('shape', place)} is {shape}, not {tuple(want.shape)}{scalar}"
            raise Mismatch(sentence, bits + told_sizes.place_bits(place))
        if value.device != want.device:
            raise Mismatch(f"{_its('device', place)} is {value.device}, not {want.device}")
        if torch.equal(value, want):  # true of most right answers, and takes a tenth of the time
            return
        wrong = self._wrong_elements(value, want)
        n_wrong = int(wrong.sum())
        if n_wrong == 0:
            return
        if value.numel() == 1:
            self._wrong_value(value.item(), want.item(), place)
        first = tuple(torch.nonzero(wrong)[0].tolist())
        shown = self._shown(value[first].item(), want[first].item())
        one = f"is not right: the one at {list(first)}{shown.removeprefix(',')}"
        says = one if n_wrong == 1 else f"are not right: the first, at {list(first)}{shown}"
        sentence = f"{n_wrong} of {value.numel()} values{f' of item {place}' if place else ''} {says}"
        raise Mismatch(sentence, 2 * math.log2(value.numel() + 1) + told_sizes.place_bits(place))

    def _shown(self, value: Any, want: Any) -> str:
        """Both values if they may be revealed. Otherwise only inf or nan: a number could be a piece of the hidden
        inputs.
        """
        if self.reveal:
            return f", is {_show(value)}, not {_show(want)}"
        if isinstance(value, float) and not math.isfinite(value):
            return f", is {value}"
        return ""

    def _wrong_elements(self, value: Tensor, want: Tensor) -> Tensor:
        if not (want.is_floating_point() or want.is_complex()):
            return value != want
        rtol, atol = self._tolerance(want.dtype)
        if want.dtype in (torch.float16, torch.bfloat16):  # in half precision the tolerance would be rounded away
            value, want = value.float(), want.float()
        return ~torch.isclose(value, want, rtol=rtol, atol=atol, equal_nan=True)

    def _tolerance(self, dtype: torch.dtype) -> tuple[float, float]:
        rtol, atol = _TOLERANCE.get(dtype, _FLOAT32_TOLERANCE)
        return (rtol if self.rtol is None else self.rtol, atol if self.atol is None else self.atol)

    def _same_number(self, value: Any, want: Any) -> bool:
        # The base class's own operators: a subclass may have an `__eq__` that always returns True.
        if not isinstance(want, float):
            base = str if isinstance(want, str) else int
            return want is None or base.__eq__(value, want) is True
        try:
            value = float.__float__(value) if isinstance(value, float) else int.__float__(value)
        except OverflowError:
            return False  # an int too large for any float
        if math.isnan(value) or math.isnan(want):
            return math.isnan(value) and math.isnan(want)
        if math.isinf(value) or math.isinf(want):
            return bool(value == want)
        rtol, atol = self._tolerance(torch.float32)
        return bool(abs(value - want) <= atol + rtol * abs(want))

    def _sequence(self, value: Any, want: Any, place: str) -> None:
        if len(value) != len(want):
            told, bits = told_sizes.told([len(value)], [len(want)])
            raise Mismatch(
                f"{_its('length', place)} is {told[0]}, not {len(want)}", bits + told_sizes.place_bits(place)
            )
        for i, (item, wanted) in enumerate(zip(value, want, strict=True)):
            self.compare(item, wanted, f"{place}[{i}]")

    def _dict(self, value: Any, want: dict[Any, Any], place: str) -> None:
        for key in want:
            if key not in value:
                missing = f" {_show(key)}" if self.reveal else ""
                raise Mismatch(f"{_its('keys', place)} lack one that is expected{missing}")
        for key in value:
            if key not in want:
                raise Mismatch(
                    f"{_its('keys', place)} include {_show(key) if self.reveal else 'one'} that is not expected"
                )
        for key, wanted in want.items():
            self.compare(value[key], wanted, f"{place}[{_show(key)}]")

    def _wrong_value(self, value: Any, want: Any, place: str) -> NoReturn:
        shown = self._shown(value, want)
        raise Mismatch(
            _its("value", place)
            + (shown[1:] if self.reveal else f"{shown[1:]}, which is not right" if shown else " is not right"),
            2.0 + told_sizes.place_bits(place),
        )


def _check_wanted(want: Any) -> None:
    for leaf in nested.leaves(want):
        if not (leaf is None or isinstance(leaf, (Tensor, bool, int, float, str))):
            raise TypeError(f"the grader asks for a {type(leaf).__name__}, which `to_match` can't compare")


def _is_kind(value: Any, want: Any) -> bool:
    # type(), not isinstance(): an object may lie about its __class__
    kind = type(value)
    if want is None:
        return value is None
    if isinstance(want, Tensor):
        return issubclass(kind, Tensor) and _plain(value).layout == want.layout
    if isinstance(want, bool):
        return kind is bool
    if isinstance(want, int):
        return issubclass(kind, int) and kind is not bool
    if isinstance(want, float):
        return issubclass(kind, (int, float)) and kind is not bool
    return any(isinstance(want, base) and issubclass(kind, base) for base in (str, tuple, list, dict))


def _kind_of(value: Any) -> str:
    """A noun with its article, from the type alone: no code of the value runs."""
    if value is None:
        return "None"
    kind = type(value)
    if issubclass(kind, Tensor):
        layout = _plain(value).layout
        return "a tensor" if layout == torch.strided else f"a tensor of layout {layout}"
    if issubclass(kind, Opaque):
        name = " ".join(str(value.type_name).split())[:60] or "thing"
    elif kind.__module__ == "numpy":
        name = "numpy.ndarray" if kind.__name__ == "ndarray" else f"NumPy {kind.__name__}"
    else:
        name = {"str": "string", "Size": "tuple"}.get(kind.__name__, kind.__name__)[:60]
    if name in ("numpy.ndarray", "ndarray"):
        name = "NumPy array"
    return f"{'an' if name[0] in 'aeioAEIO' else 'a'} {name}"


def _description_of(value: Any) -> str:
    """`_kind_of`, with the dtype and the number of axes of a tensor: no number that a student's code could choose."""
    if not issubclass(type(value), Tensor):
        return _kind_of(value)
    plain = _plain(value)
    axes = {0: "scalar tensor", 1: "tensor with 1 axis"}.get(plain.ndim, f"tensor with {plain.ndim} axes")
    dtype = str(plain.dtype).removeprefix("torch.")
    return f"{'an' if dtype[0] == 'i' else 'a'} {dtype} {axes}"


def _its(what: str, place: str) -> str:
    return f"the {what} of item {place}" if place else f"its {what}"


def _show(value: Any) -> str:
    """A short text for a number or a string; never raises (an int of 5,000 digits has no `repr`)."""
    try:
        text = f"{value:.7g}" if isinstance(value, float) else repr(value)
    except Exception:
        return "something that can't be shown"
    return text if len(text) <= 60 else text[:57] + "..."


def _ordinal(index: int, count: int) -> str:
    if count == 1:
        return "its input"
    return f"its {('1st', '2nd', '3rd')[index] if index < 3 else f'{index + 1}th'} input"
