"""The mistake bank: answers that people really give, right and wrong, each wrong one with the sentence that helps."""

from __future__ import annotations

import pathlib
import re
from dataclasses import dataclass

from autograder.errors import CourseError

MISTAKE, RIGHT, DEVICE = "mistake", "right", "device"
"""Kinds of entries. A `device` mistake is right on the CPU; only an accelerator, real or simulated, can
reveal it.
"""
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
    """The entries for one exercise, in the order of its file; raises CourseError for a cell that is not an entry."""
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
            raise CourseError(
                f"{path}: a cell that does not begin with `# %% mistake: name` or `# %% right: name`: {lines[0]!r}"
            )
        kind, name = header.groups()
        if kind not in (MISTAKE, RIGHT, DEVICE):
            raise CourseError(f"{path}: {name} is marked {kind!r}: it must be a mistake, a device mistake or right")
        says: list[str] = []
        body: list[str] = []
        speaking = False
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
        if (kind != RIGHT) != bool(says):
            raise CourseError(
                f"{path}: {name}: a mistake needs a sentence (`# says: ...`), a right answer must not have one"
            )
        entries.append(BankEntry(exercise, kind, name, " ".join(says).strip(), "\n".join(body).strip() + "\n"))
    return entries
