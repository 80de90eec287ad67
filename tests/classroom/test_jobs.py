"""Several processes that grade, of which any may die: a stand-in for them that does what the notebook's name says."""

import json
import subprocess
import sys
import textwrap
import time
from pathlib import Path

import pytest

from gluon_alexnet.classroom import jobs
from gluon_alexnet.errors import UserError
from gluon_alexnet.grading.submissions import Found

WORKER = """
import json, os, sys, time
told = json.loads(sys.stdin.readline())
if told.get("dumb"):
    print("no module", file=sys.stderr)
    sys.exit(3)
print(json.dumps({"ready": True}), flush=True)
print("noise", file=sys.stderr)
for line in sys.stdin:
    name = os.path.basename(json.loads(line)["path"])
    if name.startswith("kill"):
        os.kill(os.getpid(), 9)
    if name.startswith("once") and not os.path.exists(told["mark"]):
        open(told["mark"], "w").close()
        sys.exit(5)
    if name.startswith("stop"):
        print(json.dumps({"stop": "no kernel here"}), flush=True)
        continue
    time.sleep(60 if name.startswith("slow") else 0.1 if name.startswith("n") else 0)
    about = {"name": name, "pid": os.getpid(), "threads": os.environ["OMP_NUM_THREADS"], "long": "x" * told.get("long", 0)}
    print(json.dumps({"result": about, "flag": ""}), flush=True)
"""


@pytest.fixture
def pool(monkeypatch, tmp_path):
    monkeypatch.setattr(jobs, "WORDS", [sys.executable, "-c", WORKER])
    made = []

    def make(count, **told):
        made.append(jobs.Pool(count, {"mark": str(tmp_path / "mark"), **told}))
        return made[-1]

    yield make
    for one in made:
        one.close()


def graded(pool, *names, **more):
    return list(jobs.graded(pool, [Found(Path(name)) for name in names], **more))


def alive(pid):
    # One that has ended but was not waited for is a zombie.
    status = Path(f"/proc/{pid}/stat")
    return status.exists() and status.read_text().rpartition(")")[2].split()[0] != "Z"


def test_each_notebook_is_graded_once_by_several_processes(pool, monkeypatch):
    monkeypatch.setattr(jobs, "cores", lambda: 7)
    told = graded(pool(3), *(f"n{number}" for number in range(20)))
    assert sorted(number for number, _ in told) == list(range(20))
    assert all(reply["result"]["name"] == f"n{number}" for number, reply in told)
    assert 1 < len({reply["result"]["pid"] for _, reply in told}) <= 3
    # Seven processors for three processes.
    assert {reply["result"]["threads"] for _, reply in told} == {"2"}


def test_no_more_processes_are_started_than_there_are_notebooks(pool):
    many = pool(5)
    assert len(graded(many, "only")) == 1 and len(many.workers) == 1


def test_long_replies_arrive_whole(pool):
    told = graded(pool(2, long=3_000_000), "a", "b", "c")
    assert [len(reply["result"]["long"]) for _, reply in told] == [3_000_000] * 3


def test_a_notebook_whose_process_died_by_chance_is_graded_by_another(pool):
    told = dict(graded(pool(2), "a", "once", "b"))
    assert [told[number]["result"].get("name") for number in range(3)] == ["a", "once", "b"]


def test_a_notebook_that_ends_its_processes_is_named_and_costs_nobody_else(pool):
    told = dict(graded(pool(2), "a", "kill", "b", "kill_too", *(f"n{number}" for number in range(10))))
    assert len(told) == 14
    died = [number for number, reply in told.items() if reply["flag"]]
    assert died == [1, 3] or died == [3, 1]
    assert told[1]["flag"] == "our fault" and "died twice (SIGKILL)" in told[1]["result"]["error"]
    assert "kill" in told[1]["result"]["error"] and "no points are lost" in told[1]["result"]["error"]


def test_the_last_one_may_be_the_one_that_kills(pool):
    assert [reply["flag"] for _, reply in graded(pool(1), "a", "kill")] == ["", "our fault"]


def test_a_machine_that_can_grade_nothing_ends_it_with_the_sentence(pool):
    with pytest.raises(UserError, match="no kernel here"):
        graded(pool(2), "a", "stop", "b")


def test_a_process_that_cannot_be_started_is_told_with_its_last_words(pool):
    with pytest.raises(UserError, match="could be started.*exit code 3, no module"):
        graded(pool(2, dumb=True), "a")


def test_it_ends_when_it_is_told_to_and_leaves_no_process(pool):
    began, stop, seen = time.monotonic(), [], []
    with pool(2) as some:
        for _, reply in jobs.graded(some, [Found(Path(name)) for name in ("a", "b", "slow", "c", "slow")], lambda: bool(stop)):
            seen.append(reply["result"]["pid"])
            stop.append(True)
        pids = [worker.process.pid for worker in some.workers]
    assert seen and set(seen) <= set(pids)
    assert not any(map(alive, pids)) and time.monotonic() - began < 40


def test_a_number_of_jobs_that_is_none_is_refused():
    for number in (0, -3, 100_000):
        with pytest.raises(UserError, match="--jobs"):
            jobs.check(number)
    jobs.check(None)
    jobs.check(1)


def test_jobs_by_default_fit_into_cores_and_memory(monkeypatch):
    import psutil

    monkeypatch.setattr(jobs, "cores", lambda: 8)
    for free, expected in ((100e9, 8), (1.4e9, 3), (0.1e9, 1)):
        monkeypatch.setattr(psutil, "virtual_memory", lambda free=free: type("", (), {"available": free}))
        assert jobs.default_jobs() == expected


def test_a_real_worker_reads_what_is_no_notebook_and_ends_with_its_stdin(tmp_path):
    (tmp_path / "a.ipynb").write_text("nonsense")
    told = {"apart": [str(tmp_path)], "limits": {"time_limit": 60.0, "memory_limit": 6.0}, "seed": 1}
    with jobs.Pool(1, told) as pool:
        ((_, reply),) = pool.judged([Found(tmp_path / "a.ipynb")])
        process = pool.workers[0].process
        process.stdin.close()
        assert process.wait(timeout=30) == 0
    assert reply["flag"] == "unreadable" and "is not a notebook" in reply["result"]["error"]
    assert json.loads(json.dumps(reply)) == reply


def test_a_worker_whose_employer_was_killed_ends_by_itself(tmp_path):
    (tmp_path / "a.ipynb").write_text("nonsense")
    program = (
        "import os, sys\nfrom pathlib import Path\nfrom gluon_alexnet.classroom import jobs\n"
        "from gluon_alexnet.grading.submissions import Found\n"
        "told = {'apart': [], 'limits': {'time_limit': 60.0, 'memory_limit': 6.0}, 'seed': 1}\n"
        "pool = jobs.Pool(1, told)\nlist(pool.judged([Found(Path('a.ipynb'))]))\n"
        "print(pool.workers[0].process.pid, flush=True)\nos.kill(os.getpid(), 9)"
    )
    done = subprocess.run([sys.executable, "-c", program], cwd=tmp_path, capture_output=True, text=True)
    assert done.returncode == -9, done.stderr
    deadline = time.monotonic() + 30
    while alive(done.stdout.strip()) and time.monotonic() < deadline:
        time.sleep(0.1)
    assert not alive(done.stdout.strip())


def test_a_worker_that_clears_away_slowly_is_not_interrupted():
    program = """
        import atexit, time
        from gluon_alexnet.classroom import worker
        # Longer than it is given to end by itself; who waits for it sends it a signal, too.
        atexit.register(lambda: (time.sleep(1.5), print("cleared", flush=True)))
        worker.main()
    """
    streams = dict(stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    for signals in (0, 2):
        with subprocess.Popen([sys.executable, "-c", textwrap.dedent(program)], **streams) as process:
            process.stdin.write("{}\n")
            process.stdin.flush()
            assert process.stdout.readline() == '{"ready": true}\n'
            process.stdin.close()
            for _ in range(signals):
                process.terminate()
                time.sleep(0.3)
            assert (process.stderr.read(), process.wait()) == ("cleared\n", 0)
