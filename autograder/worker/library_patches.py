"""What libraries are told in the warm parent, so that honest code works behind the wall.

Data loaders get no processes of their own: a submission may start none, and `num_workers` changes how fast batches
come, not which. Copying a file leaves out its mode and times, which a submission may not set.
"""

from __future__ import annotations

import functools
import shutil
import sys
import tempfile
from collections.abc import Callable
from typing import Any

REMARKS: dict[str, str] = {
    "num_workers": "A DataLoader asked for `num_workers`; it was given 0 here, since a submission may start "
    "no processes. The batches are the same."
}
"""What a worker may remark on a submission, by the name that crosses the wire."""

heard: set[str] = set()
"""The remarks that this process has to make."""

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
        for setting in ("prefetch_factor", "persistent_workers", "multiprocessing_context"):  # refused without workers
            kwargs.pop(setting, None)
        init(self, *args, **kwargs)

    return start


def apply() -> None:
    """Call it when everything is imported and before any fork, and again after a cell that may have imported more."""
    tempfile.tempdir = None  # else it is the folder that was right for the warm parent
    shutil.copymode = shutil.copystat = lambda *args, **kwargs: None
    for module, position in (("torch.utils.data.dataloader", 5), ("fastai.data.load", 2)):
        loader: Any = getattr(sys.modules.get(module), "DataLoader", None)
        if isinstance(loader, type) and loader not in _patched:
            _patched.add(loader)
            vars_of: Any = loader
            vars_of.__init__ = _without_workers(vars_of.__init__, position)
