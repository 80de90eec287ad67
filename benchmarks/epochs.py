"""More epochs than the chapter's ten: `python benchmarks/epochs.py NAME...` records what they bring and what they do not.

LeNet for 60 passes over all training images, AlexNet for 30 over a part of them, at a constant rate and by a schedule, with and
without dropout. After every pass the net is also measured, dropout off, on images that it learns from: by the gap to the
test images one sees how far it overfits. Each run of a case adds a seed to gluon_alexnet/study/recorded/NAME.json, and seeds that
stand there are not run again (`--list` shows them). A run that was stopped goes on from its last checkpoint, below runs/epochs/;
`--so-far` records the passes that it has made.
"""

import json
import sys
from pathlib import Path

import condensed
from bench import find_data

from gluon_alexnet import FashionMNISTLoader, fit, models

UNFINISHED = Path("runs/epochs")
LENET = {"model": "lenet", "epochs": 60, "batch_size": 256}
SIGMOID = {**LENET, "lr": 0.9}
# A ninth of the chapter's rate: at .9 the loss of this net is NaN within the first pass.
RELU = {**LENET, "activation": "relu", "lr": 0.1}
ALEXNET = {"model": "alexnet", "epochs": 30, "batch_size": 128, "lr": 0.01, "limit": 6_000, "tested": 2_000, "measured": 1_000}
SMALL = {**ALEXNET, "model": "alexnet_small", "limit": None}
COSINE = {"schedule": "cosine"}
CASES = {
    "lenet-60-constant": SIGMOID,
    "lenet-60-cosine": {**SIGMOID, **COSINE},
    "lenet-60-dropout": {**SIGMOID, "dropout": 0.2},
    "lenet_relu-60-constant": RELU,
    "lenet_relu-60-cosine": {**RELU, **COSINE},
    "lenet_relu-60-dropout": {**RELU, "dropout": 0.5},
    "lenet_relu-60-cosine-dropout": {**RELU, **COSINE, "dropout": 0.5},
    "lenet_relu-60-cosine-decay": {**RELU, **COSINE, "weight_decay": 1e-3},
    "alexnet-30-constant": ALEXNET,
    "alexnet-30-cosine": {**ALEXNET, **COSINE},
    "alexnet-30-no-dropout": {**ALEXNET, "dropout": 0.0},
    "alexnet-30-cosine-no-dropout": {**ALEXNET, **COSINE, "dropout": 0.0},
    "alexnet_small-30-constant": SMALL,
    "alexnet_small-30-cosine": {**SMALL, **COSINE},
}
OF_NET = ("activation", "dropout")
OF_DATA = ("model", "batch_size", "limit", "tested", "measured")


class OnLearned:
    """A callback: loss and accuracy on images that the net learns from, as `learned` among the figures of each pass."""

    def __init__(self, data):
        self.data = data

    def on_epoch(self, run):
        found = run.evaluate(self.data)
        run.history.epochs[-1].more["learned"] = {"accuracy": found.accuracy, "loss": found.loss}


def one(name, seed, data, folder, threads="auto"):
    """The History of one run as a dict; `folder` keeps its checkpoints, and the History when it is over."""
    case = CASES[name]
    spec = models.spec(case["model"], **{key: case[key] for key in OF_NET if key in case})

    def loader(split, limit, **more):
        size = spec.input_shape[1:]
        return FashionMNISTLoader(split, case["batch_size"], resize=size, seed=seed, limit=limit, data=data, **more)

    told = {key: value for key, value in case.items() if key not in (*OF_NET, *OF_DATA)}
    train, test = loader("train", case.get("limit")), loader("test", case.get("tested"))
    learned = OnLearned(loader("train", case.get("measured", 10_000), shuffle=False))
    kept = {"folder": folder, "resume": (folder / "last.json").is_file()}
    history = fit(models.build(spec), train, test, seed=seed, threads=threads, callbacks=[learned], **kept, **told)
    return told_of(name, history.to_dict())


def told_of(name, history):
    """A History, a dict, with what `fit` cannot know of the case's net."""
    history["model"] = CASES[name]["model"]
    history["settings"]["net"] = {key: CASES[name][key] for key in OF_NET if key in CASES[name]}
    return history


def is_done(name, seed):
    """Whether the record of a case has a run of that seed to its end."""
    runs = (condensed.read(name) or {"runs": []})["runs"]
    return any(run["seed"] == seed and run["epoch"][-1] >= CASES[name]["epochs"] for run in runs)


def add(name, history):
    """Adds a run to the record of its case."""
    content, before = condensed.record([history], f"python benchmarks/epochs.py {name}"), condensed.read(name)
    if before:
        runs = [run for run in before["runs"] if run["seed"] != history["settings"]["seed"]]
        content = {**before, "runs": sorted([*runs, *content["runs"]], key=lambda run: run["seed"])}
    condensed.write(name, content)


def line(name):
    """What the record of a case says at its end, for a person."""
    content = condensed.read(name)
    if content is None:
        return f"{name}: not recorded"
    ends = ", ".join(
        f"{run['test_accuracy'][-1]:.4f} (learned {run['learned_accuracy'][-1]:.4f}, pass {run['epoch'][-1]})"
        for run in content["runs"]
    )
    return f"{name}: {ends}"


def main(argv=None):
    parser = condensed.command("Record runs of many epochs.", CASES, UNFINISHED)
    parser.add_argument("--so-far", action="store_true", help="record the passes that stopped runs have made, and stop")
    arguments = parser.parse_args(argv)
    if condensed.unknown(arguments.names, CASES):
        return 2
    for name in [] if arguments.list else arguments.names or CASES:
        for seed in arguments.seeds:
            folder = arguments.runs / f"{name}-{seed}"
            if is_done(name, seed):
                continue
            if arguments.so_far:
                if (folder / "history.json").is_file():
                    add(name, told_of(name, json.loads((folder / "history.json").read_text(encoding="utf-8"))))
                continue
            print(f"{name}, seed {seed}", flush=True)
            add(name, one(name, seed, find_data(), folder, arguments.threads))
    print("\n".join(map(line, CASES)))
    return 0


if __name__ == "__main__":
    sys.exit(main())
