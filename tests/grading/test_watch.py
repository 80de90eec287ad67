"""A notebook graded each time it is saved."""

import json
import os
import signal
import subprocess
import sys
import threading
import time

import grading_demo as demo
import pytest

from gluon_alexnet.errors import UserError
from gluon_alexnet.grading import exercise, watch
from gluon_alexnet.grading.grade import Grading

WRONG = "def double(x):\n    return 3 * x"


@pytest.fixture
def saved(tmp_path, monkeypatch):
    """The path of the demo, solved, which is the only exercise."""
    monkeypatch.setattr(exercise, "list_exercises", lambda: ["00_demo"])
    monkeypatch.setattr(exercise, "load", lambda name: demo.EXERCISE)
    monkeypatch.setattr(watch, "PAUSE", 0.02)
    return demo.save(demo.notebook(), tmp_path / "demo.ipynb")


def rows(lines):
    """The numbers of the tasks that these lines show."""
    return [line.partition(".")[0] for line in lines if line[:1].isdigit()]


def test_all_is_graded_at_first_and_then_what_was_changed_and_builds_on_it(saved):
    watched = watch.Watched(saved)
    every = [str(task.number) for task in demo.EXERCISE.tasks]
    assert rows(watched.grade()) == every
    assert not watched.changed()
    demo.save(demo.notebook(double=WRONG), saved)
    assert watched.changed()
    with Grading(saved, demo.EXERCISE) as grading:
        building = [task for task in demo.EXERCISE.tasks if "double" in [each.name for each in grading.needs(task)]]
    expected = sorted({"1", *(str(task.number) for task in building)})
    again = watched.grade()
    assert rows(again) == expected and len(expected) < len(every)
    # The score is that of all, of which the others keep theirs.
    assert again[-1].startswith("Score: ")


def test_a_save_that_changes_no_answer_grades_nothing(saved):
    watched = watch.Watched(saved)
    watched.grade()
    changed = demo.notebook()
    changed.cells.append(dict(cell_type="markdown", id="mine", metadata={}, source="a thought"))
    demo.save(changed, saved)
    assert watched.changed()
    assert watched.grade() == ["saved, and no answer has changed"]


def test_a_file_renamed_into_its_place_counts_as_saved_whatever_its_time(saved, tmp_path):
    watched = watch.Watched(saved)
    watched.grade()
    about = saved.stat()
    other = demo.save(demo.notebook(), tmp_path / ".demo.tmp")
    os.utime(other, ns=(about.st_atime_ns, about.st_mtime_ns))
    os.replace(other, saved)
    assert saved.stat().st_mtime_ns == about.st_mtime_ns and watched.changed()


def test_a_file_that_is_being_written_is_waited_for(saved, monkeypatch):
    watched = watch.Watched(saved)
    watched.grade()
    states = iter([(2, 10, 1), (3, 20, 1), (3, 20, 1), (3, 20, 1)])
    monkeypatch.setattr(watched, "state", lambda: next(states))
    assert not watched.changed()  # it has grown within the pause
    assert watched.changed()


def test_one_task_alone(saved):
    name = demo.EXERCISE.tasks[1].name
    lines = watch.Watched(saved, [name]).grade()
    assert rows(lines) == ["2"]
    assert lines[-1].endswith("(some tasks were left out)")


def test_a_half_written_file_is_told_only_when_it_stays_so_and_ctrl_c_ends_with_0(saved, monkeypatch):
    monkeypatch.setattr(watch, "PATIENCE", 0.3)
    lines, whole = [], saved.read_text(encoding="utf-8")

    def show(line):
        lines.append(line)
        if "Score" in line and len([each for each in lines if "Score" in each]) == 1:
            saved.write_text(whole[: len(whole) // 2], encoding="utf-8")
        if "not a notebook" in line:
            saved.write_text(json.dumps(demo.notebook(double=WRONG)), encoding="utf-8")
        if len([each for each in lines if "Score" in each]) == 2:
            raise KeyboardInterrupt

    assert watch.watch(saved, show=show) == 0
    assert len([line for line in lines if "not a notebook" in line]) == 1
    assert all(line[2] == line[5] == ":" for line in lines[1:])  # each with its time


def test_a_file_that_is_not_there_is_one_sentence(tmp_path):
    with pytest.raises(UserError, match="there is no .*nowhere.ipynb: name the notebook, as it was saved"):
        watch.watch(tmp_path / "nowhere.ipynb")


def test_ctrl_c_ends_the_command_with_0_and_nothing_on_stderr(tmp_path):
    """The command itself, on an exercise that nothing is answered in."""
    from make_exercises import ROOT

    path = tmp_path / "04_cost.ipynb"
    path.write_bytes((ROOT / "exercises" / "04_cost.ipynb").read_bytes())
    # A shell that runs these tests in the background has its children ignore Ctrl-C.
    code = "import signal, sys; signal.signal(signal.SIGINT, signal.default_int_handler); from gluon_alexnet import cli; "
    command = [sys.executable, "-c", f"{code}sys.exit(cli.main(sys.argv[1:]))", "grade", "--watch", str(path)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    killer = threading.Timer(300, process.kill)
    killer.start()
    seen = []
    for line in process.stdout:
        seen.append(line)
        if "Score" in line:
            break
    time.sleep(0.1)
    process.send_signal(signal.SIGINT)
    _, err = process.communicate()
    killer.cancel()
    assert (process.returncode, err) == (0, "")
    assert "Score: 0/20" in seen[-1]
