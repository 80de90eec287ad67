"""How much of its time limit a process in a box has used: its own work counts, not what else the machine had to do."""

import os
from pathlib import Path

# Of the time that is waited for an answer on a machine that does nothing else, all is the answer's; this many times as long
# may be waited where other programs want the processors too.
OUTER = 10
# A process that neither computed nor waited for a processor in more than this share of the time was asleep by its own choice.
AWAKE = 0.5


class Meter:
    """The time that one box has used since it was first waited for, as the work of its busiest thread.

    Threads that work side by side take as long as the busiest of them, or, where they are more than the processors, as long as
    all of them take on all processors. Both are at most the time that passed, so a machine without other work counts as a clock.
    pid: of the process whose descendants are in the box, or None: then time that passes is time used.
    """

    def __init__(self, pid):
        self.pid, self.waited, self.first = pid, 0.0, None

    def add(self, seconds):
        """Notes that the box was waited for."""
        self.waited += seconds

    def look(self):
        """Takes the state that later ones are compared with, once; what was waited for until then counts as used."""
        if self.first is None:
            self.first = self.waited, threads(self.pid)

    def used(self):
        """(seconds used, seconds used or spent waiting for a processor), each at most the time that was waited for."""
        if self.first is None or self.first[1] is None:
            return self.waited, self.waited
        before, known = self.first
        now = threads(self.pid)
        if now is None:
            return self.waited, self.waited
        worked, wanted = [], []
        for thread, (computed, delayed) in now.items():
            computed_then, delayed_then = known.get(thread, (0.0, 0.0))
            worked.append(max(0.0, computed - computed_then))
            wanted.append(worked[-1] + max(0.0, delayed - delayed_then))
        busiest = max(max(worked, default=0.0), sum(worked) / processors())
        return min(self.waited, before + busiest), min(self.waited, before + max(max(wanted, default=0.0), busiest))


class Deadline:
    """The time limit of one task: `limit` seconds of work for each box that is asked, kernel and evaluator apart.

    What a machine does besides is not counted, until OUTER times the limit has passed.
    """

    def __init__(self, limit):
        self.limit, self.meters = limit, {}

    def wait(self, box, seconds, factor=1.0):
        """Counts `seconds` of waiting for `box`; None while there is time, else why there is none: 'timeout' or 'machine'.

        factor: what the limit is multiplied by for this box.
        """
        meter = self.meters.setdefault(box.process.pid, Meter(box.process.pid))
        meter.add(seconds)
        limit = factor * self.limit
        # Looking takes milliseconds, which most answers would feel.
        if meter.waited >= limit / 10:
            meter.look()
        if meter.waited < limit:
            return None
        used, wanted = meter.used()
        if used >= limit or wanted < AWAKE * meter.waited:
            return "timeout"
        return "machine" if meter.waited >= OUTER * limit else None


def processors():
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def threads(pid):
    """(process, thread) -> (seconds computed, seconds waited for a processor) of `pid` and all that descend from it.

    What ended children of a process have computed stands under (process, None). None where this system does not tell.
    """
    import psutil

    try:
        found = psutil.Process(pid)
        family = [found, *found.children(recursive=True)]
    except psutil.Error:
        return None
    told = {}
    for process in family:
        try:
            told.update(_threads(process))
        except (psutil.Error, OSError, ValueError):
            continue  # it has ended meanwhile
    return told or None


def _threads(process):
    times = process.cpu_times()
    gone = (process.pid, None), (getattr(times, "children_user", 0.0) + getattr(times, "children_system", 0.0), 0.0)
    tasks = Path(f"/proc/{process.pid}/task")
    if not tasks.is_dir():
        return dict([gone, *(((process.pid, one.id), (one.user_time + one.system_time, 0.0)) for one in process.threads())])
    told = [gone]
    for task in tasks.iterdir():
        # Nanoseconds on a processor, nanoseconds waiting for one: https://docs.kernel.org/scheduler/sched-stats.html
        computed, delayed, _ = (task / "schedstat").read_text().split()
        told.append(((process.pid, int(task.name)), (int(computed) / 1e9, int(delayed) / 1e9)))
    return dict(told)
