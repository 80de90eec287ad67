"""What a run of training can be told: each setting once, with its type, default, check and words for a person.

`Settings` holds those of `fit`: from it come its signature and docstring, the options of the command line, run.json, history.json
and what is compared on resuming. `OfNet` and `OfLoader` are further options of `gluon-alexnet train`: of its net and its data.
Nothing here loads NumPy, MXNet or data.
"""

import difflib
import functools
import inspect
import math
import sys
import textwrap
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, fields
from typing import TYPE_CHECKING, Any, TypedDict, TypeVar

from gluon_alexnet.errors import UserError, unknown
from gluon_alexnet.fast import PRECISIONS
from gluon_alexnet.machine import devices

if TYPE_CHECKING:
    import mxnet

__all__ = ["OfLoader", "OfNet", "Settings", "Told", "among", "check_names", "check_schedule", "defaults", "movable", "names"]
__all__ += ["taken", "takes_momentum"]

ENGINES = ("mxnet", "torch")
SCHEDULES = ("constant", "step", "linear", "cosine")
LOSSES = ("softmax_cross_entropy",)
# What MXNet's optimizers take for a learning rate is a float32.
LARGEST_RATE = 3.4e38
# OpenMP ends the process where the system gives it no more threads.
MOST_THREADS = 1024
# By the names of MXNet 1.9.1's optimizers: whether one has a momentum to set.
OPTIMIZERS = {
    **dict.fromkeys(("ccsgd", "dcasgd", "lars", "lbsgd", "nag", "sgd", "signum"), True),
    **dict.fromkeys(("adadelta", "adagrad", "adam", "adamax", "ftml", "ftrl", "groupadagrad", "lamb", "nadam"), False),
    **dict.fromkeys(("rmsprop", "sgld", "test"), False),
}
TORCH_OPTIMIZERS = ("sgd", "nag", "adam")
TORCH_PRECISIONS = ("auto", "float32", "bfloat16")
INITIALIZERS = ("xavier", "he", "alexnet")
# Of MXNet's objects: what changes while they are at work, or is counted up in the process.
PASSING = {"rescale_grad", "learning_rate", "begin_num_update", "prefix", "params"}
# The types that name a device, in MXNet and PyTorch.
DEVICES = ("Context", "device")
# What other libraries call them.
SYNONYMS = {"learning_rate": "lr", "wd": "weight_decay", "ctx": "device", "dtype": "precision", "max_epochs": "epochs"}


# ---- checks: each takes the name and the value of a setting, and returns the value as it is kept or raises UserError


def any_value(name, value):
    return value


def number(name, value):
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise UserError(f"{name} is {value!r}: it must be a number")
    return value


def whole(name, value):
    if isinstance(value, bool) or not isinstance(value, int):
        raise UserError(f"{name} is {value!r}: it must be a whole number")
    return value


def count(name, value):
    if whole(name, value) < 1:
        raise UserError(f"{name} is {value!r}: it must be a whole number of at least 1")
    return value


def positive(name, value):
    if not 0 < number(name, value) < math.inf:
        raise UserError(f"{name} is {value!r}: it must be a positive number")
    return value


def not_negative(name, value):
    if not 0 <= number(name, value) < math.inf:
        raise UserError(f"{name} is {value!r}: it must be a number of at least 0")
    return value


def share(name, value):
    if not 0 <= number(name, value) < 1:
        raise UserError(f"{name} is {value!r}: it must be a share of at least 0 and below 1")
    return value


def flag(name, value):
    if not isinstance(value, bool):
        raise UserError(f"{name} is {value!r}: it must be true or false")
    return value


def warming(name, value):
    if not 0 <= number(name, value) < 1:
        raise UserError(f"{name} is {value!r}: it is the share of the run spent warming up, at least 0 and below 1")
    return value


def rate(name, value):
    if not 0 < number(name, value) < LARGEST_RATE:
        raise UserError(f"{name} is {value!r}: the learning rate must be a positive number that float32 can hold")
    return value


def or_none(check):
    return lambda name, value: None if value is None else check(name, value)


def one_of(known, more=""):
    """The check for one of the names `known`; the value may be an object too where `more` says which."""

    def check(name, value):
        if value not in known if isinstance(value, str) else not more:
            raise unknown(name, value, known, more)
        return value

    return check


def schedule_known(name, value):
    return value if callable(value) else one_of(SCHEDULES)(name, value)


def optimizer_known(name, value):
    if _is_mxnets(value, "optimizer", "Optimizer"):
        return value
    if inspect.isclass(value):
        raise UserError(f"{name} is the class {value.__name__}: give its name, or one made of it, as {value.__name__}()")
    takes_momentum(value)
    return value


def loss_known(name, value):
    if callable(value) and not inspect.isclass(value):
        return value
    return one_of(LOSSES, ", or one of mxnet.gluon.loss")(name, value if isinstance(value, str) else repr(value))


def initializer_known(name, value):
    if not isinstance(value, str) and not _is_mxnets(value, "init", "Initializer"):
        raise UserError(f"{name} is {value!r}: take 'xavier', 'he' or an Initializer, such as mxnet.init.Normal(0.01)")
    return one_of(INITIALIZERS, " or one of mxnet.init")(name, value)


def sizes(name, value):
    """(20, 0.5) of that pair, and of '20:0.5'."""
    if isinstance(value, str):
        size, _, part = value.partition(":")
        try:
            value = int(size), float(part)
        except ValueError:
            raise UserError(f"{name} is {value!r}: it is a size in pixels and a share of the run, such as 20:0.5") from None
    try:
        size, part = map(plain, value)
        good = isinstance(size, int) and size >= 1 and 0 < part < 1
    except (TypeError, ValueError):
        good = False
    if not good:
        raise UserError(f"{name} is {value!r}: it is a size in pixels and a share of the run, such as (20, 0.5)")
    return size, part


def device_known(name, value):
    """A name, or what has one: an mx.Context, a torch.device, or a list of the former."""
    several = value if isinstance(value, (list, tuple)) and value else [value]
    if value is not None and not isinstance(value, str) and not all(type(each).__name__ in DEVICES for each in several):
        raise UserError(f"{name} is {value!r}: {devices.FORMS}, or give a context of MXNet or a list of them")
    return value


def threads_known(name, value):
    if isinstance(value, str) and value.isdecimal():
        value = int(value)
    if value == "auto":
        return value
    if isinstance(value, bool) or not isinstance(value, int) or not 1 <= value <= MOST_THREADS:
        raise UserError(f"{name} is {value!r}: it is 'auto' or a whole number of at least 1 and at most {MOST_THREADS}")
    return value


def check_schedule(schedule: "str | Callable[[int], float]", lr: float, warmup: float) -> None:
    """Raises UserError for values that a schedule cannot be made of."""
    schedule_known("schedule", schedule)
    warming("warmup", warmup)
    rate("lr", lr)


def takes_momentum(name: str) -> bool:
    """Whether MXNet's optimizer called `name` has a momentum to set. Raises UserError when there is no such optimizer."""
    name, asked = str(name).lower(), name
    if name in OPTIMIZERS:
        return OPTIMIZERS[name]
    # Somebody's own needs MXNet to be registered with.
    mxnet: Any = sys.modules.get("mxnet")
    known: Any = mxnet.optimizer.Optimizer.opt_registry if hasattr(mxnet, "optimizer") else OPTIMIZERS
    if name not in known:
        raise unknown("optimizer", asked, sorted(known))
    return any("momentum" in inspect.signature(each.__init__).parameters for each in known[name].__mro__)


def _is_mxnets(value, module, kind):
    # Without MXNet loaded there is nothing of its own.
    module = getattr(sys.modules.get("mxnet"), module, None)
    return hasattr(module, kind) and isinstance(value, getattr(module, kind))


def _check_optimizer(settings):
    optimizer = settings.optimizer
    if not isinstance(optimizer, str):
        for name in ("momentum", "weight_decay"):
            if getattr(settings, name):
                raise UserError(
                    f"{name} is {getattr(settings, name)!r} beside an optimizer that is made already: say it to that one"
                )
        if optimizer.lr_scheduler is not None:
            raise UserError("the optimizer has an lr_scheduler of its own: give that to fit instead, as schedule=")
        if settings.lr not in (optimizer.lr, Settings.lr):
            raise UserError(
                f"lr is {settings.lr!r}, and the optimizer was made with learning_rate {optimizer.lr!r}: say it to one of them"
            )
        object.__setattr__(settings, "lr", optimizer.lr)
    elif settings.momentum and not takes_momentum(optimizer):
        raise UserError(f"the optimizer {optimizer!r} has no momentum: leave momentum out, or take sgd or nag")


def _check_own_schedule(settings):
    if callable(settings.schedule) and settings.warmup:
        raise UserError(f"warmup is {settings.warmup!r} beside a schedule of your own: make it a part of that")


def _check_torch(settings):
    optimizer, precision = settings.optimizer, settings.precision
    if not isinstance(optimizer, str) or optimizer.lower() not in TORCH_OPTIMIZERS:
        raise UserError(f"the PyTorch engine has no optimizer {optimizer!r}: take one of {', '.join(TORCH_OPTIMIZERS)}")
    if precision not in TORCH_PRECISIONS:
        raise UserError(f"the PyTorch engine has no precision {precision!r}: take one of {', '.join(TORCH_PRECISIONS)}")


# ---- values as JSON can hold them


def plain(value):
    """NumPy's numbers as Python's."""
    numpy = sys.modules.get("numpy")
    return value.item() if numpy and isinstance(value, numpy.generic) else value


def described(value):
    """`value` as JSON can hold it; an object as the text of how it was made, the same for all that were made so."""
    value = plain(value)
    if value is None or isinstance(value, (str, int, float)):
        return value
    if isinstance(value, (list, tuple)):
        return [described(each) for each in value]
    if hasattr(value, "dumps"):
        # MXNet's initializers describe themselves; with a number of NumPy's in it, one cannot.
        try:
            return value.dumps()
        except TypeError:
            return type(value).__name__
    if isinstance(value, functools.partial):
        return f"{described(value.func)} with {[*map(described, value.args)]} and {_listed(value.keywords)}"
    if inspect.ismethod(value):
        return f"{described(value.__self__)}.{value.__name__}"
    if inspect.isroutine(value):
        return f"{value.__qualname__}({_listed(_within(value))})"
    return f"{type(value).__name__}({_listed(_made_with(value))})"


def _within(function):
    """The values that a function closes over or has by default, by name."""
    code = getattr(function, "__code__", None)
    if code is None:
        return {}
    given = {each.name: each.default for each in inspect.signature(function).parameters.values()}
    return {
        **given,
        **{name: cell.cell_contents for name, cell in zip(code.co_freevars, function.__closure__ or (), strict=True)},
    }


def _made_with(value):
    """What an object still knows of the arguments that it was made with, by name: of an optimizer, a loss or a scheduler."""
    names = [name for each in type(value).__mro__ for name in inspect.signature(each.__init__).parameters]
    kept = getattr(value, "__dict__", {})
    return {name: kept.get(name, kept.get(f"_{name}")) for name in dict.fromkeys(names) if name not in PASSING}


def _listed(values):
    numbers = {name: plain(value) for name, value in values.items()}
    return ", ".join(f"{name}={value!r}" for name, value in numbers.items() if isinstance(value, (str, int, float)))


# ---- the tables


def setting(default, check, help, more="", kind=float, metavar=None, option=True, movable=False):
    """A field of one of the tables below.

    check: one of those above. help: a line for the command line; more: what fit's docstring adds to it. kind: what makes the
    value of a word of the command line, bool where the option has none. metavar: what the help calls the word.
    option: whether the command line has it. movable: whether a run may be resumed with another.
    """
    about = dict(check=check, help=help, more=more, kind=kind, metavar=metavar, option=option, movable=movable)
    return field(default=default, metadata=about)


@dataclass(frozen=True)
class Settings:
    """What `fit` is told of a run, checked: those that are not given have their defaults. Numbers of NumPy become Python's.

    Raises UserError for a value out of range, and for values that do not go together.
    """

    epochs: "float | None" = setting(
        10, or_none(positive), "passes over the training data", "; a fraction is allowed", metavar="N"
    )
    lr: "float" = setting(0.01, rate, "learning rate (the highest of the schedule)")
    minutes: "float | None" = setting(
        None,
        or_none(positive),
        "instead of --epochs: fit the run into so many minutes",
        ", evaluations included: planned by timing some steps before the first, and anew after every pass and within long ones, "
        "schedule and all. Where evaluations would take more than a quarter of them, they are of fewer images, spread evenly "
        "(Epoch.test_images tells)",
        metavar="M",
    )
    optimizer: "str | mxnet.optimizer.Optimizer" = setting(
        "sgd",
        optimizer_known,
        "MXNet's name, such as sgd, nag, adam",
        ", or one of MXNet's own (nadam keeps a product that is not saved: it is not resumed exactly)",
        kind=str,
    )
    momentum: "float" = setting(0.0, share, "for optimizers that have one")
    weight_decay: "float" = setting(0.0, not_negative, "L2 penalty on the weights")
    schedule: "str | Callable[[int], float]" = setting(
        "constant",
        schedule_known,
        "constant, step, linear or cosine",
        ", as in gluon_alexnet.train.schedule; or a function from the step, a batch counted from 0, to its learning rate",
        kind=str,
    )
    warmup: "float" = setting(0.0, warming, "share of the run spent raising the learning rate", metavar="SHARE")
    initializer: "str | mxnet.init.Initializer" = setting(
        "xavier",
        initializer_known,
        "of the weights: xavier (the chapter's), he or alexnet (the paper's)",
        ", or one of MXNet's own; of parameters that have none yet. 'alexnet' has the biases of 1 of Krizhevsky et al. 2012 too, "
        "section 5",
        kind=str,
    )
    loss: "str | mxnet.gluon.loss.Loss | Callable[..., object]" = setting(
        "softmax_cross_entropy",
        loss_known,
        "softmax_cross_entropy",
        ", one of mxnet.gluon.loss, or a function of (logits, labels) that gives the loss of each image, (N,), of tensors with "
        "the PyTorch engine; evaluations are by cross-entropy all the same",
        kind=str,
        option=False,
    )
    label_smoothing: "float" = setting(
        0.0,
        share,
        "share of each label that is spread over all classes",
        " while the net learns; the training loss is then the smoothed one, that of evaluations is not",
        metavar="SHARE",
    )
    progressive: "tuple[int, float] | str | None" = setting(
        None,
        or_none(sizes),
        "small images first, for the compact net: 20:0.5 has 20x20 for half of the run",
        ", or (20, 0.5), which is faster; afterwards they are as the loader has them (Tan and Le 2021, 'EfficientNetV2', "
        "section 4). For a FashionMNISTLoader; the net must take both sizes",
        kind=str,
        metavar="SIZE:SHARE",
    )
    accumulate: "int" = setting(
        1,
        count,
        "batches whose gradients are summed before an update (1)",
        ", which is by the mean over all their images, as of one large batch; a pass ends with one. Steps, losses and learning "
        "rates are those of batches, and an update has the rate of its last",
        kind=int,
        metavar="N",
    )
    clip_gradients: "float | None" = setting(
        None,
        or_none(positive),
        "the largest L2 norm of all gradients together",
        ": a longer mean gradient is made so long before the update (Pascanu et al. 2013)",
        metavar="NORM",
    )
    precision: "str" = setting(
        "auto",
        any_value,
        "auto, float32, bfloat16 or float16",
        ", as in gluon_alexnet.fast.precision; float16 is resumed with the scale of its losses begun anew",
        kind=str,
    )
    engine: "str" = setting(
        "mxnet",
        one_of(ENGINES),
        "mxnet, or torch for GPUs that MXNet cannot drive (Hopper and later, AMD)",
        ": the net's twin in PyTorch learns, on PyTorch's device (auto, cpu, cuda:0, mps), and hands its weights back",
        kind=str,
    )
    device: "str | mxnet.Context | list[mxnet.Context] | None" = setting(
        None, device_known, "auto, cpu, gpu, or several such as gpu0,gpu1", kind=str
    )
    threads: "int | str" = setting(
        "auto",
        threads_known,
        "of the CPU: auto, or how many",
        ". The last bits of what is learned depend on their number: with a number, a run is the same to the last bit whatever "
        "else the machine does. 'auto' is as many as suit it, tried out when other programs want the CPUs; a run that is resumed "
        "begins with as many as it had",
        kind=str,
        metavar="N",
        movable=True,
    )
    seed: "int" = setting(
        0, whole, "of the weights, the order of the images and dropout (0)", "; for fit, the order is the loader's", kind=int
    )
    checkpoint_minutes: "float" = setting(5.0, positive, "time between checkpoints within a pass (5)", metavar="M", movable=True)
    model: "str | None" = setting(None, any_value, "the net's name in the History", kind=str, option=False)

    def __post_init__(self):
        for each in fields(self):
            value = each.metadata["check"](each.name, plain(getattr(self, each.name)))
            object.__setattr__(self, each.name, value)
        if self.minutes is not None:
            object.__setattr__(self, "epochs", None)
        elif self.epochs is None:
            number("epochs", self.epochs)
        _check_optimizer(self)
        _check_own_schedule(self)
        if self.engine == "torch":
            _check_torch(self)
        elif self.precision not in PRECISIONS:
            raise unknown("precision", self.precision, PRECISIONS)
        else:
            devices.parse(devices.named(self.device))

    def as_json(self) -> dict[str, Any]:
        """The settings by name, of what JSON can hold: objects as texts that are the same for those made in the same way."""
        device = self.device if self.engine == "torch" else devices.named(self.device)
        told = {each.name: described(getattr(self, each.name)) for each in fields(self)}
        return {**told, "device": None if device is None else str(device)}

    def objects(self) -> list[str]:
        """The names of the settings that are objects, of which JSON holds a description alone."""
        told = ("optimizer", "schedule", "initializer", "loss")
        return [name for name in told if not isinstance(getattr(self, name), str)]


@dataclass(frozen=True)
class OfNet:
    """What a command may say of its net beside its name: arguments of models.spec. None: as the net has it."""

    dropout: "float | None" = setting(
        None, any_value, "share that the net's dropout layers drop while it trains", metavar="SHARE"
    )
    width: "int | None" = setting(
        None,
        any_value,
        "of the compact net: channels of its second convolution, a multiple of 16 (32)",
        kind=int,
        metavar="N",
    )
    activation: "str | None" = setting(None, any_value, "of LeNet: sigmoid (the book's), relu or tanh", kind=str)
    num_classes: "int | None" = setting(None, any_value, "as many as the data has", kind=int, option=False)


@dataclass(frozen=True)
class OfLoader:
    """What a command may say of its data. Numbers and names are looked at by data.loader.check_loader."""

    batch_size: "int" = setting(256, any_value, "images a step", kind=int, metavar="N")
    augment: "str | None" = setting(
        None,
        any_value,
        "change the training images at random: flip, shift (shift1: less), erase, or several: flip+shift+erase; pictures of "
        "records: crop, flip, colors (all three are the paper's)",
        kind=str,
    )
    normalize: "bool" = setting(False, flag, "give the net images of mean 0 and deviation 1 instead of [0, 1]", kind=bool)
    validation: "bool" = setting(
        False, flag, "hold training images out (5,000, or a tenth of records) and keep the best net by them", kind=bool
    )
    limit: "int | None" = setting(None, any_value, "train on the first N images only", kind=int, metavar="N")
    data: "str | None" = setting(
        None, any_value, "folder of the Fashion-MNIST files, or records:PATH of other pictures", kind=str, metavar="DIR"
    )

    def __post_init__(self):
        for each in fields(self):
            each.metadata["check"](each.name, getattr(self, each.name))


class Told(TypedDict, total=False):
    """The further settings of `fit` for type checkers, which read no tables; a test holds them equal to those of Settings."""

    minutes: "float | None"
    optimizer: "str | mxnet.optimizer.Optimizer"
    momentum: "float"
    weight_decay: "float"
    schedule: "str | Callable[[int], float]"
    warmup: "float"
    initializer: "str | mxnet.init.Initializer"
    loss: "str | mxnet.gluon.loss.Loss | Callable[..., object]"
    label_smoothing: "float"
    progressive: "tuple[int, float] | str | None"
    accumulate: "int"
    clip_gradients: "float | None"
    precision: "str"
    engine: "str"
    device: "str | mxnet.Context | list[mxnet.Context] | None"
    threads: "int | str"
    seed: "int"
    checkpoint_minutes: "float"
    model: "str | None"


# ---- what is made of the tables


def names(table: type = Settings) -> list[str]:
    """The names of the settings in a table."""
    return [each.name for each in fields(table)]


def defaults(table: type) -> dict[str, Any]:
    """{name: its default} of the settings in a table."""
    return {each.name: each.default for each in fields(table)}


def movable() -> list[str]:
    """The names of the settings with another of which a run may be resumed."""
    return [each.name for each in fields(Settings) if each.metadata["movable"]]


def among(options: Mapping[str, Any]) -> dict[str, Any]:
    """Those of the options of a run, as run.json holds them, that are settings: arguments of Settings and of fit."""
    return {name: options[name] for name in names() if name in options}


Function = TypeVar("Function", bound=Callable[..., object])
# Where a docstring has them.
PLACE = "settings: as gluon_alexnet.settings.Settings says them."


class Words(str):
    """An annotation that help() shows without quotes."""

    def __repr__(self):
        return str(self)


def taken(function: Function) -> Function:
    """`function`, which takes settings as **settings, with a signature and a docstring that say each of them."""
    told = inspect.signature(function)
    own = [
        each.replace(annotation=Words(each.annotation)) for each in told.parameters.values() if each.kind is not each.VAR_KEYWORD
    ]
    said = {each.name for each in own}
    more = [
        inspect.Parameter(each.name, inspect.Parameter.KEYWORD_ONLY, default=each.default, annotation=Words(each.type))
        for each in fields(Settings)
        if each.name not in said
    ]
    signature = inspect.Signature([*own, *more], return_annotation=Words(told.return_annotation))
    function.__signature__ = signature  # type: ignore[attr-defined]
    if function.__doc__:
        function.__doc__ = function.__doc__.replace(PLACE, f"{PLACE}\n{documented()}")
    return function


def documented():
    """The settings for a docstring, one or more lines each."""
    lines = []
    for each in fields(Settings):
        text = f"{each.name}: {each.metadata['help']}{each.metadata['more']}.".replace("--epochs", "epochs")
        lines += textwrap.wrap(text, 124, initial_indent=" " * 6, subsequent_indent=" " * 8)
    return "\n".join(lines)


def check_names(function: Callable[..., object], given: Iterable[str]) -> None:
    """Raises TypeError, as Python does for other functions, for a name that is none of a setting; says which is meant."""
    parameters = inspect.signature(function).parameters
    for name in given:
        if name not in names():
            near = SYNONYMS.get(name) or next(iter(difflib.get_close_matches(name, parameters, n=1)), None)
            hint = f": did you mean {near!r}?" if near else f": help({function.__name__}) tells them all"
            raise TypeError(f"{function.__name__}() got an unexpected keyword argument {name!r}{hint}")
