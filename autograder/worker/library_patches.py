"""Patches to libraries, applied in the warm parent, so that honest code works behind the wall.

Data loaders get no worker processes: a submission may not start any, and `num_workers` changes how fast batches come,
not which ones. Copying a file skips its mode and times, which a submission may not set.
"""

from __future__ import annotations

import functools
import shutil
import sys
import tempfile
from collections.abc import Callable
from typing import Any

REMARKS: dict[str, str] = {
    "num_workers": "A DataLoader asked for `num_workers`. It got 0 here, because a submission may not start "
    "processes. The batches are the same."
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


def apply() -> None:
    """Apply the patches: after all imports and before any fork, and again after a cell that may have imported more."""
    tempfile.tempdir = None  # otherwise tempfile keeps using the folder of the warm parent
    # chmod and utime are refused even in the scratch folder: without a mount namespace they reach files by path
    shutil.copymode = shutil.copystat = lambda *args, **kwargs: None
    for module, position in (("torch.utils.data.dataloader", 5), ("fastai.data.load", 2)):
        loader: Any = getattr(sys.modules.get(module), "DataLoader", None)
        if isinstance(loader, type) and loader not in _patched:
            _patched.add(loader)
            vars_of: Any = loader
            vars_of.__init__ = _without_workers(vars_of.__init__, position)
