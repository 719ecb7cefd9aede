"""Render HTML templates. All text is escaped, and an undefined name in a template raises an error."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

from autograder.report.words import as_points


@functools.cache
def _environment() -> Any:
    from jinja2 import Environment, PackageLoader, StrictUndefined

    loader = PackageLoader("autograder.report")
    environment = Environment(
        loader=loader, autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    environment.filters["marks"] = as_points
    return environment


def render(template: str, filters: dict[str, Callable[..., Any]] | None = None, **values: Any) -> str:
    """Render a template from `templates/` with these values and additional filters."""
    environment = _environment()
    environment.filters.update(filters or {})
    return str(environment.get_template(template).render(**values))
