"""An accelerator that is none: tensors with real values on the CPU that behave as if they were on another device.

The device of such a tensor is its Python class. Every function of torch that is called on one passes through `_Function`, which refuses
what CUDA refuses, in CUDA's words, lets torch compute the rest on the CPU, and gives the results the class too. Autograd, views and
in-place operations are torch's own, since below Python these are ordinary CPU tensors.

`torch.zeros(3, device=x.device)` has no such tensor among its arguments: it is seen only while a `Mode` is active. What the simulation
can't tell from a real accelerator is listed in docs/parity.md.
"""

from __future__ import annotations

import contextlib
import functools
import types
from collections.abc import Callable, Iterator
from typing import Any

import torch
from torch import Tensor, nn
from torch.overrides import TorchFunctionMode

NAME = "simulated"
LABEL = f"{NAME}:0"


class WrittenForOneGPU(RuntimeError):
    """The code names one maker's GPU, and this device is another one."""


class SimulatedTensor(Tensor):
    """A tensor "on" the simulated accelerator."""

    @classmethod
    def __torch_function__(cls, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        return _Function(func, args, kwargs or {}).run()


class Mode(TorchFunctionMode):
    """While it is active, the functions that make tensors from nothing know the simulated device."""

    def __torch_function__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        return _Function(func, args, kwargs or {}).run()


def plainly() -> Any:
    """A context in which simulated tensors are ordinary tensors on the CPU."""
    return torch._C.DisableTorchFunction()


def is_simulated(value: Any) -> bool:
    if type(value) is SimulatedTensor:
        return True
    # inside torch.func's transforms a tensor is wrapped in another one, whose class says nothing
    return (
        isinstance(value, Tensor)
        and torch._C._functorch.is_functorch_wrapped_tensor(value)
        and is_simulated(torch._C._functorch.get_unwrapped(value))
    )


def place(tensor: Tensor) -> Tensor:
    """Say of a tensor that it is on the simulated device: the same object, no longer an ordinary one."""
    if type(tensor) is not SimulatedTensor:
        if isinstance(tensor, nn.Parameter):
            tensor._is_param = True  # what `isinstance(tensor, nn.Parameter)` asks for
        tensor.__class__ = SimulatedTensor
    return tensor


def _unplace(tensor: Tensor) -> Tensor:
    if type(tensor) is SimulatedTensor:
        setattr(tensor, "__class__", nn.Parameter if getattr(tensor, "_is_param", False) else Tensor)  # noqa: B010  (mypy)
    return tensor


# ---------------------------------------------------------------- CUDA's words

_NUMPY = f"can't convert {LABEL} device type tensor to numpy. Use Tensor.cpu() to copy the tensor to host memory first."
_MIXED = f"Expected all tensors to be on the same device, but found at least two devices, {LABEL} and cpu!"
_INDICES = "indices should be either on cpu or on the same device as the indexed tensor (cpu)"
_GRAD = "assigned grad has data located on a different device"


def _one_gpu(what: str) -> WrittenForOneGPU:
    return WrittenForOneGPU(f"{what} is written for one kind of GPU, which this device is not: use the device of an input, `x.device`")


def _wanted(device: Any) -> bool | None:
    """Whether a `device=` means the simulated one (True) or the CPU (False); None for torch's meta device, which is neither."""
    if isinstance(device, int):
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
    raise _one_gpu(f'device="{device}"')


# ---------------------------------------------------------------- one call of a function of torch


def _names(text: str) -> frozenset[str]:
    return frozenset(text.split())


# These make a tensor from no tensor: without `device=` it is on the CPU, whatever numbers it is made of.
_FACTORIES = _names(
    "arange asarray as_tensor empty empty_strided eye full from_numpy linspace logspace ones rand randint randn randperm range "
    "scalar_tensor tensor tril_indices triu_indices zeros bartlett_window blackman_window hamming_window hann_window kaiser_window"
)
_FROM_DATA = frozenset(("tensor", "as_tensor", "asarray"))
# These look at the shape or the dtype of a second tensor only, or take their second tensor from the CPU.
_UNCHECKED = _names(
    "can_cast copy_ expand_as is_same_size is_set_to pack_padded_sequence promote_types reshape_as result_type set_ tensor_split view_as "
    "_has_compatible_shallow_copy_type"
)
# A 0-dimensional CPU tensor counts as a number in arithmetic and comparisons; these are neither.
_NO_SCALARS = _names(
    "addmm addmv addbmm baddbmm bilinear bincount bmm bucketize cat cdist chain_matmul column_stack concat concatenate conv1d conv2d "
    "cross_entropy dot dstack einsum embedding equal gather hstack index_add index_add_ index_copy index_copy_ index_put index_put_ "
    "index_select inner isin linear masked_scatter masked_scatter_ masked_select matmul __matmul__ __rmatmul__ mm multi_dot mv nll_loss "
    "one_hot outer row_stack scatter scatter_ scatter_add scatter_add_ scatter_reduce scatter_reduce_ searchsorted stack take "
    "take_along_dim tensordot vdot vstack"
)
_IN_PLACE_DUNDERS = _names("__iadd__ __isub__ __imul__ __itruediv__ __ifloordiv__ __ipow__ __imod__ __iand__ __ior__ __ixor__")


def _name_of(func: Any) -> str:
    """`add`, or `grad.get` and `grad.set` for a property."""
    name = str(getattr(func, "__name__", ""))
    if name in ("__get__", "__set__", "__delete__"):
        return f"{func.__self__.__name__}.{name.strip('_')}"
    return name


def _tensors(value: Any, depth: int = 0) -> Iterator[Tensor]:
    if isinstance(value, Tensor):
        yield value
    elif isinstance(value, (list, tuple)) and depth < 4:
        for item in value:
            if isinstance(item, (Tensor, list, tuple, dict)):
                yield from _tensors(item, depth + 1)
    elif isinstance(value, dict) and depth < 4:
        for item in value.values():
            yield from _tensors(item, depth + 1)


class _Function:
    """A call of one of torch's functions, some of whose arguments may be on the simulated device."""

    def __init__(self, func: Any, args: Any, kwargs: dict[str, Any]) -> None:
        self.func, self.args, self.kwargs = func, args, kwargs
        self.name = _name_of(func)

    def run(self) -> Any:
        special = _SPECIAL.get(self.name)
        if special is not None and self.args:
            return special(self, *self.args, **self.kwargs)
        return self.ordinary()

    def plain(self, *args: Any, **kwargs: Any) -> Any:
        """What torch makes of it on the CPU."""
        with plainly():
            return self.func(*args, **kwargs)

    def ordinary(self) -> Any:
        device = self.kwargs.get("device")
        wanted = None if device is None else _wanted(device)
        if device is not None and wanted is None:
            return self.plain(*self.args, **self.kwargs)
        if self.name in _FACTORIES or device is not None:
            return self.create(wanted)
        tensors = [*_tensors(self.args), *_tensors(self.kwargs)]
        simulated = [tensor for tensor in tensors if is_simulated(tensor)]
        generator = self.kwargs.get("generator")
        if generator is not None:
            _check_generator(generator, bool(simulated))
        if not simulated:
            return self.plain(*self.args, **self.kwargs)
        others = [tensor for tensor in tensors if not is_simulated(tensor)]
        if others:
            self.check(others)
        if self.name in _UNCHECKED and not is_simulated(tensors[0]):
            return self.plain(*self.args, **self.kwargs)
        return _placed(self.plain(*self.args, **self.kwargs), others)

    def create(self, wanted: bool | None) -> Any:
        """zeros, rand, zeros_like, new_tensor, ...: the result is where `device=` says, else where the data is, else on the CPU."""
        data = self.args[0] if self.args else self.kwargs.get("data", self.kwargs.get("obj"))
        if wanted is None:
            wanted = self.name in _FROM_DATA and is_simulated(data)
        if self.kwargs.get("generator") is not None:
            _check_generator(self.kwargs["generator"], wanted)
        kwargs = {key: value for key, value in self.kwargs.items() if key != "device"}
        with plainly():
            result = self.func(*self.args, **kwargs)
            if self.name in ("as_tensor", "asarray") and wanted != is_simulated(data):
                result = result.clone()  # memory is never shared between two devices
        return place(result) if wanted else result

    def check(self, others: list[Tensor]) -> None:
        """Raise where CUDA does not take tensors of the CPU beside its own."""
        if self.name in _UNCHECKED:
            return
        with plainly():
            if self.name not in _NO_SCALARS and all(tensor.dim() == 0 for tensor in others):
                in_place = self.name in _IN_PLACE_DUNDERS or (self.name.endswith("_") and not self.name.endswith("__"))
                written = self.args[0] if in_place and self.args else self.kwargs.get("out")
                if not any(tensor is written for tensor in others):
                    return
        raise RuntimeError(_MIXED)


def _placed(result: Any, others: list[Tensor]) -> Any:
    """The results on the simulated device, but for tensors of the CPU that are only handed on."""
    for tensor in _tensors(result):
        if not any(tensor is other for other in others):
            place(tensor)
    return result


def _check_generator(generator: Any, simulated: bool) -> None:
    wanted, found = ((NAME, "cpu"), ("cpu", NAME))[0 if simulated else 1]
    if isinstance(generator, SimulatedGenerator) != simulated:
        raise RuntimeError(f"Expected a '{wanted}' device type for generator but found '{found}'")


# ---------------------------------------------------------------- functions with a rule of their own


def _device(call: _Function, tensor: Tensor, *rest: Any) -> Any:
    return torch.device(LABEL) if is_simulated(tensor) else call.plain(tensor, *rest)


def _is_cpu(call: _Function, tensor: Tensor, *rest: Any) -> Any:
    return False if is_simulated(tensor) else call.plain(tensor, *rest)


def _get_device(call: _Function, tensor: Tensor) -> Any:
    return 0 if is_simulated(tensor) else call.plain(tensor)


def _numpy(call: _Function, tensor: Tensor, *args: Any, **kwargs: Any) -> Any:
    if is_simulated(tensor) and kwargs.get("force") is not True:
        raise TypeError(_NUMPY)
    return call.plain(tensor, *args, **kwargs)


def _only_on_cpu(call: _Function, tensor: Tensor, *args: Any, **kwargs: Any) -> Any:
    if is_simulated(tensor):
        raise TypeError(f"{call.name} is only implemented on CPU tensors")
    return call.ordinary()


def _cuda(call: _Function, *args: Any, **kwargs: Any) -> Any:
    raise _one_gpu(f"`.{call.name}()`")


def _move(tensor: Tensor, wanted: bool, change: Callable[[], Tensor]) -> Tensor:
    """`change()`, then a copy on the other device unless it is there already."""
    here = is_simulated(tensor)
    with plainly():
        result = change()
        if wanted != here and result is tensor:
            result = tensor.clone()
    return place(result) if wanted else result


def _to(call: _Function, tensor: Tensor, *args: Any, **kwargs: Any) -> Any:
    device, rest = kwargs.pop("device", None), list(args)
    other = kwargs.pop("other", None)
    if rest and isinstance(rest[0], Tensor):
        other = rest.pop(0)
    elif rest and isinstance(rest[0], (str, torch.device, int)) and not isinstance(rest[0], bool):
        device, rest[0] = rest[0], "cpu"  # where the values really are
    if isinstance(other, Tensor):
        with plainly():
            rest.insert(0, other.dtype)
        wanted: bool | None = is_simulated(other)
    else:
        wanted = is_simulated(tensor) if device is None else _wanted(device)
    if wanted is None:
        return call.plain(tensor, *args, **kwargs, device=device)
    return _move(tensor, wanted, lambda: call.func(tensor, *rest, **kwargs) if rest or kwargs else tensor)


def _cpu(call: _Function, tensor: Tensor, *args: Any, **kwargs: Any) -> Any:
    return _move(tensor, False, lambda: tensor)


def _type_as(call: _Function, tensor: Tensor, other: Tensor) -> Any:
    return _move(tensor, is_simulated(other), lambda: tensor.to(other.dtype))


def _set_data(call: _Function, tensor: Tensor, value: Any) -> Any:
    call.plain(tensor, value)
    if is_simulated(value):
        place(tensor)
    else:
        _unplace(tensor)


def _set_grad(call: _Function, tensor: Tensor, value: Any) -> Any:
    if isinstance(value, Tensor) and is_simulated(value) != is_simulated(tensor):
        raise RuntimeError(_GRAD)
    call.plain(tensor, value)


def _backward(call: _Function, *args: Any, **kwargs: Any) -> Any:
    """Derivatives are where the values are: there is nothing to check, and hand-written backward functions run as on the CPU."""
    return call.plain(*args, **kwargs)


def _gradients(call: _Function, outputs: Any, inputs: Any, *args: Any, **kwargs: Any) -> Any:
    found = call.plain(outputs, inputs, *args, **kwargs)
    for tensor, gradient in zip([inputs] if isinstance(inputs, Tensor) else inputs, found):
        if gradient is not None and is_simulated(tensor):
            place(gradient)
    return found


def _deepcopy(call: _Function, tensor: Tensor, memo: dict[int, Any]) -> Any:
    if not is_simulated(tensor):
        return call.plain(tensor, memo)
    if id(tensor) not in memo:
        with plainly():
            # as an ordinary tensor: torch copies no tensor of a class that it does not know
            copy = tensor.as_subclass(Tensor) if not tensor.is_leaf else tensor.detach().requires_grad_(tensor.requires_grad)
            copy = copy.__deepcopy__({})
            if getattr(tensor, "_is_param", False):
                copy._is_param = True  # a Parameter's copy has no gradient
            elif tensor.grad is not None:
                copy.grad = tensor.grad.detach().clone()
        memo[id(tensor)] = place(copy)
    return memo[id(tensor)]


def _iterate(call: _Function, tensor: Tensor) -> Any:
    rows = list(call.plain(tensor))
    return iter(_placed(rows, []) if is_simulated(tensor) else rows)


def _broadcast(call: _Function, *args: Any) -> Any:
    before = list(_tensors(args))
    results = call.plain(*args)
    for tensor, result in zip(before, results):
        if is_simulated(tensor):
            place(result)
    return results


def _text(call: _Function, tensor: Tensor, *args: Any, **kwargs: Any) -> str:
    if not is_simulated(tensor) or call.name == "__format__":
        return str(call.plain(tensor, *args, **kwargs))
    with plainly():
        text = repr(tensor.detach().as_subclass(Tensor))
        graph = ", requires_grad=True" if tensor.requires_grad else ""
    return f"{text[:-1]}, device='{LABEL}'{graph})"


def _indices(index: Any) -> list[Tensor]:
    with plainly():
        return [tensor for tensor in _tensors(index) if tensor.dim() > 0 or tensor.dtype in (torch.bool, torch.uint8)]


def _get_item(call: _Function, tensor: Tensor, index: Any) -> Any:
    """Indices may come from the CPU, but not go there."""
    if is_simulated(tensor):
        return _placed(call.plain(tensor, index), [])
    if any(is_simulated(one) for one in _indices(index)):
        raise RuntimeError(_INDICES)
    return call.plain(tensor, index)


def _set_item(call: _Function, tensor: Tensor, index: Any, value: Any) -> Any:
    """`x[0] = y` copies, from any device; `x[mask] = y` does not."""
    chosen = _indices(index)
    if not is_simulated(tensor) and any(is_simulated(one) for one in chosen):
        raise RuntimeError(_INDICES)
    if chosen and isinstance(value, Tensor) and is_simulated(value) != is_simulated(tensor):
        with plainly():
            scalar = value.dim() == 0
        if not scalar:
            raise RuntimeError(_MIXED)
    return call.plain(tensor, index, value)


_SPECIAL: dict[str, Callable[..., Any]] = {
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
    "__format__": _text,
    "__getitem__": _get_item,
    "__setitem__": _set_item,
}


# ---------------------------------------------------------------- what torch has no hook for


class _GeneratorKind(type(torch._C.Generator)):  # type: ignore[misc]
    def __instancecheck__(cls, instance: Any) -> bool:
        return isinstance(instance, torch._C.Generator)


class _CPUOrSimulated(torch._C.Generator, metaclass=_GeneratorKind):
    """Stands in the place of torch.Generator, which knows no device of ours."""

    def __new__(cls, device: Any = "cpu") -> Any:
        return SimulatedGenerator() if _wanted(device) else torch._C.Generator()


class SimulatedGenerator(torch._C.Generator):
    """A source of random numbers on the simulated device; the numbers are the CPU's."""

    @property
    def device(self) -> torch.device:  # type: ignore[override]
        return torch.device(LABEL)


def _transformed(transform: Callable[..., Any]) -> Callable[..., Any]:
    """torch.func's `grad` and its kin make their results anew, out of sight: these belong where the arguments are."""

    @functools.wraps(transform)
    def outer(*settings: Any, **named: Any) -> Any:
        function = transform(*settings, **named)
        if not isinstance(function, types.FunctionType):
            return function

        @functools.wraps(function)
        def inner(*args: Any, **kwargs: Any) -> Any:
            result = function(*args, **kwargs)
            if any(is_simulated(tensor) for tensor in _tensors([args, kwargs])):
                _placed(result, [])
            return result

        return inner

    return outer


def start() -> None:
    """Make the device known in this process: its name, generators, and a clear word for `.cuda()` wherever it is called."""
    if torch.Generator is _CPUOrSimulated:
        return
    with contextlib.suppress(RuntimeError):  # it has this name already
        torch.utils.rename_privateuse1_backend(NAME)
    torch.Generator = _CPUOrSimulated  # type: ignore[misc]
    for name in ("grad", "grad_and_value", "jacfwd", "jacrev", "hessian", "vmap"):
        transform = _transformed(getattr(torch.func, name))
        setattr(torch.func, name, transform)
        if name == "vmap":
            torch.vmap = transform

    # where torch looks for what a device can do; "available" would promise streams and graphs to torch.accelerator
    module = types.ModuleType(f"torch.{NAME}")
    for name, answer in (("is_available", False), ("is_initialized", True), ("_is_in_bad_fork", False), ("device_count", 1),
                         ("current_device", 0), ("manual_seed_all", None), ("synchronize", None), ("empty_cache", None)):  # fmt: skip
        setattr(module, name, lambda *args, answer=answer: answer)
    with contextlib.suppress(RuntimeError):
        torch._register_device_module(NAME, module)

    def cuda(self: Tensor, *args: Any, **kwargs: Any) -> Any:
        raise _one_gpu("`.cuda()`")

    cuda.__module__ = "torch"
    Tensor.cuda = cuda  # type: ignore[method-assign,assignment]
