"""A net as it is at one moment, for answers alone: its weights are cast to bfloat16 or float16 once and not for every batch.

For one image, AlexNet's casts take a third of the time. oneDNN keeps what it is given again and again in the layout that it
computes in, too, which it cannot do with the result of a cast.
"""

from gluon_alexnet import runtime
from gluon_alexnet.graphs import Rewriter
from gluon_alexnet.precision import mxnet_dtype


class Frozen:
    """A function from images to what `block` makes of them with the parameters as they were when `take` was called last.

    block: a SymbolBlock from precision.in_precision. Images and answers lie on one of the devices that hold the parameters.
    """

    def __init__(self, block):
        mx = runtime.load_mxnet()
        (data,), graph = block._cached_graph
        self.parameters = block.collect_params()
        new = _WithoutCasts(graph, {name: p.shape for name, p in self.parameters.items()})
        graph, self.casts = new.symbol(), new.casts
        self.names = graph.list_inputs()
        place = self.names.index(data.name)
        constant = [number for number in range(len(self.names)) if number != place]
        flags = {"static_alloc": True, "static_shape": True, "data_indices": [place], "param_indices": constant}
        self.function = mx.nd.CachedOp(graph, list(flags.items()))
        self.take()

    def take(self):
        """Answer with the parameters as they are now. (MXNet's running statistics are always taken as they are.)"""
        self.inputs = {}

    def __call__(self, images):
        if images.ctx not in self.inputs:
            self.inputs[images.ctx] = [self._input(name, images.ctx) for name in self.names]
        return self.function(*[images if array is None else array for array in self.inputs[images.ctx]])

    def _input(self, name, context):
        """The array of an input of the graph, None for the images."""
        if name in self.casts:
            parameter, dtype = self.casts[name]
            array = self.parameters[parameter].data(context).as_nd_ndarray()
            return runtime.load_mxnet().nd.amp_cast(array, dtype=mxnet_dtype(dtype)).as_np_ndarray()
        return self.parameters[name].data(context) if name in self.parameters else None


class _WithoutCasts(Rewriter):
    """casts: by the name of an input that takes the place of a parameter's cast, that parameter's name and the dtype."""

    def __init__(self, graph, shapes):
        self.casts = {}
        super().__init__(graph, shapes)

    def copy(self, node, inputs):
        source = self.old[node["inputs"][0][0]]["name"] if node["op"] == "amp_cast" else None
        if source not in self.shapes:
            return super().copy(node, inputs)
        self.casts[node["name"]] = source, node["attrs"]["dtype"]
        return self.add("null", node["name"], [])
