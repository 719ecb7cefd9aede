"""A simulated accelerator: tensors with real values on the CPU that behave as if they were on another device.

The device of such a tensor is its Python class. Every torch function that is called on one passes through `_Function`.
It refuses what CUDA refuses (`simulated_rules`), lets torch compute the rest on the CPU, and gives the results the same
class. Autograd, views and in-place operations are torch's own, because below Python these are ordinary CPU tensors.

`torch.zeros(3, device=x.device)` has no such tensor among its arguments. It is seen only while a `Mode` is active.
docs/parity.md lists where the simulation differs from a real accelerator.
"""

from __future__ import annotations

import builtins
import contextlib
import functools
import types
from collections.abc import Callable, Sequence
from typing import Any

import torch
from torch import Tensor, nn
from torch.overrides import TorchFunctionMode

from .nested import tensors
from .simulated_rules import (
    FACTORIES,
    FROM_DATA,
    IN_PLACE_DUNDERS,
    LABEL,
    MIXED,
    NAME,
    NO_SCALARS,
    SPECIAL,
    UNCHECKED,
    one_gpu,
    wanted_device,
)  # fmt: skip

_DEEP = 4
"""How many levels of containers are searched for tensors, as torch does for its own arguments."""


_CLASS: Any = object.__dict__["__class__"]


class SimulatedTensor(Tensor):
    """A tensor "on" the simulated accelerator. It says that its class is torch's, as a tensor of any device does."""

    @classmethod
    def __torch_function__(cls, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        return _Function(func, args, kwargs or {}).run()

    @property
    def __class__(self) -> type:
        return kind_of(self)

    @__class__.setter
    def __class__(self, kind: type) -> None:
        _CLASS.__set__(self, kind)


# Python's own messages, such as "'Tensor' object has no attribute 'foo'", name the class
SimulatedTensor.__name__ = SimulatedTensor.__qualname__ = "Tensor"
SimulatedTensor.__module__ = "torch"


class Mode(TorchFunctionMode):
    """While it is active, functions that make tensors from nothing know the simulated device."""

    def __torch_function__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        return _Function(func, args, kwargs or {}).run()


def plainly() -> Any:
    """A context in which simulated tensors are ordinary tensors on the CPU."""
    return torch._C.DisableTorchFunction()


def kind_of(value: Any) -> type:
    """What `type(value)` is where tensors of all devices have one class."""
    kind = type(value)
    if kind is not SimulatedTensor:
        return kind
    return nn.Parameter if getattr(value, "_is_param", False) else Tensor


def is_simulated(value: Any) -> bool:
    if type(value) is SimulatedTensor:
        return True
    # the transforms of torch.func wrap a tensor in another one, whose class says nothing about the device
    return (
        isinstance(value, Tensor)
        and torch._C._functorch.is_functorch_wrapped_tensor(value)
        and is_simulated(torch._C._functorch.get_unwrapped(value))
    )


def is_unknown(tensor: Tensor) -> bool:
    """Whether a tensor is of another class than torch's own, such as fastai's TensorImage, which takes the place of the
    class that marks the device. On a real device it would be where it was.
    """
    return type(tensor) not in (Tensor, nn.Parameter, SimulatedTensor)


def place(tensor: Tensor) -> Tensor:
    """Put a tensor on the simulated device. It stays the same object, so a module keeps its Parameters."""
    if type(tensor) is not SimulatedTensor:
        if isinstance(tensor, nn.Parameter):
            tensor._is_param = True  # `isinstance(tensor, nn.Parameter)` looks at this
        tensor.__class__ = SimulatedTensor
    return tensor


def unplace(tensor: Tensor) -> Tensor:
    if type(tensor) is SimulatedTensor:
        setattr(tensor, "__class__", nn.Parameter if getattr(tensor, "_is_param", False) else Tensor)  # noqa: B010  (mypy)
    return tensor


def placed(result: Any, others: list[Tensor]) -> Any:
    """Put results on the simulated device, except CPU tensors (`others`) that are only passed through."""
    for tensor in tensors(result, _DEEP):
        if not any(tensor is other for other in others):
            place(tensor)
    return result


# ---------------------------------------------------------------- one call of a torch function


def _name_of(func: Any) -> str:
    """`add`, or `grad.get` and `grad.set` for a property."""
    name = str(getattr(func, "__name__", ""))
    if name in ("__get__", "__set__", "__delete__"):
        return f"{func.__self__.__name__}.{name.strip('_')}"
    return name


class _Function:
    """A call of a torch function. Some of its arguments may be on the simulated device."""

    def __init__(self, func: Any, args: Any, kwargs: dict[str, Any]) -> None:
        self.func, self.args, self.kwargs = func, args, kwargs
        self.name = _name_of(func)

    # what the rules use from this module, which they can't import, because it imports them
    plainly = staticmethod(plainly)
    is_simulated = staticmethod(is_simulated)
    place, unplace, placed = staticmethod(place), staticmethod(unplace), staticmethod(placed)

    def run(self) -> Any:
        special = SPECIAL.get(self.name)
        if special is not None and self.args:
            return special(self, *self.args, **self.kwargs)
        return self.ordinary()

    def plain(self, *args: Any, **kwargs: Any) -> Any:
        """What torch computes on the CPU."""
        with plainly():
            return self.func(*args, **kwargs)

    def ordinary(self) -> Any:
        device = self.kwargs.get("device")
        wanted = None if device is None else wanted_device(device)
        if device is not None and wanted is None:
            return self.plain(*self.args, **self.kwargs)
        if self.name in FACTORIES or device is not None:
            return self.create(wanted)
        found = [*tensors(self.args, _DEEP), *tensors(self.kwargs, _DEEP)]
        simulated = [tensor for tensor in found if is_simulated(tensor)]
        generator = self.kwargs.get("generator")
        if generator is not None:
            _check_generator(generator, bool(simulated))
        if not simulated:
            # a class of the student's own computes as it says, and its results are of that class
            run = self.func if any(map(is_unknown, found)) else self.plain
            return run(*self.args, **self.kwargs)
        others = [tensor for tensor in found if not is_simulated(tensor) and not is_unknown(tensor)]
        if others:
            self.check(others)
        if self.name in UNCHECKED and not is_simulated(found[0]):
            return self.plain(*self.args, **self.kwargs)
        return placed(self.plain(*self.args, **self.kwargs), others)

    def create(self, wanted: bool | None) -> Any:
        """zeros, rand, zeros_like, new_tensor, ...: the result is on the device that `device=` names, else where the
        data is, else on the CPU.
        """
        data = self.args[0] if self.args else self.kwargs.get("data", self.kwargs.get("obj"))
        if wanted is None:
            wanted = self.name in FROM_DATA and is_simulated(data)
        if self.kwargs.get("generator") is not None:
            _check_generator(self.kwargs["generator"], wanted)
        kwargs = {key: value for key, value in self.kwargs.items() if key != "device"}
        with plainly():
            result = self.func(*self.args, **kwargs)
            if self.name in ("as_tensor", "asarray") and wanted != is_simulated(data):
                result = result.clone()  # two devices never share memory
        return place(result) if wanted else result

    def check(self, others: list[Tensor]) -> None:
        """Raise where CUDA refuses CPU tensors beside its own."""
        if self.name in UNCHECKED:
            return
        with plainly():
            # CUDA takes a 0-dimensional CPU tensor as a number, but does not write to it
            if self.name not in NO_SCALARS and all(tensor.dim() == 0 for tensor in others):
                in_place = self.name in IN_PLACE_DUNDERS or (self.name.endswith("_") and not self.name.endswith("__"))
                written = self.args[0] if in_place and self.args else self.kwargs.get("out")
                if not any(tensor is written for tensor in others):
                    return
        raise RuntimeError(MIXED)


def _check_generator(generator: Any, simulated: bool) -> None:
    wanted, found = ((NAME, "cpu"), ("cpu", NAME))[0 if simulated else 1]
    if isinstance(generator, SimulatedGenerator) != simulated:
        raise RuntimeError(f"Expected a '{wanted}' device type for generator but found '{found}'")


# ---------------------------------------------------------------- what torch has no hooks for


# isinstance(x, torch.Generator) must still be true for torch's own generators
class _GeneratorKind(type(torch._C.Generator)):  # type: ignore[misc]
    def __instancecheck__(cls, instance: Any) -> bool:
        return isinstance(instance, torch._C.Generator)


class _CPUOrSimulated(torch._C.Generator, metaclass=_GeneratorKind):
    """Replaces torch.Generator, which does not know the simulated device."""

    def __new__(cls, device: Any = "cpu") -> Any:
        return SimulatedGenerator() if wanted_device(device) else torch._C.Generator()


class SimulatedGenerator(torch._C.Generator):
    """A random generator on the simulated device; its numbers are the CPU's."""

    @property
    def device(self) -> torch.device:  # type: ignore[override]
        return torch.device(LABEL)


def _transformed(transform: Callable[..., Any]) -> Callable[..., Any]:
    """Wrap a transform of torch.func. `_Function` does not see its results; they belong where the arguments are."""

    @functools.wraps(transform)
    def outer(*settings: Any, **named: Any) -> Any:
        function = transform(*settings, **named)
        return _placing(function) if isinstance(function, types.FunctionType) else function

    return outer


def _placing(function: Callable[..., Any], others: Sequence[Any] = ()) -> Callable[..., Any]:
    """`function` with its results where its arguments are, or `others`; functions among the results too."""

    @functools.wraps(function)
    def inner(*args: Any, **kwargs: Any) -> Any:
        result = function(*args, **kwargs)
        if any(is_simulated(tensor) for tensor in tensors([args, kwargs, others], _DEEP)):
            placed(result, [])
        if isinstance(result, tuple):  # `vjp` gives the value and the function that goes back
            result = tuple(_placing(item, args) if isinstance(item, types.FunctionType) else item for item in result)
        return result

    return inner


class _KindOfKinds(type):
    """What `type` is an instance of, once it is the student's."""

    def __call__(cls, *args: Any, **kwargs: Any) -> Any:
        if cls is not Kind:  # a metaclass of the student's own
            return super().__call__(*args, **kwargs)
        if len(args) != 1 or kwargs:
            return builtins.type(*args, **kwargs)
        kind = kind_of(args[0])
        return Kind if kind in (builtins.type, _KindOfKinds) else kind

    def __instancecheck__(cls, instance: Any) -> bool:
        return isinstance(instance, builtins.type) if cls is Kind else super().__instancecheck__(instance)

    def __subclasscheck__(cls, subclass: Any) -> bool:
        return issubclass(subclass, builtins.type) if cls is Kind else super().__subclasscheck__(subclass)

    def __getitem__(cls, item: Any) -> Any:
        return types.GenericAlias(builtins.type, item)


class Kind(type, metaclass=_KindOfKinds):
    """`type` for code that runs on the simulated device: `type(x) is torch.Tensor` is true of its tensors too.

    A class, so that `class Meta(type)`, `isinstance(C, type)`, `type("C", (), {})` and `case type():` go on working.
    """


Kind.__name__ = Kind.__qualname__ = "type"
Kind.__module__ = "builtins"


def student_globals() -> dict[str, Any]:
    """Names that the student's code sees in place of Python's own, where some of its calls are on this device."""
    return {"type": Kind}


def start() -> None:
    """Make the device known in this process: its name, its generators, and a clear error for `.cuda()` everywhere."""
    if torch.Generator is _CPUOrSimulated:  # done in the warm parent, before the fork
        return
    with contextlib.suppress(RuntimeError):  # it has this name already
        torch.utils.rename_privateuse1_backend(NAME)
    torch.Generator = _CPUOrSimulated  # type: ignore[misc]
    for name in ("grad", "grad_and_value", "jacfwd", "jacrev", "hessian", "vmap"):
        transform = _transformed(getattr(torch.func, name))
        setattr(torch.func, name, transform)
        if name == "vmap":
            torch.vmap = transform
    for name in ("jvp", "vjp"):
        setattr(torch.func, name, _placing(getattr(torch.func, name)))

    # torch asks this module what the device can do; "available" would promise streams and graphs to torch.accelerator
    module = types.ModuleType(f"torch.{NAME}")
    for name, answer in (
        ("is_available", False), ("is_initialized", True), ("_is_in_bad_fork", False), ("device_count", 1),
        ("current_device", 0), ("manual_seed_all", None), ("synchronize", None), ("empty_cache", None),
    ):  # fmt: skip
        setattr(module, name, lambda *args, answer=answer: answer)
    with contextlib.suppress(RuntimeError):
        torch._register_device_module(NAME, module)

    def cuda(self: Tensor, *args: Any, **kwargs: Any) -> Any:
        raise one_gpu("`.cuda()`")

    cuda.__module__ = "torch"
    Tensor.cuda = cuda  # type: ignore[method-assign,assignment]
