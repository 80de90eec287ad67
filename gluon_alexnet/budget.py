"""How long a run may be that has to end in time: measured before it starts, and planned anew after every pass."""

import statistics
import time
from dataclasses import dataclass

# What --minutes measures before it plans the length of the run: so many steps at least, and this share of the time that there is,
# since a machine's speed changes from one moment to the next. The first step, which sets up kernels, is left out.
MEASURED_STEPS, MEASURED_SHARE = 6, 0.01


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

    def small_steps(self, begin, end, share):
        """How many of the steps from `begin` to before `end` lie in the first `share` of the schedule."""
        return sum(self.at(step) < share * self.schedule for step in range(begin, end))

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
        sizes.set(0.0)
        seconds["small"] = _seconds_a_step(stepper, train_data, images, labels, minutes)
        sizes.restore()
    # Once untimed, since the first evaluation plans the graph.
    for _ in range(2):
        began = time.monotonic()
        stepper.evaluate([(images, labels)])
        forward = (time.monotonic() - began) / len(labels)
    stepper.restore(kept)
    counts = (len(data) * getattr(data, "batch_size", len(labels)) for data in evaluated if data is not None)
    return {**seconds, "evaluate": sum(counts) * forward}


def steps_within(left, seconds, small, per_pass):
    """How many steps, at least one, fit into `left` seconds with an evaluation after every `per_pass` of them.

    seconds: as from `measure`; small: the share of the steps that has small images.
    """
    step = small * seconds["small"] + (1 - small) * seconds["full"]
    within_a_pass = min(per_pass, left / step)
    return max(1, int(max(within_a_pass, left / (step + seconds["evaluate"] / per_pass))))


def planned_anew(plan, step, left, seconds, share, spent, per_pass):
    """The Plan after a pass that ended with `step`, with `left` seconds to go.

    seconds: as from `measure`, before the run. share: that of the schedule with small images. spent: seconds of the pass by what
    they were spent on, "data", "step" and "evaluate". A machine that was slower in the last pass is taken to remain so. Without
    time for another step and its evaluation, the run is over.
    """
    begin = max(0, step - per_pass)
    small = plan.small_steps(begin, step, share)
    expected = small * seconds["small"] + (step - begin - small) * seconds["full"]
    slower = (spent["data"] + spent["step"]) / expected
    now = {"small": seconds["small"] * slower, "full": seconds["full"] * slower, "evaluate": spent["evaluate"]}
    if left < now["full"] + now["evaluate"]:
        return plan.anew(step, 0)
    place = plan.at(step) / plan.schedule
    return plan.anew(step, steps_within(left, now, max(0.0, share - place) / (1 - place), per_pass))


def _seconds_a_step(stepper, train_data, images, labels, minutes):
    """The median over steps that change nothing but statistics, loading included."""
    times, rest, first = [], stepper.batches(train_data, 0), time.monotonic()
    while len(times) < MEASURED_STEPS or time.monotonic() - first < MEASURED_SHARE * minutes * 60:
        began = time.monotonic()
        stepper.step(*next(rest, (images, labels)), lr=0.0)
        times.append(time.monotonic() - began)
    return statistics.median(times[1:])
