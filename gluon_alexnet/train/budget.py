"""How long a run may be that has to end in time: measured before it starts, and planned anew as it goes on."""

from __future__ import annotations

import math
import statistics
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from gluon_alexnet.errors import UserError

if TYPE_CHECKING:
    import mxnet as mx

    from gluon_alexnet.hints import Batches
    from gluon_alexnet.settings import Settings
    from gluon_alexnet.train.parts import Parts
    from gluon_alexnet.train.sizes import Sizes

# What --minutes measures before it plans the length of the run: so many steps, and this share of the time that there is, since a
# machine's speed changes from one moment to the next; of steps that take long only as many as go into the larger share, but two.
# The first step, which sets up kernels, is left out.
MEASURED_STEPS, MEASURED_SHARE, LARGEST_SHARE = 6, 0.01, 0.1
# Batches by which evaluations are measured, and how many where one alone takes more than its share of the time.
EVALUATED_BATCHES, FEWER_BATCHES, BATCH_SHARE = 5, 2, 0.02
# Evaluations get this share of a run's minutes: where they would take more, they are of fewer images.
EVALUATED_SHARE = 0.25
# Fewer steps teach next to nothing.
LEAST_STEPS = 10
# A run is planned anew after every pass, and within a pass whenever this share of its minutes has gone by.
PLANNED_SHARE = 0.05


@dataclass
class Plan:
    """The length of a run, and how far each of its steps is on the way.

    total: steps in all, by the last planning. schedule: those of the first planning, for which the learning rates were made.
    begin, place: the step of the last planning and its place on the schedule; what is left of that is spread evenly over the
    steps that are left.
    """

    total: int
    schedule: int
    begin: int = 0
    place: float = 0.0

    def at(self, step: float) -> float:
        """The place of `step` on the schedule, from 0 to `schedule`."""
        return self.place + (step - self.begin) * (self.schedule - self.place) / (self.total - self.begin)

    def done(self, step: float) -> float:
        """The share of the schedule that lies before `step`."""
        return self.at(step) / self.schedule

    def anew(self, step: int, steps_left: int) -> Plan:
        """The plan of a run that ends `steps_left` steps after `step`."""
        return Plan(step + steps_left, self.schedule, step, self.at(step))


def length(
    settings: Settings,
    stepper: Any,
    batch: tuple[mx.np.ndarray, mx.np.ndarray],
    parts: Parts,
    sizes: Sizes,
    begun: float,
    told: dict[str, Any],
    evaluations: int = 1,
) -> int:
    """How many steps a new run has; of one that has to end in time, what was measured for that is added to `told`.

    settings: a Settings. batch: the first, to measure by. begun: when the run's time began. evaluations: of how many nets there
    is one after each pass, averages of the weights included.
    """
    per_epoch = len(parts.train)
    if not settings.minutes:
        return max(1, round((settings.epochs or 0) * per_epoch))
    measured = measure(settings.minutes, stepper, *batch, parts.train, parts.evaluated().values(), sizes)
    measured["evaluate"] *= evaluations
    told["measured_seconds"] = measured
    left = settings.minutes * 60 - (time.monotonic() - begun)
    planning = (measured, sizes.share, per_epoch)
    check_minutes(settings.minutes, left, *planning, told["model"], len(batch[1]))
    return planned(settings.minutes, left, *planning)[0]


def measure(
    minutes: float,
    stepper: Any,
    images: mx.np.ndarray,
    labels: mx.np.ndarray,
    train_data: Batches,
    evaluated: Iterable[Batches | None],
    sizes: Sizes,
) -> dict[str, float]:
    """Seconds that a step takes, {"small", "full"} by the size of its images, and "evaluate", those of a pass's evaluations.

    Measured by steps that leave no trace in the net; "small" is that of full images where there are no others. Evaluations are
    taken to be of all images.
    """
    kept = stepper.snapshot()
    seconds = {"full": _seconds_a_step(stepper, train_data, images, labels, minutes)}
    seconds["small"] = seconds["full"]
    if sizes.small:
        with sizes.at_start():
            seconds["small"] = _seconds_a_step(stepper, train_data, images, labels, minutes)

    # Once untimed, since the first evaluation plans the graph. Each begins with taking the weights, however few the images.
    def evaluating(batches):
        began = time.monotonic()
        stepper.evaluate([(images, labels)] * batches)
        return time.monotonic() - began

    evaluating(1)
    one = evaluating(1)
    more = EVALUATED_BATCHES if one < BATCH_SHARE * minutes * 60 else FEWER_BATCHES
    forward = max(evaluating(more) - one, 0.0) / ((more - 1) * len(labels))
    stepper.restore(kept)
    counts = [len(data) * _batch_size(data, len(labels)) for data in evaluated if data is not None]
    return {**seconds, "evaluate": sum(counts) * forward + len(counts) * one}


def _batch_size(data, usual):
    """How many images a batch of `data` has by what it says itself, `usual` where it says nothing."""
    size = getattr(data, "batch_size", None)
    return size if isinstance(size, int) else usual


def share_evaluated(minutes: float, evaluations: int, seconds: float) -> float:
    """The share of the images that evaluations are of, so that they take no more than theirs of the time.

    evaluations: how many there are. seconds: what each takes of all images.
    """
    return min(1.0, EVALUATED_SHARE * minutes * 60 / max(evaluations * seconds, 1e-9))


def planned(minutes: float, left: float, seconds: Mapping[str, float], small: float, per_pass: int) -> tuple[int, float]:
    """(the most steps that fit into `left` seconds, the share of the images that evaluations are then of).

    seconds, small: as for `steps_within`. Fewer steps than LEAST_STEPS, or than a pass has, are none.
    """
    share, steps = 1.0, 0
    # The more time evaluations leave to the steps, the more passes there are to be evaluated: it settles at once.
    for _ in range(3):
        steps = steps_within(left, {**seconds, "evaluate": share * seconds["evaluate"]}, small, per_pass)
        share = share_evaluated(minutes, math.ceil(steps / per_pass), seconds["evaluate"])
    return steps, share


def check_minutes(
    minutes: float, left: float, seconds: Mapping[str, float], small: float, per_pass: int, name: str, batch_size: int
) -> None:
    """Raises UserError where `left` seconds, what is left of `minutes`, are too few to learn anything in; says what fits."""
    step = small * seconds["small"] + (1 - small) * seconds["full"]
    steps, spent = min(LEAST_STEPS, per_pass), minutes * 60 - left
    if left >= steps * step + EVALUATED_SHARE * minutes * 60 or left >= steps * step + seconds["evaluate"]:
        return
    least = (spent + steps * step) / (1 - EVALUATED_SHARE)
    if spent + steps * step + seconds["evaluate"] < least:
        least = spent + steps * step + seconds["evaluate"]
    raise UserError(
        f"minutes is {minutes:g}, which is too short for {name} on this machine: it took {spent:.3g} s to get ready, a step of "
        f"{batch_size} images takes {step:.2g} s, and {steps} steps with their test need {_rounded_up(least / 60):g}: take as "
        "many minutes, smaller batches, or a net such as lenet or compact"
    )


def _rounded_up(number):
    """`number` to two digits, not less than it."""
    digits = 10.0 ** (math.floor(math.log10(number)) - 1)
    return float(f"{math.ceil(1.1 * number / digits) * digits:.2g}")


def steps_within(left: float, seconds: Mapping[str, float], small: float, per_pass: int, behind: int = 0) -> int:
    """The most steps, at least one, that fit into `left` seconds with the evaluations after every pass and after the last step.

    seconds: as from `measure`; small: the share of the steps that has small images; behind: the steps of the pass in progress
    that are done.
    """
    step = small * seconds["small"] + (1 - small) * seconds["full"]

    def most(evaluations):
        return min(evaluations * per_pass - behind, int((left - evaluations * seconds["evaluate"]) / step))

    whole = int((left + behind * step) / (per_pass * step + seconds["evaluate"]))
    return max(1, most(whole), most(whole + 1))


def planned_anew(plan: Plan, step: int, left: float, seconds: Mapping[str, float], share: float, per_pass: int) -> Plan:
    """The Plan of a run that has made `step` steps and has `left` seconds to go.

    seconds: as from `measure`, but as the last pass says; share: that of the schedule with small images. Without time for another
    step and its evaluation, the run is over.
    """
    if left < seconds["full"] + seconds["evaluate"]:
        return plan.anew(step, 0)
    small = max(0.0, share - plan.done(step)) / (1 - plan.done(step))
    return plan.anew(step, steps_within(left, seconds, small, per_pass, step % per_pass))


def _seconds_a_step(stepper, train_data, images, labels, minutes):
    """The median over steps that change nothing but statistics, loading included."""
    times, rest, first = [], stepper.batches(train_data, 0), time.monotonic()

    def more():
        spent = (time.monotonic() - first) / (minutes * 60)
        return len(times) < 3 or spent < (LARGEST_SHARE if len(times) < MEASURED_STEPS else MEASURED_SHARE)

    while more():
        began = time.monotonic()
        stepper.step(*next(rest, (images, labels)), lr=0.0)
        times.append(time.monotonic() - began)
    return statistics.median(times[1:])
