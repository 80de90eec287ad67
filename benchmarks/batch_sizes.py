"""What the batch size does to the accuracy: `python benchmarks/batch_sizes.py NAME...` records it.

The same images, as often, in small and in large batches, at the learning rate of the smallest (kept) and at one in proportion to
the batch (scaled), both after a warm-up. LeNet with ReLU sees all training images five times, AlexNet 6,000 of them once, by the
settings of the quick recipe, which in its five minutes sees twice as many. Each run is added with its seed, batch size and rate
to gluon_alexnet/study/recorded/NAME.json, and is not run again once it stands there (`--list` shows them); one that diverges
stands there with the passes before. A run that was stopped goes on from its last checkpoint, below runs/batch_sizes/.
`--filters` makes the record alexnet-filters of AlexNet's run in the smallest batches: its first layer before and after.
"""

import sys
from pathlib import Path

import condensed
from bench import find_data

from gluon_alexnet import FashionMNISTLoader, fit, models
from gluon_alexnet.errors import DivergedError
from gluon_alexnet.machine import runtime
from gluon_alexnet.prepare import prepare
from gluon_alexnet.train import History
from gluon_alexnet.train.loop import random_state

UNFINISHED = Path("runs/batch_sizes")
LENET = {
    "model": "lenet",
    "net": {"activation": "relu"},
    "data": {},
    "sizes": (16, 64, 256, 1024, 4096),
    "fit": {"epochs": 5, "lr": 0.02, "warmup": 0.1, "initializer": "he", "precision": "float32"},
}
ALEXNET = {
    "model": "alexnet",
    "net": {"dropout": 0.1},
    "data": {"limit": 6_000, "normalize": True},
    "tested": 2_000,
    "sizes": (32, 128, 512),
    "fit": {
        "epochs": 1,
        "lr": 0.01,
        "warmup": 0.1,
        "initializer": "he",
        "optimizer": "nag",
        "momentum": 0.9,
        "schedule": "cosine",
    },
}
# By name: the case, and whether its learning rate grows with the batch.
RECORDS = {
    "lenet_relu-batch-kept": (LENET, False),
    "lenet_relu-batch-scaled": (LENET, True),
    "alexnet-batch-kept": (ALEXNET, False),
    "alexnet-batch-scaled": (ALEXNET, True),
}


def rate(case, batch_size, scaled):
    """The learning rate for batches of that size."""
    return case["fit"]["lr"] * (batch_size / case["sizes"][0] if scaled else 1)


def one(case, batch_size, lr, seed, data, folder, threads, net=None):
    """The History of one run as a dict; net: what is to be trained, if somebody wants it afterwards."""
    spec = models.spec(case["model"], **case["net"])
    size = spec.input_shape[1:]
    normalize = case["data"].get("normalize", False)
    train = FashionMNISTLoader("train", batch_size, resize=size, seed=seed, data=data, **case["data"])
    test = FashionMNISTLoader("test", 500, resize=size, normalize=normalize, limit=case.get("tested"), data=data)
    told = {**case["fit"], "lr": lr, "seed": seed, "threads": threads}
    kept = {"folder": folder, "resume": (folder / "last.json").is_file()}
    net = net or models.build(spec)
    try:
        content = fit(net, train, test, **kept, **told).to_dict()
    except DivergedError as error:
        print(error, file=sys.stderr)
        content = History.load(folder / "history.json").to_dict()
    content["model"] = case["model"]
    content["settings"]["net"] = case["net"]
    return content


def of(name):
    """{(seed, batch size)} of what the record has."""
    return {(run["seed"], run["batch_size"]) for run in (condensed.read(name) or {"runs": []})["runs"]}


def folder_of(case, batch_size, lr, seed, runs):
    """Where a run is kept. The smallest batch has the same rate in both records: one folder, one run."""
    return runs / f"{case['model']}-batch-{batch_size}-{lr:g}-{seed}"


def record_filters(runs, threads):
    """Writes the record alexnet-filters, of the run with the smallest batches; that is not run again where it is kept."""
    case, seed = RECORDS["alexnet-batch-kept"][0], 0
    size, lr = case["sizes"][0], case["fit"]["lr"]
    spec = models.spec(case["model"], **case["net"])
    before, after = models.build(spec), models.build(spec)
    mx = runtime.load_mxnet()
    # As fit begins.
    mx.random.seed(random_state(seed, 0))
    prepare(before, mx.np.zeros((1, *spec.input_shape)), [mx.cpu()], case["fit"]["initializer"])
    history = one(case, size, lr, seed, find_data(), folder_of(case, size, lr, seed, runs), threads, after)
    condensed.write_filters("alexnet-filters", before, after)
    condensed.write("alexnet-filters", condensed.record([history], "python benchmarks/batch_sizes.py --filters"))


def add(name, history, batch_size, lr):
    """Adds a run to a record; what differs from run to run stands with the run."""
    content = condensed.record([history], f"python benchmarks/batch_sizes.py {name}")
    for changing in ("lr", "steps_per_epoch", "total_steps"):
        del content["settings"][changing]
    del content["settings"]["train_data"]["batch_size"]
    (run,) = content["runs"]
    content["runs"] = [{"seed": run["seed"], "batch_size": batch_size, "rate": lr, "stopped": history["stopped"], **run}]
    if before := condensed.read(name):
        runs = [*before["runs"], *content["runs"]]
        content = {**before, "runs": sorted(runs, key=lambda run: (run["seed"], run["batch_size"]))}
    condensed.write(name, content)


def line(name):
    """What a record says, for a person."""
    runs = (condensed.read(name) or {"runs": []})["runs"]
    ends = ((run["batch_size"], f"{run['test_accuracy'][-1]:.4f}" if run["epoch"] else "diverged") for run in runs)
    return f"{name}: {', '.join(f'{size} {end}' for size, end in ends) or 'not recorded'}"


def main(argv=None):
    parser = condensed.command("Record accuracy against batch size.", RECORDS, UNFINISHED)
    parser.add_argument("--filters", action="store_true", help="make the record alexnet-filters and stop")
    arguments = parser.parse_args(argv)
    if condensed.unknown(arguments.names, RECORDS):
        return 2
    if arguments.filters:
        record_filters(arguments.runs, arguments.threads)
        return 0
    names = [] if arguments.list else arguments.names or list(RECORDS)
    for seed, name in ((seed, name) for seed in arguments.seeds for name in names):
        case, scaled = RECORDS[name]
        for batch_size in case["sizes"]:
            if (seed, batch_size) in of(name):
                continue
            lr = rate(case, batch_size, scaled)
            folder = folder_of(case, batch_size, lr, seed, arguments.runs)
            print(f"{name}, batch {batch_size}, rate {lr:g}, seed {seed}", flush=True)
            add(name, one(case, batch_size, lr, seed, find_data(), folder, arguments.threads), batch_size, lr)
    print("\n".join(map(line, RECORDS)))
    return 0


if __name__ == "__main__":
    sys.exit(main())
