"""Find answers that are more alike than an exercise explains: pairs for a person to look at, never a verdict.

Fingerprints are chosen by winnowing, the method of MOSS (S. Schleimer, D. S. Wilkerson and A. Aiken, Winnowing: local
algorithms for document fingerprinting, SIGMOD 2003). Of every `WINDOW` consecutive hashes of `GRAM` tokens the smallest
is kept, so a run of `GRAM + WINDOW - 1` equal tokens is always found. A fingerprint does not count if many students
share it, or if the released notebook or a known answer of the course has it.
"""

from __future__ import annotations

import hashlib
import io
import itertools
import keyword
import math
import re
import tokenize
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from autograder.report.pages import render
from autograder.results import Report

GRAM = 7
WINDOW = 4
COMMON_SHARE = 0.1
"""A fingerprint that more than this share of the class has, and more than three students, does not count."""
ENOUGH = 4
"""Fewer shared fingerprints than this count as a coincidence."""
ALIKE = 0.5
"""The share of rare fingerprints that a pair must have in common, of those of the student with fewer."""


@dataclass(frozen=True)
class Mark:
    """A fingerprint and the lines that it covers: `first` to `last`, both included, counted from 0."""

    value: int
    first: int
    last: int


@dataclass(frozen=True)
class Shared:
    """One exercise of a pair: both sources, and in each the lines with rare passages that both have."""

    exercise: str
    sources: tuple[str, str]
    lines: tuple[frozenset[int], frozenset[int]]


@dataclass(frozen=True)
class Pair:
    """Two students. `count`: the rare fingerprints that they share; `share`: as a share of those of the student with
    fewer, 0..1; `bits`: how rare the shared ones are in this class.
    """

    students: tuple[str, str]
    share: float
    count: int
    bits: float
    exercises: tuple[Shared, ...]


def tokens(source: str) -> list[tuple[str, int]]:
    """The tokens of Python code, each with its line (from 0).

    All names that the code itself binds become the same token, so renaming hides nothing. Comments, docstrings and
    layout are left out. Code that can't be tokenized is split into words and signs.
    """
    try:
        found = [token for token in tokenize.generate_tokens(io.StringIO(source).readline)]
    except (tokenize.TokenError, SyntaxError, IndentationError, ValueError):
        return [
            (word, number)
            # as the page splits it: `splitlines` would also split at form feeds
            for number, line in enumerate(source.split("\n"))
            for word in re.findall(r"\w+|[^\w\s]", line)
        ]
    skipped = {
        tokenize.COMMENT,
        tokenize.NL,
        tokenize.NEWLINE,
        tokenize.INDENT,
        tokenize.DEDENT,
        tokenize.ENDMARKER,
        tokenize.ENCODING,
    }
    kept = [token for token in found if token.type not in skipped]
    made_up = _made_up(kept)
    result = []
    starts_line = True
    last_row = -1
    for token, after in itertools.zip_longest(kept, kept[1:]):
        row = token.start[0] - 1
        starts_line, last_row = row != last_row, row
        alone = after is None or after.start[0] - 1 > token.end[0] - 1
        if token.type == tokenize.STRING and starts_line and alone:
            continue  # a docstring
        result.append(("v" if token.type == tokenize.NAME and token.string in made_up else token.string, row))
    return result


def _made_up(kept: Sequence[tokenize.TokenInfo]) -> set[str]:
    """Names that this code seems to bind: assigned, looped over, or parameters.

    Only the neighbouring tokens decide: a name before `=`, `in`, `,`, `)` or the like, and not after a dot, `def`,
    `class` or an import.
    """
    names = set()
    for before, token, after in zip([None, *kept], kept, [*kept[1:], None]):
        bound = after is not None and after.string in ("=", "in", ":", ",", ")", "+=", "-=", "*=", "/=", "for")
        attribute = before is not None and before.string in (".", "def", "class", "import", "from")
        if token.type == tokenize.NAME and bound and not attribute and not keyword.iskeyword(token.string):
            names.add(token.string)
    return names


def fingerprints(source: str) -> list[Mark]:
    """The winnowed fingerprints of a piece of code; none if it is shorter than `GRAM` tokens."""
    words = tokens(source)
    hashes = []
    for start in range(len(words) - GRAM + 1):
        gram = "\0".join(word for word, _ in words[start : start + GRAM])
        # not `hash`, which differs between runs for text: the same class must give the same page
        value = int.from_bytes(hashlib.blake2b(gram.encode("utf-8", "replace"), digest_size=8).digest(), "big")
        hashes.append(Mark(value, words[start][1], words[start + GRAM - 1][1]))
    chosen: dict[int, Mark] = {}
    for start in range(max(1, len(hashes) - WINDOW + 1) if hashes else 0):
        window = range(start, min(start + WINDOW, len(hashes)))
        # of equal hashes the rightmost, as in the paper: neighbouring windows then choose the same one
        place = min(window, key=lambda i: (hashes[i].value, -i))
        chosen[place] = hashes[place]
    return [chosen[place] for place in sorted(chosen)]


def pairs(reports: Sequence[Report], natural: Mapping[str, Iterable[str]]) -> list[Pair]:
    """Pairs of students to look at, the most suspicious first.

    `natural`: exercise -> sources that any answer may resemble (the stub, known answers).
    """
    written = {
        report.student: {e.id: e.source for e in report.exercises if e.source.strip() and not e.unwritten}
        for report in reports
    }
    marks = {
        student: {name: fingerprints(source) for name, source in answers.items()}
        for student, answers in written.items()
    }
    expected = {
        name: {mark.value for source in sources for mark in fingerprints(source)} for name, sources in natural.items()
    }
    owners: dict[tuple[str, int], set[str]] = {}
    for student, answers in marks.items():
        for name, found in answers.items():
            for mark in found:
                if mark.value not in expected.get(name, ()):
                    owners.setdefault((name, mark.value), set()).add(student)
    people = sum(bool(answers) for answers in written.values())
    most = max(3, int(COMMON_SHARE * people))
    unusual = {key: who for key, who in owners.items() if len(who) <= most}
    own = {student: sum(student in who for who in unusual.values()) for student in written}
    together: dict[tuple[str, str], list[tuple[str, int]]] = {}
    for key, who in unusual.items():
        for one, other in itertools.combinations(sorted(who), 2):
            together.setdefault((one, other), []).append(key)
    found_pairs = []
    for (one, other), keys in together.items():
        share = len(keys) / max(1, min(own[one], own[other]))
        if len(keys) < ENOUGH or share < ALIKE:
            continue
        bits = sum(math.log2(people / len(unusual[key])) for key in keys)
        names = sorted({name for name, _ in keys})
        exercises = tuple(
            _shared(name, (one, other), written, marks, {value for n, value in keys if n == name}) for name in names
        )
        found_pairs.append(Pair((one, other), share, len(keys), bits, exercises))
    return sorted(found_pairs, key=lambda pair: (-pair.bits * pair.share, pair.students))


def _shared(name: str, students: tuple[str, str], written: Any, marks: Any, values: set[int]) -> Shared:
    lines = [
        frozenset(
            line for mark in marks[student][name] if mark.value in values for line in range(mark.first, mark.last + 1)
        )
        for student in students
    ]
    return Shared(name, (written[students[0]][name], written[students[1]][name]), (lines[0], lines[1]))


def page(assignment: str, found: Sequence[Pair], people: int) -> str:
    """The page that shows an assignment's pairs side by side. All text is escaped."""
    return render("similar.html.j2", assignment=assignment, pairs=found, people=people, gram=GRAM)
