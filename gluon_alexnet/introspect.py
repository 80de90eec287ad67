"""The table of layers back from a Gluon net that somebody wrote by hand.

No framework is imported: only the attributes of the blocks that the caller has made are looked at.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, NamedTuple

from gluon_alexnet.errors import UserError
from gluon_alexnet.models import (
    Activation,
    BatchNorm,
    Conv,
    Dense,
    Dropout,
    Flatten,
    GlobalPool,
    Layer,
    LocalResponseNorm,
    Pool,
    Spec,
)

if TYPE_CHECKING:
    import mxnet as mx

__all__ = ["Read", "called", "gluon_class", "leaves", "read_blocks", "read_spec"]


def read_spec(net: mx.gluon.Block, input_shape: Sequence[int] | None = None, name: str | None = None) -> Spec:
    """The Spec of any Gluon Sequential or HybridSequential, nested ones laid flat: `models.build` makes it again.

    input_shape: (C, H, W), becomes the Spec's; without it the Spec has that with which `models.build` made the net, and for other
    nets None, so that `analyze` must be told.
    name: of the Spec; the net's own by default.
    Raises UserError, naming the layer and the setting, for what the table cannot say: another kind of block, dilation,
    a layout other than NCHW, ceil_mode, Dense(flatten=False), shared weights, an unusual BatchNorm.
    """
    if gluon_class(net) not in ("Sequential", "HybridSequential"):
        raise UserError(
            f"the table of layers can be read from a Sequential or HybridSequential, not from a {type(net).__name__}: "
            "hand over the Sequential inside it"
        )
    layers = tuple(read_layers(net))
    # Somebody's own class may have another attribute of this name.
    known = getattr(net, "input_shape", None)
    shape = input_shape or (known if isinstance(known, tuple) else None)
    return Spec(name or net.name, layers, tuple(shape) if shape else None)


def leaves(net: mx.gluon.Block) -> Iterator[tuple[str, mx.gluon.Block]]:
    """(path, block) of each layer of a Gluon Sequential or HybridSequential in order, nested ones laid flat: ("2.0", ReLU)."""
    for key, block in net._children.items():
        if gluon_class(block) in ("Sequential", "HybridSequential"):
            yield from ((f"{key}.{path}", inner) for path, inner in leaves(block))
        else:
            yield key, block


class Read(NamedTuple):
    """One layer of a net as the table says it, or why the table cannot.

    path: where the block lies in the net: "2.0" is the first of the third. layer: None where there is none for it. why: what the
    table cannot say, as a sentence goes on after the layer's name, or "". shared: whether an earlier layer has its weights too.
    """

    path: str
    block: mx.gluon.Block
    layer: Layer | None
    why: str
    shared: bool


def read_blocks(net: mx.gluon.Block) -> Iterator[Read]:
    """A Read of each layer of a Gluon Sequential or HybridSequential in order, nested ones laid flat."""
    seen: set[int] = set()
    for path, block in leaves(net):
        kind = gluon_class(block)
        own = {id(parameter) for parameter in block._reg_params.values()}
        shared = not own.isdisjoint(seen)
        seen |= own
        if kind not in READERS:
            why = f"is not a block that the table of layers knows: it knows {', '.join(READERS)}"
            yield Read(path, block, None, why, shared)
            continue
        layer, unusual = READERS[kind](block)
        odd = [setting for setting, is_odd in unusual.items() if is_odd]
        if shared:
            why = "shares weights with an earlier layer, which the table of layers cannot say"
        else:
            why = f"uses {' and '.join(odd)}, which the table of layers cannot say" if odd else ""
        yield Read(path, block, None if odd else layer, why, shared)


def read_layers(net):
    for read in read_blocks(net):
        if read.why:
            raise UserError(f"{called(read)} {read.why}")
        yield read.layer


def called(read: Read) -> str:
    """A layer of a net as sentences name it."""
    return f"layer {read.path} of the net, {read.block.name} ({type(read.block).__name__}),"


def gluon_class(block: mx.gluon.Block) -> str | None:
    """The name of Gluon's own class, or of that of blocks.py, that `block` is; None where a subclass computes something else."""
    for cls in type(block).__mro__:
        if cls.__module__.startswith(("mxnet.gluon.nn", "gluon_alexnet.blocks")):
            return cls.__name__
        if {"forward", "hybrid_forward", "__call__"} & set(vars(cls)):
            return None
    return None


def read_activation(block):
    return block.act._act_type if block.act is not None else None


def read_conv(block):
    k = block._kwargs
    unusual = {
        f"dilation={k['dilate']}": tuple(k["dilate"]) != (1, 1),
        f"layout={k['layout']!r}": k["layout"] != "NCHW",
    }
    windows = k["kernel"], k["stride"], k["pad"]
    return Conv(k["num_filter"], *windows, read_activation(block), not k["no_bias"], k["num_group"]), unusual


def read_pool(block):
    k = block._kwargs
    layout = {f"layout={k['layout']!r}": k["layout"] != "NCHW"}
    if k["global_pool"]:
        return GlobalPool(k["pool_type"]), layout
    unusual = {
        "ceil_mode=True": k["pooling_convention"] != "valid",
        "count_include_pad=False": any(k["pad"]) and not k.get("count_include_pad", True),
    }
    return Pool(k["pool_type"], k["kernel"], k["stride"], k["pad"]), {**unusual, **layout}


def read_batch_norm(block):
    usual = {"axis": 1, "eps": 1e-5, "momentum": 0.9, "fix_gamma": False, "use_global_stats": False}
    unusual = {f"{key}={block._kwargs[key]}": block._kwargs[key] != value for key, value in usual.items()}
    # Not by its grad_req, which is "null" in a layer that somebody froze too.
    return BatchNorm(), {**unusual, "center=False": not block.beta._differentiable}


READERS = {
    "Conv2D": read_conv,
    **dict.fromkeys(("MaxPool2D", "AvgPool2D", "GlobalMaxPool2D", "GlobalAvgPool2D"), read_pool),
    "Dense": lambda b: (Dense(b._units, read_activation(b), b.bias is not None), {"flatten=False": not b._flatten}),
    "Dropout": lambda b: (Dropout(b._rate), {f"axes={b._axes}": bool(b._axes)}),
    "BatchNorm": read_batch_norm,
    "LocalResponseNorm": lambda b: (LocalResponseNorm(b.size, b.alpha, b.beta, b.k), {}),
    "Activation": lambda b: (Activation(b._act_type), {}),
    "Flatten": lambda b: (Flatten(), {}),
}
