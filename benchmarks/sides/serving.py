"""What every side's program does: `serve(cases)` makes the case of sys.argv ready and repeats it whenever a line arrives."""

import json
import os
import resource
import sys
import time

# Seconds after which a turn begins no further step: one side's turn is not to take ten times as long as another's.
LONG = 2.5


def serve(cases):
    """cases: name -> a function of the options that makes ready and returns `run`, which does one step of the case.

    `run` returns the number of images, or (images, dict of further figures). A turn is as many steps as the option "steps" says
    (one), or as are begun within LONG seconds. One step and one turn are done before the clock counts.
    """
    # Libraries may print; the answers have a pipe to themselves.
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    options = json.loads(sys.argv[2])
    run, steps = cases[sys.argv[1]](options), options.get("steps", 1)
    run()
    take_turn(run, steps)
    print(json.dumps({"ready": True}), file=answers, flush=True)
    for _ in sys.stdin:
        seconds, images, about = take_turn(run, steps)
        about = {**about, "peak_bytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024}
        print(json.dumps({"seconds": seconds, "images": images, "about": about}), file=answers, flush=True)


def take_turn(run, steps):
    """Seconds, images, and further figures of a turn."""
    seconds, images, about, began = 0.0, 0, {}, time.perf_counter()
    for _ in range(steps):
        done = run()
        more, about = done if isinstance(done, tuple) else (done, {})
        images += more
        seconds = time.perf_counter() - began
        if seconds > LONG:
            break
    return seconds, images, about


def endless(make):
    """The batches of make() again and again; returns a function that gives the next one."""
    batches = iter(())

    def following():
        nonlocal batches
        batch = next(batches, None)
        if batch is None:
            batches = iter(make())
            batch = next(batches)
        return batch

    return following
