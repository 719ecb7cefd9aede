"""A cell's text as Python.

IPython transforms what is not plain Python, exactly as in the student's notebook: magics, shell lines, `>>>` prompts, a
cell that is indented as a whole. What the magics then do: see `shell`.
"""

from __future__ import annotations

import ast
import warnings


def parse(text: str) -> ast.Module:
    """The syntax tree of plain Python; raises what `ast.parse` raises. Warnings about a student's code are not ours."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return ast.parse(text)


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
