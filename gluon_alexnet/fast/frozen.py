"""A net as it is at one moment, for answers alone: its weights are cast to bfloat16 or float16 once and not for every batch.

For one image, AlexNet's casts take a third of the time. oneDNN keeps what it is given again and again in the layout that it
computes in, too, which it cannot do with the result of a cast.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from gluon_alexnet.fast.graphs import Rewriter
from gluon_alexnet.machine import runtime

if TYPE_CHECKING:
    import mxnet as mx

# The operators between parameters and what reads them.
MAKERS = ("Reshape", "amp_cast")


class Frozen:
    """A function from images to what `block` makes of them with the parameters as they were when `take` was called last.

    block: a SymbolBlock from precision.in_precision. Images and answers lie on one of the devices that hold the parameters.
    """

    def __init__(self, block: mx.gluon.SymbolBlock) -> None:
        mx = runtime.load_mxnet()
        (data,), graph = block._cached_graph
        self.parameters = block.collect_params()
        new = _WithoutConstants(graph, {name: p.shape for name, p in self.parameters.items()})
        every, graph = graph.get_internals(), new.symbol()
        self.constants = mx.sym.Group([every[f"{name}_output"] for name in new.constants]) if new.constants else None
        self.names = graph.list_inputs()
        place = self.names.index(data.name)
        constant = [number for number in range(len(self.names)) if number != place]
        flags = {"static_alloc": True, "static_shape": True, "data_indices": [place], "param_indices": constant}
        self.function = mx.nd.CachedOp(graph, list(flags.items()))
        self.take()

    def take(self) -> None:
        """Answer with the parameters as they are now. (MXNet's running statistics are always taken as they are.)"""
        self.inputs: dict[mx.Context, list[mx.nd.NDArray | None]] = {}

    def __call__(self, images: mx.np.ndarray) -> mx.np.ndarray:
        if images.ctx not in self.inputs:
            known = self._known(images.ctx)
            self.inputs[images.ctx] = [known.get(name) for name in self.names]
        return self.function(*[images if array is None else array for array in self.inputs[images.ctx]])

    def _known(self, context):
        """The arrays of all inputs of the graph but the images, by name."""
        known = {name: parameter.data(context) for name, parameter in self.parameters.items()}
        if self.constants is not None:
            inputs = [known[name] for name in self.constants.list_inputs()]
            computed = runtime.load_mxnet().nd.CachedOp(self.constants)(*inputs)
            # A single one comes alone.
            computed = computed if isinstance(computed, list) else [computed]
            known |= zip(self.constants.list_outputs(), computed, strict=True)
        return known


class _WithoutConstants(Rewriter):
    """The graph with inputs in place of what can be made of parameters alone. constants: by the name of a node, its input."""

    def __init__(self, graph, shapes):
        self.constant = set()  # the new nodes that are parameters or made of them alone
        self.constants = {}  # by the name of such a node whose result others read: the input that takes its place
        super().__init__(graph, shapes)

    def copy(self, node, inputs):
        made = node["op"] in MAKERS and all(number in self.constant for number, *_ in inputs)
        added = super().copy(node, inputs if made else [self._input(entry) for entry in inputs])
        if made or node["name"] in self.shapes:
            self.constant.add(added[0])
        return added

    def _input(self, entry):
        node = self.nodes[entry[0]]
        if entry[0] not in self.constant or node["op"] == "null":
            return entry
        name = node["name"]
        if name not in self.constants:
            self.constants[name] = self.add("null", f"{name}_output", [])
        return self.constants[name]
