"""A class on a Dask cluster: workers on this machine, of which any may die. What grades is a stand-in, where it matters."""

import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest
from class_demo import exercises, hand_in, tables

import gluon_alexnet
from gluon_alexnet.classroom import gradebook, jobs
from gluon_alexnet.errors import UserError
from gluon_alexnet.grading import exercise
from gluon_alexnet.grading.submissions import Found

pytest.importorskip("distributed", reason="needs the extra `class`")
from gluon_alexnet.classroom import cluster  # noqa: E402

# Does what the notebook says; its parent is the worker.
GRADER = """
import json, os, sys, time
sys.stdin.readline()
print(json.dumps({"ready": True}), flush=True)
for line in sys.stdin:
    path = json.loads(line)["path"]
    words = open(path).read().split()
    if "stop" in words:
        print(json.dumps({"stop": "this machine has no box"}), flush=True)
        continue
    if "die" in words:
        os.kill(os.getpid(), 9)
    if "murder" in words:
        os.kill(os.getppid(), 9)
        time.sleep(60)
    time.sleep(float(words[0]))
    about = {"path": path, "name": os.path.basename(path), "worker": os.getppid(), "error": f"{path} was read"}
    print(json.dumps({"result": about, "flag": ""}), flush=True)
"""
TOLD = {"apart": [], "limits": {"time_limit": 60.0, "memory_limit": 6.0}, "seed": 5}


class Machines:
    """A scheduler and workers, a process each."""

    def __init__(self, folder):
        self.folder, self.workers = folder, []
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        self.address = f"tcp://127.0.0.1:{port}"
        self.scheduler = self.start("dask_scheduler", "--port", port, "--host", "127.0.0.1")

    def start(self, program, *words):
        command = [sys.executable, "-m", f"distributed.cli.{program}", *map(str, words), "--dashboard-address", "127.0.0.1:0"]
        return subprocess.Popen(command, cwd=self.folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    def work(self, *words):
        self.workers.append(self.start("dask_worker", self.address, "--no-nanny", "--nthreads", 1, "--host", "127.0.0.1", *words))

    def close(self):
        for process in (*self.workers, self.scheduler):
            process.kill()
            process.wait()


@pytest.fixture
def machines(tmp_path):
    (tmp_path / "machines").mkdir()
    made = Machines(tmp_path / "machines")
    yield made
    made.close()


def stand_in(machines):
    """The words by which a worker grades by GRADER."""
    preload = machines.folder / "preload.py"
    preload.write_text(f"import sys\nfrom gluon_alexnet.classroom import jobs\njobs.WORDS = [sys.executable, '-c', {GRADER!r}]\n")
    return "--preload", str(preload)


def files(folder, **contents):
    folder.mkdir(exist_ok=True)
    for name, content in contents.items():
        (folder / f"{name}.ipynb").write_text(content)
    return [Found(folder / f"{name}.ipynb") for name in contents]


def wait_for(cluster, count):
    cluster.client.wait_for_workers(count, timeout=60)


def test_every_notebook_is_graded_though_a_worker_is_killed_in_the_middle(machines, tmp_path):
    for _ in range(2):
        machines.work(*stand_in(machines))
    found = files(tmp_path / "class", **{f"n{number}": "0.2" for number in range(16)})
    told = []
    with cluster.Cluster(machines.address, TOLD) as some:
        wait_for(some, 2)
        for number, reply in jobs.graded(some, found):
            told.append((number, reply))
            if len(told) == 4:
                machines.workers[0].kill()
    assert sorted(number for number, _ in told) == list(range(16))
    assert all(reply["flag"] == "" and reply["result"]["name"] == f"n{number}.ipynb" for number, reply in told)
    assert {reply["result"]["worker"] for _, reply in told} == {worker.pid for worker in machines.workers}
    # The teacher's own name of the file, not that of the copy on the worker.
    assert all(reply["result"]["error"] == f"class/n{number}.ipynb was read" for number, reply in told)


def test_a_notebook_that_kills_two_workers_is_named_and_costs_nobody_else(machines, tmp_path):
    for _ in range(3):
        machines.work(*stand_in(machines))
    found = files(tmp_path / "class", a="0.1", killer="0 murder", **{f"n{number}": "0.3" for number in range(8)})
    with cluster.Cluster(machines.address, TOLD) as some:
        wait_for(some, 3)
        told = dict(jobs.graded(some, found))
    assert len(told) == 10
    assert [number for number, reply in told.items() if reply["flag"]] == [1]
    assert told[1]["flag"] == "our fault" and "killer.ipynb: the process that grades it died twice" in told[1]["result"]["error"]
    assert sum(worker.poll() is not None for worker in machines.workers) == 2


def test_a_notebook_that_ends_its_process_leaves_the_worker_alone(machines, tmp_path):
    machines.work(*stand_in(machines))
    found = files(tmp_path / "class", killer="0 die", a="0", b="0")
    with cluster.Cluster(machines.address, TOLD) as some:
        wait_for(some, 1)
        told = dict(jobs.graded(some, found))
    assert [told[number]["flag"] for number in range(3)] == ["our fault", "", ""]
    assert machines.workers[0].poll() is None


def test_a_real_worker_grades_what_was_sent_and_hides_nothing_that_cannot_be_read(machines, tmp_path):
    machines.work()
    found = [*files(tmp_path / "class", broken="nonsense"), Found(tmp_path / "class/gone.ipynb")]
    with cluster.Cluster(machines.address, TOLD) as some:
        wait_for(some, 1)
        told = dict(jobs.graded(some, found))
    assert [told[number]["flag"] for number in range(2)] == ["unreadable", "unreadable"]
    assert told[0]["result"]["error"].startswith("class/broken.ipynb is not a notebook")
    assert told[1]["result"]["error"] == "cannot read class/gone.ipynb: No such file or directory"


def test_workers_with_another_version_are_refused(machines, monkeypatch):
    machines.work()
    with cluster.Cluster(machines.address, TOLD) as some:
        wait_for(some, 1)
    cluster.fingerprint.cache_clear()
    monkeypatch.setattr(gluon_alexnet, "__version__", "9.9")
    with pytest.raises(UserError, match="1 workers of .* have another gluon_alexnet than the one here"):
        cluster.Cluster(machines.address, TOLD)
    cluster.fingerprint.cache_clear()


def test_no_scheduler_and_no_workers_are_told_in_a_sentence(machines, tmp_path, monkeypatch):
    monkeypatch.setattr(cluster, "ANSWER", 1)
    with pytest.raises(UserError, match="no Dask scheduler answers at tcp://127.0.0.1:9"):
        cluster.Cluster("tcp://127.0.0.1:9", TOLD)
    monkeypatch.setattr(cluster, "ANSWER", 30)
    monkeypatch.setattr(cluster, "PATIENCE", 1)
    with cluster.Cluster(machines.address, TOLD) as some, pytest.raises(UserError, match="no worker for 1 seconds"):
        list(jobs.graded(some, files(tmp_path / "class", a="0")))


def test_a_worker_that_can_grade_nothing_ends_it_with_the_sentence(machines, tmp_path):
    machines.work(*stand_in(machines))
    with cluster.Cluster(machines.address, TOLD) as some, pytest.raises(UserError, match="cannot grade: this machine has no box"):
        list(jobs.graded(some, files(tmp_path / "class", a="0 stop", b="0")))


def test_a_scheduler_that_ends_in_the_middle_is_told(machines, tmp_path, monkeypatch):
    monkeypatch.setattr(cluster, "ANSWER", 5)
    machines.work(*stand_in(machines))
    found = files(tmp_path / "class", a="0", b="50")
    with cluster.Cluster(machines.address, TOLD) as some, pytest.raises(UserError, match="is gone .*what was graded is kept"):
        for _ in jobs.graded(some, found):
            machines.scheduler.kill()


def test_it_stops_in_the_middle_and_ends_what_is_being_graded(machines, tmp_path):
    machines.work(*stand_in(machines))
    found = files(tmp_path / "class", a="0", b="50", c="50")
    began, stop = time.monotonic(), []
    with cluster.Cluster(machines.address, TOLD) as some:
        wait_for(some, 1)
        for _ in jobs.graded(some, found, lambda: bool(stop)):
            stop.append(True)
    assert time.monotonic() - began < 40
    os.kill(machines.workers[0].pid, signal.SIGCONT)  # it is there still


def test_a_class_has_the_same_tables_from_a_cluster_though_a_worker_was_killed(machines, tmp_path):
    # Real notebooks of a teacher's own exercise, which the workers do not have.
    hand_in(tmp_path / "class", ann={}, ben={"double": "def double(x):\n    return 3 * x"}, cyd="nonsense", dot={})
    words = dict(sources=(tmp_path / "class",), seed=4, exercises=str(exercises(tmp_path / "mine")))
    for _ in range(2):
        machines.work()
    lines = []

    def say(line):
        lines.append(line)
        if line.endswith("left"):
            machines.workers[0].kill()

    # A scheduler that has no worker yet waits for one.
    assert gradebook.run(gradebook.Told(tmp_path / "far", **words, cluster=machines.address), say) == 1
    assert "3 notebooks graded, 2 with full marks; 1 could not be graded" in lines
    assert gradebook.run(gradebook.Told(tmp_path / "near", **words, jobs=1), lines.append) == 1
    assert tables(tmp_path / "far") == tables(tmp_path / "near")
    exercise.load.cache_clear()


def test_a_teachers_exercises_travel_too(tmp_path):
    (tmp_path / "mine/checks").mkdir(parents=True)
    (tmp_path / "mine/checks/09_own.json").write_text("{}")
    folder = cluster.unpacked(cluster.contents(tmp_path / "mine"))
    assert [(path.name, path.read_text()) for path in Path(folder.name).glob("checks/*")] == [("09_own.json", "{}")]
    folder.cleanup()
    assert cluster.unpacked(cluster.contents(None)) is None
