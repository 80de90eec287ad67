"""How far answers are from the bars that chance moves them about: `python benchmarks/margins.py --seeds 50`.

Each task's own check is run, here in this process, on the solution and on answers that are too simple to deserve the points. What
it compares with a bar is written down: once for each seed, which decides the images that are drawn, the weights that a net begins
with, and the order in which it learns. (A grading trains from seed 0; an answer as good as the solution is another net, and that
is what the other seeds stand for.) Goes on where it was stopped, keeps benchmarks/results/bench/margins.json after each seed, and
measures anew what has changed. `--table` writes the table of docs/grading.md; with `--check` it only says whether that is up to
date.
"""

import argparse
import contextlib
import fcntl
import itertools
import json
import math
import os
import statistics
import sys
import tempfile
from pathlib import Path

# One after the other, on a machine that others use too.
os.environ.setdefault("OMP_NUM_THREADS", "1")

import numpy as np  # noqa: E402

from gluon_alexnet import files_io  # noqa: E402
from gluon_alexnet.errors import UserError  # noqa: E402
from gluon_alexnet.grading import checks, exercise, probes, wire  # noqa: E402
from gluon_alexnet.grading import evaluator as judge  # noqa: E402

RESULTS = Path(__file__).parent / "results" / "bench" / "margins.json"
GUIDE = Path(__file__).parent.parent / "docs" / "grading.md"
BEGIN, END = "<!-- margins: made by benchmarks/margins.py -->", "<!-- end of margins -->"
# Of fewer runs no distance in standard deviations is said.
FEW = 10
# Bars that are no chance's: a count of parameters, a share that follows from the weights of a layer.
FIXED = ("number of parameters", "number of multiply-adds", "number of convolutions", "number of features", "speed of")
LINEAR = """
def {name}():
    net = mx.gluon.nn.HybridSequential()
    net.add({layers}mx.gluon.nn.Dense(10))
    return net
"""
TWO = LINEAR.replace("{layers}", "mx.gluon.nn.Conv2D(1, 1), mx.gluon.nn.Conv2D(1, 1), ")
FIVE = LINEAR.replace("{layers}", "*[mx.gluon.nn.Conv2D(1, 1, strides=4 if k == 0 else 1) for k in range(5)], ")
RELU = """
def {name}():
    nn = mx.gluon.nn
    net = nn.HybridSequential()
    net.add(nn.Conv2D(6, 5, padding=2, activation="relu"), nn.AvgPool2D(2, 2), nn.Conv2D(16, 5, activation="relu"))
    net.add(nn.AvgPool2D(2, 2), nn.Dense(120, activation="relu"), nn.Dense(84, activation="relu"), nn.Dense(10))
    return net
"""
FLIP_SHIFT = """
def my_augment(images, rng):
    from gluon_alexnet.data import augment
    return augment.by_name("flip+shift")(images, rng)
"""
HOG = """
def features(images):
    from gluon_alexnet import features as hand_made
    return hand_made.hog(images, cell=5, block=2)
"""
PIXELS = """
def features(images):
    return images.reshape(len(images), -1)[:, ::2].astype("float32")
"""
# (exercise, task): {what an answer is that is too simple: its source}
TASKS = {
    ("01_epochs", "quick_net"): {"two 1×1 convolutions, a linear classifier": TWO.format(name="quick_net")},
    ("05_lenet_dropout", "augment"): {},
    ("06_augmentation", "policy"): {"flips and shifts by 2 pixels": FLIP_SHIFT},
    ("07_features", "features"): {"scikit-image's HOG": HOG, "half of the pixels": PIXELS},
    ("05_lenet_dropout", "best_lenet"): {
        "two 1×1 convolutions, a linear classifier": TWO.format(name="best_lenet"),
        "LeNet with ReLU": RELU.format(name="best_lenet"),
    },
    ("02_simplify", "net28"): {
        "two 1×1 convolutions, a linear classifier": TWO.format(name="net28"),
        "LeNet with ReLU": RELU.format(name="net28"),
    },
    ("02_simplify", "tiny_net"): {"two 1×1 convolutions, a linear classifier": TWO.format(name="tiny_net")},
    ("05_lenet_dropout", "lenet_relu"): {},
    ("02_simplify", "small_alexnet"): {"five 1×1 convolutions, a linear classifier": FIVE.format(name="small_alexnet")},
}
SOLUTION = "the solution"


class Kernel:
    """The answers, in this process."""

    def __init__(self, names):
        self.names, self.folder = names, Path.cwd()

    def alive(self):
        return True

    def ask(self, what, deadline, **request):
        return wire.decode(wire.encode(probes.KNOWN[what](self.names, **wire.decode(wire.encode(request)))))


class Evaluator:
    """Nets counted and trained in this process, each from the weights that `seed` draws."""

    def __init__(self, seed):
        self.seed, self.numbers = seed, itertools.count(1)

    def take(self, kernel, expression, input_shape, deadline):
        name = f"net-{next(self.numbers)}"
        with tempfile.TemporaryDirectory() as folder:
            path = str(Path(folder) / "net.npz")
            symbol = kernel.ask("net", deadline, expression=expression, input_shape=tuple(input_shape), path=path)
            return name, judge.load(name, symbol, path, tuple(input_shape))

    def model(self, model, input_shape, deadline):
        name = f"net-{next(self.numbers)}"
        return name, judge.model(name, model, tuple(input_shape))

    def request(self, deadline, **request):
        command = request.pop("command")
        if command == "speed":
            return math.inf  # how fast a net is no seed decides
        return judge.COMMANDS[command](**{**request, **({"seed": self.seed} if command == "train" else {})})


def names_of(name):
    """The names of the exercise called `name` after its setup cells and its reference answers."""
    names = {"__name__": "notebook"}
    for task in exercise.load(name).tasks:
        for source in (*exercise.load(name).before[task.name], task.reference):
            exec(compile(source, "cell", "exec"), names)
    return names


@contextlib.contextmanager
def noted(fixed=FIXED):
    """A list that what is compared with a bar goes to, as (what, value, 'at least' or 'at most', bar); nothing fails.

    Without what holds one of the words `fixed`.
    """
    found, before = [], (checks.Answer.at_least, checks.Answer.at_most)

    def note(way):
        def compare(answer, bar):
            answer._number()
            if not any(word in answer.text for word in fixed):
                found.append((answer.text, float(answer.value), way, float(bar)))
            return answer

        return compare

    checks.Answer.at_least, checks.Answer.at_most = note("at least"), note("at most")
    try:
        yield found
    finally:
        checks.Answer.at_least, checks.Answer.at_most = before


def measure(names, task, seed):
    """What the check of `task` compares for `seed`: {what and its bar: [nearest value, 'at least' or 'at most', bar]}."""
    interview = checks.Interview(Kernel(names), Evaluator(seed), np.random.default_rng([seed, task.number]), None, own=True)
    with noted() as found:
        parts = checks.run(task.check, interview)
    judge.nets.clear()
    wrong = [part.problem for part in parts if part.problem]
    if wrong:
        raise RuntimeError(f"{task.name}: {wrong[0]}")
    nearest = {}
    for what, value, way, bar in found:
        what = f"{what}, {way} {bar:g}"  # several bars, several comparisons
        room = value - bar if way == "at least" else bar - value
        if what not in nearest or room < nearest[what][0]:
            nearest[what] = room, [round(value, 5), way, bar]
    return {what: kept for what, (_, kept) in nearest.items()}


def summary(rows):
    """Of one comparison over the seeds: runs, mean, sd, bar, way, distance to the bar in sd, how many failed, the normal's tail.

    rows: [value, 'at least' or 'at most', bar] of each seed. distance and tail are None for fewer than FEW runs, of which the sd
    says next to nothing.
    """
    values, (_, way, bar) = [row[0] for row in rows], rows[0]
    mean, sd = statistics.mean(values), statistics.stdev(values) if len(values) > 1 else 0.0
    room = mean - bar if way == "at least" else bar - mean
    failed = sum(value < bar if way == "at least" else value > bar for value in values)
    distance = room / sd if sd and len(values) >= FEW else None
    tail = None if distance is None else 0.5 * math.erfc(distance / 2**0.5)
    return dict(runs=len(values), mean=mean, sd=sd, bar=bar, way=way, distance=distance, failed=failed, tail=tail)


def comparisons(answer):
    """{what is compared: its rows} of one answer as `load` has it."""
    found = {}
    for seed in answer["seeds"].values():
        for what, row in seed.items():
            found.setdefault(what, []).append(row)
    return found


def table(everything):
    """The lines of the table in docs/grading.md."""
    lines = [
        "| task | what is compared | bar | solution: mean ± sd (runs) | sd away | failed | normal tail | simple answers (runs) |",
        "|---|---|--:|--:|--:|--:|--:|---|",
    ]
    for name in [f"{exercise_name}/{task}" for exercise_name, task in sorted(TASKS)]:
        for data, answers in sorted(everything.get(name, {}).items()):
            others = {answer: comparisons(own) for answer, own in answers.items() if answer != SOLUTION}
            for what, rows in comparisons(answers.get(SOLUTION, {"seeds": {}})).items():
                simple = {answer: found[what] for answer, found in others.items() if what in found}
                lines.append(_line(name, data, what, summary(rows), simple))
    return lines


def _line(name, data, what, about, others):
    digits = 0 if about["bar"] > 1 else 3
    shown = [f"{each}: {summary(rows)['mean']:.{digits}f} ({len(rows)})" for each, rows in others.items()]
    away = "" if about["distance"] is None else f"{about['distance']:.1f}"
    tail = "" if about["tail"] is None else f"1 in {1 / about['tail']:,.0f}" if about["tail"] > 1e-6 else "under 1 in a million"
    spread = f" ± {about['sd']:.{digits + 1}f}" if about["runs"] >= FEW else ""
    cells = [
        name + " (stand-in)" * (data != "fashion-mnist"),
        what.removesuffix(f", {about['way']} {about['bar']:g}"),
        f"{about['way']} {about['bar']:g}",
        f"{about['mean']:.{digits}f}{spread} ({about['runs']})",
        away,
        f"{about['failed']} of {about['runs']}",
        tail,
        ", ".join(shown),
    ]
    return f"| {' | '.join(cells)} |"


def with_table(text):
    """The text of docs/grading.md with the table as it is to be."""
    before, _, rest = text.partition(BEGIN)
    return "\n".join([before + BEGIN, *table(load()), END]) + rest.partition(END)[2]


def load():
    """What is measured so far: {exercise/task: {data: {answer: {seed: {what: [value, way, bar]}}}}}."""
    return json.loads(RESULTS.read_text(encoding="utf-8")) if RESULTS.exists() else {}


def main():
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--seeds", type=int, default=50)
    parser.add_argument("--simple", type=int, default=5, help="seeds of answers that are too simple")
    parser.add_argument("--task", action="append", help="of these alone, such as quick_net")
    parser.add_argument("--table", action="store_true", help="write the table of docs/grading.md")
    parser.add_argument("--check", action="store_true", help="with --table: only say whether it is up to date")
    options = parser.parse_args()
    if options.table:
        text = GUIDE.read_text(encoding="utf-8")
        if options.check:
            sys.exit(with_table(text) != text and "docs/grading.md: run python benchmarks/margins.py --table")
        files_io.write_text(GUIDE, with_table(text))
        return
    for (name, task_name), simple in TASKS.items():
        if options.task and task_name not in options.task:
            continue
        task = next(each for each in exercise.load(name).tasks if each.name == task_name)
        for answer, source in {SOLUTION: task.reference, **simple}.items():
            go_on(name, task, answer, source, options.seeds if answer == SOLUTION else options.simple)


def go_on(name, task, answer, source, seeds):
    """Measures one answer for those of the seeds that are not measured yet. A check that has changed since is begun anew."""
    data = "fashion-mnist" if checks.Interview(None, None, None, None).real else "stand-in"
    digest, names = exercise.sha256([task.check, source])[:12], None
    for seed in range(seeds):
        with kept(f"{name}/{task.name}", data, answer, digest) as rows:
            measured = str(seed) in rows
        if measured:
            continue
        if names is None:
            names = names_of(name)
            exec(compile(source, "answer", "exec"), names)
        try:
            found = measure(names, task, seed)
        except UserError as error:
            if answer == SOLUTION:
                raise
            print(f"{name}/{task.name}, {answer}, {data}, seed {seed}: no points: {error}", file=sys.stderr, flush=True)
            continue
        with kept(f"{name}/{task.name}", data, answer, digest) as rows:
            rows[str(seed)] = found
        print(f"{name}/{task.name}, {answer}, {data}, seed {seed}: {found}", file=sys.stderr, flush=True)


@contextlib.contextmanager
def kept(task, data, answer, digest):
    """The rows {seed: ...} of one answer, to be changed; those of another check or answer go. One process at a time."""
    with open(__file__) as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        everything = load()
        own = everything.setdefault(task, {}).setdefault(data, {}).setdefault(answer, {"digest": digest, "seeds": {}})
        if own["digest"] != digest:
            own.update(digest=digest, seeds={})
        yield own["seeds"]
        text = json.dumps(everything, ensure_ascii=False, separators=(",", ":")).replace("},", "},\n")
        files_io.write_text(RESULTS, text + "\n")


if __name__ == "__main__":
    main()
