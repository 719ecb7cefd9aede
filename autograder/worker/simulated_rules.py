"""What the simulated accelerator refuses, in CUDA's words, and the torch functions that need a special rule.

The rules do not know how a simulated tensor is made. They ask the call (`simulated._Function`) which tensors are
simulated, let it compute on the CPU, and let it place the results.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol

import torch
from torch import Tensor

from .nested import tensors
from .simulated_products import PRODUCTS

NAME = "simulated"
LABEL = f"{NAME}:0"
_DEEP = 4


class WrittenForOneGPU(RuntimeError):
    """The code names the GPU of one vendor, and this device is another one."""


class Call(Protocol):
    """A call of a torch function, as a rule sees it."""

    func: Any
    name: str

    def plain(self, *args: Any, **kwargs: Any) -> Any:
        """What torch computes on the CPU."""

    def ordinary(self) -> Any:
        """The result without a special rule."""

    @staticmethod
    def plainly() -> Any:
        """A context in which simulated tensors are ordinary tensors on the CPU."""

    @staticmethod
    def is_simulated(value: Any) -> bool: ...

    @staticmethod
    def place(tensor: Tensor) -> Tensor: ...

    @staticmethod
    def unplace(tensor: Tensor) -> Tensor: ...

    @staticmethod
    def placed(result: Any, others: list[Tensor]) -> Any:
        """Put results on the simulated device, except CPU tensors (`others`) that are only passed through."""


# ---------------------------------------------------------------- CUDA's words

_NUMPY = f"can't convert {LABEL} device type tensor to numpy. Use Tensor.cpu() to copy the tensor to host memory first."
MIXED = f"Expected all tensors to be on the same device, but found at least two devices, {LABEL} and cpu!"
_INDICES = "indices should be either on cpu or on the same device as the indexed tensor (cpu)"
_GRAD = "assigned grad has data located on a different device"


def one_gpu(what: str) -> WrittenForOneGPU:
    return WrittenForOneGPU(
        f"{what} is written for one kind of GPU, which this device is not: use the device of an input, `x.device`"
    )


def wanted_device(device: Any) -> bool | None:
    """Whether a `device=` means the simulated device (True) or the CPU (False); None for torch's meta device.

    Raises RuntimeError for a device that does not exist, and WrittenForOneGPU for any other.
    """
    if isinstance(device, int):  # in torch a bare number means an accelerator
        device = torch.device(NAME, device)
    device = torch.device(device)
    if device.type == NAME:
        if device.index not in (None, 0):
            raise RuntimeError(f"invalid device ordinal: there is no {device}")
        return True
    if device.type == "cpu":
        return False
    if device.type == "meta":
        return None
    raise one_gpu(f'device="{device}"')


# ---------------------------------------------------------------- tables


def _names(text: str) -> frozenset[str]:
    return frozenset(text.split())


# These make a tensor from numbers. Without `device=` it is on the CPU.
FACTORIES = _names(
    "arange asarray as_tensor empty empty_strided eye full from_numpy linspace logspace ones rand randint randn "
    "randperm range scalar_tensor tensor tril_indices triu_indices zeros bartlett_window blackman_window "
    "hamming_window hann_window kaiser_window"
)
FROM_DATA = frozenset(("tensor", "as_tensor", "asarray"))
# These use only the shape or the dtype of a second tensor, or take a second tensor from the CPU.
UNCHECKED = _names(
    "can_cast copy_ expand_as is_same_size is_set_to pack_padded_sequence promote_types reshape_as result_type "
    "set_ tensor_split view_as _has_compatible_shallow_copy_type"
)
# In arithmetic and comparisons a 0-dimensional CPU tensor counts as a number. These functions refuse it.
NO_SCALARS = _names(
    "addmm addmv addbmm baddbmm bilinear bincount bmm bucketize cat cdist chain_matmul column_stack concat "
    "concatenate conv1d conv2d cross_entropy dot dstack einsum embedding equal gather hstack index_add index_add_ "
    "index_copy index_copy_ index_put index_put_ index_select inner isin linear masked_scatter masked_scatter_ "
    "masked_select matmul __matmul__ __rmatmul__ mm multi_dot mv nll_loss one_hot outer row_stack scatter "
    "scatter_ scatter_add scatter_add_ scatter_reduce scatter_reduce_ searchsorted stack take take_along_dim "
    "tensordot vdot vstack"
)
IN_PLACE_DUNDERS = _names(
    "__iadd__ __isub__ __imul__ __itruediv__ __ifloordiv__ __ipow__ __imod__ __iand__ __ior__ __ixor__"
)


# ---------------------------------------------------------------- functions with a special rule


def _device(call: Call, tensor: Tensor, *rest: Any) -> Any:
    return torch.device(LABEL) if call.is_simulated(tensor) else call.plain(tensor, *rest)


def _is_cpu(call: Call, tensor: Tensor, *rest: Any) -> Any:
    return False if call.is_simulated(tensor) else call.plain(tensor, *rest)


def _get_device(call: Call, tensor: Tensor) -> Any:
    return 0 if call.is_simulated(tensor) else call.plain(tensor)


def _numpy(call: Call, tensor: Tensor, *args: Any, **kwargs: Any) -> Any:
    if call.is_simulated(tensor) and kwargs.get("force") is not True:
        raise TypeError(_NUMPY)
    return call.plain(tensor, *args, **kwargs)


def _only_on_cpu(call: Call, tensor: Tensor, *args: Any, **kwargs: Any) -> Any:
    if call.is_simulated(tensor):
        raise TypeError(f"{call.name} is only implemented on CPU tensors")
    return call.ordinary()


def _cuda(call: Call, *args: Any, **kwargs: Any) -> Any:
    raise one_gpu(f"`.{call.name}()`")


def _move(call: Call, tensor: Tensor, wanted: bool, change: Callable[[], Tensor]) -> Tensor:
    """The result of `change()`, on the wanted device. Two devices never share memory."""
    here = call.is_simulated(tensor)
    with call.plainly():
        result = change()
        if wanted != here and result is tensor:
            result = tensor.clone()
    return call.place(result) if wanted else result


def _to(call: Call, tensor: Tensor, *args: Any, **kwargs: Any) -> Any:
    device, rest = kwargs.pop("device", None), list(args)
    other = kwargs.pop("other", None)
    if rest and isinstance(rest[0], Tensor):
        other = rest.pop(0)
    elif rest and isinstance(rest[0], (str, torch.device, int)) and not isinstance(rest[0], bool):
        device, rest[0] = rest[0], "cpu"  # the values are there in any case
    if isinstance(other, Tensor):
        with call.plainly():
            rest.insert(0, other.dtype)
        wanted: bool | None = call.is_simulated(other)
    else:
        wanted = call.is_simulated(tensor) if device is None else wanted_device(device)
    if wanted is None:
        return call.plain(tensor, *args, **kwargs, device=device)
    return _move(call, tensor, wanted, lambda: call.func(tensor, *rest, **kwargs) if rest or kwargs else tensor)


def _cpu(call: Call, tensor: Tensor, *args: Any, **kwargs: Any) -> Any:
    return _move(call, tensor, False, lambda: tensor)


def _type_as(call: Call, tensor: Tensor, other: Tensor) -> Any:
    return _move(call, tensor, call.is_simulated(other), lambda: tensor.to(other.dtype))


def _set_data(call: Call, tensor: Tensor, value: Any) -> Any:
    call.plain(tensor, value)
    if call.is_simulated(value):
        call.place(tensor)
    else:
        call.unplace(tensor)


def _set_grad(call: Call, tensor: Tensor, value: Any) -> Any:
    if isinstance(value, Tensor) and call.is_simulated(value) != call.is_simulated(tensor):
        raise RuntimeError(_GRAD)
    call.plain(tensor, value)


def _backward(call: Call, *args: Any, **kwargs: Any) -> Any:
    """Run without checks: gradients are where their values are. Hand-written backward functions run as on the CPU."""
    return call.plain(*args, **kwargs)


def _gradients(call: Call, outputs: Any, inputs: Any, *args: Any, **kwargs: Any) -> Any:
    found = call.plain(outputs, inputs, *args, **kwargs)
    for tensor, gradient in zip([inputs] if isinstance(inputs, Tensor) else inputs, found):
        if gradient is not None and call.is_simulated(tensor):
            call.place(gradient)
    return found


def _deepcopy(call: Call, tensor: Tensor, memo: dict[int, Any]) -> Any:
    if not call.is_simulated(tensor):
        return call.plain(tensor, memo)
    if id(tensor) not in memo:
        with call.plainly():
            # as an ordinary tensor, because torch does not copy a tensor whose class it does not know
            copy = (
                tensor.as_subclass(Tensor)
                if not tensor.is_leaf
                else tensor.detach().requires_grad_(tensor.requires_grad)
            )
            copy = copy.__deepcopy__({})
            if getattr(tensor, "_is_param", False):
                copy._is_param = True  # a Parameter's copy has no gradient
            elif tensor.grad is not None:
                copy.grad = tensor.grad.detach().clone()
        memo[id(tensor)] = call.place(copy)
    return memo[id(tensor)]


def _iterate(call: Call, tensor: Tensor) -> Any:
    rows = list(call.plain(tensor))
    return iter(call.placed(rows, []) if call.is_simulated(tensor) else rows)


def _broadcast(call: Call, *args: Any) -> Any:
    before = list(tensors(args, _DEEP))
    results = call.plain(*args)
    for tensor, result in zip(before, results):
        if call.is_simulated(tensor):
            call.place(result)
    return results


def _text(call: Call, tensor: Tensor, *args: Any, **kwargs: Any) -> str:
    if not call.is_simulated(tensor):
        return str(call.plain(tensor, *args, **kwargs))
    with call.plainly():
        text = repr(tensor.detach().as_subclass(Tensor))
        graph = ", requires_grad=True" if tensor.requires_grad else ""
    return f"{_kept_as(tensor)}{text[:-1]}, device='{LABEL}'{graph})"


def _kept_as(tensor: Tensor) -> str:
    return "Parameter containing:\n" if getattr(tensor, "_is_param", False) else ""


def _format(call: Call, tensor: Tensor, spec: str = "") -> str:
    """`f"{loss:.4f}"` is that of the number where torch says so: for a scalar that is no Parameter."""
    if not call.is_simulated(tensor):
        return str(call.plain(tensor, spec))
    if tensor.dim() == 0 and not getattr(tensor, "_is_param", False):
        return format(tensor.item(), spec)
    return object.__format__(tensor, spec)


def _type(call: Call, tensor: Tensor, dtype: Any = None, *rest: Any, **named: Any) -> Any:
    """The old way of asking for kind and place in one word: `x.type()`, `x.type(torch.FloatTensor)`."""
    if dtype is None or isinstance(dtype, torch.dtype):
        found = call.ordinary()
        named_here = isinstance(found, str) and call.is_simulated(tensor)
        return found.replace("torch.", f"torch.{NAME}.") if named_here else found
    word = dtype if isinstance(dtype, str) else f"{dtype.__module__}.{dtype.__name__}"
    if word.startswith("torch.cuda."):
        raise one_gpu(f"`{word}`")
    return _move(call, tensor, f".{NAME}." in word, lambda: tensor.type(word.replace(f"{NAME}.", "")))


def _indices(call: Call, index: Any) -> list[Tensor]:
    # a 0-dimensional integer counts as a number, on any device
    with call.plainly():
        return [
            tensor for tensor in tensors(index, _DEEP) if tensor.dim() > 0 or tensor.dtype in (torch.bool, torch.uint8)
        ]


def _get_item(call: Call, tensor: Tensor, index: Any) -> Any:
    """A simulated tensor takes CPU tensors as indices; a CPU tensor takes no simulated ones."""
    if call.is_simulated(tensor):
        return call.placed(call.plain(tensor, index), [])
    if any(call.is_simulated(one) for one in _indices(call, index)):
        raise RuntimeError(_INDICES)
    return call.plain(tensor, index)


def _set_item(call: Call, tensor: Tensor, index: Any, value: Any) -> Any:
    """`x[0] = y` copies from any device; `x[mask] = y` does not."""
    chosen = _indices(call, index)
    if not call.is_simulated(tensor) and any(call.is_simulated(one) for one in chosen):
        raise RuntimeError(_INDICES)
    if chosen and isinstance(value, Tensor) and call.is_simulated(value) != call.is_simulated(tensor):
        with call.plainly():
            scalar = value.dim() == 0
        if not scalar:
            raise RuntimeError(MIXED)
    return call.plain(tensor, index, value)


SPECIAL: dict[str, Callable[..., Any]] = {
    **PRODUCTS,
    "device.get": _device,
    "is_cpu.get": _is_cpu,
    "get_device": _get_device,
    "numpy": _numpy,
    "__array__": _numpy,
    "__dlpack__": _numpy,
    "apply_": _only_on_cpu,
    "map_": _only_on_cpu,
    "cuda": _cuda,
    "xpu": _cuda,
    "to": _to,
    "cpu": _cpu,
    "type_as": _type_as,
    "data.set": _set_data,
    "grad.set": _set_grad,
    "backward": _backward,
    "grad": _gradients,
    "__deepcopy__": _deepcopy,
    "__iter__": _iterate,
    "broadcast_tensors": _broadcast,
    "__repr__": _text,
    "__format__": _format,
    "type": _type,
    "__getitem__": _get_item,
    "__setitem__": _set_item,
}
