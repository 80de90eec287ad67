"""Two or more sides of one benchmark, each in a process of its own, measured by turns; medians, spread and ratios.

A side is a program under sides/. It is told a case, makes ready, repeats the case untimed, and then again whenever it is told to,
answering with its own clock's seconds and the number of images. So that a machine whose speed changes changes for
every side alike, the sides take turns; only one of them computes at a time.
"""

import contextlib
import json
import os
import platform
import statistics
import subprocess
import sys
import tempfile
from dataclasses import dataclass, field
from importlib import metadata
from pathlib import Path

from gluon_alexnet.machine import cpu

SIDES = Path(__file__).resolve().parent / "sides"
RESULTS = Path(__file__).resolve().parent / "results" / "bench"
# What a program needs to run at all. A peer gets no setting of ours: no threads, no instruction sets, no paths.
KEPT = ("PATH", "HOME", "LANG", "LC_ALL", "TMPDIR", "VIRTUAL_ENV")
CAPS = ("DNNL_MAX_CPU_ISA", "ONEDNN_MAX_CPU_ISA")
REPEATS = 5


@dataclass
class Side:
    """One side of a benchmark: its label, its program under sides/, the case that it is told, and what it measured.

    cores: how many of the CPUs it may use; None, all of them.
    """

    label: str
    program: str
    case: str
    options: dict = field(default_factory=dict)
    cores: int | None = None
    seconds: list = field(default_factory=list)
    images: list = field(default_factory=list)
    about: dict = field(default_factory=dict)

    @property
    def rates(self):
        """Images a second, turn by turn."""
        return [images / seconds for images, seconds in zip(self.images, self.seconds, strict=True)]

    @property
    def rate(self):
        """Images a second, the median."""
        return statistics.median(self.rates)


def environment(cap=None):
    """A side's environment; cap: the strongest instructions that oneDNN may use, for every side alike."""
    environ = {name: os.environ[name] for name in KEPT if name in os.environ}
    environ.update(PYTHONDONTWRITEBYTECODE="1", MPLBACKEND="Agg")
    return environ | (dict.fromkeys(CAPS, cap) if cap else {})


class Running:
    """A side's process, ready to be told to go."""

    def __init__(self, side, data, cap=None, **more):
        """more: further variables of its environment."""
        self.side = side
        words = [sys.executable, str(SIDES / side.program), side.case, json.dumps({"data": str(data), **side.options})]
        cpus = sorted(os.sched_getaffinity(0))[: side.cores]
        self.errors = tempfile.TemporaryFile("w+")
        self.process = subprocess.Popen(
            words,
            env=environment(cap) | more,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self.errors,
            text=True,
            preexec_fn=lambda: os.sched_setaffinity(0, cpus),
        )
        self._read()  # it has made ready

    def go(self):
        """Takes one turn."""
        self.process.stdin.write("\n")
        self.process.stdin.flush()
        told = self._read()
        self.side.seconds.append(told["seconds"])
        self.side.images.append(told["images"])
        self.side.about = told.get("about", {})

    def _read(self):
        line = self.process.stdout.readline()
        if not line:
            self.process.wait()
            self.errors.seek(0)
            tail = self.errors.read().strip().splitlines()[-1:] or [f"exit code {self.process.returncode}"]
            self.end()
            raise RuntimeError(f"{self.side.label} stopped: {tail[0]}")
        return json.loads(line)

    def end(self):
        for stream in (self.process.stdin, self.process.stdout, self.errors):
            stream.close()
        try:
            self.process.wait(timeout=30)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


@contextlib.contextmanager
def busy(programs):
    """Beside so many other programs, each of which has work for a CPU all the time."""
    loops = [subprocess.Popen([sys.executable, "-S", "-c", "while True: pass"], env=environment()) for _ in range(programs)]
    try:
        yield
    finally:
        for loop in loops:
            loop.kill()
            loop.wait()


def race(sides, data, cap=None, repeats=REPEATS, others=0):
    """Measures the Sides by turns; returns those that ran. One that cannot run is told on stderr and left out.

    others: how many busy programs run beside every side, from its start on.
    """
    running = []
    with busy(others):
        for side in sides:
            try:
                running.append(Running(side, data, cap))
            except RuntimeError as error:
                print(f"left out: {error}", file=sys.stderr)
        try:
            for _ in range(repeats):
                for each in running:
                    each.go()
        finally:
            for each in running:
                each.end()
    return [each.side for each in running]


def spread(values):
    """Median, lowest, highest and number of some measured values."""
    return {"median": statistics.median(values), "min": min(values), "max": max(values), "n": len(values)}


def ratios(ours, theirs):
    """Our images a second over theirs, turn by turn, so that a slow moment of the machine falls on both."""
    return [our / their for our, their in zip(ours.rates, theirs.rates, strict=True)]


def cpu_flags():
    """The flags of /proc/cpuinfo, an empty set where it has none."""
    return cpu.cpu_flags(cpu.read_cpuinfo())[1]


def multiplies_bfloat16():
    """Whether this CPU has instructions for bfloat16."""
    return bool(cpu_flags() & {"amx_bf16", "avx512_bf16"})


def machine(cap=None):
    """What the figures were measured on."""
    versions = {}
    for name in ("mxnet", "torch", "torchvision", "numpy", "gluon_alexnet"):
        try:
            versions[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            continue
    return {
        "cpu": cpu.model_name(),
        "cores": len(os.sched_getaffinity(0)),
        "bfloat16": next((name for name in ("amx_bf16", "avx512_bf16") if name in cpu_flags()), "none"),
        "cap": cap or "none",
        "python": platform.python_version(),
        **versions,
    }
