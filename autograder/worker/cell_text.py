"""A cell's text as Python.

IPython transforms what is not plain Python, exactly as in the student's notebook: magics, shell lines, `>>>` prompts, a
cell that is indented as a whole. What the magics then do: see `shell`.
"""

from __future__ import annotations

import ast
import re
import warnings


def parse(text: str) -> ast.Module:
    """The syntax tree of plain Python; raises what `ast.parse` raises. Warnings about a student's code are not ours."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return ast.parse(text)


_RUNS_ITS_BODY = re.compile(r"%%(?:time|timeit|capture|prun|memit)\b")


def without_magics(text: str) -> str:
    """The text without the magics on top of it that run the rest; blank lines stand in their places."""
    lines = text.splitlines()
    for number, line in enumerate(lines):
        if _RUNS_ITS_BODY.match(line):
            lines[number] = ""
        elif line.strip():
            break
    return "\n".join(lines)


def as_python(text: str) -> str:
    """The cell as Python. Text that neither Python nor IPython understands comes back as it is."""
    try:
        parse(text)
        return text
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        pass
    from IPython.core.inputtransformer2 import TransformerManager

    try:
        return str(TransformerManager().transform_cell(text))
    except Exception:
        return text
