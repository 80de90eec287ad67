"""Weights between frameworks: one neutral form, one table of transposes.

The neutral form is a dict from names such as 'conv1.weight' to NumPy float32 arrays in Gluon's layout, layer by layer:

  conv    weight (channels out, channels in of a group, height, width), bias (channels,)
  dense   weight (units, features), bias (units,); features in the order channel, row, column
  batchnorm  gamma, beta, running_mean, running_var, each (channels,)
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from math import prod
from typing import TYPE_CHECKING, Any

import numpy as np

from gluon_alexnet import analysis
from gluon_alexnet.errors import UserError
from gluon_alexnet.models import BatchNorm, Conv, Dense, Flatten

if TYPE_CHECKING:
    from gluon_alexnet import models
    from gluon_alexnet.hints import AnyNet, Shape, Weights

# The axes of Gluon's array in the order in which the framework has them. Vectors are the same everywhere.
TRANSPOSES: dict[str, dict[str, tuple[int, ...]]] = {
    "conv": {"torch": (0, 1, 2, 3), "keras": (2, 3, 1, 0)},  # OIHW; HWIO
    "dense": {"torch": (0, 1), "keras": (1, 0)},  # units, features; features, units
}
# The axes of an image (channel, row, column) in the order in which the framework flattens it before a dense layer.
FLATTENED = {"torch": (0, 1, 2), "keras": (1, 2, 0)}
# What each framework calls the arrays of a batch normalisation.
NORMS = {
    "torch": {"gamma": "weight", "beta": "bias", "running_mean": "running_mean", "running_var": "running_var"},
    "keras": {"gamma": "gamma", "beta": "beta", "running_mean": "moving_mean", "running_var": "moving_variance"},
}


class Layer:
    """A layer of a table with what a twin has to know: name ('conv1'), input and output shape without batch, image.

    image: the (C, H, W) that was flattened into the features of this dense layer, or None.
    """

    def __init__(self, layer: models.Layer, cost: analysis.LayerCost, input_shape: Shape, image: Shape | None) -> None:
        self.layer, self.name, self.kind = layer, cost.name, cost.kind
        self.input_shape, self.output_shape, self.image = input_shape, cost.output_shape, image

    def arrays(self) -> dict[str, Shape]:
        """{parameter: shape} in Gluon's layout and order."""
        match self.layer:
            case Conv(channels, kernel, bias=bias, groups=groups):
                shapes = {"weight": (channels, self.input_shape[0] // groups, *kernel), "bias": (channels,)}
            case Dense(units, bias=bias):
                shapes = {"weight": (units, prod(self.input_shape)), "bias": (units,)}
            case BatchNorm():
                return dict.fromkeys(("gamma", "beta", "running_mean", "running_var"), (self.input_shape[0],))
            case _:
                return {}
        return shapes if bias else {"weight": shapes["weight"]}


def layers(spec: models.Spec, input_shape: Sequence[int] | None = None) -> list[Layer]:
    """The Layers of a Spec, in order. Raises UserError as `analysis.analyze` does."""
    shape = tuple(input_shape or spec.input_shape or ())
    image, found = None, []
    for layer, cost in zip(spec.layers, analysis.analyze(spec, shape or None), strict=True):
        flattened = isinstance(layer, (Dense, Flatten)) and len(shape) == 3
        if flattened:
            image = shape
        found.append(Layer(layer, cost, shape, image if isinstance(layer, Dense) else None))
        if found[-1].arrays():
            # Other weights than a dense layer's take the features in Gluon's order, and a dense layer's answers have no other.
            image = None
        shape = cost.output_shape
    return found


def to_framework(array: np.ndarray, layer: Layer, parameter: str, framework: str) -> np.ndarray:
    """An array of the neutral form as `framework` ('torch' or 'keras') has it."""
    if parameter != "weight":
        return array
    if layer.image:
        order = FLATTENED[framework]
        array = array.reshape(len(array), *layer.image).transpose(0, *(1 + axis for axis in order)).reshape(len(array), -1)
    return array.transpose(TRANSPOSES[layer.kind][framework])


def from_framework(array: np.ndarray, layer: Layer, parameter: str, framework: str) -> np.ndarray:
    """The inverse of `to_framework`."""
    if parameter != "weight":
        return array
    array = array.transpose(np.argsort(TRANSPOSES[layer.kind][framework]))
    if layer.image:
        order = FLATTENED[framework]
        sizes = [layer.image[axis] for axis in order]
        array = array.reshape(len(array), *sizes).transpose(0, *(1 + np.argsort(order))).reshape(len(array), -1)
    return array


def shapes_of(layers: Iterable[Layer]) -> dict[str, Shape]:
    """{neutral name: shape} of the weights of some Layers."""
    return {f"{layer.name}.{parameter}": shape for layer in layers for parameter, shape in layer.arrays().items()}


def check(weights: Mapping[str, Any], wanted: Mapping[str, Sequence[int]]) -> None:
    """Raises UserError unless `weights` have the names and shapes of `wanted`, {name: shape}; sizes that are not known are 0."""
    for names, what in (
        ([name for name in wanted if name not in weights], "missing"),
        ([name for name in weights if name not in wanted], "not of this net"),
    ):
        if names:
            raise UserError(f"{', '.join(names)}: {what}; take the weights of the same net")
    for name, shape in wanted.items():
        given = tuple(weights[name].shape)
        if len(given) != len(shape) or any(size not in (0, -1, new) for size, new in zip(shape, given, strict=True)):
            raise UserError(f"{name} has shape {given} and must have {tuple(shape)}: take the weights of the same net")


def too_padded(name: str, size: Sequence[int], padding: Sequence[int], framework: str) -> UserError:
    """The UserError for a pooling that `framework` has no twin of."""
    return UserError(
        f"{name} pads windows of {size} by {padding}, too much for a twin in {framework}: pad by less than half of their size"
    )


def framework_of(net: object) -> str:
    """'gluon', 'torch', 'keras' or 'arrays' (a dict), told by the class alone: nothing is imported."""
    if isinstance(net, dict):
        return "arrays"
    roots = {cls.__module__.split(".")[0] for cls in type(net).__mro__}
    for root, name in (("mxnet", "gluon"), ("torch", "torch"), ("keras", "keras")):
        if root in roots:
            return name
    raise UserError(f"a {type(net).__name__} is not a net: give a Gluon net, its twin, or a dict of arrays")


def read_weights(net: AnyNet, input_shape: Sequence[int] | None = None) -> Weights:
    """The weights of a Gluon net, of a twin, or of a dict in the neutral form: {name: float32 array}, copies.

    input_shape: (C, H, W) of the images, for a Gluon net of dense layers behind convolutions that has no weights yet.
    Raises UserError where a Gluon net is not a Sequential of known layers, or has no weights yet.
    """
    return _module(framework_of(net)).read(net)


def load_weights(target: AnyNet, source: AnyNet) -> None:
    """Copies the weights of `source` into `target`; each is a Gluon net, a twin or (source only) a dict as of `read_weights`.

    Nothing is copied unless all names and shapes agree; UserError names the first that does not. A Gluon net that was never
    called gets its shapes from the weights.
    """
    weights = read_weights(source)
    _module(framework_of(target)).write(target, weights)


def _module(framework):
    from importlib import import_module

    if framework == "arrays":
        return _Arrays
    return import_module(f"gluon_alexnet.interop.{framework}")


class _Arrays:
    """A dict of arrays as something to read from."""

    @staticmethod
    def read(weights):
        return {name: np.array(array, dtype="float32") for name, array in weights.items()}

    @staticmethod
    def write(target, weights):
        raise UserError("a dict of arrays cannot be written into: take read_weights(net)")
