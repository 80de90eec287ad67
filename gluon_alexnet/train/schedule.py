"""Learning-rate schedules by name, made of gluoncv's LRScheduler."""

import functools
import importlib.util
import math
import sys
from collections.abc import Callable
from pathlib import Path

from gluon_alexnet.errors import UserError
from gluon_alexnet.machine import mxnet_import, runtime
from gluon_alexnet.settings import check_schedule

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
