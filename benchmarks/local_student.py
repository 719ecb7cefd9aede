"""What the graders call, with nothing in between: the student's functions in this very process, for the benchmarks that compare with others.

The names are those of `autograder.run.student`, so the graders' own code runs unchanged where there is no worker.
"""

from __future__ import annotations

from typing import Any

import torch

from autograder.run import student
from autograder.run.student import RemoteObject
from autograder.worker import wire

_PLAIN = (
    torch.Tensor,
    torch.nn.Module,
    torch.Generator,
    str,
    bytes,
    int,
    float,
    complex,
    type(None),
    list,
    tuple,
    dict,
)


class Object(RemoteObject):
    """An object that the student's code made."""

    def __init__(self, value: Any) -> None:
        self.value, self.type_name = value, type(value).__name__

    def __getattr__(self, name: str) -> Any:
        return lambda *args, **kwargs: _call(getattr(self.value, name), args, kwargs)

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        return _call(self.value, args, kwargs)

    def fetch(self, *path: str) -> Any:
        value = self.value
        for name in path:
            value = getattr(value, name)
        return _wrapped(value)


def _wrapped(value: Any) -> Any:
    value = wire.materialise(value)
    if isinstance(value, _PLAIN) or type(value).__module__ == "numpy":
        return value
    return Object(value)


def _bare(value: Any) -> Any:
    if isinstance(value, (Object, Function)):
        return value.value
    if type(value) in (list, tuple):
        return type(value)(map(_bare, value)) if any(isinstance(item, (Object, Function)) for item in value) else value
    return value


def _call(function: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    torch.set_grad_enabled(True)
    return _wrapped(function(*map(_bare, args), **{name: _bare(value) for name, value in kwargs.items()}))


class Function:
    def __init__(self, function: Any) -> None:
        self.value = function

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        return _call(self.value, args, kwargs)

    def with_gradient(self, *args: Any, **kwargs: Any) -> Any:
        value = self(*args, **kwargs)
        value.sum().backward()
        return value.detach()


class Student:
    """The functions of a namespace."""

    def __init__(self, names: dict[str, Any]) -> None:
        self._names = names

    def changing(self, *values: Any) -> Student:
        """Nothing is taken back here: the functions change what they are given."""
        return self

    def __getattr__(self, name: str) -> Function:
        if name not in self._names:
            raise AttributeError(name)
        return Function(self._names[name])


class Given(student.Given):
    def in_worker(self, student: Any, *args: Any, **kwargs: Any) -> Any:
        return _call(self.function, args, kwargs)
