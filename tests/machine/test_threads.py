"""How many threads compute: on machines made of numbers, and in MXNet itself."""

import ctypes
import os
import signal
import subprocess
import sys
import threading
import time
import warnings
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from gluon_alexnet import fit, models
from gluon_alexnet.errors import UserError
from gluon_alexnet.machine import runtime, threads

# Seconds of a LeNet step (256 images, two AMD cores) by the threads, alone and beside one and two busy programs, as measured.
LENET = {(2, 0): 0.0098, (1, 0): 0.0138, (2, 1): 0.0445, (1, 1): 0.0166, (2, 2): 0.183, (1, 2): 0.0264}
# The same of an AlexNet step (128 images).
ALEXNET = {(2, 0): 3.3, (1, 0): 6.4, (2, 1): 7.3, (1, 1): 6.5, (2, 2): 7.2, (1, 2): 8.0}


class Machine:
    """A machine of so many CPUs, its time and its load: what a Follower reads. others: busy programs."""

    def __init__(self, cpus=2):
        self.cpus, self.time, self.others, self.known = cpus, 0.0, 0, True
        self.changes = []

    def clock(self):
        return self.time

    def again(self):
        pass

    def room(self):
        return (max(0.0, self.cpus - self.others), float(self.others)) if self.known else (None, None)

    def follower(self, **more):
        return threads.Follower(self.cpus, self.changes.append, self, clock=self.clock, **more)

    def compute(self, follower, seconds, of, kind="step"):
        """Steps for so many seconds, each as long as `of` says by (threads, others)."""
        end = self.time + seconds
        while self.time < end:
            took = of(follower.number, self.others) if callable(of) else of[follower.number, self.others]
            follower.begin()
            self.time += took
            follower.step(took, kind)


@pytest.fixture(autouse=True)
def following(monkeypatch):
    """Here the number follows, as it does outside the tests."""
    monkeypatch.setattr(threads, "LASTING", 1.0)
    # Other tests may have left a pool.
    monkeypatch.setattr(threads, "WORKERS", ())


@pytest.fixture
def machine():
    return Machine()


def test_a_quiet_machine_is_left_alone(machine):
    follower = machine.follower()
    machine.compute(follower, 600, LENET)
    assert machine.changes == [] and follower.number == 2


@pytest.mark.parametrize("others", [1, 2])
def test_beside_busy_programs_one_thread_is_taken_and_all_when_they_end(machine, others):
    follower = machine.follower()
    machine.compute(follower, 10, LENET)
    machine.others = others
    machine.compute(follower, 3, LENET)
    assert follower.number == 1
    machine.compute(follower, 300, LENET)
    machine.others = 0
    machine.compute(follower, 3, LENET)
    assert follower.number == 2
    machine.compute(follower, 300, LENET)
    assert machine.changes == [1, 2]


def test_a_run_that_begins_on_a_busy_machine_finds_its_number_in_the_first_seconds(machine):
    machine.others = 1
    follower = machine.follower()
    machine.compute(follower, 3, LENET)
    assert follower.number == 1


def test_long_steps_are_tried_one_by_one(machine):
    machine.others = 1
    follower = machine.follower()
    # One that plans, one in which others are seen, one with one thread.
    machine.compute(follower, 7.3 + 7.3 + 6.5, ALEXNET)
    assert follower.number == 1
    # Beside two, the other way round: each has as many threads as the other programs.
    machine.others = 2
    machine.compute(follower, 60, ALEXNET)
    machine.others = 0
    machine.compute(follower, 20, ALEXNET)
    assert follower.number == 2


def test_what_brings_no_gain_is_tried_at_a_hundredth_of_the_time(machine):
    # Others want a CPU, and fewer threads are slower all the same.
    machine.others = 1
    follower = machine.follower()
    alone, seconds = {(2, 1): 3.3, (1, 1): 6.4}, 8 * 3600
    machine.compute(follower, seconds, alone)
    steps = follower.told()["batches_by_threads"]
    assert follower.number == 2 and steps["1"] * (6.4 - 3.3) < 0.01 * seconds


def test_a_load_that_comes_and_goes_does_not_have_it_change_all_the_time(machine):
    follower = machine.follower()
    for second in range(600):
        machine.others = (0.2, 0.4)[second % 2]
        machine.compute(follower, 1, lambda number, others: 0.012 / number)
    assert len(machine.changes) <= 2 * 12 and follower.number == 2


@pytest.mark.parametrize(
    ("cpus", "others", "best"), [(4, 1, 3), (4, 4, 1), (8, 2, 6), (64, 8, 56), (2, 1, 1), (16, 15, 1), (3, 1, 2)]
)
def test_any_number_of_cpus_leaves_those_that_others_use(cpus, others, best):
    machine = Machine(cpus)
    machine.others = others

    def seconds(number, others):
        # As fast as there are threads; waiting for one another where they do not get a CPU each.
        return 0.02 * cpus / number * (1 if number + others <= cpus or number == 1 else 10 * number)

    follower = machine.follower()
    machine.compute(follower, 30, seconds)
    assert follower.number == best
    machine.others = 0
    machine.compute(follower, 30, seconds)
    assert follower.number == cpus


def test_where_the_system_does_not_tell_how_busy_it_is_the_steps_do(machine):
    machine.known = False
    follower = machine.follower()
    machine.compute(follower, 10, LENET)
    machine.others = 1
    machine.compute(follower, 5, LENET)
    assert follower.number == 1
    machine.others = 0
    machine.compute(follower, 60, LENET)
    assert follower.number == 2 and follower.told()["cpus_used_by_others"] is None


def test_a_trial_ends_where_its_steps_come_no_more(machine):
    machine.others = 1
    follower = machine.follower()
    while follower.trial is None:
        machine.compute(follower, 0.01, LENET, "learn")
    assert follower.number == 1
    machine.compute(follower, 1, {(1, 1): 0.2, (2, 1): 0.2}, "answer")
    assert follower.trial is None


def test_what_others_do_between_the_steps_does_not_count(machine):
    follower, looked = machine.follower(), []
    machine.again = lambda: looked.append(machine.time)
    machine.compute(follower, 1, LENET)
    machine.time += 60
    machine.compute(follower, 0.2, LENET)
    assert looked[-1] == pytest.approx(61, abs=0.05)


def test_a_fixed_number_stays(machine):
    machine.others = 1
    follower = machine.follower(fixed=True)
    machine.compute(follower, 60, LENET)
    assert machine.changes == []


def test_a_run_is_given_its_number_and_leaves_all_threads(machine):
    follower = machine.follower()
    with follower.run(1):
        machine.others = 1
        machine.compute(follower, 10, LENET)
        machine.others = 0
        machine.compute(follower, 10, LENET)
        assert machine.changes == [1]
    assert machine.changes == [1, 2] and not follower.fixed
    with follower.run("auto", begin=1):
        assert follower.number == 1
        machine.compute(follower, 10, LENET)
        assert follower.number == 2
    with follower.run("auto", begin=16):
        # It went on from a larger machine.
        assert follower.number == 2


def test_a_run_within_another_leaves_that_ones_number(machine):
    follower = machine.follower()
    with follower.run(1):
        with follower.run():
            assert follower.number == 1
        with follower.run(2):
            assert follower.number == 2
        assert follower.number == 1 and follower.fixed
    assert machine.changes == [1, 2, 1, 2] and not follower.fixed


def test_nothing_changes_while_another_thread_of_python_computes(machine):
    follower, begun, end = machine.follower(), threading.Event(), threading.Event()

    def compute():
        with threads.present():
            begun.set()
            end.wait(60)

    other = threading.Thread(target=compute)
    other.start()
    try:
        assert begun.wait(60)
        machine.others = 1
        machine.compute(follower, 30, LENET)
        with pytest.raises(UserError, match="another thread of this program computes with 2"), follower.run(1):
            pass
        assert machine.changes == []
    finally:
        end.set()
        other.join()
    machine.compute(follower, 30, LENET)
    assert machine.changes[-1] == 1


def test_nothing_changes_by_itself_beside_a_pool_that_may_begin_to_compute(machine, monkeypatch):
    monkeypatch.setattr(threads, "WORKERS", ("concurrent.futures.thread",))
    follower = machine.follower()
    with ThreadPoolExecutor(1) as pool:
        pool.submit(int).result()
        machine.others = 1
        machine.compute(follower, 30, LENET)
        assert machine.changes == []
        # What is asked for is done, since the pool does nothing.
        with follower.run(1):
            assert follower.number == 1
    machine.changes.clear()
    machine.compute(follower, 30, LENET)
    assert machine.changes[-1] == 1


def test_what_is_told_goes_on_over_resumptions(machine):
    follower = machine.follower()
    machine.compute(follower, 10, lambda number, others: 0.125)
    told = follower.told({"cpus_used_by_others": 1.5, "seconds": 30.0, "batches_by_threads": {"1": 7, "2": 3}})
    assert told["batches_by_threads"] == {"1": 7, "2": 83}
    # 30 s with 1.5 and nearly 10 s with none.
    assert told["cpus_used_by_others"] == pytest.approx(1.125, abs=0.02) and told["seconds"] == pytest.approx(40, abs=1)


def stat(*rows):
    return "cpu  1 1 1 1 1 1 1 1\n" + "\n".join(f"cpu{n} {row}" for n, row in enumerate(rows)) + "\nintr 1 2 3\n"


@pytest.fixture
def two_of_three_cpus(monkeypatch):
    monkeypatch.setattr(os, "sched_getaffinity", lambda pid: {0, 2}, raising=False)
    monkeypatch.setattr(threads, "TICKS", 100)


def test_the_cpus_left_are_those_that_others_do_not_use(two_of_three_cpus, monkeypatch):
    monkeypatch.setattr(threads.cpu, "cgroup_folders", list)
    # user nice system idle iowait irq softirq steal guest guest_nice: of the first 100 + 10 + 20 + 5 + 5 + 60 ticks were busy.
    none, first, third = "0 " * 10, "100 10 20 900 7 5 5 60 50 0", "50 0 0 0 0 0 0 0 0 0"
    files = iter([stat(none, none, none), stat(first, "900 " * 10, third)])
    used, now = iter([3.0, 3.8]), iter([10.0, 12.0])
    load = threads.Load(lambda path: next(files), lambda: next(used), lambda: next(now))
    room, others = load.room()
    # 2.5 s of two CPUs in 2 s, .8 s of it our own.
    assert others == pytest.approx((2.5 - 0.8) / 2) and room == pytest.approx(2 - 0.85)


@pytest.mark.parametrize("version", [1, 2])
def test_the_quota_of_a_control_group_is_shared_with_its_other_programs(two_of_three_cpus, monkeypatch, tmp_path, version):
    (tmp_path / "cpu.max").write_text("150000 100000\n")
    monkeypatch.setattr(threads.cpu, "cgroup_folders", lambda: [tmp_path])
    idle = stat("0 " * 10, "0 " * 10, "0 " * 10)
    used, now = iter([3.0, 3.8]), iter([10.0, 12.0])

    def read(path):
        return idle if path == "/proc/stat" else threads.cpu.read_quota and (path.read_text() if path.exists() else "")

    def spend(seconds):
        if version == 2:
            (tmp_path / "cpu.stat").write_text(f"usage_usec {seconds * 1e6:.0f}\nuser_usec 1\n")
        else:
            (tmp_path / "cpuacct.usage").write_text(f"{seconds * 1e9:.0f}\n")

    spend(100)
    load = threads.Load(read, lambda: next(used), lambda: next(now))
    spend(101.8)
    room, _ = load.room()
    # .5 CPUs for the others of the group, 1.8 s less our .8 s in 2 s, of 1.5.
    assert room == pytest.approx(1.0)


def test_a_system_without_these_files_does_not_tell(monkeypatch):
    monkeypatch.setattr(threads.cpu, "cgroup_folders", list)
    now = iter([0.0, 1.0])
    load = threads.Load(lambda path: "", lambda: 0.0, lambda: next(now))
    assert load.room() == (None, None)


def in_mxnets_thread(function):
    """What `function` gives in the thread in which MXNet computes."""
    mx, found = runtime.load_mxnet(), []
    call = ctypes.CFUNCTYPE(None, ctypes.c_void_p, ctypes.c_void_p)(lambda *_: found.append(function()))
    context = (ctypes.c_int32 * 2)(1, 0)
    mx.base._LIB.MXEnginePushSync(call, None, None, context, None, 0, None, 0, None, 0, b"asked")
    mx.nd.waitall()
    return found[0]


@pytest.fixture
def all_threads_afterwards():
    yield
    threads.set_in_mxnet(runtime.setup().threads)


def threads_of_mxnet():
    library = runtime.load_mxnet().base._LIB
    return in_mxnets_thread(library.omp_get_max_threads), library.omp_get_max_threads()


@pytest.mark.parametrize("number", [1, 3])
def test_mxnet_computes_with_as_many_threads_as_it_is_told(all_threads_afterwards, number):
    threads.set_in_mxnet(number)
    assert threads_of_mxnet() == (number, number)
    mx = runtime.load_mxnet()
    assert float(mx.np.arange(1000).sum()) == 499500


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system does not fork")
def test_a_fork_leaves_the_number_as_it_is(all_threads_afterwards):
    with threads.follower().run(3), warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        child = os.fork()
        if not child:
            os._exit(0)
        os.waitpid(child, 0)
        assert threads_of_mxnet() == (3, 3) and threads.number() == 3
    assert threads.number() == runtime.setup().threads


def data(batches=6, size=32):
    random = np.random.default_rng(0)
    return [(random.random((size, 1, 28, 28), "float32"), np.arange(size) % 10) for _ in range(batches)]


def learned(**more):
    net = models.lenet()
    history = fit(net, data(), epochs=1, lr=0.5, progress=False, **more)
    return history, [p.data().asnumpy() for p in net.collect_params().values()]


def test_a_number_of_threads_makes_a_run_the_same_to_the_last_bit():
    (history, first), _, (_, third) = learned(threads=1), learned(threads=2), learned(threads=1)
    assert all(np.array_equal(one, other) for one, other in zip(first, third, strict=True))
    assert history.settings["threads"] == 1 and history.machine["busy"]["batches_by_threads"] == {"1": 6}


def test_a_run_goes_on_with_as_many_threads_as_it_had(tmp_path):
    whole, weights = learned(threads=1)
    with pytest.raises(KeyboardInterrupt):
        fit(models.lenet(), data(), epochs=1, lr=0.5, progress=False, threads=1, folder=tmp_path, on_step=stop_at(3))
    net, seen = models.lenet(), []
    history = fit(
        net,
        data(),
        epochs=1,
        lr=0.5,
        progress=False,
        folder=tmp_path,
        resume=True,
        on_step=lambda *_: seen.append(threads.number()),
    )
    assert seen == [1, 1, 1] and history.step_losses == whole.step_losses
    assert all(np.array_equal(one, p.data().asnumpy()) for one, p in zip(weights, net.collect_params().values(), strict=True))
    assert history.machine["busy"]["batches_by_threads"] == {"1": 6}


def stop_at(last):
    def stop(step, *_):
        if step == last:
            signal.raise_signal(signal.SIGINT)

    return stop


@pytest.mark.long
@pytest.mark.skipif(runtime.setup().threads < 2, reason="one thread is all there is")
def test_lenet_beside_busy_programs_learns_with_fewer_threads():
    follower = threads.follower()
    loops = [subprocess.Popen([sys.executable, "-S", "-c", "while True: pass"]) for _ in range(runtime.setup().threads)]
    try:
        numbers, until = [], time.monotonic() + 20

        def enough(*_):
            numbers.append(follower.number)
            if time.monotonic() > until or numbers[-1] == 1 and follower.trial is None:
                signal.raise_signal(signal.SIGINT)

        with pytest.raises(KeyboardInterrupt):
            fit(models.lenet(), data(100, 256), epochs=1000, lr=0.1, progress=False, on_step=enough)
    finally:
        for loop in loops:
            loop.kill()
            loop.wait()
    assert numbers[-1] == 1
