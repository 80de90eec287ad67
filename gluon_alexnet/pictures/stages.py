"""A net as a drawing shows it: stages, each of which makes a map or a row of numbers, and what is done to that besides.

Numbers come from the table of layers alone. Where a student's net has a block that the table does not know, its shape and
multiply-adds come from the graph that it makes of symbols; nothing in the net is changed.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from math import prod
from typing import TYPE_CHECKING, Any

from gluon_alexnet import analysis, models
from gluon_alexnet.errors import UserError, reason
from gluon_alexnet.introspect import called, gluon_class, read_blocks, read_spec
from gluon_alexnet.machine import runtime
from gluon_alexnet.models import Activation, Conv, Dropout, LocalResponseNorm, Pool, Spec

if TYPE_CHECKING:
    import mxnet as mx

    from gluon_alexnet.hints import NetTable, Shape
    from gluon_alexnet.introspect import Read

__all__ = ["Mark", "Net", "Stage", "net_of"]

# Layers that make a map or a row of numbers of another kind; the others are marks on the one before them.
STAGES = ("conv", "pool", "globalpool", "dense")
# The kinds of Gluon's classes where one is set as the table cannot say.
CLASSES = {"Conv2D": "conv", "MaxPool2D": "pool", "AvgPool2D": "pool", "Dense": "dense"}


@dataclass(frozen=True)
class Mark:
    """What is done to the numbers of a stage: kind is 'activation', 'dropout', 'responsenorm', 'batchnorm', 'flatten' or 'other'.

    name: the layer's, or of an activation the activation's. value: the share that is dropped, or how many channels are normalised
    over, or how many numbers a map is laid flat to. params: what it learns.
    """

    kind: str
    name: str
    value: float = 0
    params: int = 0


@dataclass
class Stage:
    """A layer with a block of its own in the drawing; the first of a net, of the kind 'input', is the picture.

    shape: (C, H, W), or (units,), without batch. window, stride, padding: pairs (rows, columns), None where there are no windows.
    groups: of a convolution. macs: multiply-adds of one picture. pooling: 'max' or 'avg'.
    """

    name: str
    kind: str
    shape: Shape
    params: int = 0
    macs: int = 0
    window: tuple[int, int] | None = None
    stride: tuple[int, int] = (1, 1)
    padding: tuple[int, int] = (0, 0)
    groups: int = 1
    pooling: str = ""
    marks: list[Mark] = field(default_factory=list)

    @property
    def map(self) -> tuple[int, int, int] | None:
        """(channels, height, width), or None where it has no map."""
        if len(self.shape) < 2:
            return None
        height, width = (1, *self.shape[1:])[-2:]
        return prod(self.shape) // (height * width), height, width


@dataclass(frozen=True)
class Net:
    """A net to be drawn: its name, its stages in order, the picture first, and its sums."""

    name: str
    stages: tuple[Stage, ...]

    @property
    def params(self) -> int:
        """All parameters, those of marks too."""
        return sum(stage.params + sum(mark.params for mark in stage.marks) for stage in self.stages)

    @property
    def macs(self) -> int:
        """All multiply-adds of one picture."""
        return sum(stage.macs for stage in self.stages)

    @property
    def towers(self) -> int:
        """Into how many towers the maps split: the groups of the grouped convolutions where all have as many, 2 to 4; or 1."""
        groups = {stage.groups for stage in self.stages if stage.groups > 1}
        split = [stage.map[0] for stage in self.stages[1:] if stage.map]
        if len(groups) != 1 or max(groups) > 4 or any(channels % max(groups) for channels in split):
            return 1
        return max(groups)


def net_of(net: NetTable | Sequence[models.Layer], input_shape: Sequence[int] | None = None) -> Net:
    """The Net of a name of models.py, a Spec, a sequence of its layers, or a Gluon Sequential or HybridSequential.

    input_shape: (C, H, W), or (features,); by default the net's own. Raises UserError for what is none of these, has no layers
    or does not take this shape, where no shape is known, and for a block whose answer has no shape that can be worked out.
    """
    pieces: list[tuple[models.Layer | None, Read | None, bool]]
    if isinstance(net, str):
        net = models.spec(net)
    if isinstance(net, (list, tuple)):
        net = Spec("net", tuple(net), None)
    if isinstance(net, Spec):
        name, given = net.name, net
        pieces = [(layer, None, False) for layer in net.layers]
    elif not isinstance(net, Sequence) and hasattr(net, "collect_params") and hasattr(net, "_children"):
        if gluon_class(net) not in ("Sequential", "HybridSequential"):
            read_spec(net)  # says so
        name = net.name.rstrip("_0123456789") or net.name
        known = getattr(net, "input_shape", None)
        given = Spec(name, (), known if isinstance(known, tuple) else None)
        pieces = [(read.layer, read, read.shared) for read in read_blocks(net)]
    else:
        raise UserError(f"a {type(net).__name__} cannot be drawn: give a net's name, a table of layers or a Gluon Sequential")
    shape = analysis.first_shape(given, input_shape)
    if not pieces:
        raise UserError("the net has no layers: add some, as by net.add(mxnet.gluon.nn.Dense(10))")
    return Net(name, tuple(staged(shape, pieces)))


def staged(shape: Shape, pieces: Sequence[tuple[Any, Any, bool]]) -> Iterator[Stage]:
    """The stages of `pieces`, (layer of the table or None, what was read of the block, whether it shares weights)."""
    stage = Stage("input", "input", shape)
    counts: Counter[str] = Counter()
    for layer, read, shared in pieces:
        if layer is None:
            kind = type(read.block).__name__.lower()
        elif type(layer) in analysis.KINDS:
            kind = analysis.KINDS[type(layer)]
        else:
            raise UserError(f"{layer!r} is not a layer of gluon_alexnet.models")
        counts[kind] += 1
        name = f"{kind}{counts[kind]}"
        output, params, macs = traced(read, shape) if layer is None else analysis.cost(layer, shape, name)
        params = 0 if shared else params
        if kind in STAGES or (layer is None and (macs or output != shape)):
            yield stage
            stage = stage_of(layer, read, kind, name, output, params, macs)
        else:
            name = type(read.block).__name__ if layer is None else name
            stage.marks.append(mark_of(layer, kind, name, output, params))
        shape = output
    yield stage


def mark_of(layer, kind, name, output, params):
    match layer:
        case Activation(activation):
            return Mark("activation", activation)
        case Dropout(rate):
            return Mark(kind, name, rate)
        case LocalResponseNorm(size):
            return Mark(kind, name, size)
        case None:
            return Mark("other", name, params=params)
    return Mark(kind, name, prod(output), params)


def stage_of(layer, read, kind, name, output, params, macs):
    """The Stage of a layer of the table or, where that does not know it, of a block."""
    stage = Stage(name, kind, output, params, macs)
    if layer is None:
        settings = getattr(read.block, "_kwargs", {})
        stage.kind = CLASSES.get(gluon_class(read.block) or "", "other")
        if stage.kind in ("conv", "pool"):
            stage.window, stage.stride, stage.padding = (tuple(settings[each]) for each in ("kernel", "stride", "pad"))
            stage.groups, stage.pooling = settings.get("num_group", 1), settings.get("pool_type", "")
        own = getattr(getattr(read.block, "act", None), "_act_type", None)
    else:
        own = getattr(layer, "activation", None)
    match layer:
        case Conv() | Pool():
            stage.window = layer.kernel if isinstance(layer, Conv) else layer.size
            stage.stride, stage.padding, stage.groups = layer.stride, layer.padding, getattr(layer, "groups", 1)
    stage.pooling = getattr(layer, "kind", stage.pooling)
    stage.marks += [Mark("activation", own)] if own else []
    return stage


def traced(read: Any, shape: Shape) -> tuple[Shape, int, int]:
    """(output shape, parameters, multiply-adds of its convolutions and dense layers) of a block for an input of `shape`.

    Raises UserError, naming the block, where it makes no graph, as only a HybridBlock does, or does not take this shape.
    """
    mx = runtime.load_mxnet()
    try:
        graph = read.block(mx.sym.var("data").as_np_ndarray())
        arguments, (output,), _ = graph.infer_shape(data=(1, *shape))
        inner = graph.get_internals()
        shapes = dict(zip(inner.list_outputs(), inner.infer_shape(data=(1, *shape))[1], strict=True))
    except Exception as error:  # whatever a student's own block raises
        raise UserError(
            f"{called(read)} cannot be drawn, since the shape of what it makes of {analysis.times(shape)} cannot be worked out "
            f"({reason(error)}): only a HybridBlock that takes this shape can be"
        ) from error
    learned = {name for name, parameter in read.block.collect_params().items() if parameter.grad_req != "null"}
    sizes = dict(zip(graph.list_arguments(), arguments, strict=True))
    return tuple(output[1:]), sum(prod(size) for name, size in sizes.items() if name in learned), multiply_adds(graph, shapes)


def multiply_adds(graph: mx.sym.Symbol, shapes: dict[str, Shape]) -> int:
    """Those of the convolutions and dense layers of a graph; shapes: of all its arrays, by their names."""
    total, nodes = 0, json.loads(graph.tojson())["nodes"]
    for node in nodes:
        kind = node["op"].lower().replace("_", "").removeprefix("npx")
        if kind not in ("convolution", "deconvolution", "fullyconnected"):
            continue
        # A variable is called by its name, what an operator makes by that and more.
        given, weight = (nodes[each[0]] for each in node["inputs"][:2])
        came, made = shapes[given["name"] + ("" if given["op"] == "null" else "_output")], shapes[f"{node['name']}_output"]
        times = {"convolution": prod(made[2:]), "deconvolution": prod(came[2:])}.get(kind)
        sizes = shapes[weight["name"]]
        total += prod(sizes) * (prod(made) // sizes[0] if times is None else times)
    return total
