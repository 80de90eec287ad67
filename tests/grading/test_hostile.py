"""Hostile, broken and odd notebooks (hostile_cases.py): each gets what it deserves, reaches nothing and leaves nothing behind."""

import ctypes
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import class_demo
import grading_demo as demo
import hostile
import hostile_cases as cases
import psutil
import pytest

from gluon_alexnet.grading import sandbox

# These take seconds each, or are tried in other files too.
LONG = {"exhausts", "cheats", "ends", "values", "named", "instead of a notebook", "odd files"}
SLOW = {"3,000 folders in one another", "3,000 folders with long names", "200,000 files"}
WHEREVER = ("a classmates notebook", "a classmates zip", "the names of the class", "the journal of the class")


@pytest.fixture(scope="module")
def around(tmp_path_factory):
    if sys.platform != "linux":
        pytest.skip("looks for what is left as Linux shows it")
    # What an answer has started and left alone becomes this process's child.
    ctypes.CDLL(None).prctl(hostile.PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
    with hostile.surroundings(tmp_path_factory.mktemp("class") / "place") as known:
        hostile.warm_up(known)
        yield known
    ctypes.CDLL(None).prctl(hostile.PR_SET_CHILD_SUBREAPER, 0, 0, 0, 0)


def marked(case):
    slow = case.group in LONG or case.name in SLOW
    return pytest.param(case, id=f"{case.group}: {case.name}", marks=[pytest.mark.long] * slow)


@pytest.mark.parametrize("case", list(map(marked, cases.CASES)))
def test_it_gets_what_it_deserves_and_leaves_nothing(around, case):
    if not hostile.has(case.needs):
        pytest.skip("the box of this system does not keep that apart")
    outcome = hostile.run(case, around)
    assert (outcome.right, outcome.left) == (True, []), f"expected {outcome.expected}, got {outcome.got}"


@pytest.mark.parametrize("case", [case for case in cases.CASES if case.attack], ids=lambda case: case.name)
def test_the_same_attack_succeeds_outside_a_box(around, case):
    if case.name == "the labels of the data" and sandbox.data_folder() == "stand-in":
        pytest.skip("there are no labels to read")
    if "processes" in case.needs and Path("/proc/sys/kernel/yama/ptrace_scope").exists():
        pytest.skip("this system keeps processes of one user apart too")
    succeeded, said = hostile.succeeds_outside(case, around)
    assert succeeded, said


def test_there_are_enough_of_them_and_each_is_called_something_else():
    names = [(case.group, case.name) for case in cases.CASES]
    assert len(names) == len(set(names)) >= 50


PLACES = ("/opt", "/usr/local", "/usr/local/share", "/srv", "/dev/shm", "/tmp", "/var/tmp", "home", "here", "sys.path")


@pytest.mark.parametrize("wall", ["", "bwrap", "bwrap unshare"])
@pytest.mark.parametrize("place", PLACES)
@pytest.mark.long
def test_a_class_is_out_of_reach_wherever_it_lies(monkeypatch, place, wall):
    top = {"home": Path.home(), "here": Path.cwd(), "sys.path": Path("/opt")}.get(place, Path(place))
    if not os.access(top, os.W_OK):
        pytest.skip(f"{top} cannot be written to")
    if not hostile.has("files") or "unshare" in wall and not sandbox.has_landlock():
        pytest.skip("the box of this system keeps no files apart")
    folder = Path(tempfile.mkdtemp(prefix="gluon-class-", dir=top))
    if place == "sys.path":
        monkeypatch.syspath_prepend(folder)
        monkeypatch.syspath_prepend(folder / "class")
    clear_caches()
    with hostile.without(*wall.split()), hostile.surroundings(folder) as around:
        hostile.warm_up(around)
        for case in cases.READ:
            # Landlock gives the names in a folder with those in all below; Python wants those in folders that it imports from.
            alone = place == "sys.path" and "unshare" in wall and case.name == "the names of the class"
            if case.name in WHEREVER and not alone:
                outcome = hostile.run(case, around)
                assert (outcome.right, outcome.left) == (True, []), f"{case.name}: {outcome.got}"
    clear_caches()


def clear_caches():
    """Has the sandbox look at this process's folders again."""
    for function in (sandbox.needed, sandbox.owned, sandbox.whole_class, sandbox.links):
        function.cache_clear()


@pytest.fixture
def class_of_files(tmp_path):
    """A class of two, all files of `beside the notebook` in the folder of the first; where they would say that they were run."""
    escaped, folder = tmp_path / "escaped", tmp_path / "class"
    escaped.mkdir()
    for name in ("an", "binh"):
        (folder / name).mkdir(parents=True)
        demo.save(demo.notebook(), folder / name / "00_demo.ipynb")
    for case in cases.BESIDE:
        case.make(folder / "an", {"escaped": escaped})
    return folder, escaped


# A grader with the demo as its only exercise; test_class.py has the same for the command alone.
GRADER = """
import json, sys
from pathlib import Path
from gluon_alexnet.grading import exercise
demo = exercise.from_json(json.loads(Path({reference!r}).read_text(encoding="utf-8")))
if "--exercises" not in sys.argv:
    exercise.list_exercises, exercise.load = lambda: ["00_demo"], lambda name: demo
if sys.argv[1] == "pytest":
    import pytest
    sys.exit(pytest.main(sys.argv[2:]))
from gluon_alexnet import cli
sys.exit(cli.main(sys.argv[1:]))
"""


def grader(tmp_path, *words, **streams):
    """A running grader in a folder for temporary files of its own, and that folder."""
    reference, place = tmp_path / "demo.json", Path(tempfile.mkdtemp(dir="/tmp"))
    reference.write_text(json.dumps(demo.REFERENCE), encoding="utf-8")
    command = [
        sys.executable,
        "-P" if sys.version_info >= (3, 11) else "-B",
        "-c",
        GRADER.format(reference=str(reference)),
        *words,
    ]
    environ = {**os.environ, "TMPDIR": str(place)}
    streams = {"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT, "text": True, **streams}
    return subprocess.Popen(command, env=environ, **streams), place


@pytest.mark.parametrize("where", ["class", "class/an"])
@pytest.mark.parametrize("words", [["grade", "."], ["pytest", "--nbval", "-p", "no:cacheprovider", "."]], ids=["grade", "pytest"])
def test_nothing_beside_a_notebook_is_run_or_obeyed(class_of_files, tmp_path, where, words):
    folder, escaped = class_of_files
    if words[0] == "pytest":
        (folder / "an/setup.cfg").unlink()  # a configuration that is handed in is refused, by name
    process, place = grader(tmp_path, *words, cwd=tmp_path / where)
    said, _ = process.communicate(timeout=120)
    assert process.returncode == 0, said
    assert said.count("6/6") == (1 if where == "class/an" else 2), said
    assert list(escaped.iterdir()) == [] and left_in(place) == []
    shutil.rmtree(place)


@pytest.mark.parametrize("jobs", ["1", "2"])
def test_a_class_graded_into_a_folder_keeps_its_journal_and_pages_from_answers(tmp_path, jobs):
    out, folder = tmp_path / "graded", tmp_path / "class"
    attack = (
        "import os\ntry:\n    total = 5050 if os.listdir({out!r}) else 0\nexcept OSError:\n    total = 0\n"
        "for path in ({out!r} + '/journal.jsonl', {out!r} + '/grades.csv'):\n    try:\n        open(path)\n        total = 5050\n"
        "    except OSError:\n        pass"
    ).replace("{out!r}", repr(str(out)))
    for name in ("an", "binh", "chi"):
        (folder / name).mkdir(parents=True)
        demo.save(demo.notebook(total=attack), folder / name / "00_demo.ipynb")
    mine = class_demo.exercises(tmp_path / "mine")
    words = ["grade", str(folder), "--out", str(out), "--jobs", jobs, "--exercises", str(mine)]
    process, place = grader(tmp_path, *words)
    said, _ = process.communicate(timeout=200)
    assert said.count("5/6") == 3, said
    assert left_in(place) == []
    shutil.rmtree(place)


@pytest.mark.skipif(sys.platform != "linux", reason="looks at processes as Linux shows them")
def test_a_killed_grader_leaves_no_process_and_no_folder(tmp_path):
    folder = tmp_path / "class"
    folder.mkdir()
    stubborn = "import signal, subprocess, time\nsubprocess.Popen(['sleep', '600'], start_new_session=True)\ntime.sleep(600)"
    demo.save(demo.notebook(), folder / "a_00_demo.ipynb")
    demo.save(demo.notebook(double=stubborn), folder / "b_00_demo.ipynb")
    process, place = grader(tmp_path, "grade", str(folder))
    try:
        assert "6/6" in process.stdout.readline()
        until = time.monotonic() + 30
        while not asleep(place) and time.monotonic() < until:
            time.sleep(0.1)
        process.send_signal(signal.SIGKILL)
        process.communicate()
        until = time.monotonic() + 20
        while (running(place) or left_in(place)) and time.monotonic() < until:
            time.sleep(0.1)
        assert (running(place), left_in(place)) == ([], [])
    finally:
        shutil.rmtree(place, ignore_errors=True)


def left_in(place):
    """What graders have left there, but for the files by which they take turns."""
    return [path for path in place.iterdir() if not path.name.startswith("gluon_alexnet_turns")]


def running(place):
    """The processes whose folder for temporary files lies in `place`."""
    found = []
    for one in psutil.process_iter():
        try:
            if one.environ().get("TMPDIR", "").startswith(f"{place}/") and one.status() != psutil.STATUS_ZOMBIE:
                found.append(one.name())
        except psutil.Error:
            continue
    return found


def asleep(place):
    return "sleep" in running(place)
