"""What every worker would do for the first time, done once in the warm parent.

Libraries set themselves up on first use. What is set up before the fork is shared by all workers and costs them
nothing; where no file can be opened (level "compute only"), what is not imported by then can't be imported at all.
Nothing here comes from a submission: the cell and the calls are the few lines below.
"""

from __future__ import annotations

import linecache
import random
import sys
from typing import Any

import numpy as np
import torch

from . import wire
from .child import Child
from .namespace import CHECK
from .simulated_rules import NAME
from .tensor_bytes import MANY

# torch.func is not used: it loads 900 modules in some seconds, and every start would pay for that
_CELL = """
import torch

def distances(images, other):
    stack = torch.stack(images).float() / 255
    return (stack.mean(0) - other).abs().mean((-1, -2)), ((stack - other) ** 2).mean().sqrt()
"""

_EXAMPLES = """
with examples("distances") as example:
    example("gives a pair", len(distances([torch.zeros(2, 2)], torch.zeros(2, 2))), 2)
"""


def run_once(with_simulated_device: bool) -> list[dict[str, Any]]:
    """Read a cell, run it, keep its names, call its function and run examples as a worker does. Returns the replies.
    Only what libraries keep is left.
    """
    # saved, because the children inherit the random states, and a child's namespace takes the place of `__main__`
    main, states = sys.modules["__main__"], (random.getstate(), np.random.get_state(), torch.get_rng_state())
    child = Child(-1)  # no channel: the operations are called directly
    try:
        cell = {"source": _CELL, "name": "warm-up", "exercise": "distances", "keeps": ["distances"]}
        replies = [child.tell_facts({"sources": [_CELL]}, [])[0], child.run_cell(cell, [])[0]]
        replies.append(child.finish({"exercises": ["distances"]}, [])[0])
        place = {"exercise": "distances", "place": CHECK}
        replies.append(child.run_examples({**place, "source": _EXAMPLES}, [])[0])
        if with_simulated_device:
            replies.append(child.start_device({"name": NAME, "memory": 0}, [])[0])
        for on_device in {False, with_simulated_device}:
            replies.append(child.call(*_request(on_device))[0])
        return replies
    finally:
        sys.modules["__main__"] = main
        linecache.cache.pop("<cell warm-up>", None)
        random.setstate(states[0])
        np.random.set_state(states[1])
        torch.set_rng_state(states[2])


def _request(on_device: bool) -> tuple[dict[str, Any], list[bytearray]]:
    encoder = wire.Encoder()
    images: Any = encoder.encode([torch.zeros(28, 28, dtype=torch.uint8) for _ in range(MANY)])
    images["many"]["n"] = list(range(MANY))
    other = {**encoder.encode(torch.zeros(28, 28)), "n": MANY}
    args = [{"k": "list", "v": [images, other]}, encoder.encode({}), {"k": "global", "name": "distances"}]
    header = {
        "args": {"k": "list", "v": args},
        "parameters": [],
        "seed": 0,
        "on_device": on_device,
        "forget": True,
        "place": ["distances", CHECK],
    }
    return header, [bytearray(blob) for blob in encoder.blobs]
