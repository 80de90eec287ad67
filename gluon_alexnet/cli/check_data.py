"""gluon-alexnet check-data."""

import json
import sys

EXAMPLES = """examples:
  gluon-alexnet check-data                              some minutes for all 70,000 pictures
  gluon-alexnet check-data --split test --least 0.98 --json pairs.json"""
SPLITS = ("train", "test", "between")


def add(command):
    """Adds the command, by `command(function, help, examples)`, which makes its parser."""
    sub = command(check_data, "look for pictures that are there twice, and for those of two labels", EXAMPLES)
    sub.add_argument("--split", action="append", choices=SPLITS, help="where: within one, or between the two (all three)")
    help = "how alike two pictures are that are told, the correlation of their pixels (0.995: the same garment)"
    sub.add_argument("--least", type=float, metavar="R", help=help)
    sub.add_argument("--exact", action="store_true", help="only pictures that are equal, which takes a second")
    sub.add_argument("--json", metavar="FILE", help="write all pairs here")
    sub.add_argument("--data", metavar="DIR", help="folder of the Fashion-MNIST files")


def check_data(arguments):
    from gluon_alexnet import files_io
    from gluon_alexnet.data import duplicates, load_split

    least = duplicates.LEAST if arguments.least is None else arguments.least
    duplicates.check(least)
    # Before what takes minutes.
    path = None if arguments.json is None else files_io.check_file(arguments.json)
    train, test = (load_split(name, arguments.data) for name in ("train", "test"))
    found = {}
    for name in arguments.split or SPLITS:
        split, other = {"train": (train, None), "test": (test, None), "between": (train, test)}[name]
        labels, others = split.labels, (other or split).labels
        images = (split.images, None if other is None else other.images)
        where = "between training and test pictures" if other else f"within the {len(labels):,} {name} pictures"
        equal = duplicates.exact_duplicates(*images)
        print(f"{where}: {len(equal):,} pairs are equal", end="" if not arguments.exact else "\n", flush=True)
        found[name] = {"equal": equal.tolist()}
        if arguments.exact:
            continue
        if sys.stderr.isatty():
            print(" (looking for near ones ...)", end="", file=sys.stderr, flush=True)
        near = duplicates.near_duplicates(*images, least)
        two = duplicates.contradicting(near, labels, others)
        print(f", {len(near):,} correlate by {least:g} or more, {len(two):,} of these have two labels")
        for each in two.rows()[:5]:
            print(f"  {each['pictures'][0]} and {each['pictures'][1]}: {_named(labels, others, each)}, {each['correlation']:.4f}")
        found[name]["near"] = near.rows()
    if path:
        files_io.write_text(path, json.dumps(found) + "\n")


def _named(labels, others, pair):
    from gluon_alexnet.data import CLASS_NAMES

    first, second = pair["pictures"]
    return f"{CLASS_NAMES[labels[first]]} and {CLASS_NAMES[others[second]]}"
