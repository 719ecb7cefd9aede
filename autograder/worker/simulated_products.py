"""Matrix products on the simulated accelerator: CUDA has them for floats only."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch

from .nested import tensors

_DEEP = 4
_WHOLE = {torch.int64: "Long", torch.int32: "Int", torch.int16: "Short", torch.int8: "Char", torch.uint8: "Byte"}


def _product(call: Any, *args: Any, **kwargs: Any) -> Any:
    """A rule (see `simulated_rules.Call`): refuse whole numbers in CUDA's words. An einsum that adds nothing up is no
    matrix product.
    """
    result = call.ordinary()  # first, since of two devices CUDA complains before it looks at dtypes
    inputs, arrow, output = (args[0] if isinstance(args[0], str) else "a,a->").replace(" ", "").partition("->")
    if any(inputs.count(name) > 1 and not (arrow and name in output) for name in set(inputs) - {","}):
        with call.plainly():
            for tensor in filter(call.is_simulated, tensors([args, kwargs], _DEEP)):
                if tensor.dtype in _WHOLE:
                    raise NotImplementedError(f"\"addmm_cuda\" not implemented for '{_WHOLE[tensor.dtype]}'")
    return result


_NAMES = "addmm addmv addbmm baddbmm bmm dot einsum inner linear matmul __matmul__ __rmatmul__ mm mv tensordot vdot"
PRODUCTS: dict[str, Callable[..., Any]] = dict.fromkeys(_NAMES.split(), _product)
