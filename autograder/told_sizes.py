"""Which sizes a sentence about a student's value shows.

An answer can choose the shape of what it returns, and so write numbers of a hidden input into it. While hidden inputs
are about, only sizes that the check knows are shown.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence, Set

_known: Callable[[], Set[int]] | None = None
_MOST_AXES = 5


def only(sizes: Callable[[], Set[int]] | None) -> None:
    """From now on show, of the sizes that an answer chose, only these and those that are wanted; None: show all of
    them, as where the arguments are the reader's own.
    """
    global _known
    _known = sizes


def told(sizes: Sequence[int], wanted: Sequence[int]) -> tuple[list[str], float]:
    """Sizes in words, and the bits that they can carry."""
    if _known is None:
        return list(map(str, sizes)), 0.0
    known = {*_known(), *wanted}
    shown = [str(size) if size in known else "…" for size in sizes[:_MOST_AXES]]
    return shown + ["…"] * (len(sizes) > _MOST_AXES), (1 + len(shown)) * math.log2(len(known) + 2)


def place_bits(place: str) -> float:
    """The bits of a place like "[1][20]". An answer can choose which item of a list is the first that is wrong: one of
    1,000, say, for each level.
    """
    return 10.0 * place.count("[")
