"""The small records that notebooks draw and quote, made of full histories: `python benchmarks/condensed.py`.

A record is gluon_alexnet/study/recorded/NAME.json (gluon_alexnet.study.recorded reads it): what was run, on what, and for each
seed the figures of every pass as columns, without the loss of every step. Those of the runs under benchmarks/results/ are made
here (`--check` only says whether they are up to date); benchmarks/epochs.py and batch_sizes.py write theirs after each run.
"""

import argparse
import json
import sys
from pathlib import Path

import numpy as np

from gluon_alexnet import files_io

ROOT = Path(__file__).resolve().parent.parent
RESULTS = ROOT / "benchmarks" / "results"
RECORDED = ROOT / "gluon_alexnet" / "study" / "recorded"
# By record: the histories that it is made of, which differ in their seed alone.
FROM_HISTORIES = {
    "alexnet-chapter": ("alexnet-chapter",),
    "alexnet-accurate": ("alexnet-accurate",),
    "alexnet-quick": ("alexnet-quick",),
    "alexnet_small-fast": ("alexnet_small-fast", "alexnet_small-fast-1", "alexnet_small-fast-2"),
    "compact-fast": ("compact-fast", "compact-fast-1", "compact-fast-2"),
    "compact-accurate": ("compact-accurate", "compact-accurate-1", "compact-accurate-2"),
    "lenet-chapter": ("lenet-chapter",),
}
# Where a run was, and how long, is of no use to a notebook.
LEFT_OUT = ("seed", "device", "precision_reason", "minutes", "measured_seconds", "command", "folder")
COLUMNS = ("epoch", "loss", "train_accuracy", "test_accuracy", "test_loss", "lr")
PLACES = 5


def record(histories, command):
    """The content of a record of `histories`, dicts as history.json holds them, of the same settings but for the seed.

    command: the words that repeat them.
    """
    first = histories[0]
    settings = {name: value for name, value in first["settings"].items() if name not in LEFT_OUT}
    settings["train_data"] = {name: value for name, value in settings["train_data"].items() if name != "seed"}
    return {
        "model": first["model"],
        "params": first["params"],
        "command": command,
        "train_images": first["data"]["train_images"],
        "test_images": first["data"]["test_images"],
        "settings": settings,
        "machine": {name: first["machine"][name] for name in ("cpu", "precision", "mxnet")},
        "runs": [columns(history) for history in histories],
    }


def columns(history):
    """{column: a figure for each pass} of one run, with its seed; what callbacks measured as NAME_loss and NAME_accuracy."""
    found = {"seed": history["settings"]["seed"], "steps": len(history["step_losses"])}
    for name in COLUMNS:
        found[name] = [rounded(epoch[name]) for epoch in history["epochs"]]
    more = history["epochs"][0].get("more", {}) if history["epochs"] else {}
    for name, figures in more.items():
        for figure in figures:
            found[f"{name}_{figure}"] = [rounded(epoch["more"][name][figure]) for epoch in history["epochs"]]
    return found


def rounded(value):
    return round(value, PLACES) if isinstance(value, float) else value


def text(content):
    """A record as JSON, a column in one line."""
    runs = [
        "  {\n" + ",\n".join(f"   {json.dumps(name)}: {json.dumps(value)}" for name, value in run.items()) + "\n  }"
        for run in content["runs"]
    ]
    before = "".join(f" {json.dumps(name)}: {json.dumps(value)},\n" for name, value in content.items() if name != "runs")
    return "{\n" + before + ' "runs": [\n' + ",\n".join(runs) + "\n ]\n}\n"


def read(name):
    """The record called `name`, None where there is none yet."""
    path = RECORDED / f"{name}.json"
    return json.loads(path.read_text(encoding="utf-8")) if path.exists() else None


def write(name, content):
    """Writes the record called `name`."""
    RECORDED.mkdir(exist_ok=True)
    files_io.write_text(RECORDED / f"{name}.json", text(content))


def write_filters(name, before, after):
    """Writes the first convolution's weights, of images of one channel, of two nets beside the record called `name`."""
    arrays = {"start": before, "end": after}
    RECORDED.mkdir(exist_ok=True)
    with files_io.replacing(RECORDED / f"{name}.npz") as temporary, open(temporary, "wb") as file:
        np.savez_compressed(file, **{each: first_filters(net).astype("float16") for each, net in arrays.items()})


def first_filters(net):
    weights = next(p.data(p.list_ctx()[0]) for p in net.collect_params().values() if len(p.shape) == 4)
    return weights.asnumpy()[:, 0]


def command(description, names, folder):
    """The command line that the recorders share; names: of the records that they make; folder: where checkpoints go."""
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"which records ({', '.join(names)})")
    parser.add_argument("--seeds", type=int, nargs="+", default=[0], metavar="SEED", help="seeds to have (0)")
    parser.add_argument("--threads", type=threads, default="auto", help="of the CPU: auto, or how many")
    parser.add_argument("--runs", type=Path, default=folder, help=f"folder of the checkpoints ({folder})")
    parser.add_argument("--list", action="store_true", help="show what is recorded and stop")
    return parser


def threads(word):
    """What `--threads` says, as fit takes it."""
    return word if word == "auto" else int(word)


def unknown(names, known):
    """Says so where one of `names` is none of `known`."""
    for name in names:
        if name not in known:
            print(f"there is no record {name!r}; there are: {', '.join(known)}", file=sys.stderr)
            return True
    return False


def from_histories(name):
    """The record `name` of histories under benchmarks/results/."""
    histories = [json.loads((RESULTS / f"{each}.json").read_text(encoding="utf-8")) for each in FROM_HISTORIES[name]]
    return record(histories, histories[0]["settings"]["command"])


def main(arguments):
    if arguments not in ([], ["--check"]):
        print("usage: python benchmarks/condensed.py [--check]", file=sys.stderr)
        return 2
    stale = 0
    for name in FROM_HISTORIES:
        content, path = from_histories(name), RECORDED / f"{name}.json"
        if not arguments:
            write(name, content)
        elif not path.exists() or path.read_text(encoding="utf-8") != text(content):
            print(f"{path.name} is out of date: run python benchmarks/condensed.py", file=sys.stderr)
            stale = 1
    return stale


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
