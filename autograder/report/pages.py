"""Render HTML templates. All text is escaped, hidden characters are shown, and an undefined name raises an error."""

from __future__ import annotations

import functools
import re
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from autograder.hidden_characters import shown
from autograder.report.words import as_points

if TYPE_CHECKING:
    from markupsafe import Markup

_CODE = re.compile(r"`([^`\n]+)`")
_EMPHASIS = re.compile(r"(?<![\w*])\*(?=[^\s*])([^*\n]*[^\s*])\*(?![\w*])")


def prose(text: str) -> Markup:
    """A sentence with its `code` and *emphasis* as the notebooks show them; all else in it is escaped."""
    from markupsafe import Markup, escape

    pieces = _CODE.split(str(escape(shown(text))))  # what stands between backticks is at the odd places
    marked = [
        f"<code>{piece}</code>" if number % 2 else _EMPHASIS.sub(r"<em>\1</em>", piece)
        for number, piece in enumerate(pieces)
    ]
    return Markup("".join(marked))


@functools.cache
def _environment() -> Any:
    from jinja2 import Environment, PackageLoader, StrictUndefined
    from markupsafe import Markup

    loader = PackageLoader("autograder.report")
    environment = Environment(
        loader=loader,
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        # of every value in every template, before it is escaped; Markup is text of our own
        finalize=lambda value: shown(value) if isinstance(value, str) and not isinstance(value, Markup) else value,
    )
    environment.filters["marks"] = as_points
    environment.filters["prose"] = prose
    return environment


def render(template: str, filters: dict[str, Callable[..., Any]] | None = None, **values: Any) -> str:
    """Render a template from `templates/` with these values and additional filters."""
    environment = _environment()
    environment.filters.update(filters or {})
    return str(environment.get_template(template).render(**values))
