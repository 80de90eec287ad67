"""The time limit: an answer's own computing counts, the rest of the machine's work does not."""

import subprocess
import sys
import time
from types import SimpleNamespace

import pytest

from gluon_alexnet.grading import clock

BOX = SimpleNamespace(process=SimpleNamespace(pid=4711))


@pytest.fixture
def machine(monkeypatch):
    """A machine of two processors whose threads' (seconds computed, seconds waited for a processor) a test sets."""
    told = {}
    monkeypatch.setattr(clock, "threads", lambda pid: {("p", name): times for name, times in told.items()})
    monkeypatch.setattr(clock, "processors", lambda: 2)
    return told


def waits(deadline, machine, seconds, share, delayed=0.0, threads=1):
    """What the deadline says after `seconds` in which each of `threads` threads had `share` of a processor."""
    said = None
    for second in range(seconds):
        for thread in range(threads):
            machine[thread] = ((second + 1) * share, (second + 1) * delayed)
        said = deadline.wait(BOX, 1.0)
        if said:
            return said, second + 1
    return said, seconds


def test_alone_on_the_machine_the_limit_is_a_clock(machine):
    assert waits(clock.Deadline(60), machine, 70, share=1.0) == ("timeout", 60)


def test_beside_other_programs_only_its_own_computing_counts(machine):
    # A third of a processor: 60 seconds of work take 180, but for the first six, which count in full.
    said, after = waits(clock.Deadline(60), machine, 300, share=1 / 3, delayed=2 / 3)
    assert said == "timeout" and 165 < after < 175


def test_one_that_sleeps_is_stopped_when_the_limit_has_passed(machine):
    assert waits(clock.Deadline(60), machine, 100, share=0.01) == ("timeout", 60)


def test_a_machine_without_time_is_named_and_not_the_answer(machine):
    assert waits(clock.Deadline(60), machine, 700, share=0.05, delayed=0.95) == ("machine", 600)


def test_threads_side_by_side_take_as_long_as_one(machine):
    assert waits(clock.Deadline(60), machine, 70, share=1.0, threads=2) == ("timeout", 60)
    # Four threads on two processors wait for each other; nobody else has to do with that.
    assert waits(clock.Deadline(60), machine, 70, share=0.5, delayed=0.5, threads=4)[0] == "timeout"


def test_a_factor_for_a_slow_machine_lengthens_the_limit(machine):
    deadline = clock.Deadline(10)
    for second in range(25):
        machine[0] = (second + 1.0, 0.0)
        assert deadline.wait(BOX, 1.0, factor=3.0) is None


def test_real_processes_are_measured_with_their_children():
    source = "import subprocess, sys, time\nsubprocess.Popen([sys.executable, '-c', 'while True: pass'])\ntime.sleep(60)"
    process = subprocess.Popen([sys.executable, "-c", source], start_new_session=True)
    try:
        meter, until = clock.Meter(process.pid), time.monotonic() + 60
        while time.monotonic() < until and len(clock.threads(process.pid) or ()) < 4:
            time.sleep(0.1)
        meter.look()
        while time.monotonic() < until and meter.used()[0] < 0.5:
            time.sleep(0.1)
            meter.add(1.0)
        assert meter.used()[0] >= 0.5
    finally:
        import os
        import signal

        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
