"""A net made ready to compute: initialized, its parameters shaped, on the devices that are meant."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from gluon_alexnet.errors import UserError, reason, unknown
from gluon_alexnet.machine import runtime

if TYPE_CHECKING:
    import mxnet as mx

# Weights of an array from which on they are drawn by MXNet's older random functions.
LARGE = 1 << 20
# What convolutions call MXNet's operators by that were made without NumPy mode.
LEGACY = ("Convolution", "Deconvolution")


def initializer_called(name: str | mx.init.Initializer) -> mx.init.Initializer:
    """MXNet's initializer for 'xavier' (Glorot and Bengio 2010) or 'he' (He et al. 2015, for nets of ReLUs); others as they are.

    Raises UserError for another name.
    """
    mx = runtime.load_mxnet()
    if isinstance(name, mx.init.Initializer):
        return name
    if not isinstance(name, str):
        raise UserError(f"initializer is {name!r}: take 'xavier', 'he' or an Initializer, such as mxnet.init.Normal(0.01)")

    class Xavier(mx.init.Xavier):  # type: ignore[name-defined]
        def _init_weight(self, name, array):
            # The NumPy-like random functions keep scratch space of the array's size for ever, 100 MB after AlexNet's largest.
            if array.size < LARGE:
                return super()._init_weight(name, array)
            with mx.util.np_array(False):
                return super()._init_weight(name, array.as_nd_ndarray())

    if name == "xavier":
        return Xavier()
    if name == "he":
        return Xavier(rnd_type="gaussian", factor_type="in", magnitude=2)
    raise unknown("initializer", name, ("xavier", "he"), " or one of mxnet.init")


def check_net(net: object) -> None:
    """Raises UserError for what is no Gluon net, and for one that was made before MXNet's NumPy mode was on."""
    mx = runtime.load_mxnet()
    if not isinstance(net, mx.gluon.Block):
        what = f"{net!r}" if isinstance(net, str) else f"a {type(net).__name__}"
        advice = "give a Gluon net, such as gluon_alexnet.lenet()"
        if isinstance(net, str):
            advice = f"make the net, as by gluon_alexnet.get_model({net!r})"
        elif callable(net) and hasattr(net, "__name__"):
            what, advice = f"{net.__name__}, which is not a net but makes one", f"call it, as in {net.__name__}()"
        elif hasattr(net, "state_dict"):
            advice = "give a Gluon net, such as gluon_alexnet.lenet(), of which engine='torch' makes a twin in PyTorch by itself"
        raise UserError(f"net is {what}: {advice}")
    legacy = []
    net.apply(lambda block: legacy.append(block) if getattr(block, "_op_name", "") in LEGACY else None)
    older = [p for p in net.collect_params().values() if p._data is not None and not isinstance(p.list_data()[0], mx.np.ndarray)]
    if legacy or older:
        raise UserError(
            "the net was made before MXNet's NumPy mode was on: call mxnet.npx.set_np() at the start of the program, before the "
            "net is made, and make it again"
        )


def need_weights(net: mx.gluon.Block) -> None:
    """Raises UserError where `net` has parameters that nobody has initialized: its answers would be drawn."""
    raw = [p.name for p in net.collect_params().values() if p._data is None and not p._deferred_init]
    if raw:
        raise UserError(
            f"the net has no weights yet ({raw[0]} is not initialized): train it, or load some by net.load_parameters(...) or "
            "net.initialize()"
        )


def prepare(
    net: mx.gluon.Block, images: mx.np.ndarray, contexts: Sequence[mx.Context], initializer: str | mx.init.Initializer = "xavier"
) -> int:
    """Puts `net` on `contexts`, initialized, its parameters with the shapes that `images` give them.

    Returns how many logits it gives. Raises UserError for images that the net does not take.
    """
    initializer = initializer_called(initializer)
    parameters = net.collect_params()
    raw = [p for p in parameters.values() if p._data is None and not p._deferred_init]
    for parameter in raw:
        # As the default: a layer's own initializer, such as a bias's zeros, goes before it.
        parameter.initialize(default_init=initializer, ctx=contexts)
    if [p for p in parameters.values() if p.list_ctx() != contexts]:
        parameters.reset_ctx(contexts)
    types = sorted({np.dtype(parameter.dtype).name for parameter in parameters.values()})
    if types and images.dtype not in types:
        raise UserError(
            f"the images are {np.dtype(images.dtype).name} and the net computes in {' and '.join(types)}: give it "
            f"images.astype({types[0]!r})"
        )
    try:
        # One image gives the parameters their shapes; without it the optimizer and the conversion of the graph know none.
        logits = net(images[:1].as_in_ctx(contexts[0]))
        logits.wait_to_read()
    except (runtime.load_mxnet().MXNetError, AssertionError, ValueError) as error:
        raise UserError(f"the net does not take images of the shape {images.shape} ({reason(error)})") from error
    return logits.shape[-1]


def takes(net: mx.gluon.Block, images: mx.np.ndarray) -> bool:
    """Whether `net`, which has been prepared for images of one size, takes such `images` as well."""
    try:
        net(images[:1].as_in_ctx((contexts_of(net) or [])[0])).wait_to_read()
    except runtime.load_mxnet().MXNetError:
        return False
    return True


def not_finite(net: mx.gluon.Block) -> str | None:
    """The name of a parameter of `net` that holds NaN or infinity, or None where all of them are finite."""
    for name, parameter in net.collect_params().items():
        if parameter._data is None:
            continue
        values = parameter.list_data()[0].asnumpy()
        with np.errstate(all="ignore"):
            # One number tells of them all.
            if np.isfinite(values.sum()) or np.isfinite(values).all():
                continue
        return name
    return None


def contexts_of(net: mx.gluon.Block) -> list[mx.Context] | None:
    """The mx.Contexts that the initialized parameters of `net` lie on, or None where none is initialized."""
    for parameter in net.collect_params().values():
        if parameter._data is not None:
            return parameter.list_ctx()
    return None
