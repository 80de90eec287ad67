"""Two convolutions of few channels, each before an average pooling, computed on blocks of pixels: LeNet's first half.

oneDNN 2.4.4 computes eight or sixteen channels at a time, and bfloat16 in sixteens only; LeNet's layers have 1, 6 and 16. Cut
into blocks of 4x4 whose pixels become channels, an image has 16 channels and a quarter of the height and width. The sixteen
answers of a block are channels too, computed at once from windows of 2x2 blocks by weights that stand there sixteen times, each
time shifted by a pixel and with zeros around (a polyphase filter: Bellanger et al. 1976). Each pooling halves the sides of the
blocks: it is a convolution by constant weights of 1x1, which take the mean of four channels. After two of them every block is a
pixel again.

There are more multiplications than before and all of them are fast ones. Only the order in which sums are rounded differs.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np

from gluon_alexnet.fast import graphs
from gluon_alexnet.fast.graphs import VECTOR

if TYPE_CHECKING:
    import mxnet as mx

SIDE = 4
# Most filters of a convolution that reads blocks of this side. With more there would be enough channels without blocks.
FILTERS = {4: 8, 2: 16}
FOLLOWERS = {"Convolution": ("Activation", "Pooling"), "Activation": ("Pooling",), "Pooling": ("Convolution",)}


def layers(graph: mx.sym.Symbol) -> dict[int, int]:
    """The nodes of `graph`, a Symbol, to compute on blocks, by number: the side of the blocks that each reads, in pixels."""
    found, readers = graphs.nodes(graph), graphs.readers(graph)
    sides, before, side = {}, None, SIDE
    for number, node in enumerate(found):
        if side == 1 or not node["inputs"]:
            continue
        source = node["inputs"][0][0]
        if before is None:
            follows = node["op"] == "Convolution" and found[source]["op"] == "null"
        else:
            follows = source == before and readers[source] == 1 and node["op"] in FOLLOWERS[found[source]["op"]]
        # Weights that are themselves computed have no shape that is known here.
        known = all(found[entry]["op"] == "null" for entry, *_ in node["inputs"][1:])
        if follows and known and _fits(node, side):
            sides[number], before = side, number
            side //= 2 if node["op"] == "Pooling" else 1
    return sides if side == 1 else {}


def _fits(node, side):
    attrs = node["attrs"]
    if node["op"] == "Pooling":
        windows = [graphs.pair(attrs.get(name, "(1, 1)")) for name in ("kernel", "stride")]
        plain = attrs.get("pool_type") == "avg" and attrs.get("global_pool", "False") == "False"
        return plain and windows == [(2, 2), (2, 2)] and {*graphs.pair(attrs.get("pad", "(0, 0)"))} == {0}
    if node["op"] == "Convolution":
        geometry = graphs.square(node)
        if geometry is None or geometry.stride != 1 or int(attrs["num_filter"]) > FILTERS[side]:
            return False
        # Else a block of answers would need a part of a block.
        return geometry.size % side == 1 and (side == SIDE or geometry.padding % side == 0)
    return True


def divides(graph: mx.sym.Symbol, shape: Sequence[int]) -> bool:
    """Whether `graph` has such layers and images (N, C, H, W) of this shape, padded as by the first of them, are whole blocks."""
    found = layers(graph)
    if not found:
        return False
    first = graphs.square(graphs.nodes(graph)[min(found)])
    return first is not None and all((length + 2 * first.padding) % SIDE == 0 for length in shape[2:])


def in_blocks(
    graph: mx.sym.Symbol, shapes: Mapping[str, Sequence[int]], full: int = VECTOR
) -> tuple[mx.sym.Symbol, dict[str, np.ndarray]]:
    """`graph`, a Symbol that has such `layers`, computed on blocks: a Symbol, and the constants among its inputs by name.

    shapes: the shape of each parameter by name. full: to a multiple of it the channels of the images' blocks are filled up with
    zeros. Right for images that the blocks divide.
    """
    new = _InBlocks(graph, shapes, full)
    return new.symbol(), new.constants


class _InBlocks(graphs.Rewriter):
    def __init__(self, graph, shapes, full):
        self.sides, self.full, self.constants, self.filters = layers(graph), full, {}, None
        super().__init__(graph, shapes)

    def copy(self, node, inputs):
        side = self.sides.get(len(self.places))
        if side and node["op"] == "Convolution":
            return self._convolution(node, inputs, side)
        if side and node["op"] == "Pooling":
            return self._pooling(node, inputs, side)
        return super().copy(node, inputs)

    def _convolution(self, node, inputs, side):
        data, weight, *bias = inputs
        name, cells, (size, _, padding) = node["name"], side**2, graphs.square(node)
        self.filters, channels, *_ = self.shapes[self.old[node["inputs"][1][0]]["name"]]
        spare = -channels * cells % (self.full if side == SIDE else VECTOR)
        if side == SIDE:
            filled = channels * cells + spare
            cut = self.constant(f"{name}_cut", np.eye(filled, channels * cells).reshape(filled, channels, side, side))
            window = {"kernel": (side, side), "stride": (side, side), "pad": (padding, padding)}
            attrs = {**window, "num_filter": filled, "no_bias": True}
            data, padding = self.add("Convolution", f"{name}_blocks", [data, cut], attrs), 0
        count = size // side + 1
        weight = self._weight(name, weight, channels, size, side)
        if spare:
            zeros = self.zeros(f"{name}_zeros", (self.filters * cells, spare, count, count))
            weight = self.join(f"{name}_filled", [weight, zeros], 1)
        bias = [self.add("repeat", f"{name}_biases", [entry], {"repeats": cells}) for entry in bias]
        window = {"kernel": (count, count), "pad": (padding // side, padding // side)}
        attrs = {**node["attrs"], **window, "num_filter": self.filters * cells}
        return self.add("Convolution", name, [data, weight, *bias], attrs)

    def _weight(self, name, weight, channels, size, side):
        """The weights (O, C, K, K) of windows over pixels as (O·cells, C·cells, count, count) of windows over blocks."""
        cells, count = side**2, size // side + 1
        shifts = self.constant(f"{name}_shifts", shifted(size, side))
        weight = self.add("Reshape", f"{name}_flat", [weight], {"shape": (self.filters * channels, size**2)})
        weight = self.add("dot", f"{name}_shifted", [weight, shifts])
        if channels > 1:
            parts = {"shape": (self.filters, channels, cells, cells * count**2)}
            weight = self.add("Reshape", f"{name}_parts", [weight], parts)
            weight = self.add("transpose", f"{name}_turned", [weight], {"axes": (0, 2, 1, 3)})
        return self.add("Reshape", f"{name}_phases", [weight], {"shape": (self.filters * cells, channels * cells, count, count)})

    def _pooling(self, node, inputs, side):
        weight = means(self.filters, side)
        if side > 2:
            weight = np.pad(weight, [(0, -len(weight) % VECTOR), *[(0, 0)] * 3])
        attrs = {"kernel": (1, 1), "num_filter": len(weight), "no_bias": True}
        return self.add("Convolution", node["name"], [*inputs, self.constant(f"{node['name']}_means", weight)], attrs)

    def constant(self, name, value):
        """The entry of an input of the graph that is always `value`."""
        self.constants[name] = value.astype("float32")
        # MXNet's number for float32, which it does not find out behind a cast.
        return self.add("null", name, [], {"__dtype__": 0})


def shifted(size: int, side: int) -> np.ndarray:
    """Zeros and ones (size·size, M) that turn a window of pixels, flat, into all of a block's windows over blocks.

    The M numbers are: row and column of the answer in its block, row and column of the pixel in its block, row and column of the
    block in the window.
    """
    count = size // side + 1
    ones = np.zeros((size, size, side, side, side, side, count, count))
    for row, column, down, right in np.ndindex(size, size, side, side):
        (block_row, cell_row), (block_column, cell_column) = divmod(row + down, side), divmod(column + right, side)
        ones[row, column, down, right, cell_row, cell_column, block_row, block_column] = 1
    return ones.reshape(size**2, -1)


def means(filters: int, side: int) -> np.ndarray:
    """The weights (filters·cells/4, filters·cells, 1, 1) that take the means of 2x2 pixels in blocks of side x side."""
    half = side // 2
    pairs = np.kron(np.eye(half), [[0.5, 0.5]])
    return np.kron(np.eye(filters), np.kron(pairs, pairs)).reshape(filters * half**2, filters * side**2, 1, 1)
