"""A class graded twice with one seed, the second time killed again and again: the tables must be the same to the last byte.

  python benchmarks/class_kills.py --count 300 --kills 20

The submissions are made here: most of them 04_cost, the others 02_simplify, solved, partly solved, wrong, untouched and broken,
in nbgrader's folders and in a zip as Canvas names its files. One in ten of 02 has nets to train, which takes longest. All kills
are SIGKILLs of the command alone, at random moments after it has started to grade; what it has started must end by itself.
"""

import argparse
import json
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
import zipfile
from pathlib import Path

import psutil

ROOT = Path(__file__).resolve().parent.parent
TABLES = ("grades.csv", "tasks.csv", "course.csv", "grades.json")
# Tasks of 02 whose nets the grader trains.
TRAINED = {"gain", "small_alexnet", "net28", "tiny_net"}
BROKEN = ("", "nonsense", "<!DOCTYPE html><html></html>", '{"cells": [', '{"cells": 7}', "%PDF-1.7")


def cells_of(notebook):
    """{name of a task: its answer's cell} of a notebook as a dict."""
    tasks = {}
    for cell in notebook["cells"]:
        first = "".join(cell["source"]).partition("\n")[0]
        if cell["cell_type"] == "code" and first.startswith(("# task:", "# nhiệm vụ:")):
            tasks[first.partition(":")[2].strip()] = cell
    return tasks


def submission(draw, name):
    """The text of a notebook that somebody may hand in for the exercise `name`."""
    kind = draw.choices(("solved", "partly", "untouched", "broken"), (25, 55, 12, 8))[0]
    if kind == "broken":
        return draw.choice(BROKEN)
    language = draw.choice(("", "vi/"))
    given = (ROOT / f"exercises/{language}{name}.ipynb").read_text(encoding="utf-8")
    if kind == "untouched":
        return given
    notebook = json.loads((ROOT / f"solutions/{language}{name}.ipynb").read_text(encoding="utf-8"))
    for cell in notebook["cells"]:
        if cell["cell_type"] == "code":
            cell["outputs"] = []
    stubs, answers = cells_of(json.loads(given)), cells_of(notebook)
    trained = draw.random() < 0.1
    for task, cell in answers.items():
        chance = draw.random()
        if task in TRAINED and not trained or kind == "partly" and chance < 0.3:
            cell["source"] = stubs[task]["source"]
        elif kind == "partly" and chance < 0.6:
            text = "".join(cell["source"])
            cell["source"] = text.replace("return ", draw.choice(("return 0 * ", "return 1 + ", "return None and ")), 1)
    return json.dumps(notebook, ensure_ascii=False)


def make(folder, count, seed):
    """Hands `count` notebooks in: half of them in folders, half in a zip."""
    draw = random.Random(seed)
    folder.mkdir()
    with zipfile.ZipFile(folder / "canvas.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        for number in range(count):
            name = "04_cost" if draw.random() < 0.85 else "02_simplify"
            text = submission(draw, name)
            if number % 2:
                archive.writestr(f"student{number:03}_{1000 + number}_{50000 + number}_{name}.ipynb", text)
            else:
                path = folder / f"submitted/student{number:03}/{name}/{name}.ipynb"
                path.parent.mkdir(parents=True)
                path.write_text(text, encoding="utf-8")


def start(folder, out, jobs, log):
    """The command, started."""
    words = [sys.executable, "-m", "gluon_alexnet", "grade", str(folder), "--out", str(out), "--seed", "1", "--jobs", str(jobs)]
    environ = {**os.environ, "PYTHONPATH": str(ROOT)}
    return subprocess.Popen(words, env=environ, stdout=log, stderr=log, cwd=folder.parent, start_new_session=True)


def rows(out):
    """How many lines the journal has."""
    path = out / "journal.jsonl"
    return path.read_bytes().count(b"\n") if path.exists() else 0


def family(process):
    """(pid, when it was started) of all that `process` has started."""
    try:
        return {(each.pid, each.create_time()) for each in psutil.Process(process.pid).children(recursive=True)}
    except psutil.Error:
        return set()


def left(known, seconds=15):
    """Those of `known`, as `family` gives them, that are there still after so long."""
    until = time.monotonic() + seconds
    while known and time.monotonic() < until:
        time.sleep(0.2)
        known = {one for one in known if psutil.pid_exists(one[0]) and alive(*one)}
    return known


def alive(pid, created):
    try:
        process = psutil.Process(pid)
        return process.create_time() == created and process.status() != psutil.STATUS_ZOMBIE
    except psutil.Error:
        return False


def killed(folder, out, jobs, log, seconds, late):
    """Grades for `seconds` and kills the command; returns whether it was still at work, and what it has left running.

    late: the seconds count from its first notebook on, not from when it starts its processes.
    """
    before = rows(out)
    process = start(folder, out, jobs, log)
    while process.poll() is None and (rows(out) == before if late else not family(process)):
        time.sleep(0.05)
    try:
        process.wait(timeout=seconds)
        return False, set()
    except subprocess.TimeoutExpired:
        known = family(process)
        process.send_signal(signal.SIGKILL)
        process.wait()
        return True, left(known)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--count", type=int, default=300)
    parser.add_argument("--kills", type=int, default=20)
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--seed", type=int, default=0, help="of the submissions and of the moments")
    parser.add_argument("--keep", metavar="DIR", help="a new folder for all of it")
    options = parser.parse_args()
    place = Path(options.keep or tempfile.mkdtemp(prefix="class-"))
    place.mkdir(exist_ok=True)
    make(place / "class", options.count, options.seed)
    log = open(place / "log.txt", "w")
    began = time.monotonic()
    code = start(place / "class", place / "whole", options.jobs, log).wait()
    whole = time.monotonic() - began
    print(f"undisturbed: {rows(place / 'whole')} notebooks in {whole:.0f} s, exit code {code}", flush=True)
    draw, kills, stray, seen = random.Random(options.seed), 0, set(), []
    while kills < options.kills:
        # What is left is shared out among the kills that are left. One in four may come before there is a notebook.
        share = (options.count - rows(place / "killed")) / options.count * whole / (options.kills - kills + 1)
        seconds, late = draw.uniform(0, 2) * share, bool(kills % 4)
        was_at_work, running = killed(place / "class", place / "killed", options.jobs, log, seconds, late)
        stray |= running
        kills += was_at_work
        seen.append(rows(place / "killed"))
        if not was_at_work:
            break
    print(f"killed {kills} times, with so many rows in the journal: {' '.join(map(str, seen))}", flush=True)
    last = start(place / "class", place / "killed", options.jobs, log).wait()
    same = [name for name in TABLES if (place / "whole" / name).read_bytes() == (place / "killed" / name).read_bytes()]
    print(f"then finished, exit code {last}; {rows(place / 'killed')} lines in the journal; processes left: {len(stray)}")
    print(f"the same to the last byte: {', '.join(same) or 'none'}; in {place}")
    return 0 if len(same) == len(TABLES) and kills == options.kills and not stray and code == last else 1


if __name__ == "__main__":
    sys.exit(main())
