"""A pytest plugin (`-p tests.support.shared_memory`): a wanted value in the memory of what was sent fails its check.

The answer may write to what it is sent, and would then choose what it is compared with.
"""

from __future__ import annotations

from typing import Any

import pytest
import torch

from autograder import compare
from autograder.run.session import Session
from autograder.worker import nested

_sent: dict[int, torch.Tensor] = {}  # the tensors too: an address is used again when its tensor is gone


def _storages(value: Any) -> dict[int, torch.Tensor]:
    modules = [node for node in nested.nodes(value) if isinstance(node, torch.nn.Module)]
    tensors = [*nested.tensors(value), *(p for module in modules for p in module.parameters())]
    return {tensor.untyped_storage().data_ptr(): tensor for tensor in tensors if tensor.numel()}


def pytest_configure(config: pytest.Config) -> None:
    call, to_match = Session.call, compare.Expectation.to_match

    def recorded(self: Session, target: Any, path: Any, args: Any, kwargs: Any, **options: Any) -> Any:
        _sent.update(_storages([args, kwargs]))
        return call(self, target, path, args, kwargs, **options)

    def checked(self: compare.Expectation, want: Any, **options: Any) -> None:
        if _storages(want).keys() & _sent.keys():
            raise RuntimeError("the wanted value shares memory with what the answer was sent")
        to_match(self, want, **options)

    Session.call, compare.Expectation.to_match = recorded, checked  # type: ignore[method-assign]


def pytest_runtest_setup(item: pytest.Item) -> None:
    _sent.clear()
