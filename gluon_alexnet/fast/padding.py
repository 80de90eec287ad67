"""Convolutions of few channels, filled up with zeros to a multiple of the eight that oneDNN computes at a time.

oneDNN 2.4.4 has its fast convolutions for blocks of eight or sixteen channels; LeNet's first layer, which has six, falls to a
matrix product that takes longer than eight channels would. Here the graph is changed, not the net: its weights keep their shapes,
and zeros are joined to them on the way. The answers are the same but for the order in which sums are rounded.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from gluon_alexnet.fast.graphs import Rewriter, nodes

if TYPE_CHECKING:
    import mxnet as mx

BLOCK = 8
# Images of one channel get two more: oneDNN has its fast gradient of the first weights for three colours only.
COLOURS = 3
# What may come between two convolutions and treats every channel alike.
CHANNELWISE = ("Activation", "Pooling")


def padded(graph: mx.sym.Symbol, shapes: Mapping[str, Sequence[int]]) -> mx.sym.Symbol | None:
    """`graph`, a Symbol, with its convolutions of a few channels filled up, or None where there is nothing to fill.

    shapes: the shape of each parameter by name.
    """
    found = nodes(graph)
    # Loops and branches hold graphs of their own, which stay as they are.
    if not any(map(_is_small, found)) or any("subgraphs" in node for node in found):
        return None
    return _Padded(graph, shapes).symbol()


def _is_small(node):
    """Whether a node is a convolution of images, in one group, whose few channels do not fill blocks."""
    if node["op"] != "Convolution":
        return False
    attrs = node["attrs"]
    layout, channels = attrs.get("layout", "None"), int(attrs["num_filter"])
    plain = int(attrs.get("num_group", 1)) == 1 and attrs["kernel"].count(",") == 1 and layout in ("NCHW", "None")
    return plain and channels < 2 * BLOCK and channels % BLOCK > 0


class _Padded(Rewriter):
    def __init__(self, graph, shapes):
        self.channels = {}  # of a new node whose output is filled up: (its own channels, all channels)
        super().__init__(graph, shapes)

    def copy(self, node, inputs):
        added = self._convolution(node, inputs) if node["op"] == "Convolution" else None
        if added is None:
            keeps = node["op"] in CHANNELWISE and len(inputs) == 1
            inputs = inputs if keeps else [self.head(entry) for entry in inputs]
            added = super().copy(node, inputs)
            if keeps and inputs[0][0] in self.channels:
                self.channels[added[0]] = self.channels[inputs[0][0]]
        return added

    def _convolution(self, node, inputs):
        """The convolution filled up, as its new entry; None where it is as it was."""
        shape = self.shapes.get(self.old[node["inputs"][1][0]]["name"])
        filled_input = inputs[0][0] in self.channels
        if shape is None or not (filled_input or _is_small(node)) or int(node["attrs"].get("num_group", 1)) != 1:
            return None
        outputs = -(-shape[0] // BLOCK) * BLOCK if _is_small(node) else shape[0]
        data, weight, *bias = inputs
        name, ins = node["name"], self.channels[data[0]][1] if filled_input else shape[1]
        if outputs > shape[0] and ins == 1:
            nothing = self.add("zeros_like", f"{name}_data_zeros", [data])
            data = self.join(f"{name}_data", [data, nothing, nothing], 1)
            ins = COLOURS
        if outputs > shape[0]:
            weight = self._fill(f"{name}_weight_out", weight, (outputs - shape[0], *shape[1:]), 0)
            bias = [self._fill(f"{name}_bias_out", entry, (outputs - shape[0],), 0) for entry in bias]
        if ins > shape[1]:
            weight = self._fill(f"{name}_weight_in", weight, (outputs, ins - shape[1], *shape[2:]), 1)
        added = self.add("Convolution", name, [data, weight, *bias], {**node["attrs"], "num_filter": outputs})
        if outputs > shape[0]:
            self.channels[added[0]] = shape[0], outputs
        return added

    def _fill(self, name, entry, shape, axis):
        """`entry` with zeros of `shape` after it along `axis`."""
        return self.join(name, [entry, self.zeros(f"{name}_zeros", shape)], axis)

    def head(self, entry):
        """`entry` without the channels that are filling."""
        if entry[0] not in self.channels:
            return entry
        end, _ = self.channels[entry[0]]
        name = f"{self.nodes[entry[0]]['name']}_cut"
        return self.add("slice_axis", name, [entry], {"axis": 1, "begin": 0, "end": end})
