"""How long a run may be that has to end in time."""

import statistics
import time

# What --minutes measures before it fixes the length of the run: so many steps at least, and this share of the time that there is,
# since a machine's speed changes from one moment to the next. The first step, which sets up kernels, is left out.
MEASURED_STEPS, MEASURED_SHARE = 6, 0.01


def steps_within(minutes, begun, stepper, images, labels, train_data, evaluated, sizes):
    """How many steps fit into `minutes` from `begun` on, by measuring some that leave no trace in the net."""
    kept = stepper.snapshot()
    step = (1 - sizes.share) * _seconds_a_step(stepper, train_data, images, labels, minutes)
    if sizes.small:
        sizes.set(0.0)
        step += sizes.share * _seconds_a_step(stepper, train_data, images, labels, minutes)
        sizes.restore()
    # Once untimed, since the first evaluation plans the graph.
    for _ in range(2):
        began = time.monotonic()
        stepper.evaluate([(images, labels)])
        forward = (time.monotonic() - began) / len(labels)
    stepper.restore(kept)
    evaluation = sum(len(data) * getattr(data, "batch_size", len(labels)) for data in evaluated if data is not None) * forward
    left = minutes * 60 - (time.monotonic() - begun)
    within_a_pass = min(len(train_data), left / step)
    return max(1, int(max(within_a_pass, left / (step + evaluation / len(train_data)))))


def _seconds_a_step(stepper, train_data, images, labels, minutes):
    """The median over steps that change nothing but statistics, loading included."""
    times, rest, first = [], stepper.batches(train_data, 0), time.monotonic()
    while len(times) < MEASURED_STEPS or time.monotonic() - first < MEASURED_SHARE * minutes * 60:
        began = time.monotonic()
        stepper.step(*next(rest, (images, labels)), lr=0.0)
        times.append(time.monotonic() - began)
    return statistics.median(times[1:])
