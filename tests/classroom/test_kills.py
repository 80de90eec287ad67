"""`gluon-alexnet grade --out` as a person starts and ends it: real notebooks, real processes, real signals."""

import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import psutil
import pytest
from class_demo import exercises, hand_in, tables

WRONG = {"double": "def double(x):\n    return 3 * x"}
SLOW = {"double": "import time\ndef double(x):\n    time.sleep(0.2)\n    return 2 * x"}
ENDLESS = {"double": "def double(x):\n    while True:\n        pass"}


@pytest.fixture
def command(tmp_path, monkeypatch):
    """Starts the command on the class in tmp_path; everything that it leaves in its folder for temporary files is an error."""
    exercises(tmp_path / "mine")
    # Sockets want a short name.
    place = Path(tempfile.mkdtemp(dir="/tmp"))
    monkeypatch.setenv("TMPDIR", str(place))
    begun = []

    def start(out, *more):
        words = ["grade", tmp_path / "class", "--out", tmp_path / out, "--exercises", tmp_path / "mine", "--seed", 3, *more]
        # A shell that runs these tests in the background has its children ignore Ctrl-C.
        program = (
            "import signal, sys\nsignal.signal(signal.SIGINT, signal.default_int_handler)\n"
            "from gluon_alexnet import cli\nsys.exit(cli.main(sys.argv[1:]))"
        )
        streams = dict(stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        begun.append(subprocess.Popen([sys.executable, "-c", program, *map(str, words)], **streams))
        return begun[-1]

    yield start
    for process in begun:
        process.kill()
        process.communicate()
    shutil.rmtree(place, ignore_errors=True)


def family(process):
    return psutil.Process(process.pid).children(recursive=True)


def gone(processes, seconds=30):
    """Whether all of them have ended, soon."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        processes = [each for each in processes if each.is_running() and each.status() != psutil.STATUS_ZOMBIE]
        if not processes:
            return True
        time.sleep(0.1)
    return False


def rows(path):
    return path.read_bytes().count(b"\n") if path.exists() else 0


def wait_for_a_row(folder):
    """Waits until the journal in `folder` has one more row than now."""
    path = folder / "journal.jsonl"
    before, until = rows(path), time.monotonic() + 60
    while time.monotonic() < until and rows(path) <= before:
        time.sleep(0.02)


def test_a_class_that_was_killed_twice_ends_with_the_tables_of_one_that_was_not(command, tmp_path):
    hand_in(tmp_path / "class", ann={}, ben=WRONG, cyd=SLOW, dot="nonsense", eve={})
    whole = command("whole", "--jobs", 2)
    out, err = whole.communicate(timeout=120)
    assert whole.returncode == 1, out + err
    for _ in range(2):
        process = command("killed", "--jobs", 2)
        wait_for_a_row(tmp_path / "killed")
        children = family(process)
        process.send_signal(signal.SIGKILL)
        process.wait()
        assert children and gone(children)
    last = command("killed", "--jobs", 2)
    out, err = last.communicate(timeout=120)
    assert last.returncode == 1 and "graded already" in out, out + err
    assert tables(tmp_path / "killed") == tables(tmp_path / "whole")
    journal = (tmp_path / "killed/journal.jsonl").read_bytes()
    assert journal.count(b"\n") == 5 and journal.endswith(b"\n")


def test_a_process_that_is_killed_takes_no_notebook_along(command, tmp_path):
    hand_in(tmp_path / "class", ann={}, ben=SLOW, cyd=SLOW, dot={})
    process = command("out", "--jobs", 2)
    wait_for_a_row(tmp_path / "out")
    workers = [each for each in psutil.Process(process.pid).children() if "gluon_alexnet.classroom.worker" in each.cmdline()]
    started = workers[0].children(recursive=True)
    workers[0].kill()
    assert gone(started)
    out, err = process.communicate(timeout=120)
    assert process.returncode == 0 and "4 notebooks graded, 4 with full marks" in out, out + err


@pytest.mark.parametrize("sent", [signal.SIGINT, signal.SIGTERM])
def test_ctrl_c_ends_it_in_order_with_the_tables_of_what_is_graded(command, tmp_path, sent):
    hand_in(tmp_path / "class", ann={}, ben=ENDLESS)
    process = command("out", "--jobs", 1)
    first = process.stdout.readline()
    children = family(process)
    process.send_signal(sent)
    out, err = process.communicate(timeout=60)
    assert (process.returncode, first.split()[0]) == (130, "6/6")
    assert "stopped: 1 of 2 notebooks are not graded yet; the same command goes on" in out and "Traceback" not in err
    assert gone(children)
    assert b"ann" in (tmp_path / "out/grades.csv").read_bytes()
    assert "ben" not in (tmp_path / "out/grades.csv").read_text()


def test_two_commands_in_one_folder_are_one_too_many(command, tmp_path):
    hand_in(tmp_path / "class", ann=ENDLESS)
    first = command("out", "--jobs", 1)
    until = time.monotonic() + 60
    while not (tmp_path / "out/class.json").exists() and time.monotonic() < until:
        time.sleep(0.05)
    second = command("out")
    _, err = second.communicate(timeout=60)
    assert second.returncode == 1 and "another command is working in" in err
    first.kill()


@pytest.mark.parametrize("option", ["--roster x.csv", "--due 2026-01-01", "--comments c.csv", "--anonymous", "--cluster tcp://x:1"])
def test_what_only_a_class_has_needs_a_folder_for_it(option, capsys):
    from gluon_alexnet import cli

    assert cli.main(["grade", "class", *option.split()]) == 1
    assert f"{option.split()[0]} needs --out DIR" in capsys.readouterr().err


def test_several_processes_grade_without_a_folder_too(tmp_path, capsys):
    from gluon_alexnet import cli

    hand_in(tmp_path / "class", ann={}, ben=WRONG, cyd="nonsense")
    words = ["grade", tmp_path / "class", "--exercises", exercises(tmp_path / "own"), "--jobs", 2, "--report", "grades.json"]
    assert cli.main(list(map(str, words))) == 1
    out = capsys.readouterr().out
    assert "2 notebooks graded, 1 with full marks; 1 could not be graded" in out
    assert sorted(line.split()[0] for line in out.splitlines() if "00_demo.ipynb" in line) == ["-/-", "3/6", "6/6"]
