"""Objects that cross the wall as a description: a few modules of torch.nn, random generators, tables.

On the wire each is a kind and plain data. The receiver builds a new object from its own classes. Only the objects
listed here can be rebuilt.
"""

from __future__ import annotations

import sys
from typing import Any

import numpy as np
import torch
from torch import nn

from . import wire
from .tensor_bytes import NUMPY_DTYPES

LAYERS: dict[str, tuple[str, ...]] = {
    "Linear": ("in_features", "out_features"),
    "ReLU": (),
    "Sigmoid": (),
    "Tanh": (),
    "Softmax": ("dim",),
    "LogSoftmax": ("dim",),
    "Identity": (),
    "Flatten": ("start_dim", "end_dim"),
}


class Encoder(wire.Encoder):
    """Also encodes the objects listed here. Anything without a form on the wire goes to `unknown`."""

    def other(self, value: Any, depth: int) -> Any:
        if isinstance(value, torch.Generator):
            return {"k": "generator", "v": self.generator_state(value)}
        described = describe(value)
        if described is not None:
            return {"k": described[0], "v": self.encode(described[1], depth + 1)}
        return self.unknown(value, depth)

    def generator_state(self, value: torch.Generator) -> Any:
        return self.plain_tensor(value.get_state())

    def unknown(self, value: Any, depth: int) -> Any:
        return super().other(value, depth)


class Decoder(wire.Decoder):
    """Also rebuilds the objects listed here, for readers that accept them."""

    def read_generator(self, node: dict[str, Any], depth: int) -> Any:
        # not self.decode(): the state is a CPU tensor, and stays there when the call is on a device
        return rebuild("generator", wire.Decoder(self.blobs).decode(node["v"]))

    def read_layer(self, node: dict[str, Any], depth: int) -> Any:
        return rebuild(node["k"], self.decode(node["v"], depth + 1))

    read_sequential = read_table = read_layer


def describe(value: Any) -> tuple[str, Any] | None:
    """(kind, plain data) for an object listed here, else None.

    Parameters stay tensors, so that the caller sees changes to them.
    """
    # a subclass with a forward of its own would be rebuilt as something else
    if isinstance(value, nn.Sequential) and type(value).forward is nn.Sequential.forward:
        # `children()` would leave out a layer that stands there twice
        return "sequential", [list(value._modules.values()), bool(value.training)]
    name = type(value).__name__
    # the class itself: a class of the student's may have the same name
    if isinstance(value, nn.Module) and name in LAYERS and type(value) is getattr(nn, name):
        settings = {setting: getattr(value, setting, None) for setting in LAYERS[name]}
        parameters = dict(value.named_parameters(recurse=False))
        try:
            _check_layer(name, settings, parameters)
        except ValueError:  # a size that is not a number, a weight of another shape, ...: not what its class promises
            return None
        return "layer", [name, settings, parameters, bool(value.training)]
    pandas = sys.modules.get("pandas")  # if nothing has imported pandas, no value is a table
    if pandas is not None and type(value) is pandas.DataFrame:
        values = value.to_numpy()
        if values.dtype.name in NUMPY_DTYPES:  # a table of strings or of tensors has no form
            return "table", values
    return None


def rebuild(kind: str, data: Any) -> Any:
    """The object for a description. Raises ValueError if the description is invalid."""
    if kind == "generator":
        generator = torch.Generator()
        if not isinstance(data, torch.Tensor) or data.dtype is not torch.uint8:
            raise ValueError("the state of a generator must be a uint8 tensor")
        try:
            generator.set_state(data)
        except RuntimeError as error:
            raise ValueError(str(error)) from None
        return generator
    if kind == "sequential" and isinstance(data, list) and len(data) == 2 and _are_layers(data[0]):
        return nn.Sequential(*data[0]).train(data[1] is True)
    if kind == "table" and isinstance(data, np.ndarray) and data.ndim == 2:
        import pandas

        return pandas.DataFrame(data)
    if kind == "layer" and isinstance(data, list) and len(data) == 4:
        return _layer(*data)
    raise ValueError(f"an invalid description of a {kind}")


def _are_layers(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(layer, nn.Module) for layer in value)


class _Blank(nn.Linear):
    """A Linear layer without random initial parameters, which take longer to make than the rest of the layer."""

    def reset_parameters(self) -> None:
        pass


def _linear(settings: dict[str, int]) -> nn.Module:
    """A Linear layer whose parameters have only a shape; the caller sets their values."""
    layer: nn.Module = _Blank(settings["in_features"], settings["out_features"], device="meta")
    layer.__class__ = nn.Linear
    return layer


def _check_layer(name: Any, settings: Any, parameters: Any) -> None:
    """Raise ValueError for a description that `_layer` can't follow."""
    if (
        name not in LAYERS
        or not isinstance(settings, dict)
        or set(settings) != set(LAYERS[name])
        or not isinstance(parameters, dict)
    ):
        raise ValueError("a layer outside the allow-list")
    # negative dimensions are for Flatten
    if not all(type(value) is int and -16 <= value <= 1 << 16 for value in settings.values()):
        raise ValueError("a layer with invalid sizes")
    expected = _shapes(name, settings)
    for key, value in parameters.items():
        if key not in expected or not isinstance(value, torch.Tensor) or tuple(value.shape) != expected[key]:
            raise ValueError("a parameter that does not fit its layer")


def _shapes(name: str, settings: dict[str, int]) -> dict[str, tuple[int, ...]]:
    if name != "Linear":
        return {}
    return {"weight": (settings["out_features"], settings["in_features"]), "bias": (settings["out_features"],)}


def _layer(name: Any, settings: Any, parameters: Any, training: Any) -> nn.Module:
    _check_layer(name, settings, parameters)
    layer: nn.Module = getattr(nn, name)(**settings) if name != "Linear" else _linear(settings)
    for key, value in parameters.items():
        keep = value if isinstance(value, nn.Parameter) else nn.Parameter(value.detach(), value.requires_grad)
        setattr(layer, key, keep)
    for key in _shapes(name, settings).keys() - parameters.keys():
        setattr(layer, key, None)  # Linear(bias=False)
    return layer.train(training is True)
