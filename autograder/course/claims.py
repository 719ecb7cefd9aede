"""What a lesson's prose says in figures, and the cells that assert it.

A code cell with the tag `claim` holds assertions about the text before it. It stands in the source notebook alone: the
tests run it on every data set, and the release doesn't have it. So a figure can't go stale unnoticed.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable
from fractions import Fraction
from typing import Any

from autograder.notebook import Cell

CLAIM = "claim"
LEAST_WHOLE = 100
"""Whole numbers below this count as sizes of the text itself ("two images", "3 against 7")."""

# what is not prose: code, formulas, links with their text (a paper's year is no measurement), tags, headings
_NOT_PROSE = re.compile(
    r"```.*?```|`[^`]*`|\$\$.*?\$\$|\$[^$\n]*\$|!?\[[^\]]*\]\([^)]*\)|https?://\S+|</?[a-zA-Z][^>]*>|^#[^\n]*$",
    re.DOTALL | re.MULTILINE,
)
_NUMBER = re.compile(r"(?<![\w.,])(\d{1,3}(?:,\d{3})+|\d+)(\.\d+)?(?!\w)(\s?%|\s+percent\b)?")


def figures(text: str) -> list[str]:
    """The figures in a markdown cell, as written: numbers with a decimal point, percentages, and whole numbers of 100
    or more, outside code, formulas, links and headings.
    """
    found = []
    for match in _NUMBER.finditer(_NOT_PROSE.sub(" ", text)):
        whole, decimals, percent = match.groups()
        if decimals or percent or int(whole.replace(",", "")) >= LEAST_WHOLE:
            found.append(match.group().strip())
    return found


def unclaimed(cells: Iterable[Cell]) -> list[tuple[Cell, str]]:
    """Each figure of a notebook's markdown cells that no claim cell names, with its cell."""
    cells = tuple(cells)
    claimed: set[Fraction] = set()
    for cell in cells:
        if CLAIM in cell.tags:
            claimed |= numbers(cell.source)
    return [
        (cell, figure)
        for cell in cells
        if cell.kind == "markdown"
        for figure in figures(cell.source)
        if not _values(figure) & claimed
    ]


def fault(source: str) -> str:
    """Why a claim cell asserts nothing, or "": it needs an assertion, and each must depend on the notebook."""
    asserted = [one for one in ast.walk(ast.parse(source)) if isinstance(one, ast.Assert)]
    if not asserted:
        return "a claim without an assertion"
    for one in asserted:
        if not any(isinstance(node, ast.Name) for node in ast.walk(one.test)):
            return f"a claim that can't fail: {ast.unparse(one)}"
    return ""


def remove(notebook: Any) -> None:
    """Take the claim cells out of an nbformat notebook."""
    notebook.cells = [cell for cell in notebook.cells if CLAIM not in cell.metadata.get("tags", [])]


def numbers(source: str) -> set[Fraction]:
    """The numbers in a claim cell, as they are written there."""
    return {
        Fraction(str(node.value))
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.Constant) and type(node.value) in (int, float)
    }


def _values(figure: str) -> set[Fraction]:
    """What a claim may write for a figure: 98 % is 98 or 0.98."""
    number = Fraction(re.sub(r"[,%\s]|percent", "", figure))
    return {number, number / 100} if "%" in figure or "percent" in figure else {number}
