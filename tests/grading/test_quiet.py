"""Turns between graders: each of these has processes of its own, since locks are those of processes."""

import subprocess
import sys
import time

import pytest

from gluon_alexnet.grading import quiet


@pytest.fixture(autouse=True)
def own_turns(monkeypatch, tmp_path):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))


def other(what, seconds="30"):
    """A process that is at `what` when this returns, until it is killed."""
    source = f"import time\nfrom gluon_alexnet.grading import quiet\nwith quiet.{what}():\n    print(1, flush=True)\n"
    process = subprocess.Popen([sys.executable, "-c", f"{source}    time.sleep({seconds})"], stdout=subprocess.PIPE)
    process.stdout.readline()
    return process


def waited(what):
    """Whether `what` has to wait for others, for as long as they are there."""
    began = time.monotonic()
    with what():
        return time.monotonic() - began >= quiet.PATIENCE


@pytest.mark.parametrize(
    ("theirs", "ours", "waits"),
    [
        ("working", quiet.working, False),
        ("working", quiet.measuring, True),
        ("measuring", quiet.working, True),
        ("measuring", quiet.measuring, True),
    ],
)
def test_only_what_measures_keeps_others_waiting_and_not_for_ever(monkeypatch, theirs, ours, waits):
    monkeypatch.setattr(quiet, "PATIENCE", 0.3)
    with other(theirs) as process:
        assert waited(ours) is waits
        process.kill()


def test_who_is_killed_lets_go():
    with other("measuring") as process:
        process.kill()
        process.wait()
        assert not waited(quiet.working)


def test_who_waits_to_measure_is_not_overtaken_by_who_begins_later(monkeypatch):
    with other("working") as first:
        source = "from gluon_alexnet.grading import quiet\nwith quiet.measuring():\n    print(1, flush=True)\n    input()"
        with subprocess.Popen([sys.executable, "-c", source], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as second:
            monkeypatch.setattr(quiet, "PATIENCE", 0.1)
            until = time.monotonic() + 30
            while not waited(quiet.working) and time.monotonic() < until:  # until the second waits for its turn
                time.sleep(0.05)
            assert waited(quiet.working)
            first.kill()
            assert second.stdout.readline() == b"1\n"
            second.communicate(b"\n")
        assert not waited(quiet.working)


def test_a_folder_that_is_anothers_is_left_alone(monkeypatch):
    monkeypatch.setattr(quiet.os, "getuid", lambda: 12345678)
    with quiet.measuring(), quiet.working():
        assert list(quiet.folder().iterdir()) == []


def test_who_measures_can_work_meanwhile_without_waiting_for_itself(monkeypatch):
    monkeypatch.setattr(quiet, "PATIENCE", 0.3)
    with quiet.measuring():
        assert not waited(quiet.working) and not waited(quiet.measuring)
        # And is still alone.
        source = "from gluon_alexnet.grading import quiet\nquiet.PATIENCE = 0.3\nwith quiet.working():\n    pass"
        began = time.monotonic()
        subprocess.run([sys.executable, "-c", source], check=True)
        assert time.monotonic() - began >= 0.3
    with quiet.working():
        assert not waited(quiet.working)
