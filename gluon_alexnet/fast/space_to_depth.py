"""A convolution of images with a stride, computed as one of many channels without, for which oneDNN has its fast gradients.

AlexNet's first layer takes windows of 11x11 in steps of 4 over one channel. Cut into blocks of 4x4 whose pixels become channels,
the image has 16 channels and a quarter of the height and width, and windows of 3x3 blocks in steps of one see 12x12 pixels: the
kernel and a row and a column of zeros. The products are the same; only the order in which they are summed differs. (The trick is
known from ResNet on TPUs: https://arxiv.org/abs/1909.09756, section 3.)

The blocks are cut by a convolution too, whose weights are ones and zeros: its output comes in the precision and the layout in
which the next one computes. AlexNet's step needs less memory so, and is faster in bfloat16.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import TYPE_CHECKING

from gluon_alexnet.fast.graphs import VECTOR, Rewriter, square

if TYPE_CHECKING:
    import mxnet as mx


def unstrided(
    graph: mx.sym.Symbol, shapes: Mapping[str, Sequence[int]], channels: int = VECTOR, excluded: Collection[str] = ()
) -> mx.sym.Symbol | None:
    """`graph`, a Symbol, with the strided convolutions of its images rewritten, or None where there is none to gain from.

    shapes: the shape of each parameter by name. channels: what blocks of fewer are filled up to with zeros, down to the half.
    excluded: names of convolutions that stay as they are.
    """
    new = _Unstrided(graph, shapes, channels, excluded)
    return new.symbol() if new.changed else None


class _Unstrided(Rewriter):
    def __init__(self, graph, shapes, channels, excluded):
        self.full, self.excluded, self.changed = channels, excluded, False
        super().__init__(graph, shapes)

    def copy(self, node, inputs):
        if node["op"] != "Convolution" or node["name"] in self.excluded or not self._gains(node):
            return super().copy(node, inputs)
        self.changed = True
        data, weight, *bias = inputs
        name, attrs, shape = node["name"], node["attrs"], self._weight_shape(node)
        size, stride, padding = square(node)
        blocks = self._blocks(f"{name}_blocks", data, shape[1], stride, -size % stride, padding)
        weight = self._weight(f"{name}_weight", weight, shape, stride)
        count = -(-size // stride)
        plain = {"kernel": (count, count), "stride": (1, 1), "pad": (0, 0)}
        return self.add("Convolution", name, [blocks, weight, *bias], {**attrs, **plain})

    def _gains(self, node):
        images, shape, geometry = self.old[node["inputs"][0][0]], self._weight_shape(node), square(node)
        if images["op"] != "null" or images["name"] in self.shapes or shape is None or geometry is None:
            return False
        return geometry.stride > 1 and self.full // 2 <= shape[1] * geometry.stride**2 <= self.full

    def _weight_shape(self, node):
        return self.shapes.get(self.old[node["inputs"][1][0]]["name"])

    def _blocks(self, name, data, channels, stride, spare, padding):
        """The images (N, C, H, W) as blocks (N, `full`, height, width): channel (c·stride + row)·stride + column, then zeros.

        There are as many blocks as the windows see with `spare` more rows and columns of zeros below and on the right. A
        convolution fills up on all sides alike, so the windows that cut the blocks reach `spare` too far up and to the left,
        and have zeros there.
        """
        cells = channels * stride**2
        ones = self.add("_eye", f"{name}_eye", [], {"N": self.full, "M": cells, "dtype": "float32", "ctx": "cpu(0)"})
        ones = self.add("Reshape", f"{name}_ones", [ones], {"shape": (self.full, channels, stride, stride)})
        size = stride + spare
        if spare:
            above = self.zeros(f"{name}_above", (self.full, channels, spare, stride))
            ones = self.join(f"{name}_rows", [above, ones], 2)
            left = self.zeros(f"{name}_left", (self.full, channels, size, spare))
            ones = self.join(f"{name}_columns", [left, ones], 3)
        attrs = {"kernel": (size, size), "stride": (stride, stride), "pad": (padding + spare, padding + spare)}
        return self.add("Convolution", name, [data, ones], {**attrs, "num_filter": self.full, "no_bias": True})

    def _weight(self, name, weight, shape, stride):
        """The weights (O, C, K, K) of windows over pixels as (O, `full`, K/stride, K/stride) of windows over blocks."""
        filters, channels, size, _ = shape
        spare, count = -size % stride, -(-size // stride)
        if spare:
            weight = self.join(f"{name}_rows", [weight, self.zeros(f"{name}_below", (filters, channels, spare, size))], 2)
            right = self.zeros(f"{name}_right", (filters, channels, size + spare, spare))
            weight = self.join(f"{name}_columns", [weight, right], 3)
        parts = {"shape": (filters, channels, count, stride, count, stride)}
        weight = self.add("Reshape", f"{name}_parts", [weight], parts)
        weight = self.add("transpose", f"{name}_turned", [weight], {"axes": (0, 1, 3, 5, 2, 4)})
        cells = channels * stride**2
        weight = self.add("Reshape", f"{name}_cells", [weight], {"shape": (filters, cells, count, count)})
        if cells == self.full:
            return weight
        return self.join(f"{name}_filled", [weight, self.zeros(f"{name}_zeros", (filters, self.full - cells, count, count))], 1)
