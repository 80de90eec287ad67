"""Local response normalisation while a net learns, written out in operators whose gradients are fast.

MXNet's operator answers fast, and on a CPU its gradient takes ten times as long as the answer or more: a step of the AlexNet of
2012 in float32 takes 1.7 times as long with it (by turns on two busy cores of an AMD EPYC). Squares, their sum over the channels
around each as a sum of slices, a power and a division have gradients that take about as long as they themselves do.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from gluon_alexnet.fast import graphs

if TYPE_CHECKING:
    import mxnet as mx

# What MXNet takes where a node says nothing.
USUAL = {"alpha": "0.0001", "beta": "0.75", "knorm": "2"}


def written_out(graph: mx.sym.Symbol, shapes: Mapping[str, Sequence[int]]) -> mx.sym.Symbol | None:
    """`graph`, a Symbol, with its local response normalisations in other operators, or None where it has none.

    shapes: the shape of each parameter by name. Left as they are: those of which it is not known that there are as many channels
    as the sum reaches to either side.
    """
    new = _WrittenOut(graph, shapes)
    return new.symbol() if new.changed else None


class _WrittenOut(graphs.Rewriter):
    def __init__(self, graph, shapes):
        self.changed = False
        super().__init__(graph, shapes)

    def copy(self, node, inputs):
        if node["op"] != "LRN":
            return super().copy(node, inputs)
        attrs = {**USUAL, **node["attrs"]}
        size, (alpha, beta, k) = int(attrs["nsize"]), (float(attrs[name]) for name in ("alpha", "beta", "knorm"))
        channels = graphs.channels_into(self.old, len(self.places))
        if channels is None or channels < size // 2:
            return super().copy(node, inputs)
        self.changed = True
        name = node["name"]
        total = self._sum(name, self.add("square", f"{name}_squares", inputs), size)
        # MXNet divides alpha by the size.
        scaled = self.add("_mul_scalar", f"{name}_scaled", [total], {"scalar": alpha / size})
        base = self.add("_plus_scalar", f"{name}_base", [scaled], {"scalar": k})
        return self.add("elemwise_div", name, [inputs[0], self._power(name, base, beta)])

    def _sum(self, name, squares, size):
        """The sum of the squares over `size` channels around each."""
        reach = size // 2
        if not reach:
            return squares
        beside = self.add("slice_axis", f"{name}_first", [squares], {"axis": 1, "begin": 0, "end": reach})
        zeros = self.add("zeros_like", f"{name}_zeros", [beside])
        wide = self.join(f"{name}_wide", [zeros, squares, zeros], 1)
        shifted = []
        for begin in range(size):
            end = begin + 1 - size or None
            shifted.append(self.add("slice_axis", f"{name}_from{begin}", [wide], {"axis": 1, "begin": begin, "end": end}))
        return self.add("add_n", f"{name}_sum", shifted, {"num_args": size})

    def _power(self, name, base, beta):
        if beta != 0.75:
            return self.add("_power_scalar", f"{name}_power", [base], {"scalar": beta})
        # The paper's: two roots and a product are faster than a power.
        root = self.add("sqrt", f"{name}_root", [base])
        return self.add("elemwise_mul", f"{name}_power", [root, self.add("sqrt", f"{name}_root_of_root", [root])])
