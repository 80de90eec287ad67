"""A ReLU after a max pooling instead of before it: the same function, computed for a quarter of the numbers.

The largest of numbers cut off at 0 is their largest, cut off at 0. The gradients are the same as well: where the largest is
negative there is none either way, and elsewhere it is that of the largest.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from gluon_alexnet.fast import graphs

if TYPE_CHECKING:
    import mxnet as mx


def pooled_first(graph: mx.sym.Symbol, shapes: Mapping[str, Sequence[int]]) -> mx.sym.Symbol | None:
    """`graph`, a Symbol, with its max poolings before the ReLUs that they read, or None where there is none to move.

    shapes: the shape of each parameter by name.
    """
    new = _PooledFirst(graph, shapes)
    return new.symbol() if new.swapped else None


class _PooledFirst(graphs.Rewriter):
    def __init__(self, graph, shapes):
        nodes, readers = graphs.nodes(graph), graphs.readers(graph)
        # Numbers of nodes, each way: a ReLU that a max pooling alone reads, and that pooling.
        self.swapped = {}
        for number, node in enumerate(nodes):
            if node["op"] != "Pooling" or node["attrs"].get("pool_type", "max") != "max":
                continue
            before = node["inputs"][0][0]
            if nodes[before].get("attrs", {}).get("act_type") == "relu" and readers[before] == 1:
                self.swapped |= {number: before, before: number}
        super().__init__(graph, shapes)

    def copy(self, node, inputs):
        number = len(self.places)
        return super().copy(self.old[self.swapped.get(number, number)], inputs)
