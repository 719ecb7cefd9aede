"""What a student's cells say: definitions, names, imports. Read off in a worker (`worker.cell_facts`), never here.

A student's text can make Python's own parser work for seconds, so no process without limits parses it.
"""

from __future__ import annotations

import functools
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

_LONGEST, _MOST = 200, 400


@dataclass(frozen=True)
class Problem:
    """Why a cell is not Python. `newer`: the version of Python that could read it, or None."""

    type: str
    message: str
    line: int | None
    newer: tuple[int, int] | None

    @classmethod
    def of(cls, table: Any) -> Problem | None:
        if not isinstance(table, dict):
            return None
        line, newer = table.get("line"), table.get("newer")
        parts = newer if isinstance(newer, list) and all(type(part) is int for part in newer) else []
        return cls(
            str(table.get("type"))[:_LONGEST],
            str(table.get("message"))[:_LONGEST],
            line if type(line) is int else None,
            (parts[0], parts[1]) if len(parts) == 2 else None,
        )


@dataclass(frozen=True)
class CellFacts:
    """One cell. `defines`: name -> names that its definition reads; `touches`: all names and attributes in it;
    `statements`: first line, last line, names that it makes; `lines`: those that could fail; `syntax`: why it isn't
    Python; the rest is said in `worker.cell_facts`.
    """

    defines: dict[str, frozenset[str]] = field(default_factory=dict)
    imports: frozenset[str] = frozenset()
    reads: frozenset[str] = frozenset()
    touches: frozenset[str] = frozenset()
    aliases: tuple[tuple[str, str], ...] = ()
    statements: tuple[tuple[int, int, frozenset[str]], ...] = ()
    syntax: Problem | None = None
    functions: frozenset[str] = frozenset()
    holds: frozenset[str] = frozenset()
    stores: frozenset[str] = frozenset()
    calls: frozenset[str] = frozenset()
    effects: frozenset[str] = frozenset()
    patches: bool = False
    lines: frozenset[int] = frozenset()

    @classmethod
    def of(cls, table: Any) -> CellFacts:
        """From what a worker said; whatever has not the right form is left out."""
        table = table if isinstance(table, dict) else {}
        defines = table.get("defines")
        pairs = list(defines.items())[:_MOST] if isinstance(defines, dict) else []
        return cls(
            {name[:_LONGEST]: _names(reads) for name, reads in pairs if isinstance(name, str)},
            _names(table.get("imports")),
            _names(table.get("reads")),
            _names(table.get("touches")),
            tuple(_pairs(table.get("aliases"))),
            tuple(_statements(table.get("statements"))),
            Problem.of(table.get("syntax")),
            _names(table.get("functions")),
            _names(table.get("holds")),
            _names(table.get("stores")),
            _names(table.get("calls")),
            _names(table.get("effects")),
            table.get("patches") is True,
            _numbers(table.get("lines")),
        )


def _pairs(value: Any) -> Iterator[tuple[str, str]]:
    for item in value[:_MOST] if isinstance(value, list) else ():
        if isinstance(item, list) and len(item) == 2 and all(isinstance(name, str) for name in item):
            yield item[0], item[1]


def _statements(value: Any) -> Iterator[tuple[int, int, frozenset[str]]]:
    for item in value[:_MOST] if isinstance(value, list) else ():
        if isinstance(item, list) and len(item) == 3 and type(item[0]) is int and type(item[1]) is int:
            yield item[0], item[1], _names(item[2])


def _numbers(value: Any) -> frozenset[int]:
    return frozenset(item for item in value if type(item) is int) if isinstance(value, list) else frozenset()


def _names(value: Any) -> frozenset[str]:
    items = value[:_MOST] if isinstance(value, list) else []
    return frozenset(item[:_LONGEST] for item in items if isinstance(item, str))


@dataclass(frozen=True)
class Facts:
    """All cells of a submission that run, by the name of the run."""

    cells: dict[str, CellFacts] = field(default_factory=dict)

    @property
    def imports(self) -> frozenset[str]:
        return frozenset().union(*(cell.imports for cell in self.cells.values()))

    @property
    def reads(self) -> frozenset[str]:
        return frozenset().union(*(cell.reads for cell in self.cells.values()))

    def touched_by(self, exercise: str, others: Iterable[str] = ()) -> frozenset[str]:
        """Every name and attribute in the cells that define an answer or a helper that it calls, but not in the cells
        of other exercises' answers.
        """
        helpers = {exercise, *self._reached(exercise)} - set(others)
        cells = [cell for cell in self.cells.values() if helpers & cell.defines.keys()]
        return frozenset().union(*(cell.touches for cell in cells))

    def defining(self, name: str) -> Iterator[str]:
        """The runs in which a name gets a value."""
        return (run for run, cell in self.cells.items() if name in cell.defines)

    def could_change(self, exercise: str, runs: Iterable[str]) -> bool:
        """Whether some cells could change an object that an answer uses. Functions and modules stay as they are, unless
        a cell sets an attribute of anything.
        """
        cells = [self.cells[run] for run in runs if run in self.cells]
        held = frozenset().union(*(cell.holds for cell in self.cells.values()))
        own = held.union(*(cell.functions for cell in self.cells.values()))
        if any(cell.patches or cell.effects - own for cell in cells):
            return True
        used = {exercise, *self._reached(exercise)}
        stores = frozenset().union(*(cell.stores for cell in cells))
        touched = self._reached_from({*stores, *(name for cell in cells for name in cell.calls)})
        return bool(used & (stores | touched & held))

    def leaning_on(self, exercise: str, others: Iterable[str]) -> frozenset[str]:
        """Those of some other exercises whose functions an answer calls, directly or through helpers and answers."""
        return frozenset(self._reached(exercise) & set(others))

    def _reached(self, exercise: str) -> set[str]:
        """Every name that an answer uses, directly or through what it uses, under any name that it goes by."""
        return self._reached_from(self._uses.get(exercise, set()), exercise)

    def _reached_from(self, names: Iterable[str], exercise: str = "") -> set[str]:
        found: set[str] = set()
        pending = list(names)
        while pending:
            name = pending.pop()
            if name not in found and name != exercise:
                found.add(name)
                pending += self._uses.get(name, set()) | self._also.get(name, set())
        return found

    @functools.cached_property
    def _uses(self) -> dict[str, set[str]]:
        """Name -> names that its definitions read."""
        uses: dict[str, set[str]] = {}
        for cell in self.cells.values():
            for name, reads in cell.defines.items():
                uses.setdefault(name, set()).update(reads)
        return uses

    @functools.cached_property
    def _also(self) -> dict[str, set[str]]:
        """Name -> other names for the same thing, or for a part of it."""
        also: dict[str, set[str]] = {}
        for one, other in (pair for cell in self.cells.values() for pair in cell.aliases):
            if other in self._uses:
                also.setdefault(one, set()).add(other)
                also.setdefault(other, set()).add(one)
        return also
