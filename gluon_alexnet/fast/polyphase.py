"""Two convolutions of few channels, each before an average pooling, computed on blocks of pixels: LeNet's first half.

oneDNN 2.4.4 computes eight or sixteen channels at a time, and bfloat16 in sixteens only; LeNet's layers have 1, 6 and 16. Here
the answers of a block of pixels are channels, computed at once from windows of blocks by weights that stand there once for each,
every time shifted by a pixel and with zeros around (a polyphase filter: Bellanger et al. 1976). Each pooling halves the sides of
the blocks: it is a convolution by constant weights, which take the mean of four channels or of two in neighbouring columns. After
two of them every block is a pixel again.

There are more multiplications than before and all of them are fast ones. Only the order in which sums are rounded differs.

Blocks of 4x2 pixels, which see all rows of an image that they need as channels, take a fifth less of them than those of 4x4 and
have rows twice as long; the gradients of the weights in bfloat16 take a quarter of the time with them. AMX's units of 32 channels
are filled by blocks of 4x4.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from gluon_alexnet.fast import graphs
from gluon_alexnet.fast.graphs import VECTOR

if TYPE_CHECKING:
    import mxnet as mx

SIDE = 4


class Block(NamedTuple):
    """Pixels that are channels."""

    rows: int
    columns: int


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
    zeros; with graphs.TILE the blocks are square. Right for images that blocks of 4x4 divide.
    """
    new = _InBlocks(graph, shapes, full)
    return new.symbol(), new.constants


class _InBlocks(graphs.Rewriter):
    def __init__(self, graph, shapes, full):
        self.sides, self.full, self.constants, self.filters = layers(graph), full, {}, None
        self.square = full == graphs.TILE
        super().__init__(graph, shapes)

    def _block(self, side):
        return Block(side, side if self.square else side // 2)

    def copy(self, node, inputs):
        side = self.sides.get(len(self.places))
        if side and node["op"] == "Convolution":
            return self._convolution(node, inputs, side)
        if side and node["op"] == "Pooling":
            return self._pooling(node, inputs, side)
        return super().copy(node, inputs)

    def _convolution(self, node, inputs, side):
        data, weight, *bias = inputs
        name, block, (size, _, padding) = node["name"], self._block(side), graphs.square(node)
        self.filters, channels, *_ = self.shapes[self.old[node["inputs"][1][0]]["name"]]
        read, first = block, side == SIDE
        if first and not self.square:
            read = Block(block.rows + size - 1, block.columns)
        # Of how many blocks that are read a window consists.
        counts = tuple(-(-(length + size - 1) // step) for length, step in zip(block, read, strict=True))
        spare = -channels * read.rows * read.columns % (self.full if first else VECTOR)
        attrs = {**node["attrs"], "kernel": counts, "pad": tuple(padding // length for length in block)}
        if first:
            data, attrs["pad"] = self._cut(name, data, channels, block, read, padding, spare), (0, 0)
        cells = block.rows * block.columns
        weight = self._weight(name, weight, channels, size, block, read, counts)
        if spare:
            zeros = self.zeros(f"{name}_zeros", (self.filters * cells, spare, *counts))
            weight = self.join(f"{name}_filled", [weight, zeros], 1)
        bias = [self.add("repeat", f"{name}_biases", [entry], {"repeats": cells}) for entry in bias]
        return self.add("Convolution", name, [data, weight, *bias], {**attrs, "num_filter": self.filters * cells})

    def _cut(self, name, data, channels, block, read, padding, spare):
        """The images as blocks `read`, one at every `block`, their pixels as channels with `spare` of zeros after them."""
        cells = channels * read.rows * read.columns
        ones = np.eye(cells + spare, cells).reshape(cells + spare, channels, *read)
        # oneDNN's fast convolutions of images want windows wider than the padding: columns of zeros make them so.
        beside = max(0, padding + 1 - read.columns)
        ones = self.constant(f"{name}_cut", np.pad(ones, [(0, 0), (0, 0), (0, 0), (beside, beside)]))
        kernel, pad = (read.rows, read.columns + 2 * beside), (padding, padding + beside)
        attrs = {"kernel": kernel, "stride": tuple(block), "pad": pad, "num_filter": cells + spare, "no_bias": True}
        return self.add("Convolution", f"{name}_blocks", [data, ones], attrs)

    def _weight(self, name, weight, channels, size, block, read, counts):
        """The weights (O, C, K, K) of windows over pixels as (O·cells, C·pixels, *counts) of windows over blocks `read`."""
        cells, pixels = block.rows * block.columns, read.rows * read.columns
        shifts = self.constant(f"{name}_shifts", shifted(size, block, read, counts))
        weight = self.add("Reshape", f"{name}_flat", [weight], {"shape": (self.filters * channels, size**2)})
        weight = self.add("dot", f"{name}_shifted", [weight, shifts])
        if channels > 1:
            parts = {"shape": (self.filters, channels, cells, pixels * counts[0] * counts[1])}
            weight = self.add("Reshape", f"{name}_parts", [weight], parts)
            weight = self.add("transpose", f"{name}_turned", [weight], {"axes": (0, 2, 1, 3)})
        return self.add("Reshape", f"{name}_phases", [weight], {"shape": (self.filters * cells, channels * pixels, *counts)})

    def _pooling(self, node, inputs, side):
        weight = means(self.filters, self._block(side))
        if side > 2:
            weight = np.pad(weight, [(0, -len(weight) % VECTOR), *[(0, 0)] * 3])
        window = weight.shape[2:]
        attrs = {"kernel": window, "stride": window, "num_filter": len(weight), "no_bias": True}
        return self.add("Convolution", node["name"], [*inputs, self.constant(f"{node['name']}_means", weight)], attrs)

    def constant(self, name, value):
        """The entry of an input of the graph that is always `value`."""
        self.constants[name] = value.astype("float32")
        # MXNet's number for float32, which it does not find out behind a cast.
        return self.add("null", name, [], {"__dtype__": 0})


def shifted(size: int, block: Block, read: Block, counts: Sequence[int]) -> np.ndarray:
    """Zeros and ones (size·size, M) that turn a window of pixels, flat, into all of a block's windows over blocks `read`.

    The M numbers are: row and column of the answer in its `block`, row and column of the pixel in the block that is read, row and
    column of that block in the window, of which there are `counts`.
    """
    ones = np.zeros((size, size, *block, *read, *counts))
    for row, column, down, right in np.ndindex(size, size, *block):
        (block_row, cell_row), (block_column, cell_column) = divmod(row + down, read.rows), divmod(column + right, read.columns)
        ones[row, column, down, right, cell_row, cell_column, block_row, block_column] = 1
    return ones.reshape(size**2, -1)


def means(filters: int, block: Block) -> np.ndarray:
    """The weights (filters·cells, filters·cells of `block`, 1, 1 or 2) that take the means of 2x2 pixels.

    Blocks of a single column are read two at a time.
    """
    across = 2 if block.columns == 1 else 1
    rows, columns = (np.kron(np.eye(length // 2), [[0.5, 0.5]]) for length in (block.rows, block.columns * across))
    weight = np.kron(np.eye(filters), np.kron(rows, columns))
    return weight.reshape(len(weight), -1, 1, across)
