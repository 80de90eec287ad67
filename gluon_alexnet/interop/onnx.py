"""A net as an ONNX file, which onnxruntime and many other programs run.

The graph is written from the table of layers. MXNet's own exporter needs an onnx of 2021, and PyTorch's a further package.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from types import ModuleType
from typing import TYPE_CHECKING

import numpy as np

from gluon_alexnet import files_io
from gluon_alexnet.errors import UserError
from gluon_alexnet.interop import optional
from gluon_alexnet.interop.torch import spec_of
from gluon_alexnet.interop.weights import check, layers, read_weights, shapes_of
from gluon_alexnet.models import Activation, BatchNorm, Conv, Dense, Dropout, Flatten, GlobalPool, LocalResponseNorm, Pool

if TYPE_CHECKING:
    import onnx

    from gluon_alexnet.hints import AnyNet, PathLike
    from gluon_alexnet.models import Spec

OPSET = 17
INPUT, OUTPUT = "images", "logits"
ACTIVATIONS = {"relu": "Relu", "sigmoid": "Sigmoid", "tanh": "Tanh", "softrelu": "Softplus", "softsign": "Softsign"}


def load_onnx() -> ModuleType:
    """The module onnx. Raises UserError where it is not installed."""
    return optional.load("onnx", "onnx onnxruntime")


def export(
    net: AnyNet | Spec | str,
    path: PathLike,
    input_shape: Sequence[int] | None = None,
    weights: Mapping[str, np.ndarray] | None = None,
    properties: Mapping[str, str] | None = None,
) -> None:
    """Writes `net` with its weights to `path` as ONNX, opset 17, checked by onnx.checker; dropout is left out.

    The graph's input is `images`, float32 (N, C, H, W), its output `logits`, float32 (N, classes); N is free.
    net: a Gluon Sequential with weights, a twin in PyTorch, or a name or Spec together with `weights`, a dict as of
    `interop.read_weights`. input_shape: (C, H, W), where the net does not say it. properties: {name: text} to keep in the file.
    Raises UserError as the twins do.
    """
    onnx = load_onnx()
    spec = getattr(net, "spec", None) or spec_of(net, input_shape)
    weights = read_weights(net if weights is None else weights)
    known = layers(spec, input_shape)
    check(weights, shapes_of(known))
    if not known:
        raise UserError("a net without layers has no form in ONNX")
    nodes = nodes_of(spec, input_shape)
    shapes = (("N", *known[0].input_shape), ("N", *known[-1].output_shape))
    described = [
        onnx.helper.make_tensor_value_info(name, onnx.TensorProto.FLOAT, shape)
        for name, shape in zip((INPUT, OUTPUT), shapes, strict=True)
    ]
    stored = [onnx.numpy_helper.from_array(np.ascontiguousarray(array), name) for name, array in weights.items()]
    graph = onnx.helper.make_graph(nodes, spec.name or "net", described[:1], described[1:], stored)
    model = onnx.helper.make_model(
        graph, producer_name="gluon_alexnet", opset_imports=[onnx.helper.make_opsetid("", OPSET)], ir_version=8
    )
    onnx.helper.set_model_props(model, properties or {})
    onnx.checker.check_model(model, full_check=True)
    files_io.write_bytes(path, model.SerializeToString())


def nodes_of(spec: Spec, input_shape: Sequence[int] | None = None) -> list[onnx.NodeProto]:
    """The nodes of the graph of a Spec, in order."""
    nodes, last = [], INPUT
    for layer in layers(spec, input_shape):
        for node in _nodes(load_onnx().helper.make_node, layer, last):
            nodes.append(node)
            last = node.output[0]
    # The last node's output gets the name that users look for.
    nodes[-1].output[0] = OUTPUT
    return nodes


def operators(nodes: Iterable[onnx.NodeProto]) -> list[tuple[str, list[bytes]]]:
    """What some nodes compute, whatever their names."""
    return [
        (node.op_type, sorted(attribute.SerializeToString() for attribute in node.attribute))
        for node in nodes
        if node.op_type != "Identity"
    ]


def _nodes(make, layer, source):
    """The ONNX nodes that do what one layer does to `source`."""
    name, kind = layer.name, layer.layer
    activation = None

    def node(op, *inputs, suffix="", **attributes):
        return make(op, list(inputs), [name + suffix], name=name + suffix, **attributes)

    match kind:
        case Conv(_, kernel, stride, padding, activation, bias, groups):
            inputs = (source, f"{name}.weight", *((f"{name}.bias",) if bias else ()))
            # Files from before there were groups do not say that it is one.
            split = {"group": groups} if groups > 1 else {}
            yield node("Conv", *inputs, kernel_shape=kernel, strides=stride, pads=padding * 2, **split)
        case Dense(_, activation, bias):
            if len(layer.input_shape) > 1:
                yield node("Flatten", source, suffix="_flatten", axis=1)
                source = f"{name}_flatten"
            inputs = (source, f"{name}.weight", *((f"{name}.bias",) if bias else ()))
            yield node("Gemm", *inputs, transB=1)
        case Pool("max", size, stride, padding):
            yield node("MaxPool", source, kernel_shape=size, strides=stride, pads=padding * 2)
        case Pool("avg", size, stride, padding):
            yield node("AveragePool", source, kernel_shape=size, strides=stride, pads=padding * 2, count_include_pad=1)
        case GlobalPool(which):
            yield node("GlobalMaxPool" if which == "max" else "GlobalAveragePool", source)
        case Dropout():
            # It does nothing to a net that only answers.
            yield node("Identity", source)
        case BatchNorm():
            names = (f"{name}.{part}" for part in ("gamma", "beta", "running_mean", "running_var"))
            yield node("BatchNormalization", source, *names, epsilon=1e-5)
        case LocalResponseNorm(size, _, beta, k):
            yield node("LRN", source, size=size, alpha=kind.divided_alpha, beta=beta, bias=k)
        case Activation(activation):
            yield node(_operator(activation), source)
            return
        case Flatten():
            yield node("Flatten", source, axis=1)
        case _:
            raise UserError(f"{name} ({type(kind).__name__}) has no form in ONNX")
    if activation:
        yield make(_operator(activation), [name], [f"{name}_{activation}"], name=f"{name}_{activation}")


def _operator(activation):
    if activation not in ACTIVATIONS:
        raise UserError(f"the activation {activation!r} has no form in ONNX: there are {', '.join(ACTIVATIONS)}")
    return ACTIVATIONS[activation]
