"""Applies what a call changed in its arguments to the grader's own objects, and takes back what may not change.

A grader of `sgd_step` therefore reads like a local test, and an answer can't spoil what is compared or called next.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import torch

from autograder import snapshots
from autograder.run.codec import ReplyDecoder
from autograder.worker import frames, nested


class Undo:
    """Takes back what a call changed, apart from what is in `allowed` or is watched by `compare.unchanged`.

    `gradients`: gradients may change all the same, because the grader asked for them.
    """

    def __init__(self, allowed: Iterable[Any] = (), gradients: bool = False) -> None:
        self._allowed = frozenset(id(item) for value in allowed for item in _parts(value))
        self._gradients = gradients
        self._steps: list[Callable[[], object]] = []
        self._tensors: set[int] = set()

    def before(self, value: Any) -> None:
        """To be called before a change of a tensor, a list, a dict or a generator."""
        if self.allows(value) or snapshots.is_watched(value):
            return
        if isinstance(value, torch.Tensor):
            self._steps.append(self._of_tensor(value))
            self._tensors.add(id(value))
        elif isinstance(value, torch.Generator):
            state = value.get_state()
            self._steps.append(lambda: value.set_state(state))
        elif isinstance(value, list):
            items = list(value)
            self._steps.append(lambda: value.__setitem__(slice(None), items))
        elif isinstance(value, dict):
            pairs = dict(value)
            self._steps += [lambda: value.update(pairs), value.clear]  # they are run from the last to the first

    def allows(self, value: Any) -> bool:
        """Whether the grader has named it as something that may change."""
        return id(value) in self._allowed

    def _of_tensor(self, tensor: torch.Tensor) -> Callable[[], None]:
        data, values, wanted, grad = tensor.data, tensor.data.clone(), tensor.requires_grad, tensor.grad

        def back() -> None:
            data.copy_(values)  # in place, because the grader may hold views of it
            tensor.data = data
            tensor.requires_grad_(wanted)
            if not self._gradients:
                tensor.grad = grad

        return back

    def kept(self, value: Any) -> Any:
        """A returned value as it is now: copies in the place of tensors of ours that go back to what they were."""
        if not self._tensors:
            return value
        return nested.mapped(lambda leaf: _copy(leaf) if id(leaf) in self._tensors else leaf, value)

    def take_back(self) -> None:
        for step in reversed(self._steps):
            step()
        self._steps = []


def _copy(tensor: torch.Tensor) -> torch.Tensor:
    return tensor.detach().clone().requires_grad_(tensor.requires_grad)


def _parts(value: Any) -> Iterable[Any]:
    """A value and everything in it that can change."""
    for node in nested.nodes(value):
        yield node
        if isinstance(node, torch.nn.Module):
            yield from node.parameters()


def apply_changes(decoder: ReplyDecoder, changes: Any, undo: Undo) -> None:
    """Set our tensors to the values and gradients that the worker reports, and add them to `scope.changed`.

    One that may change keeps its shape even so, and `scope.reshaped` says that a call gave it another: what a grader
    does next with it would fail.
    """
    if not isinstance(changes, list):
        raise frames.WireError("the changes are not a list")
    scope, seen = decoder.scope, set()
    for number, node, grad in changes:
        if number in seen:
            raise frames.WireError("a change that is told twice")
        seen.add(number)
        tensor, new = scope.tensors[number], decoder.decode(node)
        if not isinstance(new, torch.Tensor):
            raise frames.WireError("a change that is not a tensor")
        if undo.allows(tensor) and new.shape != tensor.shape:
            scope.reshaped = True
            continue
        undo.before(tensor)
        if new.dtype == tensor.dtype and new.shape == tensor.shape:
            tensor.data.copy_(new.detach())  # in place, because the grader may hold views of it
        else:
            tensor.data = new.detach()
        if tensor.is_floating_point():
            tensor.requires_grad_(new.requires_grad)
        tensor.grad = decoder.decode(grad)
        scope.changed.append(tensor)


def apply_containers(ours: Any, theirs: Any, undo: Undo) -> None:
    """Change lists, dicts and generators among the arguments in the way that the call changed them.

    All changes are in place, because the grader holds these objects.
    """
    if isinstance(ours, torch.Generator) and isinstance(theirs, torch.Generator):
        undo.before(ours)
        ours.set_state(theirs.get_state())
    elif isinstance(ours, (list, tuple)) and isinstance(theirs, (list, tuple)):
        for mine, new in zip(ours, theirs):
            if mine is not new:
                apply_containers(mine, new, undo)
        replaced = any(mine is not new and _is_replaced(mine, new) for mine, new in zip(ours, theirs))
        if isinstance(ours, list) and (len(ours) != len(theirs) or replaced):
            undo.before(ours)
            kept = [mine if not _is_replaced(mine, new) else new for mine, new in zip(ours, theirs)]
            ours[:] = kept + list(theirs[len(ours) :])
    elif isinstance(ours, dict) and isinstance(theirs, dict):
        both = ours.keys() & theirs.keys()
        for key in both:
            apply_containers(ours[key], theirs[key], undo)
        kept_items = {key: ours[key] for key in both if not _is_replaced(ours[key], theirs[key])}
        if len(kept_items) < len(ours) or ours.keys() != theirs.keys():
            undo.before(ours)
            items = {key: kept_items.get(key, value) for key, value in theirs.items()}
            ours.clear()
            ours.update(items)


def _is_replaced(ours: Any, theirs: Any) -> bool:
    """Whether an item of a list is not the one before: another tensor object, another plain value."""
    if isinstance(ours, torch.Tensor):
        # a tensor that is not a leaf has no number, and so always comes back as another object
        return ours is not theirs and ours.is_leaf
    return isinstance(ours, (bool, int, float, str, type(None))) and (type(ours) is not type(theirs) or ours != theirs)
