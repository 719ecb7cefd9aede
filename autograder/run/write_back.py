"""Applies what a call changed in its arguments to the grader's own objects.

A grader of `sgd_step` therefore reads like a local test.
"""

from __future__ import annotations

from typing import Any

import torch

from autograder.run.codec import ReplyDecoder
from autograder.worker import frames


def apply_changes(decoder: ReplyDecoder, changes: Any) -> None:
    """Set our tensors to the values and gradients that the worker reports, and add them to `scope.changed`."""
    if not isinstance(changes, list):
        raise frames.WireError("the changes are not a list")
    scope = decoder.scope
    for number, node, grad in changes:
        tensor, new = scope.tensors[number], decoder.decode(node)
        if not isinstance(new, torch.Tensor):
            raise frames.WireError("a change that is not a tensor")
        if new.dtype == tensor.dtype and new.shape == tensor.shape:
            tensor.data.copy_(new.detach())  # in place, because the grader may hold views of it
        else:
            tensor.data = new.detach()
        if tensor.is_floating_point():
            tensor.requires_grad_(new.requires_grad)
        tensor.grad = decoder.decode(grad)
        scope.changed.append(tensor)


def apply_containers(ours: Any, theirs: Any) -> None:
    """Change lists, dicts and generators among the arguments in the way that the call changed them.

    All changes are in place, because the grader holds these objects.
    """
    if isinstance(ours, torch.Generator) and isinstance(theirs, torch.Generator):
        ours.set_state(theirs.get_state())
    elif isinstance(ours, (list, tuple)) and isinstance(theirs, (list, tuple)):
        for mine, new in zip(ours, theirs):
            if mine is not new:
                apply_containers(mine, new)
        replaced = any(mine is not new and _is_replaced(mine, new) for mine, new in zip(ours, theirs))
        if isinstance(ours, list) and (len(ours) != len(theirs) or replaced):
            kept = [mine if not _is_replaced(mine, new) else new for mine, new in zip(ours, theirs)]
            ours[:] = kept + list(theirs[len(ours) :])
    elif isinstance(ours, dict) and isinstance(theirs, dict):
        both = ours.keys() & theirs.keys()
        for key in both:
            apply_containers(ours[key], theirs[key])
        kept_items = {key: ours[key] for key in both if not _is_replaced(ours[key], theirs[key])}
        if len(kept_items) < len(ours) or ours.keys() != theirs.keys():
            items = {key: kept_items.get(key, value) for key, value in theirs.items()}
            ours.clear()
            ours.update(items)


def _is_replaced(ours: Any, theirs: Any) -> bool:
    """Whether an item of a list is not the one before: another tensor object, another plain value."""
    if isinstance(ours, torch.Tensor):
        # a tensor that is not a leaf has no number, and so always comes back as another object
        return ours is not theirs and ours.is_leaf
    return isinstance(ours, (bool, int, float, str, type(None))) and (type(ours) is not type(theirs) or ours != theirs)
