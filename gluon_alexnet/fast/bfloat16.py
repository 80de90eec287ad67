"""A graph with its convolutions in bfloat16.

Only what gains from it is converted: in oneDNN 2.4.4, the gradients of dense layers are slower in bfloat16 than in float32. The
casts are put in here and not by MXNet (amp.convert_symbol), which leaves most operators in the precision that they are given:
many fail in bfloat16 or end the process.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import TYPE_CHECKING

from gluon_alexnet.fast import graphs
from gluon_alexnet.fast.graphs import VECTOR, Rewriter

if TYPE_CHECKING:
    import mxnet as mx

# What oneDNN computes in bfloat16, by the attribute that tells what is meant.
FOLLOWERS = {
    "Activation": ("act_type", ("relu", "sigmoid", "softrelu", "tanh")),
    "BatchNorm": ("axis", ("1",)),
    "Pooling": ("pool_type", ("max", "avg")),
}
DEFAULTS = {"axis": "1", "pool_type": "max"}


def converted(graph: mx.sym.Symbol, shapes: Mapping[str, Sequence[int]], excluded: Collection[str]) -> mx.sym.Symbol:
    """`graph`, a Symbol, with its convolutions in bfloat16 but those named in `excluded`; its outputs stay float32.

    shapes: the shape of each parameter by name.
    """
    return _Converted(graph, shapes, excluded).symbol()


class _Converted(Rewriter):
    def __init__(self, graph, shapes, excluded):
        self.excluded = excluded
        self.rounded = set()  # the new nodes whose first output is bfloat16
        self.casts = {}  # by an entry of the new graph and a dtype: its cast
        super().__init__(graph, shapes)

    def copy(self, node, inputs):
        if node["op"] == "Convolution" and node["name"] not in self.excluded:
            inputs = [self._cast(entry, "bfloat16") for entry in inputs]
        elif not (inputs and self._is_rounded(inputs[0]) and _follows(node)):
            inputs = [self.head(entry) for entry in inputs]
        added = super().copy(node, inputs)
        if inputs and self._is_rounded(inputs[0]):
            self.rounded.add(added[0])
        return added

    def head(self, entry):
        return self._cast(entry, "float32") if self._is_rounded(entry) else entry

    def _is_rounded(self, entry):
        return entry[0] in self.rounded and entry[1] == 0

    def _cast(self, entry, dtype):
        if self._is_rounded(entry) == (dtype == "bfloat16"):
            return entry
        key = (*entry, dtype)
        if key not in self.casts:
            name = f"{self.nodes[entry[0]]['name']}_{entry[1]}_{dtype}"
            self.casts[key] = self.add("amp_cast", name, [entry], {"dtype": dtype})
            if dtype == "bfloat16":
                self.rounded.add(self.casts[key][0])
        return self.casts[key]


def _follows(node):
    """Whether a node computes in bfloat16 what it is given in it."""
    if node["op"] not in FOLLOWERS:
        return False
    name, known = FOLLOWERS[node["op"]]
    return node.get("attrs", {}).get(name, DEFAULTS.get(name)) in known


def left_in_float32(graph: mx.sym.Symbol) -> tuple[list[str], bool]:
    """The names of the convolutions that bfloat16 would slow down or MXNet cannot compute in it, and whether there are others.

    oneDNN 2.4.4 computes bfloat16 in blocks of sixteen channels; with fewer it falls back to something slower than float32. The
    first convolution, of one to three channels, gains all the same, but leaves its output in a layout for which a batch norm
    is some 20 times slower.
    """
    nodes = graphs.nodes(graph)
    convolutions = {number: node for number, node in enumerate(nodes) if node["op"] == "Convolution"}
    read_by_norms = {node["inputs"][0][0] for node in nodes if node["op"] == "BatchNorm"}
    slower = []
    for number, node in convolutions.items():
        channels = graphs.channels_into(nodes, number)
        few = min(int(node["attrs"]["num_filter"]), channels or VECTOR) < VECTOR
        if few or not _is_usual(node) or (channels is None and number in read_by_norms):
            slower.append(node["name"])
    return slower, len(slower) < len(convolutions)


def _is_usual(node):
    """Whether a convolution is one of images in one group."""
    attrs = node["attrs"]
    return len(graphs.pair(attrs["kernel"])) == 2 and int(attrs.get("num_group", 1)) == 1
