"""Recognise known mistakes by what a student's answer does."""

from __future__ import annotations

import hashlib
import pathlib
from dataclasses import dataclass
from typing import Any

import torch

from autograder.course.bank import BankEntry
from autograder.files import cache_folder, write_whole
from autograder.results import Check, Verdict
from autograder.worker import frames, nested, wire


@dataclass(frozen=True)
class Behaviour:
    """What an answer did: the verdict of every check, and what its calls gave."""

    verdicts: dict[str, Verdict]
    observed: dict[str, list[Any]]

    @classmethod
    def of(cls, checks: list[Check], observed: dict[str, list[Any]]) -> Behaviour:
        return cls({check.id: check.verdict for check in checks}, observed)

    @property
    def failing(self) -> frozenset[str]:
        return frozenset(
            check for check, verdict in self.verdicts.items() if verdict not in (Verdict.PASSED, Verdict.NOT_RUN)
        )

    def fails_like(self, other: Behaviour) -> bool:
        """Whether the same checks fail, and the calls in each of them gave the same results."""
        return (
            bool(self.failing)
            and self.failing == other.failing
            and all(
                self.verdicts[check] == other.verdicts[check] and same(self.observed[check], other.observed[check])
                for check in self.failing
            )
        )


class _Keeper(wire.Encoder):
    max_items = 5_000_000


class _Finder(wire.Decoder):
    max_items = max_odd_keys = 5_000_000


class Memory:
    """Behaviours cached on disk, so that a known mistake runs once per version of course and engine, not once per run.

    The cache holds plain data in the wire's format; an unreadable file counts as missing.
    """

    def __init__(self, key: str) -> None:
        self.folder = cache_folder("bank", key)

    def _path(self, entry: BankEntry) -> pathlib.Path:
        digest = hashlib.sha256(entry.source.encode()).hexdigest()[:16]
        return self.folder / f"{entry.exercise}-{entry.name}-{digest}"

    def recall(self, entry: BankEntry) -> Behaviour | None:
        try:
            with self._path(entry).open("rb") as file:
                header, blobs = frames.read_frame(file.fileno(), max_header=1 << 28)
            verdicts, observed = _Finder(blobs).decode(header["value"])
            return Behaviour({check: Verdict(verdict) for check, verdict in verdicts.items()}, observed)
        except (OSError, frames.WireError, KeyError, ValueError, TypeError):
            return None

    def keep(self, entry: BankEntry, behaviour: Behaviour) -> None:
        encoder = _Keeper()
        node = encoder.encode([behaviour.verdicts, behaviour.observed])
        try:
            write_whole(self._path(entry), frames.frame_bytes({"value": node}, encoder.blobs))
        except OSError:
            pass  # without a cache the next run merely takes longer


def same(a: Any, b: Any) -> bool:
    """Equal observations: types, dtypes and shapes exactly, numbers up to the rounding of a float32 sum in another
    order.
    """
    return nested.same(a, b, _same_leaf)


def _same_leaf(a: Any, b: Any) -> bool:
    if isinstance(a, torch.Tensor) and isinstance(b, torch.Tensor):
        return a.shape == b.shape and bool(torch.allclose(a, b, rtol=1e-4, atol=1e-6, equal_nan=True))
    if isinstance(a, float) and isinstance(b, float):
        return a == b or (a != a and b != b) or abs(a - b) <= 1e-6 + 1e-4 * abs(b)
    return type(a) is type(b) and bool(a == b)
