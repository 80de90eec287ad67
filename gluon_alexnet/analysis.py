"""What a net costs, layer by layer, worked out from its table alone: shapes, parameters, multiply-adds, bytes.

Pure arithmetic on plain data; no framework is imported. A table of any net that is a Gluon Sequential: `read_spec`.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import prod

from gluon_alexnet.errors import UserError
from gluon_alexnet.introspect import read_spec
from gluon_alexnet.models import (
    Activation,
    BatchNorm,
    Conv,
    Dense,
    Dropout,
    Flatten,
    GlobalPool,
    Layer,
    LocalResponseNorm,
    Pool,
    Spec,
)

__all__ = ["LayerCost", "analyze", "format_table", "read_spec"]

KINDS = {
    Conv: "conv",
    Pool: "pool",
    GlobalPool: "globalpool",
    Dense: "dense",
    Dropout: "dropout",
    BatchNorm: "batchnorm",
    LocalResponseNorm: "responsenorm",
    Activation: "activation",
    Flatten: "flatten",
}


@dataclass(frozen=True)
class LayerCost:
    """One layer's forward pass.

    name: the kind with a number ('conv1'); detail: its settings in words. output_shape: (C, H, W) or (units,), without
    batch. params: the parameters, which are learned; statistics: a batch norm's running mean and variance, which are stored
    with them; param_bytes: of both. macs: the multiply-adds of convolutions and dense layers, 0 for the others, normalisations
    included. macs, input_bytes and output_bytes are those of the whole batch, so that
    `2 * macs / (param_bytes + input_bytes + output_bytes)` is FLOP per byte.
    """

    name: str
    kind: str
    output_shape: tuple[int, ...]
    params: int
    macs: int
    param_bytes: int
    output_bytes: int
    input_bytes: int
    detail: str = ""
    statistics: int = 0


def analyze(
    spec: Spec | Iterable[Layer], input_shape: Sequence[int] | None = None, batch_size: int = 1, itemsize: int = 4
) -> list[LayerCost]:
    """The cost of each layer, in order, as a list of LayerCost.

    spec: a Spec or a plain sequence of its layers. input_shape: (C, H, W), or (features,) for a net of dense layers;
    the Spec's own by default. itemsize: bytes per value (4 for float32, 2 for bfloat16).
    Raises UserError where a window does not fit its image, a layer cannot take its input, or no input shape is known.
    """
    layers = spec.layers if isinstance(spec, Spec) else tuple(spec)
    shape = first_shape(spec, input_shape)
    counts: Counter[str] = Counter()
    costs = []
    for layer in layers:
        kind = KINDS.get(type(layer))
        if kind is None:
            raise UserError(f"{layer!r} is not a layer of gluon_alexnet.models")
        counts[kind] += 1
        name = f"{kind}{counts[kind]}"
        output, params, macs = cost(layer, shape, name)
        statistics = 2 * shape[0] if isinstance(layer, BatchNorm) else 0
        costs.append(
            LayerCost(
                name,
                kind,
                output,
                params,
                macs * batch_size,
                (params + statistics) * itemsize,
                prod(output) * batch_size * itemsize,
                prod(shape) * batch_size * itemsize,
                detail(layer),
                statistics,
            )
        )
        shape = output
    return costs


def first_shape(spec: object, input_shape: Sequence[int] | None = None) -> tuple[int, ...]:
    """What goes into a net: `input_shape`, or that which the Spec `spec` says. Raises UserError where there is none."""
    shape = input_shape or getattr(spec, "input_shape", None)
    if shape is None:
        raise UserError("the shape of the images is not known: give input_shape=(channels, height, width)")
    shape = tuple(shape)
    if not shape or any(not isinstance(size, int) or size < 1 for size in shape):
        raise UserError(f"input_shape must be positive whole numbers (channels, height, width), not {shape}")
    return shape


def cost(layer, shape, name):
    """(output shape, parameters, multiply-adds of one image) of `layer` for an input of `shape`; errors say `name`."""
    match layer:
        case Conv(channels, kernel, stride, padding, _, bias, groups):
            height, width = windows(shape, kernel, stride, padding, name)
            need_groups(shape[0], channels, groups, name)
            weights = channels * (shape[0] // groups) * prod(kernel)
            return (channels, height, width), weights + channels * bool(bias), weights * height * width
        case Pool(_, size, stride, padding):
            return (shape[0], *windows(shape, size, stride, padding, name)), 0, 0
        case LocalResponseNorm():
            need_image(shape, name)
            return shape, 0, 0
        case GlobalPool():
            need_image(shape, name)
            return (shape[0], 1, 1), 0, 0
        case Dense(units, _, bias):
            weights = units * prod(shape)
            return (units,), weights + units * bool(bias), weights
        case BatchNorm():
            return shape, 2 * shape[0], 0
        case Flatten():
            return (prod(shape),), 0, 0
    return shape, 0, 0


def windows(shape, size, stride, padding, name):
    """How many windows of `size`, one every `stride`, fit down and across an image of `shape`; UserError for none."""
    need_image(shape, name)
    if min(stride) < 1 or min(size) < 1 or min(padding) < 0:
        raise UserError(
            f"{name} has a window of {times(size)}, stride {times(stride)} and padding {times(padding)}: "
            "window and stride must be at least 1, padding at least 0"
        )
    spare = [image + 2 * pad - window for image, pad, window in zip(shape[1:], padding, size, strict=True)]
    if min(spare) < 0:
        padded = f" with padding {times(padding)}" if any(padding) else ""
        raise UserError(
            f"{name} cannot put its {times(size)} window on an image of {times(shape[1:])}{padded} "
            f"(its input is {times(shape)}): feed larger images, or shrink or pad earlier windows"
        )
    return tuple(room // step + 1 for room, step in zip(spare, stride, strict=True))


def need_groups(inputs, outputs, groups, name):
    if groups < 1 or inputs % groups or outputs % groups:
        raise UserError(
            f"{name} has {groups} groups, {inputs} channels in and {outputs} out: both must be divisible by the number of groups"
        )


def need_image(shape, name):
    if len(shape) != 3:
        raise UserError(
            f"{name} needs images (channels, height, width) but its input is {times(shape)}: "
            "put it before the first dense or flatten layer"
        )


def times(shape: Iterable[object]) -> str:
    return "x".join(map(str, shape))


def detail(layer):
    """The settings of a layer in a few words: '11x11, stride 4, relu'."""
    match layer:
        case Conv(_, kernel, stride, padding, activation, bias, groups):
            words = [times(kernel), *window_words(stride, padding, (1, 1)), f"{groups} groups" if groups > 1 else None]
            words += [activation, None if bias else "no bias"]
        case Pool(kind, size, stride, padding):
            words = [f"{kind} {times(size)}", *window_words(stride, padding, None)]
        case GlobalPool(kind):
            words = [kind]
        case Dense(_, activation, bias):
            words = [activation, None if bias else "no bias"]
        case Dropout(rate):
            words = [f"{rate:g}"]
        case LocalResponseNorm(size, alpha, beta, k):
            words = [f"{size} channels", f"alpha {alpha:g}", f"beta {beta:g}", f"k {k:g}"]
        case Activation(name):
            words = [name]
        case _:
            words = []
    return ", ".join(word for word in words if word)


def window_words(stride, padding, usual_stride):
    def short(pair):
        return str(pair[0]) if pair[0] == pair[1] else times(pair)

    return [
        f"stride {short(stride)}" if stride != usual_stride else None,
        f"padding {short(padding)}" if any(padding) else None,
    ]


def format_table(costs: Sequence[LayerCost]) -> str:
    """`costs` as an aligned table for a terminal, with totals and the shares of parameters and multiply-adds."""
    params, macs = sum(c.params for c in costs), sum(c.macs for c in costs)

    def share(part, whole):
        return f"{100 * part / whole:.1f} %" if part else ""

    def count(value):
        return f"{value:,}" if value else ""

    head = ("layer", "settings", "output", "parameters", "share", "multiply-adds", "share", "output kB")
    body = [
        (
            c.name,
            c.detail,
            times(c.output_shape),
            count(c.params),
            share(c.params, params),
            count(c.macs),
            share(c.macs, macs),
            f"{c.output_bytes / 1e3:,.1f}",
        )
        for c in costs
    ]
    output = sum(c.output_bytes for c in costs)
    total = (
        "total",
        "",
        "",
        f"{params:,}",
        share(params, params),
        f"{macs:,}",
        share(macs, macs),
        f"{output / 1e3:,.1f}",
    )
    widths = [max(map(len, column)) for column in zip(head, *body, total, strict=True)]

    def line(row):
        cells = [cell.ljust(w) if i < 3 else cell.rjust(w) for i, (cell, w) in enumerate(zip(row, widths, strict=True))]
        return "  ".join(cells).rstrip()

    rule = "-" * (sum(widths) + 2 * len(widths) - 2)
    megabytes = sum(c.param_bytes for c in costs) / 1e6
    statistics = sum(c.statistics for c in costs)
    stored = f"with the {statistics:,} running statistics of batch norms " if statistics else ""
    return "\n".join([line(head), rule, *map(line, body), rule, line(total), f"the parameters {stored}take {megabytes:,.1f} MB"])
