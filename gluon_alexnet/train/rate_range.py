"""Which learning rate to take: the range test (Smith 2017, "Cyclical Learning Rates for Training Neural Networks")."""

from __future__ import annotations

import contextlib
import math
import random
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from gluon_alexnet.errors import DataError, UserError
from gluon_alexnet.machine import runtime, threads
from gluon_alexnet.prepare import check_net, prepare
from gluon_alexnet.settings import LARGEST_RATE, Settings
from gluon_alexnet.train import engines
from gluon_alexnet.train.batches import check_labels
from gluon_alexnet.train.loop import random_state
from gluon_alexnet.train.parts import Parts

if TYPE_CHECKING:
    import os

    import mxnet as mx
    from matplotlib.figure import Figure

    from gluon_alexnet.hints import Batches

# The test is over when the smoothed loss is so many times the smallest before it.
EXPLODED = 4.0
# What a smoothed loss keeps of the one before it.
KEPT = 0.9
# What a smoothed loss must have risen and fallen to, to count.
RISEN, FALLEN = 1.1, 0.99
# A net's first steps, whose losses say more about its weights than about the rate, and what is too few to judge by.
SKIPPED, LEAST_STEPS = 0.05, 10


@dataclass
class RateRange:
    """What `lr_find` saw: one learning rate and one loss for each step that it made.

    rates: rising evenly on a logarithmic scale. losses: of each batch, before the step at that rate. smoothed: their moving
    average. suggested: a tenth of the rate at which that was lowest before it rose, a good highest rate of a run; None where it
    hardly fell. exploded: the rate at which it had become more than four times its smallest, None where it did not.
    """

    rates: list[float]
    losses: list[float]
    smoothed: list[float] = field(repr=False)
    suggested: float | None = None
    exploded: float | None = None

    def __repr__(self):
        end = "" if self.exploded is None else f", exploded at {self.exploded:.3g}"
        told = "none" if self.suggested is None else f"{self.suggested:.3g}"
        return f"RateRange({len(self.rates)} rates from {self.rates[0]:.3g} to {self.rates[-1]:.3g}, suggested {told}{end})"

    def figure(self, dark: bool = False) -> Figure:
        """The loss over the rate as a Figure of matplotlib."""
        from gluon_alexnet.pictures import viz

        return viz.rate_range(self, dark=dark)

    def save(self, path: str | os.PathLike[str]) -> None:
        """Writes the figure as a PNG file at `path`, atomically. Raises UserError when it cannot be written."""
        from gluon_alexnet.pictures import viz

        viz.save(self.figure(), path)

    def _repr_png_(self):
        from gluon_alexnet.pictures import viz

        return viz.figure_png(self.figure(), dpi=100)


@threads.present()
def lr_find(
    net: mx.gluon.Block,
    train_data: Batches,
    low: float = 1e-6,
    high: float = 10.0,
    steps: int = 100,
    *,
    optimizer: str | mx.optimizer.Optimizer = "sgd",
    momentum: float = 0.0,
    weight_decay: float = 0.0,
    loss: str | Callable[..., object] = "softmax_cross_entropy",
    label_smoothing: float = 0.0,
    initializer: str | mx.init.Initializer = "xavier",
    device: str | mx.Context | list[mx.Context] | None = None,
    precision: str = "auto",
    engine: str = "mxnet",
    seed: int = 0,
) -> RateRange:
    """Trains `net` for some steps at rates that rise from `low` to `high`, and tells by its losses which rate suits it.

    It stops as soon as the loss explodes. Of a net of sigmoids, whose first hundreds of steps teach it next to nothing at any
    rate, it tells little. Afterwards everything is as it was: weights, statistics, where they lie, and whether
    they were initialized; the random states of Python, NumPy and PyTorch. (MXNet's own cannot be read: it goes on from a number
    drawn before, the same in every run of a program that seeds it.)

    steps: that many batches, from as many passes as they take. The other arguments are those of `fit`. Raises UserError and
    DataError as `fit` does.
    """
    _check(low, high, steps)
    asked = Settings(
        optimizer=optimizer,
        momentum=momentum,
        weight_decay=weight_decay,
        loss=loss,
        label_smoothing=label_smoothing,
        initializer=initializer,
        device=device,
        precision=precision,
        engine=engine,
        seed=seed,
    )
    check_net(net)
    parts = Parts(train_data)
    parts.check()
    with put_back(net):
        batch = images, labels = parts.first_batch()
        place = engines.resolve(asked, net, images.shape)
        runtime.load_mxnet().random.seed(random_state(asked.seed, 0))
        classes = prepare(net, images, place.contexts, asked.initializer)
        check_labels(labels, classes)
        with engines.computing(asked, place, net, batch) as stepper:
            return _judged(*_tried(stepper, train_data, classes, np.geomspace(low, high, steps).tolist(), asked.seed))


def _check(low, high, steps):
    if not all(isinstance(rate, (int, float)) for rate in (low, high)) or not 0 < low < high < LARGEST_RATE:
        raise UserError(f"low is {low!r} and high {high!r}: they are learning rates above 0, the second the larger")
    if isinstance(steps, bool) or not isinstance(steps, int) or steps < LEAST_STEPS:
        raise UserError(f"steps is {steps!r}: it is a whole number of at least {LEAST_STEPS}")


def _tried(stepper, data, classes, rates, seed):
    """(losses, smoothed losses, whether the loss exploded) of a step at each rate, until it explodes."""
    losses, smoothed, mean, epoch = [], [], 0.0, 0
    rest = stepper.batches(data, epoch)
    for number, rate in enumerate(rates):
        batch = next(rest, None)
        if batch is None:
            epoch += 1
            rest = stepper.batches(data, epoch)
            batch = next(rest, None)
        if batch is None:
            raise DataError(f"pass {epoch + 1} of the training data gave no batch: it must give them again in every pass")
        check_labels(batch[1], classes)
        stepper.seed(random_state(seed, number + 1))
        loss = stepper.step(*batch, rate)[0] / len(batch[1])
        if not math.isfinite(loss):
            return rates, losses, smoothed, True
        mean = KEPT * mean + (1 - KEPT) * loss
        losses.append(loss)
        # Without what the start from 0 keeps it too small by.
        smoothed.append(mean / (1 - KEPT ** (number + 1)))
        if number >= LEAST_STEPS and smoothed[-1] > EXPLODED * min(smoothed):
            return rates, losses, smoothed, True
    return rates, losses, smoothed, False


def _judged(rates, losses, smoothed, exploded):
    count = len(losses)
    end = rates[min(count, len(rates) - 1)] if exploded else None
    result = RateRange(rates[:count], losses, smoothed, None, end)
    if count >= LEAST_STEPS:
        means, first = np.array(smoothed), int(SKIPPED * count)
        # A loss that falls again after it has risen tells of a net that was spoilt before.
        risen = np.flatnonzero(means[first:] > RISEN * np.minimum.accumulate(means[first:]))
        last = first + int(np.argmin(means[first : first + risen[0] if len(risen) else count]))
        if means[last] < FALLEN * means[first]:
            result.suggested = rates[last] / 10
    return result


@contextlib.contextmanager
def put_back(net: mx.gluon.Block) -> Iterator[None]:
    """Afterwards the parameters of `net`, and the random states of Python, NumPy and PyTorch, are as they were before."""
    mx, torch = runtime.load_mxnet(), sys.modules.get("torch")
    kept = [(p, {name: getattr(p, name) for name in HELD}, _copies(p)) for p in net.collect_params().values()]
    numbers, python = np.random.get_state(), random.getstate()
    tensors = torch and torch.random.get_rng_state()
    mxnet = int(mx.nd.random.randint(0, 2**31 - 1).asscalar())
    try:
        yield
    finally:
        for parameter, held, copies in kept:
            for name, value in held.items():
                setattr(parameter, name, value)
            for array, copy in copies:
                array[:] = copy
        np.random.set_state(numbers)
        random.setstate(python)
        if torch:
            torch.random.set_rng_state(tensors)
        mx.random.seed(mxnet)
        mx.nd.waitall()


# What of a gluon.Parameter says whether it is initialized, where it lies and how large it is.
HELD = ("_data", "_grad", "_deferred_init", "_ctx_list", "_ctx_map", "_shape", "_trainer")


def _copies(parameter):
    arrays = [] if parameter._data is None else [*parameter._data, *(parameter._grad or [])]
    return [(array, array.copy()) for array in arrays]
