"""Whether code that this Python can't read is right for a newer one.

A claim is made only where it is certain: each new construct is put in words that this version knows, and what then
comes out must be a program. Whatever else is wrong with the code is wrong after that too.
"""

from __future__ import annotations

import ast
import re
import sys
import warnings

_PARAMETERS = r"\[ *[A-Za-z_]\w*(?: *: *\w+)?(?: *, *[A-Za-z_]\w*(?: *: *\w+)?)* *\]"
_ALIAS = re.compile(rf"^([ \t]*)type +[A-Za-z_]\w*(?:{_PARAMETERS})? *= *(?=[^\s=#;])(?![^\n]*\bfrom\b)", re.MULTILINE)
_GENERIC = re.compile(rf"^([ \t]*(?:async +def|def|class) +[A-Za-z_]\w*){_PARAMETERS}(?= *[(:])", re.MULTILINE)
_GROUP = re.compile(r"^([ \t]*)except *\* *(?=[\w(])", re.MULTILINE)
_START = re.compile(r"(?i)((?<!\w)[rbuf]{1,2}|)('''|\"\"\"|'|\")")
_CLOSES = {")": "(", "]": "[", "}": "{"}


def needed(source: str) -> tuple[int, int] | None:
    """The version of Python that is enough for a source that this one can't read; None where that is not certain."""
    if _reads(source):
        return None
    versions: list[tuple[int, int]] = []
    for version, rewritten in (
        ((3, 12), _without_nested_quotes),
        ((3, 12), _without_type_parameters),
        ((3, 11), _without_groups),
    ):
        try:
            plain = rewritten(source)
        except _NotAString:
            continue
        if plain != source:
            source, versions = plain, [*versions, version]
    newest = max(versions, default=(0, 0))
    return newest if newest > sys.version_info[:2] and _reads(source) else None


def _reads(source: str) -> bool:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            compile(source, "<cell>", "exec", ast.PyCF_ONLY_AST | ast.PyCF_ALLOW_TOP_LEVEL_AWAIT, dont_inherit=True)
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            return False
    return True


def _without_type_parameters(source: str) -> str:
    # `raise` takes one expression, as `type X =` does: no second `=` and no comma
    return _GENERIC.sub(r"\1", _ALIAS.sub(r"\1raise ", source))


def _without_groups(source: str) -> str:
    """`except*` as `except`; left alone where a rule of its own might be broken: no plain `except` beside it, and no
    way out of it.
    """
    plain = _GROUP.sub(r"\1except ", source)
    if (
        plain == source
        or re.search(r"^\s*except\s*[^*\s]", source, re.MULTILINE)
        or re.search(r"\b(return|break|continue)\b", source)
    ):
        return source
    return plain


# ---------------------------------------------------------------- f-strings, by the rules of Python 3.12


class _NotAString(Exception):
    """A string that no version reads."""


def _without_nested_quotes(source: str) -> str:
    """Every f-string as an empty string, once its fields are found to be expressions; all else as it is."""
    plain, at = "", 0
    while at < len(source):
        plain, at = _next(source, at, plain)
    return plain


def _next(source: str, at: int, plain: str) -> tuple[str, int]:
    """`plain` with one more piece of the source, and where that ends: a comment, a string or a character."""
    if source[at] == "#":
        end = source.find("\n", at)
        end = len(source) if end < 0 else end
        return plain + source[at:end], end
    start = _START.match(source, at)
    if start is None:
        return plain + source[at], at + 1
    prefix = start[1].lower()
    if "f" in prefix:
        if prefix not in ("f", "fr", "rf"):
            raise _NotAString
        fields, end = _fields(source, start.end(), start[2], raw="r" in prefix)
        # where a `for` takes it, an expression may stand, a tuple too, but no assignment and no bare generator
        if not all(_reads(f"for _ in {' '.join(field.split())}: pass") for field in fields):
            raise _NotAString
        return plain + '""', end
    end = _end_of_string(source, start.end(), start[2])
    return plain + source[at:end], end


def _end_of_string(source: str, at: int, quote: str) -> int:
    while not source.startswith(quote, at):
        if at >= len(source) or (len(quote) == 1 and source[at] == "\n"):
            raise _NotAString
        at += 2 if source[at] == "\\" else 1
    return at + len(quote)


def _fields(source: str, at: int, quote: str, raw: bool) -> tuple[list[str], int]:
    """The fields of an f-string whose text begins at `at`, and where it ends."""
    fields: list[str] = []
    while not source.startswith(quote, at):
        if at >= len(source) or (len(quote) == 1 and source[at] == "\n"):
            raise _NotAString
        if source.startswith(("{{", "}}"), at):
            at += 2
        elif source[at] == "{":
            at = _field(source, at + 1, fields)
        elif source[at] == "}" or source.startswith(("\\{", "\\}"), at):
            raise _NotAString
        elif source[at] == "\\" and not raw and source[at + 1 : at + 2] in set("xuUN01234567"):
            raise _NotAString  # which may be a character or not
        else:
            at += 2 if source[at] == "\\" else 1
    return fields, at + len(quote)


def _field(source: str, at: int, fields: list[str]) -> int:
    """Add the field that begins at `at` to `fields`, and those in its format; where it ends."""
    plain, open_ones = "", ""
    while True:
        if at >= len(source) or source[at] == "#":
            raise _NotAString
        letter = source[at]
        if not open_ones and (letter in "}:" or (letter == "!" and source[at + 1 : at + 2] != "=")):
            break
        if letter in "([{":
            open_ones += letter
        elif letter in _CLOSES:
            if open_ones[-1:] != _CLOSES[letter]:
                raise _NotAString
            open_ones = open_ones[:-1]
        plain, at = _next(source, at, plain)
    plain = re.sub(r"(?<![=!<>])=\s*$", "", plain)  # f"{x=}"
    if not plain.strip():
        raise _NotAString
    fields.append(plain)
    if source[at] == "!":
        if source[at + 1 : at + 2] not in ("r", "s", "a") or source[at + 2 : at + 3] not in ("}", ":"):
            raise _NotAString
        at += 2
    if source[at] == ":":
        at += 1
        while source[at : at + 1] != "}":
            if at >= len(source) or source[at] in "\n'\"\\":  # all right in some formats, and certain in none
                raise _NotAString
            at = _field(source, at + 1, fields) if source[at] == "{" else at + 1
    return at + 1
