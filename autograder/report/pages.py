"""Render HTML templates. All text is escaped, hidden characters are shown, and an undefined name raises an error."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

from autograder.hidden_characters import shown
from autograder.report.words import as_points


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
    return environment


def render(template: str, filters: dict[str, Callable[..., Any]] | None = None, **values: Any) -> str:
    """Render a template from `templates/` with these values and additional filters."""
    environment = _environment()
    environment.filters.update(filters or {})
    return str(environment.get_template(template).render(**values))
