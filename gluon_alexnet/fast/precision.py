"""Mixed precision: a net in, a block out that computes in another precision and shares the net's float32 parameters.

MXNet's own entry points (amp.init, amp.scale_loss) do not reach the operators of mx.np mode, so the traced graph is converted
instead.
"""

from __future__ import annotations

import functools
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from gluon_alexnet.errors import UserError, unknown
from gluon_alexnet.fast import (
    PRECISIONS,
    bfloat16,
    graphs,
    padding,
    pointwise,
    polyphase,
    pool_first,
    response_norm,
    space_to_depth,
)
from gluon_alexnet.machine import cpu, devices, runtime

if TYPE_CHECKING:
    import mxnet as mx


def resolve(
    precision: str, contexts: Sequence[mx.Context], net: mx.gluon.Block | None = None, shape: Sequence[int] | None = None
) -> tuple[str, str]:
    """What 'auto' means on `contexts` (a list of mx.Context) for `net`, or `precision` itself; with the reason in words.

    Without `net`, it is taken for one that MXNet can trace; one that it cannot is left in float32 by 'auto'. shape: that of its
    images (N, C, H, W), of which LeNet's must be whole blocks; without it they are taken to be.
    Returns ('float32' | 'bfloat16' | 'float16', reason). Raises UserError for an unknown name, and for a precision that these
    processors cannot compute in or that would be slower there by far.
    """
    if precision not in PRECISIONS:
        raise unknown("precision", precision, PRECISIONS)
    on_cpu = contexts[0].device_type == "cpu"
    if precision == "auto":
        fastest, reason = _fastest(contexts)
        if fastest != "float32" and net is not None and not is_traceable(net):
            return "float32", "MXNet cannot trace this net, since not all of its blocks are HybridBlocks"
        if fastest == "bfloat16" and net is not None:
            _, graph = trace(net)
            in_blocks = polyphase.divides(graph, shape) if shape else polyphase.layers(graph)
            if not in_blocks and not bfloat16.left_in_float32(graph)[1]:
                return "float32", f"none of this net's convolutions has the {graphs.VECTOR} channels from which bfloat16 gains"
        return fastest, reason
    if precision == "float16" and on_cpu:
        raise UserError("float16 needs a GPU: MXNet has no float16 matrix product on a CPU; take --precision auto")
    if precision == "bfloat16" and not on_cpu:
        raise UserError("bfloat16 needs a CPU: MXNet 1.9.1 has no bfloat16 on GPUs; take --precision auto")
    if precision == "bfloat16" and not cpu.computes_bfloat16(runtime.setup().isa):
        raise UserError(f"bfloat16 needs AVX-512, and oneDNN has {runtime.setup().isa} here; take --precision auto")
    return precision, "as asked for"


def _fastest(contexts):
    if contexts[0].device_type == "cpu":
        setup = runtime.setup()
        return ("bfloat16" if setup.native_bfloat16 else "float32"), setup.bfloat16_reason
    gpus = devices.gpus()
    if gpus and all(devices.has_tensor_cores(gpus[context.device_id]) for context in contexts):
        return "float16", "the GPU has tensor cores"
    return "float32", "the GPU has no tensor cores"


def in_precision(
    net: mx.gluon.Block, precision: str, for_cpu: bool = False, learning: bool = False, in_blocks: bool = False
) -> mx.gluon.Block:
    """A block that computes `net` in `precision`, sharing its parameters.

    `net` must be initialized and must have been called once, so that its parameters have shapes. In float32 that is the net
    itself, or the graph of a Sequential of HybridBlocks, which is faster; in other precisions the net must be traceable: a
    HybridBlock, or a Sequential of HybridBlocks. Inputs and outputs stay float32. Raises UserError where it is not traceable.
    for_cpu: change the graph as padding.py and pool_first.py do, which on a CPU is faster. learning: compute strided
    convolutions as space_to_depth.py does, which has better gradients and, with AMX, slower answers, local response
    normalisations on a CPU as response_norm.py does, likewise, and not the dense layers as pointwise.py does, which in bfloat16
    has better answers and slower gradients.
    in_blocks: compute as polyphase.py does; the net must have such layers, and its images must be whole blocks.
    """
    mx = runtime.load_mxnet()
    if precision == "float32" and not is_traceable(net):
        return net
    try:
        data, graph = trace(net)
    except Exception as error:
        raise UserError(
            f"this net cannot be traced ({type(error).__name__}: {error}), so it cannot compute in {precision}: "
            "take precision='float32', or write it with HybridBlocks"
        ) from error
    shapes = {name: p.shape for name, p in net.collect_params().items()}
    constants: dict[str, np.ndarray] = {}
    changed = in_blocks
    full = graphs.TILE if precision == "bfloat16" and runtime.setup().amx else graphs.VECTOR
    if in_blocks:
        graph, constants = polyphase.in_blocks(graph, shapes, full)
    slower = bfloat16.left_in_float32(graph)[0] if precision == "bfloat16" else []
    if in_blocks and full == graphs.VECTOR:
        # The first one cuts the blocks, for which oneDNN has a fast convolution in float32 alone.
        slower = [*slower, next(node["name"] for node in graphs.nodes(graph) if node["op"] == "Convolution")]
    changes = [pool_first.pooled_first, padding.padded] if for_cpu else []
    if precision == "bfloat16" and not learning:
        changes.append(pointwise.over_the_batch)
    if for_cpu and learning:
        changes.append(response_norm.written_out)
    if learning:
        changes.append(functools.partial(space_to_depth.unstrided, channels=full, excluded=slower))
    for change in changes:
        new = change(graph, shapes)
        graph, changed = (graph, changed) if new is None else (new, True)
    if precision == "float32" and not changed and isinstance(net, mx.gluon.HybridBlock):
        return net
    if precision == "bfloat16":
        graph = bfloat16.converted(graph, shapes, slower)
    if precision == "float16":
        graph = _in_float16(graph)
    return mx.gluon.SymbolBlock([graph.as_np_ndarray()], [data], params=_with_constants(net, constants))


def is_in_blocks(net: mx.gluon.Block, shape: Sequence[int]) -> bool:
    """Whether `in_precision` can compute `net` with `in_blocks` for images (N, C, H, W) of this shape."""
    return is_traceable(net) and polyphase.divides(trace(net)[1], shape)


def _with_constants(net, constants):
    """The parameters of `net`, and beside them the arrays `constants`, by name, where it lies."""
    parameters = net.collect_params()
    if not constants:
        return parameters
    every = runtime.load_mxnet().gluon.ParameterDict()
    every.update(parameters)
    contexts = next(iter(parameters.values())).list_ctx()
    for name, value in constants.items():
        every.get_constant(name, value).initialize(ctx=contexts)
    return every


def trace(block: mx.gluon.Block) -> tuple[mx.sym.Symbol, mx.sym.Symbol]:
    """The Symbols of a block's input, float32, and of what it makes of it. Raises what MXNet does where it cannot be traced."""
    mx = runtime.load_mxnet()
    if isinstance(block, mx.gluon.SymbolBlock):
        # MXNet cannot call one with a Symbol in NumPy mode.
        (data,), graph = block._cached_graph
        return data, graph
    data = mx.sym.var("data", dtype="float32").as_np_ndarray()
    return data, block(data)


def is_traceable(net: mx.gluon.Block) -> bool:
    """Whether `trace` gives a graph that computes what the block does."""
    gluon = runtime.load_mxnet().gluon
    blocks: list[mx.gluon.Block] = []
    net.apply(blocks.append)
    # A Block's own forward may do in Python what no graph shows, even where symbols pass through it.
    if not all(isinstance(block, gluon.HybridBlock) or type(block) is gluon.nn.Sequential for block in blocks):
        return False
    if any(np.dtype(parameter.dtype) != np.float32 for parameter in net.collect_params().values()):
        return False
    try:
        trace(net)
    except Exception:
        return False
    return True


def _in_float16(graph):
    from mxnet.contrib.amp import amp

    converted = ["Convolution", "FullyConnected"]
    in_float32 = [name for name in amp.list_fp32_ops("float16") if name not in converted]
    return amp.convert_symbol(
        graph, "float16", target_dtype_ops=converted, fp32_ops=in_float32, data_names=["data"], cast_optional_params=False
    )


class LossScaler:
    """Multiplies the loss so that small float16 gradients do not vanish (Micikevicius et al. 2018).

    The scale is halved whenever a gradient overflowed, and that step is skipped; it doubles after `window` steps without.
    """

    def __init__(self, scale: float = 2.0**16, window: int = 2000) -> None:
        self.scale, self.window, self.good_steps = scale, window, 0

    def update(self, finite: bool) -> None:
        """Take note of one step: `finite` says whether all its gradients were."""
        if not finite:
            self.scale, self.good_steps = max(self.scale / 2, 1.0), 0
            return
        self.good_steps += 1
        if self.good_steps == self.window:
            self.scale, self.good_steps = self.scale * 2, 0
