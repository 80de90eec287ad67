"""What a run can be told, looked at before data and MXNet are loaded."""

import inspect
import math
import sys

from gluon_alexnet.errors import UserError, unknown
from gluon_alexnet.fast.precision import PRECISIONS
from gluon_alexnet.machine import devices

ENGINES = ("mxnet", "torch")
SCHEDULES = ("constant", "step", "linear", "cosine")
# What MXNet's optimizers take for a learning rate is a float32.
LARGEST_RATE = 3.4e38
# By the names of MXNet 1.9.1's optimizers: whether one has a momentum to set.
OPTIMIZERS = {
    **dict.fromkeys(("ccsgd", "dcasgd", "lars", "lbsgd", "nag", "sgd", "signum"), True),
    **dict.fromkeys(("adadelta", "adagrad", "adam", "adamax", "ftml", "ftrl", "groupadagrad", "lamb", "nadam"), False),
    **dict.fromkeys(("rmsprop", "sgld", "test"), False),
}
TORCH_OPTIMIZERS = ("sgd", "nag", "adam")
TORCH_PRECISIONS = ("auto", "float32", "bfloat16")
INITIALIZERS = ("xavier", "he")
NUMBERS = ("epochs", "lr", "momentum", "weight_decay", "warmup", "label_smoothing")


def check(
    epochs=1,
    lr=0.01,
    momentum=0.0,
    weight_decay=0.0,
    warmup=0.0,
    label_smoothing=0.0,
    seed=0,
    minutes=None,
    checkpoint_minutes=5.0,
    optimizer="sgd",
    schedule="constant",
    precision="auto",
    engine="mxnet",
    initializer="xavier",
    device=None,
    **_,
):
    """Raises UserError for an argument of train.fit that is out of range; those that are not known here are left out."""
    numbers = dict(zip(NUMBERS, (epochs, lr, momentum, weight_decay, warmup, label_smoothing), strict=True))
    for name, value in numbers.items():
        if not isinstance(value, (int, float)):
            raise UserError(f"{name} is {value!r}: it must be a number")
    if not isinstance(seed, int):
        raise UserError(f"seed is {seed!r}: it must be a whole number")
    positive = {"epochs": epochs, "checkpoint_minutes": checkpoint_minutes, **({} if minutes is None else {"minutes": minutes})}
    for name, value in positive.items():
        if not isinstance(value, (int, float)) or not 0 < value < math.inf:
            raise UserError(f"{name} is {value!r}: it must be a positive number")
    for name, value in (("label_smoothing", label_smoothing), ("momentum", momentum)):
        if not 0 <= value < 1:
            raise UserError(f"{name} is {value!r}: it must be a share of at least 0 and below 1")
    if not 0 <= weight_decay < math.inf:
        raise UserError(f"weight_decay is {weight_decay!r}: it must be a number of at least 0")
    check_schedule(schedule, lr, warmup)
    if engine not in ENGINES:
        raise unknown("engine", engine, ENGINES)
    if isinstance(initializer, str) and initializer not in INITIALIZERS:
        raise unknown("initializer", initializer, INITIALIZERS, " or one of mxnet.init")
    if momentum and not takes_momentum(optimizer):
        raise UserError(f"the optimizer {optimizer!r} has no momentum: leave momentum out, or take sgd or nag")
    takes_momentum(optimizer)
    if engine == "torch":
        if str(optimizer).lower() not in TORCH_OPTIMIZERS:
            raise UserError(f"the PyTorch engine has no optimizer {optimizer!r}: take one of {', '.join(TORCH_OPTIMIZERS)}")
        if precision not in TORCH_PRECISIONS:
            raise UserError(f"the PyTorch engine has no precision {precision!r}: take one of {', '.join(TORCH_PRECISIONS)}")
        return
    if precision not in PRECISIONS:
        raise unknown("precision", precision, PRECISIONS)
    devices.parse(devices.named(device))


def takes_momentum(name):
    """Whether MXNet's optimizer called `name` has a momentum to set. Raises UserError when there is no such optimizer."""
    name, asked = str(name).lower(), name
    if name in OPTIMIZERS:
        return OPTIMIZERS[name]
    # Somebody's own needs MXNet to be registered with.
    mxnet = sys.modules.get("mxnet")
    known = mxnet.optimizer.Optimizer.opt_registry if hasattr(mxnet, "optimizer") else OPTIMIZERS
    if name not in known:
        raise unknown("optimizer", asked, sorted(known))
    return any("momentum" in inspect.signature(each.__init__).parameters for each in known[name].__mro__)


def check_schedule(schedule, lr, warmup):
    """Raises UserError for values that a schedule cannot be made of."""
    if schedule not in SCHEDULES:
        raise unknown("schedule", schedule, SCHEDULES)
    if not 0 <= warmup < 1:
        raise UserError(f"warmup is {warmup!r}: it is the share of the run spent warming up, at least 0 and below 1")
    if not 0 < lr < LARGEST_RATE:
        raise UserError(f"lr is {lr!r}: the learning rate must be a positive number that float32 can hold")
