"""What every side's program does: `serve(cases)` makes the case of sys.argv ready and does it whenever a line arrives."""

import json
import os
import resource
import sys
import time


def serve(cases):
    """cases: name -> a function of the options that makes ready and returns `run`, which does the case once.

    `run` returns the number of images, or (images, dict of further figures). It is called once before the clock counts.
    """
    # Libraries may print; the answers have a pipe to themselves.
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    run = cases[sys.argv[1]](json.loads(sys.argv[2]))
    run()
    print(json.dumps({"ready": True}), file=answers, flush=True)
    for _ in sys.stdin:
        began = time.perf_counter()
        done = run()
        seconds = time.perf_counter() - began
        images, about = done if isinstance(done, tuple) else (done, {})
        about = {**about, "peak_bytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024}
        print(json.dumps({"seconds": seconds, "images": images, "about": about}), file=answers, flush=True)


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
