"""A class as a command line grades it: files that are made to do harm, and a teacher who stops half-way."""

import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

import grading_demo as demo
import pytest

# The grader with the demo as the only exercise; says at the end how much memory it took at the most.
GRADER = """
import json, signal, sys
from pathlib import Path
from gluon_alexnet.grading import exercise
# A shell that runs these tests in the background has its children ignore Ctrl-C.
signal.signal(signal.SIGINT, signal.default_int_handler)
demo = exercise.from_json(json.loads(Path({reference!r}).read_text(encoding="utf-8")))
exercise.list_exercises, exercise.load = lambda: ["00_demo"], lambda name: demo
from gluon_alexnet import cli
code = cli.main(sys.argv[1:])
status = Path("/proc/self/status")
# getrusage would count what the process that started this one had.
most = status.read_text().split("VmHWM:")[1].split()[0] if status.exists() else 0
print("most memory", most, "kB", file=sys.stderr)
sys.exit(code)
"""


@pytest.fixture
def start(tmp_path, monkeypatch):
    """Starts `gluon-alexnet grade` with a folder for temporary files of its own."""
    reference = tmp_path / "demo.json"
    reference.write_text(json.dumps(demo.REFERENCE), encoding="utf-8")
    # Sockets want a short name.
    place = Path(tempfile.mkdtemp(dir="/tmp"))
    monkeypatch.setenv("TMPDIR", str(place))

    def run(*words):
        command = [sys.executable, "-c", GRADER.format(reference=str(reference)), "grade", *map(str, words)]
        return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)

    yield run
    # But for the files by which the graders of a user take turns.
    left = [path for path in place.iterdir() if not path.name.startswith("gluon_alexnet_turns")]
    shutil.rmtree(place)
    assert left == []


HARMFUL = {
    "many": b'{"cells": [' + b"[]," * 8_000_000 + b"[]]}",
    "deep": b"[" * 5_000_000,
    "long": b'{"cells": [{"cell_type": "code", "source": "' + b"x" * 60_000_000 + b'"}]}',
    "cells": b'{"cells": [' + b'{"cell_type": "code", "source": ""},' * 6_000 + b'{"cell_type": "code", "source": ""}]}',
}
HUGE = {
    "much": "import numpy\ndef double(x):\n    return numpy.zeros(10_000_000)",
    "many": "def double(x):\n    return list(range(10_000_000))",
    "text": "def double(x):\n    return 'x' * 300_000_000",
    "flood": "import os\ndef double(x):\n    for _ in range(40):\n        print("
    "'x' * 3_000_000)\n        os.write(2, b'y' * 50_000)",
    "trace": "def double(x):\n    raise ValueError('x' * 100_000_000)",
}


def test_whatever_is_handed_in_the_grader_ends_with_a_row_for_each_in_300_mb(start, tmp_path):
    folder = tmp_path / "class"
    folder.mkdir()
    for name, content in HARMFUL.items():
        (folder / f"00_demo_{name}.ipynb").write_bytes(content)
    os.mkfifo(folder / "00_demo_pipe.ipynb")
    (folder / "00_demo_link.ipynb").symlink_to("/dev/zero")
    for name, answer in HUGE.items():
        demo.save(demo.notebook(double=answer), folder / f"huge_{name}.ipynb")
    demo.save(demo.notebook(), folder / "right.ipynb")
    grader = start(folder, "--report", tmp_path / "grades.json", "--time-limit", 40)
    out, err = grader.communicate(timeout=500)
    assert grader.returncode == 1, err
    results = json.loads((tmp_path / "grades.json").read_text(encoding="utf-8"))["notebooks"]
    named = {Path(result["path"]).stem: result for result in results}
    assert len(named) == len(HARMFUL) + 2 + len(HUGE) + 1
    assert all(named[f"00_demo_{name}"]["error"] for name in ("many", "deep", "cells", "pipe", "link"))
    assert all(named[f"00_demo_{name}"]["earned"] == 0 for name in HARMFUL)
    assert {name: named[f"huge_{name}"]["earned"] for name in HUGE} == dict.fromkeys(HUGE, 3)
    assert named["right"]["full"]
    assert int(err.split("most memory")[1].split()[0]) < 300_000, err


@pytest.mark.parametrize("sent", [signal.SIGINT, signal.SIGTERM])
def test_a_teacher_who_stops_half_way_keeps_what_was_graded(start, tmp_path, sent):
    folder = tmp_path / "class"
    folder.mkdir()
    demo.save(demo.notebook(), folder / "a.ipynb")
    demo.save(demo.notebook(double="def double(x):\n    while True:\n        pass"), folder / "b.ipynb")
    demo.save(demo.notebook(), folder / "c.ipynb")
    grader = start(folder, "--report", tmp_path / "grades.json")
    first = grader.stdout.readline()
    grader.send_signal(sent)
    out, err = grader.communicate(timeout=60)
    assert (grader.returncode, first.split()[0]) == (130, "6/6")
    assert "stopped: 2 of 3 notebooks were not graded" in out and "Traceback" not in err
    (kept,) = json.loads((tmp_path / "grades.json").read_text(encoding="utf-8"))["notebooks"]
    assert kept["full"]


def test_a_report_that_cannot_be_written_is_said_before_anything_is_graded(start, tmp_path):
    demo.save(demo.notebook(), tmp_path / "a.ipynb")
    (tmp_path / "file").write_text("")
    grader = start(tmp_path / "a.ipynb", "--report", tmp_path / "file/grades.json")
    out, err = grader.communicate(timeout=60)
    assert (grader.returncode, out) == (1, "") and "cannot write" in err
