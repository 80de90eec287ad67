"""How fast notebooks are graded, beside nbgrader, nbval and before: `python benchmarks/grading.py --nbgrader ENV/bin/python`.

Every side gets copies of the same notebook in a folder of its own and is timed from its start to its end, by turns. nbgrader and
nbval run what counts alone: the cells that the notebook gives, the answers and the checks, and no demonstration. nbgrader's
checks ask the same questions as ours, in the notebook's own process; nbval compares the outputs of the practice checks.
`--nbgrader` names a Python that has nbgrader; `--before` a commit of this repository. What each turn took is written to
results/bench/grading.json, and beside it what `--many` copies took, and with `--memory` the bytes (PSS, RSS) of each family.
"""

import argparse
import contextlib
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import harness

from gluon_alexnet.grading import exercise

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent
RESULTS = HERE / "results" / "bench" / "grading.json"
BEFORE = "2b9c826"
CASES = ("04_cost", "01_epochs")
STATES = {"solved": "solutions", "untouched": "exercises"}
# Copies for each side in one turn: enough that what is done once, such as starting, weighs as it does in a class.
COPIES = {
    "ours, two jobs": 20,
    "ours, one job": 20,
    "ours under pytest": 20,
    "before": 6,
    "nbgrader autograde": 6,
    "nbval": 4,
}
# It trains nets, which takes all sides several times as long.
TRAINING, FEWER = "01_epochs", 5
KERNEL = "graded"


def main():
    told = parser().parse_args()
    if told.memory or told.many:
        return once(told)
    taken = json.loads(RESULTS.read_text()) if told.add and RESULTS.exists() else {"machine": harness.machine(), "turns": []}
    with tempfile.TemporaryDirectory(prefix="grading") as folder:
        made = sides(told, Path(folder))
        for _ in range(told.repeats):
            for case in told.cases:
                for state in told.states:
                    taken["turns"].append(turn(made, case, state, Path(folder)))
                    write(taken)
    show(taken)
    return 0


def parser():
    made = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    made.add_argument("--cases", nargs="+", default=list(CASES), choices=exercise.list_exercises())
    made.add_argument("--states", nargs="+", default=list(STATES), choices=list(STATES))
    made.add_argument("--repeats", type=int, default=5)
    made.add_argument("--sides", nargs="+", default=list(COPIES), choices=list(COPIES))
    made.add_argument("--nbgrader", metavar="PYTHON", help="a Python that has nbgrader")
    made.add_argument("--before", metavar="COMMIT", default=BEFORE)
    made.add_argument("--add", action="store_true", help="add turns to those that are written down")
    made.add_argument("--memory", action="store_true", help="instead, the most memory that grading ten copies takes")
    made.add_argument("--many", type=int, metavar="N", help="instead, the time for N copies, with tables and pages")
    return made


def sides(told, folder):
    """{label: function of (case, state, copies, folder) that gives the seconds} of the sides that this machine has."""
    made = {
        "ours, two jobs": lambda *rest: ours(*rest, jobs=2),
        "ours, one job": lambda *rest: ours(*rest, jobs=1),
        "ours under pytest": under_pytest,
        "before": earlier(told.before, folder),
        "nbgrader autograde": nbgrader(told.nbgrader),
        "nbval": nbval,
    }
    for label in [label for label, side in made.items() if side is None]:
        why = "name a Python that has it with --nbgrader" if "nbgrader" in label else f"git has no commit {told.before}"
        print(f"{label} is left out: {why}")
    return {label: side for label, side in made.items() if side and label in told.sides}


def turn(made, case, state, folder):
    """Seconds a notebook of each side, once each."""
    seconds = {}
    for label, side in made.items():
        copies = max(2, COPIES[label] // (FEWER if case == TRAINING else 1))
        place = folder / "turn"
        place.mkdir()
        seconds[label] = side(case, state, copies, place) / copies
        shutil.rmtree(place)
        print(f"{case} {state}: {label} {seconds[label]:.2f} s a notebook", flush=True)
    return {"case": case, "state": state, "seconds": seconds}


def timed(words, folder, passes, **environ):
    """Seconds that a command takes, which has to end with one of the exit codes `passes`."""
    began = time.perf_counter()
    kept = {name: os.environ[name] for name in (*harness.KEPT, "FASHION_MNIST_DIR") if name in os.environ}
    told = dict(cwd=folder, env=kept | environ, capture_output=True, text=True, stdin=subprocess.DEVNULL)
    ended = subprocess.run(list(map(str, words)), **told)
    seconds = time.perf_counter() - began
    if ended.returncode not in passes:
        raise RuntimeError(f"{words}: exit code {ended.returncode}\n{ended.stdout[-2000:]}\n{ended.stderr[-2000:]}")
    return seconds


def copies_of(source, copies, folder):
    """A folder with a folder for each student, and the notebook in each."""
    for number in range(copies):
        place = folder / "class" / f"student{number:03}"
        place.mkdir(parents=True)
        shutil.copy(source, place)
    return folder / "class"


def grade(case, state, copies, folder, root, *more):
    source = ROOT / STATES[state] / f"{case}.ipynb"
    words = [sys.executable, "-m", "gluon_alexnet", "grade", copies_of(source, copies, folder), *more]
    return timed(words, folder, [0 if state == "solved" else 1], PYTHONPATH=str(root))


def ours(case, state, copies, folder, jobs):
    return grade(case, state, copies, folder, ROOT, *(["--jobs", str(jobs)] if jobs > 1 else []))


def earlier(commit, folder):
    """The side that is this package as it was at `commit`; None where git has no such commit."""
    place = folder / "before"
    place.mkdir()
    told = subprocess.run(["git", "-C", str(ROOT), "archive", commit], capture_output=True)
    if told.returncode:
        return None
    subprocess.run(["tar", "-x", "-C", str(place)], input=told.stdout, check=True)
    return lambda case, state, copies, there: grade(case, state, copies, there, place)


def what_counts(case, state):
    """The notebook without its texts and demonstrations, a dict, and the kind of each cell by its id."""
    notebook = json.loads((ROOT / STATES[state] / f"{case}.ipynb").read_text(encoding="utf-8"))
    about = json.loads((exercise.FOLDER / f"{case}.json").read_text(encoding="utf-8"))
    kinds = {cell["id"]: cell["kind"] for cell in about["cells"] if cell["kind"] in ("setup", "answer", "practice")}
    notebook["cells"] = [cell for cell in notebook["cells"] if cell["id"] in kinds and cell["cell_type"] == "code"]
    notebook["metadata"]["kernelspec"] = {"name": KERNEL, "display_name": KERNEL, "language": "python"}
    return notebook, kinds


def kernel_of_ours(folder):
    """The variables by which Jupyter finds a kernel that is this Python."""
    place = folder / "jupyter" / "kernels" / KERNEL
    place.mkdir(parents=True)
    words = [sys.executable, "-m", "ipykernel_launcher", "-f", "{connection_file}"]
    # Another environment's Jupyter may set variables that Python reads.
    environ = {"PYTHONPATH": os.pathsep.join([str(ROOT), str(HERE / "sides")]), "MPLBACKEND": "Agg"}
    told = {"argv": words, "display_name": KERNEL, "language": "python", "env": environ}
    (place / "kernel.json").write_text(json.dumps(told))
    return {"JUPYTER_PATH": str(folder / "jupyter")}


def nbgrader(python):
    """The side that is nbgrader's autograde; None where there is none."""
    if not python or subprocess.run([python, "-c", "import nbgrader"], capture_output=True).returncode:
        return None

    def side(case, state, copies, folder):
        programs = os.pathsep.join([str(Path(python).parent), os.environ["PATH"]])
        environ = kernel_of_ours(folder) | {"PATH": programs}
        source = folder / "source" / "ps" / f"{case}.ipynb"
        source.parent.mkdir(parents=True)
        source.write_text(json.dumps(assignment(case, "solved")))
        words = [python, "-m", "nbgrader"]
        timed([*words, "generate_assignment", "ps"], folder, [0], **environ)
        for number in range(copies):
            place = folder / "submitted" / f"student{number:03}" / "ps"
            place.mkdir(parents=True)
            (place / source.name).write_text(json.dumps(assignment(case, state)))
        return timed([*words, "autograde", "ps"], folder, [0], **environ)

    return side


def assignment(case, state):
    """The notebook as one for nbgrader: its checks hold our hidden ones."""
    notebook, kinds = what_counts(case, state)
    checks = {task.name: task.check for task in exercise.load(case).tasks}
    for cell in notebook["cells"]:
        cell.update(outputs=[], execution_count=None)
        if kinds[cell["id"]] == "practice":
            check = checks[cell["id"].removesuffix("-check")]
            hidden = f"### BEGIN HIDDEN TESTS\nimport asked_here\nasked_here.ask({check!r}, globals())\n### END HIDDEN TESTS"
            cell["source"] = "".join(cell["source"]).rstrip() + "\n" + hidden
        if kinds[cell["id"]] == "setup":
            cell["metadata"]["nbgrader"] = dict(
                grade=False, grade_id=cell["id"], locked=True, schema_version=3, solution=False, task=False
            )
    return notebook


def nbval(case, state, copies, folder):
    """pytest --nbval without this package's plugin."""
    notebook, _ = what_counts(case, state)
    source = folder / f"{case}.ipynb"
    source.write_text(json.dumps(notebook))
    words = [sys.executable, "-m", "pytest", "--nbval", "-p", "no:gluon_alexnet", "-q", copies_of(source, copies, folder)]
    return timed(words, folder, [0, 1], PYTHONPATH=str(ROOT), **kernel_of_ours(folder))


def under_pytest(case, state, copies, folder):
    """pytest --nbval with this package's plugin."""
    source = ROOT / STATES[state] / f"{case}.ipynb"
    words = [sys.executable, "-m", "pytest", "--nbval", "-q", copies_of(source, copies, folder)]
    return timed(words, folder, [0 if state == "solved" else 1], PYTHONPATH=str(ROOT))


def once(told):
    """What one run takes: seconds, and the most memory of each process's family."""
    taken = json.loads(RESULTS.read_text()) if RESULTS.exists() else {"machine": harness.machine(), "turns": []}
    with tempfile.TemporaryDirectory(prefix="grading") as folder:
        for case in told.cases:
            place = Path(folder, case)
            place.mkdir()
            handed_in = copies_of(ROOT / "solutions" / f"{case}.ipynb", told.many or 10, place)
            words = [sys.executable, "-m", "gluon_alexnet", "grade", handed_in, "--jobs", "2", "--out", place / "out"]
            began = time.perf_counter()
            with open(place / "said", "w") as said:
                process = subprocess.Popen(list(map(str, words)), cwd=place, stdout=said, stderr=subprocess.STDOUT)
                most = watched(process) if told.memory else {}
                code = process.wait()
            seconds = time.perf_counter() - began
            print(f"{case}: {told.many or 10} copies, exit code {code}, {seconds:.1f} s", (place / "said").read_text()[-300:])
            taken.setdefault("once", {})[case] = {"copies": told.many or 10, "jobs": 2, "seconds": seconds, "memory": most}
            write(taken)
            for who, (shared, whole) in most.items():
                print(f"  {who}: at most {shared / 1e6:.0f} MB (PSS), {whole / 1e6:.0f} MB (sum of RSS)")
    return 0


def watched(process):
    """{who: the most (PSS, RSS)} of the grader itself and of each job with all that it has started."""
    import psutil

    most = {}
    grader = psutil.Process(process.pid)
    while process.poll() is None:
        with contextlib.suppress(psutil.Error):
            families = {"the grader": [grader]}
            for number, job in enumerate(grader.children()):
                families[f"job {number + 1}"] = [job, *job.children(recursive=True)]
            for who, family in families.items():
                held = [0, 0]
                for member in family:
                    with contextlib.suppress(psutil.Error):
                        about = member.memory_full_info()
                        held = [held[0] + about.pss, held[1] + about.rss]
                most[who] = [max(pair) for pair in zip(held, most.get(who, (0, 0)), strict=True)]
        time.sleep(0.05)
    return most


def write(taken):
    RESULTS.parent.mkdir(parents=True, exist_ok=True)
    RESULTS.write_text(json.dumps(taken, indent=1) + "\n")


def show(taken):
    """Prints the table of docs/grading.md: notebooks a minute, seconds a notebook, and how many times as long as the first."""
    print("| notebook | " + " | ".join(COPIES) + " |\n|---|" + "--:|" * len(COPIES))
    for case, state in dict.fromkeys((turn["case"], turn["state"]) for turn in taken["turns"]):
        turns = [turn["seconds"] for turn in taken["turns"] if (turn["case"], turn["state"]) == (case, state)]
        medians = {label: statistics.median(found) for label in COPIES if (found := [t[label] for t in turns if label in t])}
        base = medians[next(iter(medians))]
        cells = [f"{60 / each:.3g} ({each:.2g} s, × {each / base:.1f})" if each else "" for each in map(medians.get, COPIES)]
        print(f"| {case}, {state} ({len(turns)} turns) | " + " | ".join(cells) + " |")


if __name__ == "__main__":
    sys.exit(main())
