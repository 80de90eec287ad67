"""The layers of a net in order, nested ones laid flat: what each is, what goes in, what comes out."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from gluon_alexnet.analysis import times
from gluon_alexnet.errors import UserError, reason, unknown
from gluon_alexnet.introspect import gluon_class, leaves
from gluon_alexnet.machine import runtime
from gluon_alexnet.prepare import check_net, contexts_of, need_weights

if TYPE_CHECKING:
    import mxnet as mx

    from gluon_alexnet.hints import Shape

__all__ = ["Layer", "Windows", "as_batch", "check", "find", "layers_of", "walk"]

# Gluon's classes that change each number by itself, besides Activation, which has a name.
ELEMENTWISE = ("ELU", "GELU", "LeakyReLU", "PReLU", "SELU", "Swish")


@dataclass(frozen=True)
class Windows:
    """Where the windows of a layer lie: pairs (rows, columns), counted in numbers of the layer before.

    The window of the number in row r begins in row r * stride - padding and takes `size` rows, one every `dilation`; rows outside
    of the layer before are padding. Columns likewise.
    """

    size: tuple[int, int]
    stride: tuple[int, int] = (1, 1)
    padding: tuple[int, int] = (0, 0)
    dilation: tuple[int, int] = (1, 1)


@dataclass(frozen=True)
class Layer:
    """One layer of a net.

    index: its place from 0. name: the kind with a number ('conv1'), as `analysis.analyze` gives them. kind: 'conv', 'pool',
    'globalpool', 'dense', 'batchnorm', 'responsenorm', 'dropout', 'activation', 'flatten', or 'other' for a block that cannot be
    taken apart.
    path: where the block lies in the net: '2.0' is the first of the third. input_shape, output_shape: (C, H, W) or (units,),
    without batch. activation: the name of the one that the layer is or ends with, or None. windows: of convolutions and poolings.
    groups: of a convolution. pooling: 'max' or 'avg'. block: Gluon's.
    """

    index: int
    name: str
    kind: str
    path: str
    input_shape: Shape
    output_shape: Shape
    activation: str | None = None
    windows: Windows | None = None
    groups: int = 1
    pooling: str | None = None
    block: Any = field(default=None, repr=False, compare=False)

    @property
    def learns(self) -> bool:
        """Whether it has weights."""
        return any(parameter is not None for parameter in self.block._reg_params.values())


def layers_of(net: mx.gluon.Block, input_shape: Sequence[int] | None = None) -> tuple[Layer, ...]:
    """The Layers of a Gluon Sequential or HybridSequential, in order, which answers once to a black picture.

    input_shape: (C, H, W); by default that for which `models.build` made the net. Raises UserError for a net of another kind, one
    without weights, one whose input shape is not known, and for a shape that it does not take.
    """
    check(net)
    shape = input_shape or getattr(net, "input_shape", None)
    if shape is None:
        raise UserError("the shape of the pictures is not known: give input_shape=(channels, height, width)")
    return tuple(layer for layer, _ in walk(net, as_batch(net, np.zeros((1, *shape), "float32"))))


def find(layers: Sequence[Layer], which: str | int) -> Layer:
    """The one of `layers` with this name or index. Raises UserError where there is none."""
    names = [layer.name for layer in layers]
    if isinstance(which, (int, np.integer)) and not isinstance(which, bool):
        if not 0 <= which < len(layers):
            raise UserError(f"there is no layer {which}: the net has {len(layers)}, from 0 ({names[0]}) on")
        return layers[which]
    if which not in names:
        raise unknown("layer", which, names)
    return layers[names.index(which)]


def check(net: mx.gluon.Block) -> None:
    """Raises UserError for a net that is no Sequential or has no layer or no weights."""
    check_net(net)
    if gluon_class(net) not in ("Sequential", "HybridSequential"):
        raise UserError(
            f"only a Sequential or HybridSequential can be looked into, not a {type(net).__name__}, which does not say in "
            "what order its layers come: hand over the Sequential inside it"
        )
    if next(leaves(net), None) is None:
        raise UserError("the net has no layers: add some, as by net.add(mxnet.gluon.nn.Dense(10))")
    need_weights(net)


def as_batch(net: mx.gluon.Block, pictures: Any) -> mx.np.ndarray:
    """Pictures (N, C, H, W) of MXNet or NumPy on the device and in the type of the net's weights.

    Raises UserError for pictures of another shape, and for bytes, which nobody has scaled.
    """
    mx = runtime.load_mxnet()
    pictures = pictures.asnumpy() if hasattr(pictures, "asnumpy") else np.asarray(pictures)
    if pictures.ndim != 4 or not pictures.size:
        raise UserError(
            f"pictures of the shape {times(pictures.shape) or 'of one number'} cannot be looked at: give them as (channels, "
            "height, width), several as (number, channels, height, width)"
        )
    if pictures.dtype.kind != "f":
        raise UserError(
            f"the pictures are of {pictures.dtype}: give floats scaled as the net learned from them, as "
            "gluon_alexnet.data.loader.to_input makes them of bytes"
        )
    if not np.isfinite(pictures).all():
        raise UserError("the pictures hold NaN or infinite numbers: give finite ones")
    types = [parameter.dtype for parameter in net.collect_params().values()]
    context = (contexts_of(net) or [mx.cpu()])[0]
    return mx.np.array(pictures, dtype=types[0] if types else "float32", ctx=context)


def walk(net: mx.gluon.Block, pictures: mx.np.ndarray) -> Iterator[tuple[Layer, mx.np.ndarray]]:
    """(Layer, what it makes of the pictures) for each layer in order; computed as it is asked for, the one before is not kept.

    Raises UserError, naming the layer, where one does not take what it is given.
    """
    counts: Counter[str] = Counter()
    values, before = pictures, "the picture"
    for index, (path, block) in enumerate(leaves(net)):
        given = tuple(values.shape[1:])
        known = reading(block, given)
        stem = type(block).__name__.lower() if known["kind"] == "other" else known["kind"]
        counts[stem] += 1
        name = f"{stem}{counts[stem]}"
        values = answer(block, values, f"{name} ({type(block).__name__})", before, net)
        yield Layer(index, name, path=path, input_shape=given, output_shape=tuple(values.shape[1:]), block=block, **known), values
        before = name


def answer(block, values, called, before, net):
    """What a layer makes of `values`, which `before` gave."""
    given = times(values.shape[1:])
    try:
        made = block(values)
        if hasattr(made, "wait_to_read"):
            # MXNet computes later, and tells what goes wrong then.
            made.wait_to_read()
    except Exception as error:  # a block of somebody's own may raise whatever it likes
        known = getattr(net, "input_shape", None)
        fitting = times(known) if isinstance(known, tuple) else "the size that the net was made for"
        raise UserError(
            f"the net does not take this picture: its layer {called} cannot compute with the {given} that {before} gives it "
            f"({reason(error)}): give pictures of {fitting}"
        ) from error
    if not hasattr(made, "asnumpy") or not made.shape or made.shape[0] != values.shape[0]:
        raise UserError(f"the layer {called} does not answer with one array for each picture: a look takes layers that do")
    return made


def reading(block, given):
    """What a Layer says of `block` for an input of the shape `given`, without names and shapes."""
    kind = gluon_class(block)
    settings = getattr(block, "_kwargs", {})
    image = len(given) == 3 and settings.get("layout", "NCHW") == "NCHW"
    own = getattr(getattr(block, "act", None), "_act_type", None)
    if kind == "Conv2D" and image:
        where = Windows(*(tuple(settings[name]) for name in ("kernel", "stride", "pad", "dilate")))
        return {"kind": "conv", "activation": own, "windows": where, "groups": settings["num_group"]}
    if kind in ("GlobalMaxPool2D", "GlobalAvgPool2D") and image:
        return {"kind": "globalpool", "windows": Windows(given[1:]), "pooling": settings["pool_type"]}
    if kind in ("MaxPool2D", "AvgPool2D") and image:
        where = Windows(*(tuple(settings[name]) for name in ("kernel", "stride", "pad")))
        return {"kind": "pool", "windows": where, "pooling": settings["pool_type"]}
    if kind == "Dense" and (block._flatten or len(given) == 1):
        return {"kind": "dense", "activation": own}
    if kind == "BatchNorm" and settings["axis"] == 1:
        return {"kind": "batchnorm"}
    if kind == "LocalResponseNorm" and image:
        return {"kind": "responsenorm"}
    if kind == "Activation" or kind in ELEMENTWISE:
        return {"kind": "activation", "activation": getattr(block, "_act_type", kind.lower())}
    return {"kind": kind.lower() if kind in ("Dropout", "Flatten") else "other"}
