"""Every net once, as a table of layers in plain data, and the Gluon net built from it.

The tables need no framework: analysis.py does arithmetic on them, and every other framework's twin is made from them.
"""

from __future__ import annotations

import difflib
import numbers
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias

from gluon_alexnet.errors import UserError

if TYPE_CHECKING:
    import mxnet as mx


# What a layer is told of its windows: one number stands for both. What it keeps are pairs.
Window: TypeAlias = "int | Sequence[int]"


def pair(value: Window) -> tuple[int, int]:
    """`value` as a (height, width) pair of ints: 3 becomes (3, 3), a pair stays itself."""
    if isinstance(value, int):
        return value, value
    height, width = value
    return int(height), int(width)


class Windowed:
    """Turns the window sizes of a layer into (height, width) pairs, so that everything downstream sees one form."""

    def __post_init__(self) -> None:
        for name in ("kernel", "size", "stride", "padding"):
            if getattr(self, name, None) is not None:
                object.__setattr__(self, name, pair(getattr(self, name)))


@dataclass(frozen=True)
class Conv(Windowed):
    """2-D convolution, images (N, C, H, W) in, (N, channels, H', W') out; weights (channels, C / groups, *kernel).

    groups: into how many the channels are split, in and out, in their order; each group sees its own channels alone.
    """

    channels: int
    kernel: tuple[int, int]
    stride: tuple[int, int] = (1, 1)
    padding: tuple[int, int] = (0, 0)
    activation: str | None = None
    bias: bool = True
    groups: int = 1

    if TYPE_CHECKING:

        def __init__(
            self,
            channels: int,
            kernel: Window,
            stride: Window = 1,
            padding: Window = 0,
            activation: str | None = None,
            bias: bool = True,
            groups: int = 1,
        ) -> None: ...


@dataclass(frozen=True)
class Pool(Windowed):
    """'max' or 'avg' pooling over windows of `size`; `stride` defaults to `size`; borders are cut off, not padded."""

    kind: str
    size: tuple[int, int]
    stride: tuple[int, int] = None  # type: ignore[assignment]
    padding: tuple[int, int] = (0, 0)

    if TYPE_CHECKING:

        def __init__(self, kind: str, size: Window, stride: Window | None = None, padding: Window = 0) -> None: ...

    def __post_init__(self) -> None:
        if self.stride is None:
            object.__setattr__(self, "stride", self.size)
        super().__post_init__()


@dataclass(frozen=True)
class GlobalPool:
    """'max' or 'avg' over the whole image: (N, C, H, W) to (N, C, 1, 1)."""

    kind: str


@dataclass(frozen=True)
class Dense:
    """Fully connected layer; flattens what comes in to (N, features) first, as Gluon does; weights (units, features)."""

    units: int
    activation: str | None = None
    bias: bool = True


@dataclass(frozen=True)
class Dropout:
    """Sets each value to zero with probability `rate` during training and scales the others by 1 / (1 - rate)."""

    rate: float


@dataclass(frozen=True)
class BatchNorm:
    """Batch normalisation over the channel axis, with a learned scale and shift and running statistics."""


@dataclass(frozen=True)
class LocalResponseNorm:
    """Local response normalisation over channels, by the formula of Krizhevsky et al. 2012, section 3.3:

    b[i] = a[i] / (k + alpha * sum of a[j]^2)^beta, the sum over `size` channels around i, and fewer at both ends. Many frameworks
    divide alpha by the size; this one, as the paper, does not. Raises UserError for an even size, which has no middle.
    """

    size: int = 5
    alpha: float = 1e-4
    beta: float = 0.75
    k: float = 2.0

    def __post_init__(self) -> None:
        if self.size < 1 or self.size % 2 == 0:
            raise UserError(f"local response normalisation over {self.size} channels: take an odd number, such as 5")

    @property
    def divided_alpha(self) -> float:
        """The alpha for frameworks that divide it by the size."""
        # Of the paper's, 0.0005 and not 0.0005000000000000001, on every machine.
        return float(f"{self.alpha * self.size:.12g}")


@dataclass(frozen=True)
class Activation:
    """An activation of its own, by one of the names in ACTIVATIONS."""

    name: str


@dataclass(frozen=True)
class Flatten:
    """(N, C, H, W) to (N, C * H * W), channels slowest."""


Layer: TypeAlias = Conv | Pool | GlobalPool | Dense | Dropout | BatchNorm | LocalResponseNorm | Activation | Flatten
KINDS: tuple[type, ...] = (Conv, Pool, GlobalPool, Dense, Dropout, BatchNorm, LocalResponseNorm, Activation, Flatten)


@dataclass(frozen=True)
class Spec:
    """A net as plain data: its name, its layers in order, and the (C, H, W) of the images that it was made for."""

    name: str
    layers: tuple[Layer, ...]
    # None where a net was read that does not say it; whoever takes a net of this module need not ask.
    input_shape: tuple[int, ...] | Any


def as_dict(spec: Spec) -> dict[str, Any]:
    """A Spec as what JSON can hold; `from_dict` makes it again."""
    layers = [{"layer": type(layer).__name__, **asdict(layer)} for layer in spec.layers]
    return {"name": spec.name, "layers": layers, "input_shape": spec.input_shape}


def from_dict(content: Mapping[str, Any]) -> Spec:
    """The Spec that `as_dict` gave. Raises KeyError or TypeError for what is none."""
    kinds = {kind.__name__: kind for kind in KINDS}
    layers = ({**layer} for layer in content["layers"])
    return Spec(content["name"], tuple(kinds[layer.pop("layer")](**layer) for layer in layers), tuple(content["input_shape"]))


def alexnet_spec(num_classes: int = 10, dropout: float = 0.5) -> Spec:
    """AlexNet as the chapter has it: one column, no local response normalisation, 1x224x224 in (Krizhevsky et al. 2012)."""
    return Spec(
        "alexnet",
        (
            Conv(96, kernel=11, stride=4, activation="relu"),
            Pool("max", 3, stride=2),
            Conv(256, kernel=5, padding=2, activation="relu"),
            Pool("max", 3, stride=2),
            Conv(384, kernel=3, padding=1, activation="relu"),
            Conv(384, kernel=3, padding=1, activation="relu"),
            Conv(256, kernel=3, padding=1, activation="relu"),
            Pool("max", 3, stride=2),
            Dense(4096, activation="relu"),
            Dropout(dropout),
            Dense(4096, activation="relu"),
            Dropout(dropout),
            Dense(num_classes),
        ),
        (1, 224, 224),
    )


def alexnet_2012_spec(num_classes: int = 1000, dropout: float = 0.5) -> Spec:
    """The AlexNet of 2012, 3x227x227 in (Krizhevsky et al. 2012, who print 224, of which windows of 11 in steps of 4 give no 55).

    Its two towers, one on each of two GPUs, are the groups of the second, fourth and fifth convolution; the third and the dense
    layers see both. The first two convolutions are normalised before the pooling, whose windows overlap.
    """
    pooled = Pool("max", 3, stride=2)
    return Spec(
        "alexnet_2012",
        (
            Conv(96, kernel=11, stride=4, activation="relu"),
            LocalResponseNorm(),
            pooled,
            Conv(256, kernel=5, padding=2, activation="relu", groups=2),
            LocalResponseNorm(),
            pooled,
            Conv(384, kernel=3, padding=1, activation="relu"),
            Conv(384, kernel=3, padding=1, activation="relu", groups=2),
            Conv(256, kernel=3, padding=1, activation="relu", groups=2),
            pooled,
            Dense(4096, activation="relu"),
            Dropout(dropout),
            Dense(4096, activation="relu"),
            Dropout(dropout),
            Dense(num_classes),
        ),
        (3, 227, 227),
    )


def alexnet_small_spec(num_classes: int = 10, dropout: float = 0.0) -> Spec:
    """AlexNet simplified for 28x28 pictures enlarged to 224x224 (the chapter's exercise 2): the same five convolutions and three
    poolings on a fraction of the channels, with batch normalisation (Ioffe and Szegedy 2015), and one hidden dense layer.

    dropout: share dropped before the last layer.
    """

    def block(channels, kernel, stride=1, padding=0, pool=False):
        # The batch norm comes after the pooling, which leaves it a fourth of the pixels.
        pooled = (Pool("max", 3, stride=2),) if pool else ()
        return (Conv(channels, kernel, stride, padding, bias=False), *pooled, BatchNorm(), Activation("relu"))

    return Spec(
        "alexnet_small",
        (
            *block(16, kernel=11, stride=4, pool=True),
            *block(64, kernel=5, padding=2, pool=True),
            *block(96, kernel=3, padding=1),
            *block(96, kernel=3, padding=1),
            *block(96, kernel=3, padding=1, pool=True),
            Dense(256, activation="relu"),
            *((Dropout(dropout),) if dropout else ()),
            Dense(num_classes),
        ),
        (1, 224, 224),
    )


def lenet_spec(num_classes: int = 10, activation: str = "sigmoid", dropout: float = 0.0) -> Spec:
    """LeNet-5 as the chapter's book has it, 1x28x28 in (LeCun et al. 1998).

    `activation` replaces the sigmoid; `dropout` above 0 drops that share after each of the two hidden dense layers.
    """
    drop = (Dropout(dropout),) if dropout else ()
    return Spec(
        "lenet",
        (
            Conv(6, kernel=5, padding=2, activation=activation),
            Pool("avg", 2),
            Conv(16, kernel=5, activation=activation),
            Pool("avg", 2),
            Dense(120, activation=activation),
            *drop,
            Dense(84, activation=activation),
            *drop,
            Dense(num_classes),
        ),
        (1, 28, 28),
    )


def compact_spec(num_classes: int = 10, width: int = 32, dropout: float = 0.0) -> Spec:
    """Seven 3x3 convolutions with batch normalisation for 1x28x28, made for a CPU: accurate for the time that it takes to train.

    It takes images of other sizes too. width: channels of the second convolution; the first has half as many, the later ones two
    and four times as many, after each halving of the image. dropout: share dropped before the last layer.
    """

    def block(channels, pool=False):
        # The batch norm comes after the pooling, which leaves it a fourth of the pixels.
        halved = (Pool("max", 2),) if pool else ()
        return (Conv(channels, kernel=3, padding=1, bias=False), *halved, BatchNorm(), Activation("relu"))

    return Spec(
        "compact",
        (
            *block(width // 2),
            *block(width, pool=True),
            *block(2 * width),
            *block(2 * width),
            Pool("max", 2),
            *block(4 * width),
            *block(4 * width),
            *block(4 * width),
            GlobalPool("max"),
            *((Dropout(dropout),) if dropout else ()),
            Dense(num_classes),
        ),
        (1, 28, 28),
    )


SPECS: dict[str, Callable[..., Spec]] = {
    "alexnet": alexnet_spec,
    "alexnet_2012": alexnet_2012_spec,
    "alexnet_small": alexnet_small_spec,
    "lenet": lenet_spec,
    "compact": compact_spec,
}


ACTIVATIONS = ("relu", "sigmoid", "tanh", "softrelu", "softsign")
# By the name of an argument: whether a value of it makes a net, and what it has to be.
ARGUMENTS = {
    "num_classes": (lambda value: _is_count(value, 1), "a whole number of at least 1"),
    "width": (lambda value: _is_count(value, 2), "a whole number of at least 2"),
    "dropout": (lambda value: _is_share(value), "a share of at least 0 and below 1"),
    "activation": (lambda value: value in ACTIVATIONS, f"one of {', '.join(ACTIVATIONS)}"),
}


def _is_share(value):
    return isinstance(value, numbers.Real) and 0 <= value < 1


def _is_count(value, least):
    return isinstance(value, numbers.Integral) and value >= least


def list_models() -> list[str]:
    """The names that `get_model` knows, sorted."""
    return sorted(SPECS)


def spec(name: str, **kw: float | str) -> Spec:
    """The table of layers of the net called `name`; keyword arguments as for its function in this module.

    Raises UserError for an unknown name (with the known ones and the nearest) and for an argument that the net does not take, or
    not of this value.
    """
    if name not in SPECS:
        near = difflib.get_close_matches(str(name).lower(), SPECS, n=1)
        hint = f"did you mean {near[0]!r}? " if near else ""
        raise UserError(f"there is no model {name!r}: {hint}the known models are {', '.join(list_models())}")
    try:
        made = SPECS[name](**kw)
    except TypeError as error:
        raise UserError(f"model {name!r} does not take these arguments: {error}") from None
    for argument, value in kw.items():
        fits, words = ARGUMENTS[argument]
        if not fits(value):
            raise UserError(f"{argument} is {value!r}: it must be {words}")
    return made


class Call(NamedTuple):
    """How a framework makes a layer: the class `kind` of its layers, called with `args` and `options`."""

    kind: str
    args: tuple[Any, ...]
    options: dict[str, Any]

    def made(self, layers: Any) -> Any:
        """The layer; layers: the framework's module of such classes."""
        return getattr(layers, self.kind)(*self.args, **self.options)

    def __str__(self) -> str:
        """The call as a program has it: Conv2D(96, kernel_size=11, strides=4)."""
        named = [f"{name}={_literal(value)}" for name, value in self.options.items()]
        return f"{self.kind}({', '.join([*map(_literal, self.args), *named])})"


def call(kind: str, *args: Any, **options: Any) -> Call:
    """The Call of `kind` with these arguments."""
    return Call(kind, args, options)


# What the frameworks take unasked in convolutions and dense layers, under each of their names.
USUAL = {
    "stride": (1, 1),
    "strides": (1, 1),
    "padding": (0, 0),
    "activation": None,
    "bias": True,
    "use_bias": True,
    "groups": 1,
}


def unusual(**options: Any) -> dict[str, Any]:
    """Those options that have to be said."""
    return {name: value for name, value in options.items() if value != USUAL[name]}


def _literal(value):
    if isinstance(value, str):
        return f'"{value}"'
    return repr(value[0] if isinstance(value, tuple) and len({*value}) == 1 else value)


def gluon_call(layer: Layer) -> Call:
    """The Call that makes the Gluon block of a layer, a class of mxnet.gluon.nn or, where that has none, of blocks.py."""
    match layer:
        case Conv(channels, kernel, stride, padding, activation, bias, groups):
            options = unusual(strides=stride, padding=padding, activation=activation, use_bias=bias, groups=groups)
            return call("Conv2D", channels, kernel_size=kernel, **options)
        case Pool(kind, size, stride, padding):
            name = {"max": "MaxPool2D", "avg": "AvgPool2D"}[kind]
            return call(name, pool_size=size, strides=stride, **unusual(padding=padding))
        case GlobalPool(kind):
            return call({"max": "GlobalMaxPool2D", "avg": "GlobalAvgPool2D"}[kind])
        case Dense(units, activation, bias):
            return call("Dense", units, **unusual(activation=activation, use_bias=bias))
        case Dropout(rate):
            return call("Dropout", rate)
        case BatchNorm():
            return call("BatchNorm")
        case LocalResponseNorm(size, alpha, beta, k):
            return call("LocalResponseNorm", size=size, alpha=alpha, beta=beta, k=k)
        case Activation(name):
            return call("Activation", name)
        case Flatten():
            return call("Flatten")
    raise TypeError(f"{layer!r} is not a layer of gluon_alexnet.models")


def build(spec: Spec) -> mx.gluon.nn.HybridSequential:
    """The HybridSequential that `spec` describes, not yet initialized; parameters take their input sizes at the first call.

    Its attribute `input_shape` is the Spec's, which `introspect.read_spec` reads.
    """
    from gluon_alexnet.machine import runtime

    nn = runtime.load_mxnet().gluon.nn
    net = nn.HybridSequential()
    for layer in spec.layers:
        net.add(gluon_call(layer).made(_own_blocks() if isinstance(layer, LocalResponseNorm) else nn))
    # By which a run of it is called.
    net.made_as = spec.name
    net.input_shape = spec.input_shape
    return net


def _own_blocks():
    from gluon_alexnet import blocks

    return blocks


def get_model(name: str, **kw: float | str) -> mx.gluon.nn.HybridSequential:
    """The net called `name` as a HybridSequential, not yet initialized; `kw` and errors as for `spec`."""
    return build(spec(name, **kw))


def alexnet(num_classes: int = 10, dropout: float = 0.5) -> mx.gluon.nn.HybridSequential:
    """The chapter's AlexNet: float32 (N, 1, 224, 224) in, logits (N, num_classes) out; 46,764,746 parameters for 10 classes.

    `dropout`: the share that its two dropout layers drop while it trains.
    """
    return build(alexnet_spec(num_classes, dropout))


def alexnet_2012(num_classes: int = 1000, dropout: float = 0.5) -> mx.gluon.nn.HybridSequential:
    """The AlexNet of 2012: float32 (N, 3, 227, 227) in, logits (N, num_classes) out; 60,965,224 parameters for 1,000 classes.

    `dropout`: the share that its two dropout layers drop while it trains. The paper's alpha, beta, k and n, by its own formula.
    """
    return build(alexnet_2012_spec(num_classes, dropout))


def lenet(num_classes: int = 10, activation: str = "sigmoid", dropout: float = 0.0) -> mx.gluon.nn.HybridSequential:
    """The book's LeNet-5: float32 (N, 1, 28, 28) in, logits (N, num_classes) out; 61,706 parameters for 10 classes.

    `activation` and `dropout` as in `lenet_spec`.
    """
    return build(lenet_spec(num_classes, activation, dropout))
