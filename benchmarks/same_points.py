"""Whether the same submissions bring the same points on a busy machine: `python benchmarks/same_points.py` grades forty of them.

Honest answers to all exercises, which all deserve full marks, are graded one after the other, by two jobs, and by two jobs beside
two endless loops. Every run has the same seed. It prints a line for each run and ends with exit code 1 where points differ.
"""

import argparse
import contextlib
import csv
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "tests"))
from honest_answers import HONEST  # noqa: E402

# How many of each exercise; the second hands over nets that take half a minute to train.
COUNTS = {
    "00_convolution": 2,
    "01_epochs": 8,
    "02_simplify": 2,
    "03_batch_size": 4,
    "04_cost": 18,
    "05_lenet_dropout": 3,
    "06_augmentation": 3,
    "07_features": 2,
}
WAYS = {
    "alone": (["--jobs", "1"], 0),
    "two jobs": (["--jobs", "2"], 0),
    "two jobs beside two endless loops": (["--jobs", "2"], 2),
}


def main():
    made = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    made.add_argument("--times", type=int, default=3)
    made.add_argument("--ways", nargs="+", default=list(WAYS), choices=list(WAYS))
    made.add_argument("--exercises", nargs="+", default=list(COUNTS), choices=list(COUNTS))
    made.add_argument("--seed", default="24")
    told = made.parse_args()
    with tempfile.TemporaryDirectory(prefix="points") as folder:
        submissions = hand_in(Path(folder, "class"), {name: COUNTS[name] for name in told.exercises})
        runs = []
        for number in range(told.times):
            for way in told.ways:
                began = time.monotonic()
                runs.append(points(Path(folder), *WAYS[way], told.seed))
                lost = sorted(student for student, (score, most) in runs[-1].items() if score != most)
                said = f"{len(runs[-1])} of {submissions} graded, {len(lost)} without full marks {' '.join(lost)}"
                print(f"{number + 1}. {way}: {said}, {time.monotonic() - began:.0f} s", flush=True)
    differ = [student for student in runs[0] if len({run.get(student) for run in runs}) > 1]
    print(f"{len(runs)} runs, {len(differ)} of {submissions} submissions with other points in one of them {' '.join(differ)}")
    return 1 if differ or any(len(run) != submissions for run in runs) else 0


def hand_in(folder, counts):
    """Writes the submissions, each a student's; the n-th of an exercise has the n-th honest answer to each task. Their number."""
    for name, count in counts.items():
        solved = (ROOT / "solutions" / f"{name}.ipynb").read_text(encoding="utf-8")
        for number in range(count):
            notebook = json.loads(solved)
            for cell in notebook["cells"]:
                ways = HONEST.get((name, cell["id"]), [])
                # The published solution is among the ways.
                if ways and number % (len(ways) + 1):
                    cell["source"] = f"# task: {cell['id']}\n{ways[number % (len(ways) + 1) - 1]}"
            place = folder / f"{name[:2]}-{number:02}"
            place.mkdir(parents=True)
            (place / f"{name}.ipynb").write_text(json.dumps(notebook), encoding="utf-8")
    return sum(counts.values())


def points(folder, options, loops, seed):
    """{student: (score, most)} of one run beside so many endless loops."""
    with tempfile.TemporaryDirectory(dir=folder) as out, contextlib.ExitStack() as beside:
        for _ in range(loops):
            loop = beside.enter_context(subprocess.Popen([sys.executable, "-c", "while True: pass"]))
            beside.callback(loop.kill)
        words = [sys.executable, "-m", "gluon_alexnet", "grade", folder / "class", "--seed", seed, "--out", out, *options]
        environ = {**os.environ, "PYTHONPATH": str(ROOT)}
        subprocess.run(list(map(str, words)), env=environ, stdout=subprocess.DEVNULL, check=False)
        with open(Path(out, "grades.csv"), newline="", encoding="utf-8") as file:
            return {row["student_id"]: (row["score"], row["max_score"]) for row in csv.DictReader(file)}


if __name__ == "__main__":
    sys.exit(main())
