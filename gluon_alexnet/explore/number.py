"""One number of a feature map taken apart: which numbers of the layer before make it, and how."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from gluon_alexnet.errors import UserError
from gluon_alexnet.explore.fields import Box, check_place, reach
from gluon_alexnet.explore.layers import Layer, find
from gluon_alexnet.explore.maps import Seen, as_float32

__all__ = ["Norm", "Number", "Response", "explain"]


@dataclass(frozen=True)
class Norm:
    """What a batch norm does to a channel: gamma * (x - mean) / sqrt(variance + epsilon) + beta."""

    mean: float
    variance: float
    gamma: float
    beta: float
    epsilon: float


@dataclass(frozen=True, eq=False)
class Response:
    """What local response normalisation does to a number: own / (k + alpha * total)^beta, as the paper of 2012 has it.

    own: the number of the same channel in the source. squares: float64, of each of `values`, `total` their sum. divisor: what
    `own` is divided by.
    """

    own: float
    squares: np.ndarray
    total: float
    alpha: float
    beta: float
    k: float
    divisor: float


@dataclass(frozen=True, eq=False)
class Number:
    """How one number of a layer is made.

    layer, kind: the layer's. place: (channel, row, column), or (unit,) of a layer without rows. source: the layer before, or
    'picture'. box: the window in the source, cut off at its borders; of a source without rows, its units as channels.
    rows, columns: of the source, those of the window one by one; below 0 or beyond the last they are padding.
    values: float32, what lies in the window, zeros where it is padding: (channels, rows, columns) or (units,).
    weights: of convolutions and dense layers, float32 of the shape of `values`; of average pooling, one over how many count.
    products: values * weights, float64. bias: 0 where there is none. winner: the place in the source that max pooling took, of
    equal ones the first. norm: of a batch norm. response: of a local response normalisation. before: the number before the
    activation, computed here in float64, the sum of products and bias where there are any. value: the number itself, as the net
    computed it.
    """

    layer: str
    kind: str
    place: tuple[int, ...]
    source: str
    box: Box
    rows: tuple[int, ...]
    columns: tuple[int, ...]
    values: np.ndarray
    before: float
    value: float
    activation: str | None = None
    weights: np.ndarray | None = None
    products: np.ndarray | None = None
    bias: float = 0.0
    winner: tuple[int, ...] | None = None
    norm: Norm | None = None
    response: Response | None = None

    @property
    def inside(self) -> np.ndarray:
        """bool (rows, columns): which places of the window are none of padding."""
        inside_rows, inside_columns = (
            [first <= at < stop for at in places]
            for places, (first, stop) in ((self.rows, self.box.rows), (self.columns, self.box.columns))
        )
        return np.outer(inside_rows, inside_columns)

    def largest(self, count: int) -> list[tuple[tuple[int, ...], float]]:
        """The products that weigh most, whatever their sign: [(place in the source, product)], at most `count`."""
        if self.products is None:
            return []
        order = np.argsort(-np.abs(self.products), axis=None, kind="stable")[:count]
        places = (np.unravel_index(at, self.products.shape) for at in order)
        return [(origin(self.box, self.rows, self.columns, place), float(self.products[place])) for place in places]


def explain(seen: Seen, which: str | int, channel: int, row: int = 0, column: int = 0) -> Number:
    """The Number in `channel`, `row` and `column` of a layer's maps; of a layer without rows, `channel` is the unit.

    which: the layer's name or index. Raises UserError for a place that there is not, and for a layer that cannot be taken apart.
    """
    layer = find(seen.layers, which)
    if layer.kind not in MAKERS:
        raise UserError(
            f"how {layer.name} ({type(layer.block).__name__}) makes its numbers is not known: only Gluon's own convolutions, "
            "poolings, dense layers, batch norms, dropouts, activations and flatten layers and this package's "
            "LocalResponseNorm can be taken apart"
        )
    channels = layer.output_shape[0]
    if not 0 <= channel < channels:
        what = "channel" if len(layer.output_shape) == 3 else "unit"
        raise UserError(f"{layer.name} has no {what} {channel}: it has {channels}, from 0 on")
    check_place(layer, row, column)
    place = (channel, row, column) if len(layer.output_shape) == 3 else (channel,)
    source, given = seen.before(layer)
    box, rows, columns = window(layer, place)
    values = taken(given, box, rows, columns)
    made = MAKERS[layer.kind](layer, place, box, rows, columns, values)
    value = float(seen.maps[layer.index][place])
    activation = layer.activation
    return Number(layer.name, layer.kind, place, source, box, rows, columns, values, value=value, activation=activation, **made)


def window(layer: Layer, place: tuple[int, ...]) -> tuple[Box, tuple[int, ...], tuple[int, ...]]:
    """(Box, rows, columns) of what makes the number at `place`, as in Number."""
    shape = layer.input_shape
    size = shape[1:] if len(shape) == 3 else (1, 1)
    if layer.kind == "dense":
        return Box((0, shape[0]), (0, size[0]), (0, size[1])), tuple(range(size[0])), tuple(range(size[1]))
    if layer.windows is None:
        # One number makes one: at the same place, or at that from which it was laid flat.
        at = np.unravel_index(place[0], shape) if layer.kind == "flatten" else place
        channel, row, column = (*map(int, at), 0, 0)[:3]
        return Box(channels_of(layer, channel), (row, row + 1), (column, column + 1)), (row,), (column,)
    spans, places = [], []
    for axis in (0, 1):
        first, last = reach(layer.windows, axis, place[1 + axis], place[1 + axis])
        places.append(tuple(range(first, last + 1, layer.windows.dilation[axis])))
        real = [at for at in places[-1] if 0 <= at < size[axis]]
        # A window may lie in the padding as a whole.
        spans.append((real[0], real[-1] + 1) if real else (0, 0))
    return Box(channels_of(layer, place[0]), spans[0], spans[1]), places[0], places[1]


def channels_of(layer, channel):
    """(first, one after the last) of the channels that make `channel` of a layer, or which is at the same place of its source."""
    if layer.kind == "responsenorm":
        reached = layer.block.size // 2
        return max(channel - reached, 0), min(channel + reached + 1, layer.input_shape[0])
    if layer.kind != "conv":
        return channel, channel + 1
    # A grouped convolution's filters see the channels of their group alone.
    each = layer.input_shape[0] // layer.groups
    group = channel // (layer.output_shape[0] // layer.groups)
    return group * each, (group + 1) * each


def taken(given: np.ndarray, box: Box, rows: tuple[int, ...], columns: tuple[int, ...]) -> np.ndarray:
    """What `given`, (C, H, W) or (units,), has in a window; zeros where it is padding."""
    if given.ndim != 3:
        return given[slice(*box.channels)]
    down, across = np.array(rows), np.array(columns)
    height, width = given.shape[1:]
    inside = np.outer((down >= 0) & (down < height), (across >= 0) & (across < width))
    picked = given[slice(*box.channels)][:, down.clip(0, height - 1)][:, :, across.clip(0, width - 1)]
    return np.where(inside, picked, np.float32(0))


def origin(box, rows, columns, place):
    """Where in the source the number at `place` of a window lies."""
    channel = int(place[0]) + box.channels[0]
    return (channel, rows[place[1]], columns[place[2]]) if len(place) == 3 else (channel,)


def summed(values, weights, bias):
    products = values.astype("float64") * weights
    return {"weights": weights, "products": products, "bias": bias, "before": float(products.sum() + bias)}


def weighted(layer, place, box, rows, columns, values):
    """A convolution's or a dense layer's."""
    block, channel = layer.block, place[0]
    weights = parameter(block.weight, channel).reshape(values.shape)
    return summed(values, weights, 0.0 if block.bias is None else float(parameter(block.bias, channel)))


def pooled(layer, place, box, rows, columns, values):
    real = np.outer(*(inside(places, length) for places, length in zip((rows, columns), layer.input_shape[1:], strict=True)))
    if layer.pooling == "max":
        best = np.where(real, values, -np.inf)
        at = np.unravel_index(int(best.argmax()), best.shape)
        return {"before": float(best[at]), "winner": origin(box, rows, columns, at)}
    settings = layer.block._kwargs
    count = real.sum()
    if settings.get("count_include_pad", True):
        # Padding counts as zeros, but not what a window of ceil_mode takes beyond it.
        lengths = (layer.input_shape[1 + axis] + layer.windows.padding[axis] for axis in (0, 1))
        count = np.prod([sum(at < length for at in places) for places, length in zip((rows, columns), lengths, strict=True)])
    return summed(values, np.full(values.shape, 1 / max(count, 1), "float32"), 0.0)


def inside(places, length):
    return [0 <= at < length for at in places]


def normed(layer, place, box, rows, columns, values):
    block = layer.block
    names = ("running_mean", "running_var", "gamma", "beta")
    mean, variance, gamma, beta = (float(parameter(getattr(block, name), place[0])) for name in names)
    settings = block._kwargs
    norm = Norm(mean, variance, 1.0 if settings["fix_gamma"] else gamma, beta, settings["eps"])
    scale = norm.gamma / (norm.variance + norm.epsilon) ** 0.5
    return {"norm": norm, "before": float((float(values.reshape(-1)[0]) - norm.mean) * scale + norm.beta)}


def divided(layer, place, box, rows, columns, values):
    """A local response normalisation's."""
    block, own = layer.block, float(values[place[0] - box.channels[0]].item())
    squares = values.astype("float64") ** 2
    total = float(squares.sum())
    divisor = (block.k + block.alpha * total) ** block.beta
    response = Response(own, squares, total, block.alpha, block.beta, block.k, divisor)
    return {"response": response, "before": own / divisor}


def passed(layer, place, box, rows, columns, values):
    """A number as it was: what a dropout lets through as it answers, what is laid flat, what an activation is given."""
    return {"before": float(values.reshape(-1)[0])}


def parameter(of: Any, at: int) -> np.ndarray:
    """Row `at` of a Parameter of Gluon."""
    return as_float32(of.list_data()[0][at])


MAKERS = {
    **dict.fromkeys(("conv", "dense"), weighted),
    **dict.fromkeys(("pool", "globalpool"), pooled),
    "batchnorm": normed,
    "responsenorm": divided,
    **dict.fromkeys(("dropout", "flatten", "activation"), passed),
}
