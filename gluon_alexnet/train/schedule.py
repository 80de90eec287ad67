"""Learning-rate schedules by name, made of gluoncv's LRScheduler."""

import functools
import importlib.util
import math
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from gluon_alexnet.errors import UserError
from gluon_alexnet.machine import mxnet_import, runtime
from gluon_alexnet.settings import LARGEST_RATE, check_schedule

# The 'step' schedule divides the rate by ten at these shares of the run (He et al. 2016).
STEPS = (0.5, 0.75)


def learning_rate(schedule: str, lr: float, total_steps: float, warmup: float = 0.0) -> Callable[[float], float]:
    """A function from the step number (from 0) to its learning rate.

    schedule: 'constant'; 'step' (divided by ten after 1/2 and 3/4 of the run); 'linear' or 'cosine' (down to 0).
    lr: the highest rate. warmup: the share of the run, in [0, 1), over which the rate first rises linearly from near 0.
    Raises UserError for values out of range.
    """
    check_schedule(schedule, lr, warmup)
    if schedule == "constant" and not warmup:
        # The chapter's recipe needs no schedule, so that it runs where gluoncv is not installed.
        return lambda step: lr
    gluoncv = _gluoncv_schedulers()
    # A single step cannot rise, and a run needs a step after its warm-up.
    warm_steps = min(round(warmup * total_steps), total_steps - 1)
    warm_steps = warm_steps if warm_steps > 1 else 0
    steps = total_steps - warm_steps
    parts = [gluoncv.LRScheduler("linear", base_lr=lr / warm_steps, target_lr=lr, niters=warm_steps)] if warm_steps else []
    if schedule == "step":
        main = gluoncv.LRScheduler("step", base_lr=lr, niters=steps, step_iter=[math.ceil(share * steps) for share in STEPS])
    else:
        # One step more than there are, so that the last one still learns; it also keeps gluoncv from dividing by zero.
        main = gluoncv.LRScheduler(schedule, base_lr=lr, target_lr=0, niters=steps + 1)
    return gluoncv.LRSequential([*parts, main])


def asked(function: Callable[[int], float], step: int) -> float:
    """The learning rate of a `step` by somebody's own schedule, a function. Raises UserError where it gives none."""
    try:
        rate = float(function(step))
    except Exception as error:
        raise UserError(f"schedule raised {type(error).__name__} for step {step}: {error}") from error
    if not 0 <= rate < LARGEST_RATE:
        raise UserError(f"schedule gave {rate:g} for step {step}: a learning rate is a number from 0 that float32 can hold")
    return rate


@dataclass(frozen=True)
class CosineRestarts:
    """A schedule: from `lr` down to `least` along half a cosine, then from `lr` again (Loshchilov and Hutter 2017, "SGDR").

    steps: those (batches) of the first such cycle; factor: how many times as many each has as the one before it.
    """

    lr: float
    steps: int
    factor: float = 1
    least: float = 0.0

    def __call__(self, step: int) -> float:
        length = self.steps
        while step >= length:
            step, length = step - length, max(1, round(length * self.factor))
        return self.least + (self.lr - self.least) * (1 + math.cos(math.pi * step / length)) / 2


def cosine_restarts(lr: float, steps: int, factor: float = 1, least: float = 0.0) -> CosineRestarts:
    """A function from the step to its learning rate, for `fit(schedule=...)`: warm restarts, as CosineRestarts tells.

    Raises UserError for numbers out of range.
    """
    for name, value in (("lr", lr), ("steps", steps)):
        if not isinstance(value, (int, float)) or not 0 < value < LARGEST_RATE:
            raise UserError(f"{name} is {value!r}: it must be a positive number")
    if int(steps) != steps:
        raise UserError(f"steps is {steps!r}: it is a whole number of batches")
    if not isinstance(factor, (int, float)) or not 1 <= factor < math.inf:
        raise UserError(f"factor is {factor!r}: it must be a number of at least 1")
    if not isinstance(least, (int, float)) or not 0 <= least <= lr:
        raise UserError(f"least is {least!r}: it must be a rate from 0 to lr")
    return CosineRestarts(lr, int(steps), factor, least)


@functools.cache
def _gluoncv_schedulers():
    """gluoncv's lr_scheduler module without the rest of gluoncv, whose import takes seconds and refuses to run beside torch 2."""
    runtime.load_mxnet()
    name = "gluoncv.utils.lr_scheduler"
    if name in sys.modules:
        return sys.modules[name]
    package = importlib.util.find_spec("gluoncv")
    if package is None:
        raise UserError(f"learning-rate schedules need gluoncv: {mxnet_import.pip('install ' + mxnet_import.GLUONCV)}")
    path = Path(package.submodule_search_locations[0]) / "utils" / "lr_scheduler.py"
    source = importlib.util.spec_from_file_location(name, path)
    module = importlib.util.module_from_spec(source)
    source.loader.exec_module(module)
    return module
