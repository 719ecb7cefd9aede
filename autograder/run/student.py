"""The student's functions as graders see them: `student.f(x)` looks like a local call."""

from __future__ import annotations

import functools
import pathlib
import types
from collections.abc import Callable
from typing import Any, Protocol

import torch

from autograder.compare import Remote


class Caller(Protocol):
    """What carries a call to the worker: `session.Session`."""

    def call(
        self, target: Any, path: list[str], args: tuple[Any, ...], kwargs: dict[str, Any], *,
        called: bool = True, backward: bool = False, on_device: bool = False, changing: tuple[Any, ...] = (),
    ) -> Any: ...  # fmt: skip

    def why_no_device(self) -> str: ...


class StudentFunction:
    """A function of the submission, by name."""

    def __init__(self, session: Caller, name: str, on_device: bool = False, changing: tuple[Any, ...] = ()) -> None:
        self._session, self.__name__, self._on_device, self._changing = session, name, on_device, changing

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        return self._session.call(self, [], args, kwargs, on_device=self._on_device, changing=self._changing)

    def with_gradient(self, *args: Any, **kwargs: Any) -> Any:
        """Call it, then run backward from the sum of the result, both in the worker.

        The gradients are then in the `.grad` of the arguments.
        """
        return self._session.call(
            self, [], args, kwargs, backward=True, on_device=self._on_device, changing=self._changing
        )


class Student:
    """Attribute access gives the submission's functions. A function that does not exist raises MissingAnswer when it
    is called.

    With `on_device`, the worker moves the tensors among a call's arguments to the accelerator before the call. A tensor
    that comes back on another device raises Mismatch. In this process every tensor is on the CPU, before and after.
    """

    def __init__(self, session: Caller, on_device: bool = False, changing: tuple[Any, ...] = ()) -> None:
        self._session, self._on_device, self._changing = session, on_device, changing

    def changing(self, *values: Any) -> Student:
        """The same functions, which may change these tensors, lists, dicts, generators or modules, and everything in
        them. All else that a call changes in its arguments is taken back when it returns. So it is for the methods of
        what such a call returns.
        """
        return Student(self._session, self._on_device, (*self._changing, *values))

    def __getattr__(self, name: str) -> StudentFunction:
        if name.startswith("__"):
            raise AttributeError(name)
        return StudentFunction(self._session, name, self._on_device, self._changing)


class RemoteObject(Remote):
    """Something in the worker that has no form on the wire.

    Its methods can be called, its attributes fetched, and it can be passed back. `worker` is the process in which it
    lives; it ends with that process.
    """

    def __init__(
        self, session: Caller, worker: Any, handle: int, type_name: str, is_callable: bool, on_device: bool = False,
        changing: tuple[Any, ...] = (),
    ) -> None:  # fmt: skip
        super().__init__(type_name)
        self._session, self.worker, self.handle = session, worker, handle
        self.is_callable, self._on_device, self._changing = is_callable, on_device, changing

    def __getattr__(self, name: str) -> Callable[..., Any]:
        if name.startswith("__"):
            raise AttributeError(name)
        return lambda *args, **kwargs: self._call([name], args, kwargs)

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        return self._call([], args, kwargs)

    def _call(self, path: list[str], args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        return self._session.call(self, path, args, kwargs, on_device=self._on_device, changing=self._changing)

    def fetch(self, *path: str) -> Any:
        """The value of an attribute, or of an attribute of an attribute."""
        return self._session.call(self, list(path), (), {}, called=False, on_device=self._on_device)


# cached, because checks use the same few sources again and again
@functools.cache
def _compiled(source: str) -> tuple[types.CodeType, bool]:
    """The code of an expression, or else of statements, and whether it is an expression."""
    try:
        return compile(source.strip(), "<given>", "eval"), True
    except SyntaxError:
        return compile(source, "<given>", "exec"), False


class Given:
    """A function whose source is sent to the worker: scaffolding of an exercise, never an answer.

    `source` is an expression, or statements whose last name is the function. Calling it runs it in this process.
    """

    def __init__(self, source: str) -> None:
        self.source = source
        space: dict[str, Any] = {"torch": torch, "nn": torch.nn, "F": torch.nn.functional, "__name__": "given"}
        code, is_expression = _compiled(source)
        value = eval(code, space)
        self.function = value if is_expression else list(space.values())[-1]

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        return self.function(*args, **kwargs)

    def in_worker(self, student: Student, *args: Any, **kwargs: Any) -> Any:
        """Call it in the worker: to make a model or an optimiser around the grader's tensors, or to call a student's
        function many times without crossing the wall.
        """
        return student._session.call(self, [], args, kwargs, on_device=student._on_device, changing=student._changing)


class File:
    """A file that the worker writes into its scratch folder.

    The student's function gets its path, as a Path or (`as_text`) as a string.
    """

    def __init__(self, name: str, data: bytes, as_text: bool = False) -> None:
        self.name, self.data, self.as_text = name, data, as_text

    def write(self, folder: pathlib.Path) -> pathlib.Path:
        """Write the same file into a folder of this process, for the reference. Returns its path."""
        path = folder / self.name
        path.write_bytes(self.data)
        return path
