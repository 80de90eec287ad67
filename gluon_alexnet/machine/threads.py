"""How many threads computing takes, which follows what else the machine has to do.

MXNet's operators share their work out to a team of threads that wait for one another many times in a step. Where another program
takes a CPU from one of them, all the others wait: on two CPUs, LeNet beside one busy program learned a tenth as fast as alone,
and with one thread two thirds as fast. So the number is tried out over a few steps when others want the CPUs, or when steps take
much longer or shorter than they did. The order in which sums are made depends on it, and so do the last bits of gradients, of
batch norm's statistics and of some answers; with the same number of threads at each step, a run is the same to the last bit.
"""

from __future__ import annotations

import contextlib
import ctypes
import functools
import math
import os
import statistics
import sys
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

from gluon_alexnet.errors import UserError
from gluon_alexnet.machine import cpu, runtime

# The machine is looked at this often (s), and from the readings' means what to do is decided.
LOOK = 0.5
# Others crowd us where there are so many more threads than CPUs left to them (in CPUs); there is room where so many fewer. It
# has to last so many seconds.
CROWDED, ROOM, LASTING = 0.3, 0.8, 1.0
# A step that takes so many times as long as it did, or as short, has the numbers tried out again.
CHANGED = 1.6
# Another number is taken for this gain, so that chance does not decide.
GAIN = 0.9
# A number is tried for so many steps and so many seconds, after one that makes MXNet's kernels for it ready; where a step takes
# longer than LONG, for one step. It is given up where it takes HOPELESS times as long as the best.
TRIED_STEPS, TRIED_SECONDS, LONG, HOPELESS = 4, 0.12, 0.4, 1.5
# Seconds until the next trial: at first, and at most; doubled whenever a trial found nothing better.
REST, LONGEST_REST = 4.0, 600.0
# The share of the time of all steps that trials may have cost.
COST = 0.01
# A number that is asked for waits so long (s) for others to end what they compute, such as the first batches of a DataLoader.
PATIENCE = 5.0


class Load:
    """How many of the CPUs that this process may use are left to it by others, our own subprocesses among them.

    read, used, now: stand in tests for the kernel's files, this process's CPU seconds and the clock.
    """

    def __init__(
        self,
        read: Callable[[str | Path], str] = cpu.read,
        used: Callable[[], float] = time.process_time,
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        self.read, self.used, self.now = read, used, now
        affinity = os.sched_getaffinity(0) if hasattr(os, "sched_getaffinity") else range(os.cpu_count() or 1)
        self.names = {f"cpu{number}" for number in affinity}
        self.cpus = len(self.names)
        quotas = {folder: quota for folder in cpu.cgroup_folders() if (quota := cpu.read_quota(folder)) is not None}
        self.group: Path | None = min(quotas, key=quotas.__getitem__, default=None)
        self.quota = quotas[self.group] if self.group else math.inf
        self.before = self._sample()

    def _sample(self):
        busy = group = None
        rows = [line.split() for line in self.read("/proc/stat").splitlines() if line.startswith("cpu")]
        # user, nice, system, idle, iowait, irq, softirq, steal, in ticks: man 5 proc.
        ticks = [sum(map(int, row[1:4])) + sum(map(int, row[6:9])) for row in rows if row[0] in self.names]
        if ticks:
            busy = sum(ticks) / TICKS
        if self.group is not None:
            found = dict(zip(*[iter(self.read(self.group / "cpu.stat").split())] * 2, strict=False)).get("usage_usec")
            nanoseconds = self.read(self.group / "cpuacct.usage").strip()
            group = int(found) / 1e6 if found else int(nanoseconds) / 1e9 if nanoseconds.isdigit() else None
        return self.now(), self.used(), busy, group

    def again(self) -> None:
        """Forgets the time until now, in which nothing was computed."""
        self.before = self._sample()

    def room(self) -> tuple[float | None, float | None]:
        """(CPUs left to us, CPUs that others used), means since the last call; (None, None) where the kernel does not tell."""
        then, used, busy, group = self.before
        self.before = now, used_now, busy_now, group_now = self._sample()
        seconds = now - then
        if seconds <= 0 or busy is None or busy_now is None:
            return None, None
        own = (used_now - used) / seconds
        others = max(0.0, (busy_now - busy) / seconds - own)
        room = self.cpus - others
        if group is not None and group_now is not None:
            room = min(room, self.quota - max(0.0, (group_now - group) / seconds - own))
        return max(0.0, room), others


TICKS = os.sysconf("SC_CLK_TCK") if hasattr(os, "sysconf") else 100


class Trial:
    """Some numbers of threads tried out, one after the other, on steps of one kind.

    numbers: in the order in which they are tried; the first one that is clearly worse than the best ends it. best: (mean seconds
    of a step, number), at first of the number in use.
    """

    def __init__(self, kind: object, numbers: Iterable[int], before: tuple[float, int]) -> None:
        self.kind, self.numbers, self.best, self.before = kind, list(numbers), before, before
        self.all: list[tuple[float, int, float, int]] = []
        self.passed: list[float] = []
        self.times: list[float] = []
        self.long = before[0] > LONG

    @property
    def number(self) -> int | None:
        """The one that is being tried, or None at the end."""
        return self.numbers[0] if self.numbers else None

    def step(self, seconds: float) -> bool:
        """Takes the time of a step with `number`; True where another number follows."""
        self.times.append(seconds)
        # The first one makes kernels ready.
        counted = self.times if self.long else self.times[1:]
        if not counted:
            return False
        mean = statistics.fmean(counted)
        hopeless = mean > HOPELESS * self.best[0] and len(counted) > 1
        enough = len(counted) >= TRIED_STEPS and sum(counted) >= TRIED_SECONDS
        if not (self.long or enough or hopeless):
            return False
        worse = mean > self.best[0] / GAIN
        self.all.append((mean, self.numbers.pop(0), sum(self.times), len(self.times)))
        self.best = min(self.best, (mean, self.all[-1][1]))
        self.times = []
        if worse:
            self.numbers.clear()
        return True

    def outcome(self) -> int:
        """The number to go on with."""
        return self.best[1] if self.best[0] < GAIN * self.before[0] else self.before[1]

    def is_over(self, seconds: float) -> bool:
        """Whether steps of its kind seem to come no more; seconds: those of another one."""
        self.passed.append(seconds)
        return len(self.passed) > 32 or (len(self.passed) > 2 and sum(self.passed) > LONG)

    def cost(self) -> float:
        """Seconds by which the trial's steps took longer than they would have without it."""
        return sum(max(0.0, total - steps * self.before[0]) for *_, total, steps in self.all)


# How many times, one within the other, each thread of Python says that it computes.
_present: dict[int, int] = {}
_gate = threading.RLock()


@contextlib.contextmanager
def present() -> Iterator[None]:
    """Within it, or within a function that it decorates, this thread of Python computes: no other one changes the number."""
    me = threading.get_ident()
    with _gate:
        _present[me] = _present.get(me, 0) + 1
    try:
        yield
    finally:
        with _gate:
            _present[me] -= 1
            if not _present[me]:
                del _present[me]


def _alone():
    return set(_present) <= {threading.get_ident()}


OURS = "gluon_alexnet"
# What a thread is in that computes by MXNet, and what the workers of a DataLoader or of somebody's own pool are in, which may do
# so at any moment.
COMPUTING, WORKERS = ("mxnet",), ("multiprocessing.pool", "concurrent.futures.thread")


def _others_are_in(modules):
    """Whether another thread of Python, none of ours, is in a function of one of these modules."""
    mine = {each.ident for each in threading.enumerate() if each.name.startswith(OURS)} | {threading.get_ident()}
    for number, frame in sys._current_frames().items():
        while number not in mine and frame is not None:
            name = frame.f_globals.get("__name__") or ""
            if any(name == module or name.startswith(f"{module}.") for module in modules):
                return True
            frame = frame.f_back
    return False


class Follower:
    """Keeps the number of threads that steps are computed with at what suits the machine.

    most: how many there are on a machine that does nothing else. use: sets the number, a function of it. load: a Load, and clock,
    in seconds, which tests replace. fixed: whether the number is left as it is.
    """

    def __init__(
        self,
        most: int,
        use: Callable[[int], object],
        load: Load | None = None,
        fixed: bool = False,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.most, self.set, self.fixed, self.clock = most, use, fixed or most < 2, clock
        self.load = load or Load()
        self.number, self.runs = most, 0
        self.lock = threading.Lock()
        self._begin_anew()

    def _begin_anew(self):
        self.trial, self.seen, self.recent, self.usual = None, set(), {}, {}
        self.steps, self.others_seconds, self.looked_seconds = {}, 0.0, 0.0
        self.spent = self.cost = 0.0
        self.rest, self.resting_until = REST, -1.0
        self.last = self.looked = self.clock()
        self.others_then, self.pressed = 0.0, (0, 0.0)

    @contextlib.contextmanager
    def run(self, asked: int | str = "auto", begin: int | None = None) -> Iterator[Follower]:
        """Within it steps are computed with so many threads as asked, or, "auto", with what suits the machine.

        begin: how many threads "auto" begins with; None, all. A run within another one has that one's number, where it asks for
        none. Raises UserError where it asks for another than that with which another thread of Python computes.
        """
        with present():
            before = self.number, self.fixed
            self.runs += 1
            if self.runs == 1:
                self.free = self.fixed
                self._begin_anew()
            try:
                if asked != "auto":
                    self._use(asked, True)
                elif self.runs == 1:
                    self._use(min(begin or self.most, self.most), self.free)
                if asked not in ("auto", self.number):
                    raise UserError(
                        f"threads is {asked!r}, and another thread of this program computes with {self.number} at the moment: "
                        "leave it out, or let that one end first"
                    )
                yield self
            finally:
                self.runs -= 1
                if not self.runs:
                    self._use(self.most, self.free)
                    self._begin_anew()
                elif _alone():
                    self._use(*before)

    def _use(self, number, fixed):
        self.fixed, self.trial = fixed, None
        if number != self.number:
            self._change(number, asked=True)
        self.load.again()

    def _change(self, number, asked=False):
        # MXNet loses what another thread of Python asks for while its own are replaced.
        with _gate:
            if not _alone() or (not asked and _others_are_in(COMPUTING + WORKERS)):
                self.trial = None
                return
            end = time.monotonic() + PATIENCE
            while _others_are_in(COMPUTING) and time.monotonic() < end:
                time.sleep(0.01)
            self.set(number)
            self.number = number
        self.recent.clear()
        self.usual.clear()

    @contextlib.contextmanager
    def timed(self, kind: object) -> Iterator[None]:
        """Around a step of that kind, such as a batch of one shape: what can be compared with others by its time."""
        with present():
            began = time.perf_counter()
            self.begin()
            yield
            self.step(time.perf_counter() - began, kind)

    def begin(self) -> None:
        """Told before a step, so that what others do between steps is not taken for what they do meanwhile."""
        now = self.clock()
        if now - self.last > 2 * LOOK and not self.lock.locked():
            self.last = self.looked = now
            self.load.again()
            self.recent.clear()

    def step(self, seconds: float, kind: object = None) -> None:
        """Takes the time that a step took; changes the number of threads where that is better."""
        # Steps of several threads at once tell little of one another.
        if not self.lock.acquire(blocking=False):
            return
        try:
            self._step(seconds, kind)
        finally:
            self.lock.release()

    def _step(self, seconds, kind):
        self.steps[self.number] = self.steps.get(self.number, 0) + 1
        now = self.last = self.clock()
        if kind not in self.seen:
            # The first one plans the graph.
            self.seen.add(kind)
            return
        self.spent += seconds
        if self.trial:
            self._try(seconds, kind)
            return
        self.recent.setdefault(kind, []).append(seconds)
        if now - self.looked >= LOOK:
            self._look(now)

    def _look(self, now):
        """Looks at the machine, and begins a trial where that may help."""
        room, others = self.load.room()
        seconds, self.looked = now - self.looked, now
        if others is not None:
            self.others_seconds += others * seconds
            self.looked_seconds += seconds
        kind, times = max(self.recent.items(), key=lambda each: sum(each[1]))
        mean = statistics.fmean(times)
        usual = self.usual.setdefault(kind, mean)
        self.recent.clear()
        if self.fixed:
            return
        if others is not None and abs(others - self.others_then) > 0.5:
            # Other circumstances than those of the last trial.
            self.rest, self.resting_until, self.others_then = REST, now, others
        numbers = self._numbers(room, mean, usual)
        looks, pressed = self.pressed
        self.pressed = (looks + 1, pressed + seconds) if numbers else (0, 0.0)
        crowded = room is not None and self.number > room + CROWDED
        # One slow step may be chance.
        lasting = self.pressed[1] >= LASTING and (crowded or looks > 0)
        if lasting and now >= self.resting_until and self.cost <= COST * self.spent + mean * len(numbers):
            self._begin(Trial(kind, numbers, (mean, self.number)))

    def _numbers(self, room, mean, usual):
        """The numbers of threads that are worth a trial, in that order."""
        slower, faster = mean > usual * CHANGED, mean < usual / CHANGED
        left = self.most if room is None else min(self.most, max(1, round(room)))
        if slower or (room is not None and self.number > room + CROWDED):
            halves = {self.most >> power for power in range(1, self.most.bit_length())}
            return sorted((number for number in {left, *halves} if number < self.number), reverse=True)
        # Where the system does not tell, only trying does.
        if left > self.number and (faster or room is None or room > self.number + ROOM):
            return [left]
        return []

    def _begin(self, trial):
        self.trial, self.pressed = trial, (0, 0.0)
        self._change(trial.number)

    def _try(self, seconds, kind):
        trial = self.trial
        if kind != trial.kind:
            if trial.is_over(seconds):
                self._end()
        elif trial.step(seconds):
            if trial.number is None:
                self._end()
            else:
                self._change(trial.number)

    def _end(self):
        trial, self.trial = self.trial, None
        number = trial.outcome()
        self.cost += trial.cost()
        self.rest = REST if number != trial.before[1] else min(LONGEST_REST, 2 * self.rest)
        self.resting_until = self.clock() + self.rest
        if number != self.number:
            self._change(number)
        self.recent.clear()
        self.usual.clear()
        self.looked = self.clock()
        self.load.again()

    def told(self, before: dict[str, Any] | None = None) -> dict[str, Any]:
        """How busy the machine was while it computed, and what that came to, as a dict for a run's history.

        before: what was told of the run before it was resumed. cpus_used_by_others: a mean, None where it is not known, and
        seconds, the time of which it is one; batches_by_threads: how many were computed with each number of threads.
        """
        before = before or {}
        seconds = self.looked_seconds + before.get("seconds", 0.0)
        used = self.others_seconds + before.get("seconds", 0.0) * (before.get("cpus_used_by_others") or 0.0)
        batches = {int(number): count for number, count in before.get("batches_by_threads", {}).items()}
        for number, count in self.steps.items():
            batches[number] = batches.get(number, 0) + count
        return {
            "cpus_used_by_others": round(used / seconds, 3) if seconds else None,
            "seconds": round(seconds, 1),
            "batches_by_threads": {str(number): batches[number] for number in sorted(batches)},
        }


def followed(step: Callable[..., Any]) -> Callable[..., Any]:
    """A method (images, ...) that computes, its time told to its object's `follower`, None or a Follower."""

    @functools.wraps(step)
    def timed(self, images, *rest, **more):
        if self.follower is None:
            return step(self, images, *rest, **more)
        shape = getattr(images, "shape", None) or (len(images), getattr(images, "size", None))
        with self.follower.timed((id(self), step.__name__, shape)):
            return step(self, images, *rest, **more)

    return timed


# MXNet calls its functions for the children and the parents of a fork so. They end its threads that compute and begin new ones.
STOP, START = "_ZN5mxnet22pthread_atfork_prepareEv", "_ZN5mxnet21pthread_atfork_parentEv"
CPU = 1  # its number for that kind of device


@functools.cache
def _library():
    """MXNet's library, or None where its threads cannot be replaced."""
    runtime.load_mxnet()
    from mxnet.base import _LIB

    naive = os.environ.get("MXNET_ENGINE_TYPE", "").startswith("Naive")
    names = (STOP, START, "MXSetNumOMPThreads", "MXEnginePushSync")
    return None if naive or not all(hasattr(_LIB, name) for name in names) else _LIB


@functools.cache
def _setter():
    """The function that MXNet's threads call to set their number; made once, since they call it later."""
    library = _library()
    return ctypes.CFUNCTYPE(None, ctypes.c_void_p, ctypes.c_void_p)(lambda _, number: library.MXSetNumOMPThreads(number))


def stop_mxnet() -> None:
    """Ends MXNet's own threads, in a process that has imported mxnet; until `start_mxnet` it computes nothing."""
    from mxnet.base import _LIB

    getattr(_LIB, STOP)()


def start_mxnet() -> None:
    """Begins new threads of MXNet's."""
    from mxnet.base import _LIB

    getattr(_LIB, START)()


def set_in_mxnet(number: int) -> None:
    """Has MXNet compute with `number` threads on the context cpu(0), once what it computes is done.

    OpenMP keeps the number for each thread that makes teams; MXNet keeps the kernels of oneDNN, which are made for a number, for
    each of its own threads. So it gets new ones.
    """
    library = _library()
    getattr(library, STOP)()
    getattr(library, START)()
    library.MXSetNumOMPThreads(number)
    context, nothing = (ctypes.c_int32 * 2)(CPU, 0), (None, 0)
    library.MXEnginePushSync(_setter(), ctypes.c_void_p(number), None, context, *nothing, *nothing, None, 0, b"set_threads")
    library.MXNDArrayWaitAll()


@contextlib.contextmanager
def on_all_processors() -> Iterator[None]:
    """The time of a measurement, in which MXNet computes with as many threads as there are CPUs, whatever was chosen."""
    chosen, all_of_them = number(), cpu.count_threads()[0]
    if _library() is None or chosen == all_of_them:
        yield
        return
    set_in_mxnet(all_of_them)
    try:
        yield
    finally:
        set_in_mxnet(chosen)


@functools.cache
def follower() -> Follower:
    """The one Follower of MXNet's threads, which are the whole process's."""
    setup = runtime.setup()
    able = _library() is not None
    return Follower(setup.threads, set_in_mxnet if able else lambda number: None, fixed=not able or setup.threads_chosen)


@functools.cache
def follower_in_torch() -> Follower:
    """The one Follower of PyTorch's threads."""
    import torch

    return Follower(torch.get_num_threads(), torch.set_num_threads, fixed=runtime.setup().threads_chosen)


def number() -> int:
    """How many threads computing takes now, at most as many as `runtime.setup` says."""
    return follower().number if follower.cache_info().currsize else runtime.setup().threads


def _forked():
    # MXNet's threads are new ones then.
    if number() != runtime.setup().threads:
        set_in_mxnet(number())


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_parent=_forked, after_in_child=follower.cache_clear)
