"""Patches to libraries, applied in the warm parent, so that honest code works behind the wall.

Data loaders get no worker processes: a submission may not start any, and `num_workers` changes how fast batches come,
not which ones. Compilers change how fast an answer is, not what it returns, and take longer than a call may: they
return what they were given. Nobody is there to type. Copying a file skips its mode and times, which a submission may
not set.
"""

from __future__ import annotations

import builtins
import functools
import getpass
import shutil
import sys
import tempfile
from collections.abc import Callable
from typing import Any

REMARKS: dict[str, str] = {
    "num_workers": "A DataLoader asked for `num_workers`. It got 0 here, because a submission may not start "
    "processes. The batches are the same.",
    "compile": "`torch.compile` and `torch.jit` do nothing while your work is graded: your code ran as plain Python.",
}
"""The remarks that a worker may make on a submission, by the name that crosses the wire."""

heard: set[str] = set()
"""The names of the remarks that this process has made."""

_patched: set[type] = set()


def _without_workers(init: Callable[..., None], position: int) -> Callable[..., None]:
    @functools.wraps(init)
    def start(self: Any, *args: Any, **kwargs: Any) -> None:
        wanted = kwargs.get("num_workers", args[position] if len(args) > position else 0)
        if wanted:
            heard.add("num_workers")
        if len(args) > position:
            args = (*args[:position], 0, *args[position + 1 :])
        else:
            kwargs["num_workers"] = 0
        # DataLoader refuses these settings without workers
        for setting in ("prefetch_factor", "persistent_workers", "multiprocessing_context"):
            kwargs.pop(setting, None)
        init(self, *args, **kwargs)

    return start


def _is_students(frame: Any) -> bool:
    """Whether a call stands in a cell. A library's own calls are left to the library, and are no remark's business."""
    return str(frame.f_code.co_filename).startswith("<cell ")


def _no_compiler(compiler: Callable[..., Any]) -> Callable[..., Any]:
    """`compiler` as a function or a decorator, with or without arguments."""

    @functools.wraps(compiler)
    def compiled(*args: Any, **kwargs: Any) -> Any:
        if not _is_students(sys._getframe(1)):
            return compiler(*args, **kwargs)
        heard.add("compile")
        # torch's names for what is to be compiled, in the order of its functions
        given = [*args, *(kwargs[name] for name in ("model", "obj", "func", "mod") if name in kwargs)]
        return given[0] if given and given[0] is not None else lambda model: model

    return compiled


def _compile_in_place(compiler: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(compiler)
    def compiled(self: Any, *args: Any, **kwargs: Any) -> Any:
        if not _is_students(sys._getframe(1)):
            return compiler(self, *args, **kwargs)
        return heard.add("compile")

    return compiled


def _nobody_types(ask: Callable[..., str]) -> Callable[..., str]:
    @functools.wraps(ask)
    def asked(*args: Any, **kwargs: Any) -> str:
        if _is_students(sys._getframe(1)):
            raise EOFError("nobody can type an answer while your work is graded")
        return ask(*args, **kwargs)  # a debugger's, say

    return asked


def _patch_once() -> None:
    import torch

    patches: list[tuple[Any, list[str], Callable[..., Any]]] = [
        (torch, ["compile"], _no_compiler),
        (torch.compiler, ["compile"], _no_compiler),
        (torch.jit, ["script", "trace", "freeze", "optimize_for_inference"], _no_compiler),
        (torch.nn.Module, ["compile"], _compile_in_place),
        (builtins, ["input"], _nobody_types),
        (getpass, ["getpass"], _nobody_types),
    ]
    for owner, names, patch in patches:
        for name in names:
            setattr(owner, name, patch(getattr(owner, name)))
    _patched.add(object)


def apply() -> None:
    """Apply the patches: after all imports and before any fork, and again after a cell that may have imported more."""
    if object not in _patched:
        _patch_once()
    tempfile.tempdir = None  # otherwise tempfile keeps using the folder of the warm parent
    # chmod and utime are refused even in the scratch folder: without a mount namespace they reach files by path
    shutil.copymode = shutil.copystat = lambda *args, **kwargs: None
    for module, position in (("torch.utils.data.dataloader", 5), ("fastai.data.load", 2)):
        loader: Any = getattr(sys.modules.get(module), "DataLoader", None)
        if isinstance(loader, type) and loader not in _patched:
            _patched.add(loader)
            vars_of: Any = loader
            vars_of.__init__ = _without_workers(vars_of.__init__, position)
