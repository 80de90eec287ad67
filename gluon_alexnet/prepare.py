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
# How the weights of the paper of 2012 begin (Krizhevsky et al. 2012, section 5): of the normal distribution with this deviation,
# and with biases of 1 in these convolutions, counted from 1, and in all dense layers but the last.
PAPERS_DEVIATION, PAPERS_CONVOLUTIONS = 0.01, (2, 4, 5)


def initializer_called(name: str | mx.init.Initializer) -> mx.init.Initializer:
    """MXNet's initializer for 'xavier' (Glorot and Bengio 2010), 'he' (He et al. 2015, for nets of ReLUs) or 'alexnet' (as in
    Krizhevsky et al. 2012 but for biases, which are `prepare`'s); others as they are.

    Raises UserError for another name.
    """
    mx = runtime.load_mxnet()
    if isinstance(name, mx.init.Initializer):
        return name
    if not isinstance(name, str):
        raise UserError(f"initializer is {name!r}: take 'xavier', 'he' or an Initializer, such as mxnet.init.Normal(0.01)")

    class Frugal:
        def _init_weight(self, name, array):
            # The NumPy-like random functions keep scratch space of the array's size for ever, 100 MB after AlexNet's largest.
            if array.size < LARGE:
                return super()._init_weight(name, array)
            with mx.util.np_array(False):
                return super()._init_weight(name, array.as_nd_ndarray())

    class Xavier(Frugal, mx.init.Xavier):  # type: ignore[name-defined]
        pass

    class Normal(Frugal, mx.init.Normal):  # type: ignore[name-defined]
        pass

    made = {
        "xavier": Xavier,
        "he": lambda: Xavier(rnd_type="gaussian", factor_type="in", magnitude=2),
        "alexnet": lambda: Normal(PAPERS_DEVIATION),
    }
    if name not in made:
        raise unknown("initializer", name, made, " or one of mxnet.init")
    return made[name]()


def papers_ones(kinds: Sequence[str]) -> list[bool]:
    """Whether the bias of each layer begins as 1 by the paper of 2012; kinds: 'conv' or 'dense', of all with weights in order."""
    convolutions, last = 0, len(kinds) - 1
    ones = []
    for place, kind in enumerate(kinds):
        convolutions += kind == "conv"
        ones.append(convolutions in PAPERS_CONVOLUTIONS if kind == "conv" else place < last)
    return ones


def _papers_biases(net):
    """The names of the biases of `net` that begin as 1 by the paper of 2012. Raises UserError for a net that says no order."""
    # Not above: a notebook's setup cell imports this module where answers may not see that one.
    from gluon_alexnet.introspect import gluon_class, leaves

    if gluon_class(net) not in ("Sequential", "HybridSequential"):
        raise UserError(
            f"initializer is 'alexnet', which counts the layers of a Sequential, and the net is a {type(net).__name__}: take 'he'"
        )
    kinds = {"Conv2D": "conv", "Dense": "dense"}
    weighted = [block for _, block in leaves(net) if gluon_class(block) in kinds]
    ones = papers_ones([kinds[str(gluon_class(block))] for block in weighted])
    return {block.bias.name for block, is_one in zip(weighted, ones, strict=True) if is_one and block.bias is not None}


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
    check_colours(net, images)
    ones = _papers_biases(net) if isinstance(initializer, str) and initializer == "alexnet" else ()
    initializer = initializer_called(initializer)
    parameters = net.collect_params()
    raw = [p for p in parameters.values() if p._data is None and not p._deferred_init]
    for parameter in raw:
        # As the default: a layer's own initializer, such as a bias's zeros, goes before it.
        one = runtime.load_mxnet().init.One() if parameter.name in ones else None
        parameter.initialize(init=one, default_init=initializer, ctx=contexts)
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


def check_colours(net: mx.gluon.Block, images: mx.np.ndarray) -> None:
    """Raises UserError for grey images (N, 1, H, W) where `net` was made for red, green and blue."""
    made_for = getattr(net, "input_shape", None)
    # Somebody's own class may have another attribute of this name.
    if isinstance(made_for, tuple) and len(made_for) == 3 == made_for[0] and images.ndim == 4 and images.shape[1] == 1:
        name = getattr(net, "made_as", None) or net.name
        raise UserError(
            f"{name} takes images of 3 channels, red, green and blue, and these are grey: have grey three times, as by "
            f"FashionMNISTLoader(..., resize={made_for[1:]}, channels=3)"
        )


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
