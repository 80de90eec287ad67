"""Does bfloat16 cost accuracy? The same runs from the same seeds in bfloat16 and in float32: `python benchmarks/bfloat16.py`.

The compact net by its recipe to the end, AlexNet and LeNet by the chapter's settings for two and ten passes, three seeds each.
Both precisions take the same number of steps on the same batches. Accuracies and losses are written after every run to
benchmarks/results/bench/bfloat16.json, and runs that stand there are not run again: the whole takes hours (`--list` shows what is
done). A run that was stopped goes on from its last checkpoint, below runs/bfloat16/.
"""

import argparse
import json
import shutil
import statistics
import sys
from pathlib import Path

import harness
from bench import find_data, save
from harness import machine

from gluon_alexnet import FashionMNISTLoader, fit, models, recipes
from gluon_alexnet.settings import OfNet, names

FILE = harness.RESULTS / "bfloat16.json"
SEEDS = (0, 1, 2)
PRECISIONS = ("bfloat16", "float32")
UNFINISHED = Path("runs/bfloat16")
# By name: the net, its recipe, and the passes that both precisions make (a recipe's minutes would give float32 fewer).
CASES = {
    "compact": ("compact", "fast", 7),
    "alexnet": ("alexnet", "chapter", 2),
    "lenet": ("lenet", "chapter", 10),
}


def one(name, seed, precision, data, folder):
    """Test accuracy and loss of one run, with its last pass's training loss; `folder` keeps its checkpoints."""
    model, recipe, epochs = CASES[name]
    settings = recipes.recipe(recipe, model)
    settings.pop("minutes", None)
    settings["epochs"] = epochs
    spec = models.spec(model, **recipes.of_net(settings))

    def loader(split):
        return FashionMNISTLoader(
            split,
            settings["batch_size"],
            resize=spec.input_shape[1:],
            seed=seed,
            augment=settings.get("augment") if split == "train" else None,
            normalize=settings.get("normalize", False),
            data=data,
        )

    told = {key: value for key, value in settings.items() if key not in ("batch_size", "augment", "normalize", *names(OfNet))}
    train, test = loader("train"), loader("test")
    kept = {"folder": folder, "resume": (folder / "last.json").is_file()}
    last = fit(models.build(spec), train, test, seed=seed, precision=precision, **kept, **told).epochs[-1]
    return {"test_accuracy": last.test_accuracy, "test_loss": last.test_loss, "train_loss": last.loss}


def done():
    return json.loads(FILE.read_text(encoding="utf-8"))["runs"] if FILE.exists() else {}


def rows(runs):
    """The nets of which two seeds or more are done in both precisions, as cells of a table joined by ' | '.

    Test accuracy of each precision and the difference seed by seed, each as mean and deviation, and the number of seeds.
    """
    lines = []
    for name in CASES:
        keys = [[f"{name} {seed} {precision}" for precision in PRECISIONS] for seed in SEEDS]
        pairs = [[runs[key]["test_accuracy"] for key in both] for both in keys if set(both) <= set(runs)]
        if len(pairs) < 2:
            continue
        columns = [*zip(*pairs, strict=True), [first - second for first, second in pairs]]
        words = [f"{statistics.mean(values):+.4f} ± {statistics.stdev(values):.4f}" for values in columns]
        first, second, difference = words
        lines.append(
            f"{name}, {CASES[name][2]} passes | {first.lstrip('+')} | {second.lstrip('+')} | {difference} | {len(pairs)}"
        )
    return lines


def main(argv=None):
    parser = argparse.ArgumentParser(description="Compare bfloat16 with float32 over whole runs.")
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"which nets ({', '.join(CASES)})")
    parser.add_argument("--list", action="store_true", help="show what is done and stop")
    arguments = parser.parse_args(argv)
    unknown = [name for name in arguments.names if name not in CASES]
    if unknown:
        print(f"there is no case {unknown[0]!r}; there are: {', '.join(CASES)}", file=sys.stderr)
        return 2
    runs = done()
    if not arguments.list:
        data = find_data()
        for name in arguments.names or CASES:
            for seed in SEEDS:
                for precision in PRECISIONS:
                    key = f"{name} {seed} {precision}"
                    if key not in runs:
                        print(key, flush=True)
                        folder = UNFINISHED / key.replace(" ", "-")
                        run = {**one(name, seed, precision, data, folder), "machine": machine()}
                        # Read again: another process may have added runs of another net.
                        runs = {**done(), key: run}
                        save("bfloat16", {"benchmark": "bfloat16", "runs": runs})
                        shutil.rmtree(folder)
    print("\n".join([*(f"{key}: {run['test_accuracy']:.4f}" for key, run in runs.items()), *rows(runs)]))
    return 0


if __name__ == "__main__":
    sys.exit(main())
