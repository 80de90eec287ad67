"""Dense layers as 1x1 convolutions over a picture whose pixels are the images of a batch, for answers in bfloat16.

oneDNN 2.4.4 takes a convolution's weights in the layout that it multiplies in, once for all batches, and a dense layer's as they
lie. For one image both read as fast as memory gives; for a few, the convolution is more than twice as fast. The gradients would
be slower so than in float32: every step would bring the weights into that layout anew.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from gluon_alexnet.fast.graphs import VECTOR, Rewriter

if TYPE_CHECKING:
    import mxnet as mx

# As many as no core's own cache holds: reading fewer takes no time to save.
MANY_WEIGHTS = 2**20


def over_the_batch(graph: mx.sym.Symbol, shapes: Mapping[str, Sequence[int]]) -> mx.sym.Symbol | None:
    """`graph`, a Symbol for answers alone, with its dense layers of many weights rewritten, or None where it has none.

    shapes: the shape of each parameter by name.
    """
    new = _OverTheBatch(graph, shapes)
    return new.symbol() if new.columns else None


class _OverTheBatch(Rewriter):
    def __init__(self, graph, shapes):
        self.columns = {}  # of a new node that gives (1, units, 1, N) and takes the place of one that gave (N, units): the units
        super().__init__(graph, shapes)

    def copy(self, node, inputs):
        units = self.columns.get(inputs[0][0]) if inputs else None
        if units and node["op"] == "Activation":
            added = super().copy(node, inputs)
            self.columns[added[0]] = units
            return added
        if units and node["op"] == "Dropout" and node.get("attrs", {}).get("mode", "training") == "training":
            return inputs[0]
        if self._has_many_weights(node):
            return self._convolution(node, inputs)
        return super().copy(node, [self.head(entry) for entry in inputs])

    def head(self, entry):
        """The same in rows, (N, units)."""
        node, units = entry[0], self.columns.get(entry[0])
        if units is None:
            return entry
        name = f"{self.nodes[node]['name']}_rows_{len(self.nodes)}"
        flat = self.add("Reshape", f"{name}_flat", [entry], {"shape": (units, -1)})
        return self.add("transpose", name, [flat], {"axes": (1, 0)})

    def _has_many_weights(self, node):
        if node["op"] != "FullyConnected" or node["attrs"].get("flatten", "True") not in ("True", "1"):
            return False
        shape = self.shapes.get(self.old[node["inputs"][1][0]]["name"], (0, 0))
        return math.prod(shape) >= MANY_WEIGHTS and min(shape) >= VECTOR

    def _convolution(self, node, inputs):
        data, weight, *bias = inputs
        name, (units, inward) = node["name"], self.shapes[self.old[node["inputs"][1][0]]["name"]]
        if data[0] not in self.columns:
            data = self.add("Reshape", f"{name}_flat", [data], {"shape": (-1, inward)})
            data = self.add("transpose", f"{name}_turned", [data], {"axes": (1, 0)})
            data = self.add("Reshape", f"{name}_columns", [data], {"shape": (1, inward, 1, -1)})
        weight = self.add("Reshape", f"{name}_weight", [weight], {"shape": (units, inward, 1, 1)})
        attrs = {"kernel": (1, 1), "num_filter": units, "no_bias": not bias}
        added = self.add("Convolution", name, [data, weight, *bias], attrs)
        self.columns[added[0]] = units
        return added
