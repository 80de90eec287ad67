"""Gluon's side of the exchange of weights."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np

from gluon_alexnet.errors import UserError
from gluon_alexnet.interop.weights import check
from gluon_alexnet.introspect import gluon_class, leaves, read_spec
from gluon_alexnet.machine import runtime

if TYPE_CHECKING:
    import mxnet as mx

    from gluon_alexnet.hints import Weights


def parameters(net: mx.gluon.Block) -> dict[str, mx.gluon.Parameter]:
    """{neutral name: Parameter} in the order of the layers."""
    counts: dict[str, int] = {}
    found = {}
    for _, block in leaves(net):
        kind = {"Conv2D": "conv", "Dense": "dense", "BatchNorm": "batchnorm"}.get(gluon_class(block) or "")
        if kind is None:
            continue
        counts[kind] = counts.get(kind, 0) + 1
        for name, parameter in block._reg_params.items():
            if parameter is not None:
                found[f"{kind}{counts[kind]}.{name}"] = parameter
    return found


def has_weights(net: mx.gluon.Block) -> bool:
    """Whether a Gluon net has weights, or none yet. Raises UserError where it has some."""
    there = {name: parameter._data is not None for name, parameter in net.collect_params().items()}
    if any(there.values()) and not all(there.values()):
        lacking = next(name for name, is_there in there.items() if not is_there)
        raise UserError(f"the net has weights in part ({lacking} has none yet): call it once, or initialize none of it")
    return all(there.values())


def read(net: mx.gluon.Block) -> Weights:
    """The weights of a Gluon net in the neutral form. Raises UserError where it has none."""
    read_spec(net)  # refuses what the table of layers cannot say
    weights = {}
    for name, parameter in parameters(net).items():
        if parameter._data is None:
            raise UserError(f"the net has no weights yet ({name} is not initialized): initialize it and call it once")
        weights[name] = parameter.data(parameter.list_ctx()[0]).asnumpy().astype("float32", copy=False)
    return weights


def write(net: mx.gluon.Block, weights: Mapping[str, np.ndarray]) -> None:
    """Copies weights in the neutral form into a Gluon net; errors as for `weights.check`."""
    found = parameters(net)
    check(weights, {name: parameter.shape or () for name, parameter in found.items()})
    mx = runtime.load_mxnet()
    for name, parameter in found.items():
        parameter.shape = weights[name].shape
        if parameter._data is None:
            if not parameter._deferred_init:
                parameter.initialize(ctx=[mx.cpu()])
            parameter._finish_deferred_init()
        parameter.set_data(mx.np.array(np.ascontiguousarray(weights[name]), dtype="float32"))
