"""The mistake bank, and the recognition of its mistakes in what a student's answer does."""

from __future__ import annotations

import pathlib
import re
from dataclasses import dataclass
from typing import Any

import torch

from autograder.errors import CourseError
from autograder.results import PASSED, Check

MISTAKE, RIGHT = "mistake", "right"
_HEADER = re.compile(r"#\s*%%\s*(\w+)\s*:\s*(\w+)\s*$")
_SAYS = re.compile(r"#\s*says:\s*(.*)$")


@dataclass(frozen=True)
class BankEntry:
    """An answer to an exercise, right or wrong, as a student would write it; `says` is the sentence for a wrong one."""

    exercise: str
    kind: str
    name: str
    says: str
    source: str


def read_bank(folder: pathlib.Path, exercise: str) -> list[BankEntry]:
    """The entries for one exercise, in the order of its file; raises CourseError for a cell that is none."""
    path = folder / f"{exercise}.py"
    if not path.is_file():
        return []
    entries: list[BankEntry] = []
    for number, block in enumerate(re.split(r"^(?=#\s*%%)", path.read_text(encoding="utf-8"), flags=re.MULTILINE)):
        lines = block.splitlines()
        header = _HEADER.match(lines[0]) if lines else None
        if header is None:
            if number == 0 and not block.lstrip().startswith("# %%"):
                continue
            raise CourseError(f"{path}: a cell that does not begin with `# %% mistake: name` or `# %% right: name`: {lines[0]!r}")
        kind, name = header.groups()
        if kind not in (MISTAKE, RIGHT):
            raise CourseError(f"{path}: {name} is neither a mistake nor right but {kind!r}")
        says, body, speaking = [], [], False
        for line in lines[1:]:
            match = _SAYS.match(line)
            if match and not body:
                says.append(match.group(1))
                speaking = True
            elif speaking and line.startswith("#") and not body:
                says.append(line.lstrip("# "))
            else:
                speaking = False
                body.append(line)
        if (kind == MISTAKE) != bool(says):
            raise CourseError(f"{path}: {name}: a mistake needs its sentence (`# says: ...`), a right answer has none")
        entries.append(BankEntry(exercise, kind, name, " ".join(says).strip(), "\n".join(body).strip() + "\n"))
    return entries


@dataclass(frozen=True)
class Behaviour:
    """What an answer did: the verdict of every check, and what its calls gave."""

    verdicts: dict[str, str]
    observed: dict[str, list[Any]]

    @classmethod
    def of(cls, checks: list[Check], observed: dict[str, list[Any]]) -> Behaviour:
        return cls({check.id: check.verdict for check in checks}, observed)

    @property
    def failing(self) -> frozenset[str]:
        return frozenset(check for check, verdict in self.verdicts.items() if verdict != PASSED)

    def fails_like(self, other: Behaviour) -> bool:
        """Whether the same checks fail, and in each of them the calls gave the same."""
        return (
            bool(self.failing)
            and self.failing == other.failing
            and all(
                self.verdicts[check] == other.verdicts[check] and same(self.observed[check], other.observed[check])
                for check in self.failing
            )
        )


def same(a: Any, b: Any) -> bool:
    """Equal observations: kinds, dtypes and shapes exactly, numbers up to what another order of summation makes of float32."""
    if isinstance(a, torch.Tensor) and isinstance(b, torch.Tensor):
        return a.shape == b.shape and bool(torch.allclose(a, b, rtol=1e-4, atol=1e-6, equal_nan=True))
    if isinstance(a, (list, tuple)) and isinstance(b, (list, tuple)):
        return len(a) == len(b) and all(same(x, y) for x, y in zip(a, b))
    if isinstance(a, float) and isinstance(b, float):
        return a == b or a != a and b != b or abs(a - b) <= 1e-6 + 1e-4 * abs(b)
    return type(a) is type(b) and bool(a == b)
