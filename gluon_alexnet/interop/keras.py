"""A net's twin in Keras, on TensorFlow, channels last as the chapter's TensorFlow tab writes it; weights copied both ways."""

from __future__ import annotations

import contextlib
import functools
import os
import re
import sys
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from gluon_alexnet.errors import UserError
from gluon_alexnet.interop import optional
from gluon_alexnet.interop.torch import spec_of, take_weights
from gluon_alexnet.interop.weights import NORMS, check, from_framework, layers, shapes_of, to_framework, too_padded
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
    import keras
    import numpy as np

    from gluon_alexnet.hints import NetTable, Shape, Weights
    from gluon_alexnet.interop.weights import Layer
    from gluon_alexnet.models import Call

# The Calls of this kind are of a layer of our own, not of keras.layers.
OWN = "LocalResponseNorm"
ACTIVATIONS = {"relu": "relu", "sigmoid": "sigmoid", "tanh": "tanh", "softrelu": "softplus", "softsign": "softsign"}


def load_keras() -> Any:
    """The module keras, on TensorFlow. Raises UserError where it is not installed, or is set up for other nets than the twins."""
    os.environ.setdefault("KERAS_BACKEND", "tensorflow")
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    try:
        with contextlib.nullcontext() if "tensorflow" in sys.modules else _unheard():
            keras = optional.load("keras", "keras tensorflow")
    except ValueError as error:
        raise UserError(f"Keras does not load ({error}): set KERAS_BACKEND=tensorflow") from None
    layout, dtype = keras.config.image_data_format(), keras.config.floatx()
    if (layout, dtype) != ("channels_last", "float32"):
        raise UserError(
            f"Keras is set to {layout} and {dtype} here, and the twins are for channels_last and float32: mend "
            "~/.keras/keras.json, or call keras.config.set_image_data_format and set_floatx"
        )
    if keras.backend.backend() != "tensorflow":
        raise UserError(
            f"Keras runs on {keras.backend.backend()} here, and the twins are for TensorFlow: set KERAS_BACKEND=tensorflow"
        )
    # So that it is known by its name when a file with one is read.
    _local_response_norm()
    return keras


@contextlib.contextmanager
def _unheard():
    """Within it stderr leads nowhere: TensorFlow tells of its libraries there, whatever its level of logging."""
    sys.stderr.flush()
    kept = os.dup(2)
    try:
        with open(os.devnull, "wb") as nowhere:
            os.dup2(nowhere.fileno(), 2)
        yield
    finally:
        os.dup2(kept, 2)
        os.close(kept)


@functools.cache
def _local_response_norm():
    """The class of the one layer that Keras lacks."""
    import keras
    import tensorflow

    @keras.saving.register_keras_serializable("gluon_alexnet")
    class LocalResponseNorm(keras.layers.Layer):
        def __init__(self, size, alpha, beta, k, **options):
            super().__init__(**options)
            self.size, self.alpha, self.beta, self.k = size, alpha, beta, k

        def call(self, images):
            # TensorFlow does not divide alpha by the size.
            return tensorflow.nn.local_response_normalization(images, (self.size - 1) // 2, self.k, self.alpha, self.beta)

        def get_config(self):
            return {**super().get_config(), "size": self.size, "alpha": self.alpha, "beta": self.beta, "k": self.k}

    return LocalResponseNorm


def twin(net: NetTable, input_shape: Sequence[int] | None = None, **kw: float | str) -> keras.Sequential:
    """`net` as a keras.Sequential: float32 (N, H, W, C) in, logits (N, classes) out.

    net, input_shape, kw: as for gluon_alexnet.interop.torch.twin; Gluon's images (N, C, H, W) are its, transposed (0, 2, 3, 1).
    Raises UserError for a layer without a twin, and where Keras is not installed.
    """
    keras = load_keras()
    spec = spec_of(net, input_shape, **kw)
    known = layers(spec, input_shape)
    if not known:
        raise UserError("a net without layers has no twin in Keras")
    model = keras.Sequential(name=_plain(spec.name))
    model.add(keras.Input(input_of(known)))
    for layer in known:
        for made in calls(layer, known):
            own = made.kind == OWN
            model.add(_local_response_norm()(*made.args, **made.options) if own else made.made(keras.layers))
    adopt(model, known)
    take_weights(model, net)
    return model


def input_of(known: Sequence[Layer]) -> Shape:
    """The shape of what the first of these Layers takes, as Keras has it: (H, W, C), or (features,)."""
    first = known[0].input_shape
    return (*first[1:], first[0]) if len(first) == 3 else first


def adopt(model: keras.Model, layers: Sequence[Layer]) -> None:
    """Has a Keras model, such as one read from a file, count as the twin whose Layers these are."""
    model.gluon_layers = _Held(layers)


class _Held:
    """Keeps the layers away from Keras, which tracks lists that are given to a model."""

    def __init__(self, layers):
        self.layers = layers


def _plain(name):
    """`name` as TensorFlow takes it for a scope."""
    return re.sub("[^A-Za-z0-9]+", "_", name).strip("_") or "net"


def calls(layer: Layer, known: Sequence[Layer]) -> Iterator[Call]:
    """The Calls, of keras.layers or of OWN, that do what one Layer of `known` does. Raises UserError where there is no twin."""
    name, kind = layer.name, layer.layer
    activation: str | None = None
    match kind:
        case Conv(channels, kernel, stride, padding, activation, bias, groups):
            if any(padding):
                yield call("ZeroPadding2D", padding, name=f"{name}_padding")
            options = unusual(strides=stride, use_bias=bias, groups=groups)
            yield call("Conv2D", channels, kernel_size=kernel, **options, name=name)
        case Dense(units, activation, bias):
            if len(layer.input_shape) > 1:
                yield call("Flatten", name=f"{name}_flatten")
            yield call("Dense", units, **unusual(use_bias=bias), name=name)
        case Pool("max", size, stride, padding) if any(padding):
            yield from _padded_max_pooling(name, size, stride, padding)
        case Pool(which, size, stride, padding):
            if any(padding):
                yield call("ZeroPadding2D", padding, name=f"{name}_padding")
            pooling = {"max": "MaxPooling2D", "avg": "AveragePooling2D"}[which]
            yield call(pooling, pool_size=size, strides=stride, name=name)
        case GlobalPool(which):
            pooling = {"max": "GlobalMaxPooling2D", "avg": "GlobalAveragePooling2D"}[which]
            yield call(pooling, keepdims=True, name=name)
        case Dropout(rate):
            yield call("Dropout", rate, name=name)
        case BatchNorm():
            yield call("BatchNormalization", epsilon=1e-5, momentum=0.9, name=name)
        case LocalResponseNorm(size, alpha, beta, k):
            yield call(OWN, size, alpha=alpha, beta=beta, k=k, name=name)
        case Activation(own):
            yield _activation(own, name)
        case Flatten():
            if len(layer.input_shape) == 3 and not _reordered_later(layer, known):
                yield call("Permute", (3, 1, 2), name=f"{name}_order")
            yield call("Flatten", name=name)
        case _:
            raise UserError(f"{name} ({type(kind).__name__}) has no twin in Keras")
    if activation:
        yield _activation(activation, f"{name}_{activation}")


def _padded_max_pooling(name, size, stride, padding):
    """Windows at every pixel, which alone Keras pads with less than any value, and of these every n-th."""
    # Its windows reach (size - 1) // 2 pixels back, and the padded ones as far as they are padded.
    if any(2 * pad >= length for length, pad in zip(size, padding, strict=True)):
        raise too_padded(name, size, padding, "Keras")
    yield call("MaxPooling2D", pool_size=size, strides=1, padding="same", name=f"{name}_everywhere")
    crops = [((length - 1) // 2 - pad, length // 2 - pad) for length, pad in zip(size, padding, strict=True)]
    if any(map(any, crops)):
        yield call("Cropping2D", crops, name=f"{name}_crop")
    yield call("MaxPooling2D", pool_size=1, strides=stride, name=name)


def _reordered_later(flatten, known):
    """Whether the next layer with weights is a dense one, whose weights then take the order in which Keras flattens."""
    rest = known[known.index(flatten) + 1 :]
    following = next((layer for layer in rest if layer.arrays()), None)
    return following is not None and following.kind == "dense"


def _activation(activation, name):
    if activation not in ACTIVATIONS:
        raise UserError(f"the activation {activation!r} has no twin in Keras: there are {', '.join(ACTIVATIONS)}")
    return call("Activation", ACTIVATIONS[activation], name=name)


def _variables(model):
    """Each (neutral name, Layer, parameter, variable) of a twin."""
    held = getattr(model, "gluon_layers", None)
    if held is None:
        raise UserError("this Keras model is not a twin: make it by gluon_alexnet.interop.keras.twin")
    for layer in held.layers:
        for parameter in layer.arrays():
            theirs = NORMS["keras"][parameter] if layer.kind == "batchnorm" else {"weight": "kernel"}.get(parameter, parameter)
            yield f"{layer.name}.{parameter}", layer, parameter, getattr(model.get_layer(layer.name), theirs)


def read(model: keras.Model) -> Weights:
    """The weights of a twin in the neutral form."""
    return {
        name: from_framework(variable.numpy().astype("float32", copy=False), layer, parameter, "keras").copy()
        for name, layer, parameter, variable in _variables(model)
    }


def write(model: keras.Model, weights: Mapping[str, np.ndarray]) -> None:
    """Copies weights in the neutral form into a twin; errors as for `weights.check`."""
    variables = list(_variables(model))
    check(weights, shapes_of(model.gluon_layers.layers))
    for name, layer, parameter, variable in variables:
        variable.assign(to_framework(weights[name], layer, parameter, "keras"))
