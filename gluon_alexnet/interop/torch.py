"""A net's twin in PyTorch: the same layers, names as in the table of layers, weights copied both ways.

Source of the layers: gluon_alexnet.models. Nothing here needs MXNet unless a Gluon net is handed over.
"""

from __future__ import annotations

import sys
from collections import OrderedDict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from math import prod
from typing import TYPE_CHECKING, Any

from gluon_alexnet import models
from gluon_alexnet.errors import UserError
from gluon_alexnet.interop import gluon, optional
from gluon_alexnet.interop.weights import (
    NORMS,
    check,
    from_framework,
    layers,
    load_weights,
    shapes_of,
    to_framework,
    too_padded,
)
from gluon_alexnet.models import (
    Activation,
    BatchNorm,
    Conv,
    Dense,
    Dropout,
    Flatten,
    GlobalPool,
    LocalResponseNorm,
    Pool,
    call,
    unusual,
)

if TYPE_CHECKING:
    import numpy as np
    import torch

    from gluon_alexnet.hints import NetTable, Weights
    from gluon_alexnet.interop.weights import Layer
    from gluon_alexnet.models import Call

ACTIVATIONS = {"relu": "ReLU", "sigmoid": "Sigmoid", "tanh": "Tanh", "softrelu": "Softplus", "softsign": "Softsign"}


def load_torch() -> Any:
    """The module torch. Raises UserError where it is not installed."""
    torch = optional.load("torch", "torch")
    if not torch.cuda.is_available():
        # PyTorch's CUDA build brings Triton, which without a GPU is good for nothing, and whose import crashes a process that has
        # loaded MXNet and TensorFlow: it is to be taken as not installed.
        sys.modules.setdefault("triton", None)  # type: ignore[arg-type]
    return torch


def spec_of(net: NetTable, input_shape: Sequence[int] | None = None, **kw: float | str) -> models.Spec:
    """The table of layers of a name of models.py, a Spec, or a Gluon Sequential; `kw` as for the name's function."""
    if isinstance(net, str):
        return models.spec(net, **kw)
    if isinstance(net, models.Spec):
        return net
    from gluon_alexnet.introspect import read_spec

    return read_spec(net, input_shape)


def twin(
    net: NetTable, input_shape: Sequence[int] | None = None, chapter_padding: bool = False, **kw: float | str
) -> torch.nn.Sequential:
    """`net` as a torch.nn.Sequential: float32 (N, C, H, W) in, logits (N, classes) out.

    net: the name of a net in models.py (`kw` as for its function), a Spec, or a Gluon Sequential, whose weights are copied if it
    has any. input_shape: (C, H, W), where neither a name nor a Spec says it, nor a net that models.py made.
    chapter_padding: pad the first convolution by one pixel, as the chapter's PyTorch tab does: AlexNet's shapes and parameters
    stay the same, its answers differ, since the windows lie one pixel further up and to the left.
    Raises UserError for a layer without a twin, and where PyTorch is not installed.
    """
    torch = load_torch()
    spec = spec_of(net, input_shape, **kw)
    if chapter_padding:
        first = next((number for number, layer in enumerate(spec.layers) if isinstance(layer, Conv)), None)
        if first is None:
            raise UserError(f"{spec.name} has no convolution to pad as the chapter's PyTorch tab does: leave out chapter_padding")
        convolution: Any = spec.layers[first]
        padded = replace(convolution, padding=1)
        spec = replace(spec, layers=(*spec.layers[:first], padded, *spec.layers[first + 1 :]))
    if input_shape is not None:
        spec = replace(spec, input_shape=tuple(input_shape))
    modules = {name: module.made(torch.nn) for layer in layers(spec) for name, module in calls(layer)}
    made = torch.nn.Sequential(OrderedDict(modules))
    made.spec = spec
    take_weights(made, net)
    return made


def take_weights(made: torch.nn.Module, net: NetTable) -> None:
    """Copies the weights of `net` into its twin, where it is a Gluon net that has any."""
    if not isinstance(net, (str, models.Spec)) and gluon.has_weights(net):
        load_weights(made, net)


def calls(layer: Layer) -> Iterator[tuple[str, Call]]:
    """The (name, Call) of each module of torch.nn that does what one Layer does. Raises UserError for a layer without a twin."""
    name, kind = layer.name, layer.layer
    activation: str | None = None
    match kind:
        case Conv(channels, kernel, stride, padding, activation, bias, groups):
            options = unusual(stride=stride, padding=padding, bias=bias, groups=groups)
            yield name, call("Conv2d", layer.input_shape[0], channels, kernel_size=kernel, **options)
        case Dense(units, activation, bias):
            if len(layer.input_shape) > 1:
                yield f"{name}_flatten", call("Flatten")
            yield name, call("Linear", prod(layer.input_shape), units, **unusual(bias=bias))
        case Pool(which, size, stride, padding):
            if any(2 * pad > length for length, pad in zip(size, padding, strict=True)):
                raise too_padded(name, size, padding, "PyTorch")
            pooling = {"max": "MaxPool2d", "avg": "AvgPool2d"}[which]
            yield name, call(pooling, kernel_size=size, stride=stride, **unusual(padding=padding))
        case GlobalPool(which):
            yield name, call({"max": "AdaptiveMaxPool2d", "avg": "AdaptiveAvgPool2d"}[which], 1)
        case Dropout(rate):
            yield name, call("Dropout", rate)
        case BatchNorm():
            yield name, call("BatchNorm2d" if len(layer.input_shape) == 3 else "BatchNorm1d", layer.input_shape[0])
        case LocalResponseNorm(size, _, beta, k):
            yield name, call("LocalResponseNorm", size, alpha=kind.divided_alpha, beta=beta, k=k)
        case Activation(own):
            yield name, _activation(own)
        case Flatten():
            yield name, call("Flatten")
        case _:
            raise UserError(f"{name} ({type(kind).__name__}) has no twin in PyTorch")
    if activation:
        yield f"{name}_{activation}", _activation(activation)


def _activation(name):
    if name not in ACTIVATIONS:
        raise UserError(f"the activation {name!r} has no twin in PyTorch: there are {', '.join(ACTIVATIONS)}")
    return call(ACTIVATIONS[name])


def tensors_of(module: torch.nn.Module) -> Iterator[tuple[str, Layer, str, torch.Tensor]]:
    """Each (neutral name, Layer, parameter, tensor) of a twin."""
    spec = getattr(module, "spec", None)
    if spec is None:
        raise UserError("this PyTorch module is not a twin: make it by gluon_alexnet.interop.torch.twin")
    for layer in layers(spec):
        for parameter in layer.arrays():
            theirs = NORMS["torch"][parameter] if layer.kind == "batchnorm" else parameter
            yield f"{layer.name}.{parameter}", layer, parameter, getattr(module.get_submodule(layer.name), theirs)


def read(module: torch.nn.Module) -> Weights:
    """The weights of a twin in the neutral form."""
    weights = {}
    for name, layer, parameter, tensor in tensors_of(module):
        array = tensor.detach().cpu().float().numpy()
        weights[name] = from_framework(array, layer, parameter, "torch").copy()
    return weights


def write(module: torch.nn.Module, weights: Mapping[str, np.ndarray]) -> None:
    """Copies weights in the neutral form into a twin; errors as for `weights.check`."""
    torch = load_torch()
    tensors = list(tensors_of(module))
    check(weights, shapes_of(layers(module.spec)))
    with torch.no_grad():
        for name, layer, parameter, tensor in tensors:
            tensor.copy_(torch.from_numpy(to_framework(weights[name], layer, parameter, "torch").copy()))
