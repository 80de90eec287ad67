"""How long a run may be that has to end in time: measured before it starts, and planned anew as it goes on."""

import statistics
import time
from dataclasses import dataclass

# What --minutes measures before it plans the length of the run: so many steps at least, and this share of the time that there is,
# since a machine's speed changes from one moment to the next. The first step, which sets up kernels, is left out.
MEASURED_STEPS, MEASURED_SHARE = 6, 0.01
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

    def at(self, step):
        """The place of `step` on the schedule, from 0 to `schedule`."""
        return self.place + (step - self.begin) * (self.schedule - self.place) / (self.total - self.begin)

    def done(self, step):
        """The share of the schedule that lies before `step`."""
        return self.at(step) / self.schedule

    def anew(self, step, steps_left):
        """The plan of a run that ends `steps_left` steps after `step`."""
        return Plan(step + steps_left, self.schedule, step, self.at(step))


def measure(minutes, stepper, images, labels, train_data, evaluated, sizes):
    """Seconds that a step takes, {"small", "full"} by the size of its images, and "evaluate", those of a pass's evaluations.

    Measured by steps that leave no trace in the net; "small" is that of full images where there are no others.
    """
    kept = stepper.snapshot()
    seconds = {"full": _seconds_a_step(stepper, train_data, images, labels, minutes)}
    seconds["small"] = seconds["full"]
    if sizes.small:
        with sizes.at_start():
            seconds["small"] = _seconds_a_step(stepper, train_data, images, labels, minutes)
    # Once untimed, since the first evaluation plans the graph. Each begins with taking the weights, however few the images.
    took = {}
    for batches in (1, 1, 5):
        began = time.monotonic()
        stepper.evaluate([(images, labels)] * batches)
        took[batches] = time.monotonic() - began
    stepper.restore(kept)
    forward = max(took[5] - took[1], 0.0) / (4 * len(labels))
    counts = [len(data) * getattr(data, "batch_size", len(labels)) for data in evaluated if data is not None]
    return {**seconds, "evaluate": sum(counts) * forward + len(counts) * took[1]}


def steps_within(left, seconds, small, per_pass, behind=0):
    """The most steps, at least one, that fit into `left` seconds with the evaluations after every pass and after the last step.

    seconds: as from `measure`; small: the share of the steps that has small images; behind: the steps of the pass in progress
    that are done.
    """
    step = small * seconds["small"] + (1 - small) * seconds["full"]

    def most(evaluations):
        return min(evaluations * per_pass - behind, int((left - evaluations * seconds["evaluate"]) / step))

    whole = int((left + behind * step) / (per_pass * step + seconds["evaluate"]))
    return max(1, most(whole), most(whole + 1))


def planned_anew(plan, step, left, seconds, share, per_pass):
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
    while len(times) < MEASURED_STEPS or time.monotonic() - first < MEASURED_SHARE * minutes * 60:
        began = time.monotonic()
        stepper.step(*next(rest, (images, labels)), lr=0.0)
        times.append(time.monotonic() - began)
    return statistics.median(times[1:])
