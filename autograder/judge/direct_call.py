"""Call a check directly with its fixtures' values, since pytest's protocol around a test takes longer than most
checks.
"""

from __future__ import annotations

import inspect
from typing import Any

import pytest

_PLUGIN = "autograder.plugin"  # stands above this module, whose fixtures may ask pytest for the request
_MARKS_OF_PYTEST = ("skip", "skipif", "xfail")


def can_be_called(item: pytest.Item) -> bool:
    """Whether calling the function with its fixtures' values is all that pytest would do for this check. To be asked
    after pytest has run it once.
    """
    if type(item) is not pytest.Function or inspect.iscoroutinefunction(item.function):
        return False
    if any(item.get_closest_marker(name) for name in _MARKS_OF_PYTEST) or _has_hooks_of_its_own(item.config):
        return False
    return all(name == "request" or _leaves_nothing(item, name) for name in item.fixturenames)


def _has_hooks_of_its_own(config: pytest.Config) -> bool:
    """Whether a conftest.py of the course hooks into running tests."""
    hooks = ("pytest_runtest", "pytest_pyfunc", "pytest_fixture")
    return any(
        name.startswith(hooks)
        for module in config.pluginmanager.get_plugins()
        if getattr(module, "__name__", "").rpartition(".")[2] == "conftest"
        for name in vars(module)
    )


def _definition(item: pytest.Function, name: str) -> pytest.FixtureDef[Any] | None:
    found = item._fixtureinfo.name2fixturedefs.get(name)
    return found[-1] if found else None


def _leaves_nothing(item: pytest.Function, name: str) -> bool:
    """Whether a fixture already exists for the whole session, or is a plain function that is simply called."""
    definition = _definition(item, name)
    if definition is None or definition.params is not None:
        return False
    if definition.scope == "session":
        return definition.cached_result is not None and definition.cached_result[2] is None
    function = definition.func
    asks_pytest = "request" in definition.argnames and getattr(function, "__module__", "") != _PLUGIN
    of_a_class_or_of_itself = "." in getattr(function, "__qualname__", ".") or name in definition.argnames
    plain = not inspect.isgeneratorfunction(function) and not inspect.iscoroutinefunction(function)
    return definition.scope == "function" and plain and not asks_pytest and not of_a_class_or_of_itself


def call(item: pytest.Item) -> BaseException | None:
    """Call a check with its fixtures' values, recomputed where pytest would recompute them; return what it raised."""
    assert isinstance(item, pytest.Function)
    values: dict[str, Any] = {"request": item._request}

    def value(name: str) -> Any:
        if name not in values:
            definition = _definition(item, name)
            assert definition is not None
            if definition.scope == "session":
                assert definition.cached_result is not None
                values[name] = definition.cached_result[0]
            else:
                values[name] = definition.func(**{needed: value(needed) for needed in definition.argnames})
        return values[name]

    try:
        for name in item.fixturenames:
            value(name)
        function = getattr(item.cls(), item.originalname) if item.cls else item.obj
        function(**{name: values[name] for name in item._fixtureinfo.argnames})
    except (KeyboardInterrupt, pytest.exit.Exception):
        raise
    except (
        BaseException
    ) as outcome:  # BaseException: pytest.skip, and what stops a callback that takes too long, are not Exceptions
        return outcome
    return None
