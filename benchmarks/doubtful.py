"""Pictures that Fashion-MNIST has nearly twice, and labels that contradict: `python benchmarks/doubtful.py`.

Near duplicates within the training pictures, within the test pictures and between them (gluon_alexnet.data.duplicates). As a
second witness of labels, confident learning: what a softmax regression on histograms of gradients says of pictures that it has
not learned from, those of the training set in five parts by turns. Written to gluon_alexnet/study/found/doubtful.json, for
notebooks to draw. With `--runs RUN RUN RUN`, a third witness: the test pictures whose label the nets of these runs contradict.
"""

import argparse
import json
import os
import sys
import time
from pathlib import Path

import features
import harness
import numpy as np
import support_vectors
from bench import find_data

from gluon_alexnet import files_io
from gluon_alexnet.data import CLASS_NAMES, duplicates, load_split

FOUND = Path(__file__).resolve().parent.parent / "gluon_alexnet" / "study" / "found" / "doubtful.json"
# Lower than what is the same garment: similar ones with two labels are doubtful, too.
LEAST = 0.98
BOUNDS = (0.98, 0.985, 0.99, 0.995, 0.998, 0.999)
PARTS, SEED = 5, 0
C = 1.0
SHOWN, MANY = 60, 300


class Softmax:
    """Softmax regression: the minimum of |w|^2 / 2 + C * sum of the cross-entropies, by L-BFGS.

    features: float32 (N, D); labels: int (N,), all of 0 to their highest.
    """

    def __init__(self, rows, labels, C, most=200):
        from scipy.linalg import cholesky, solve_triangular
        from scipy.optimize import minimize

        wanted = np.eye(labels.max() + 1, dtype="float32")[labels]
        shape = (rows.shape[1] + 1, wanted.shape[1])
        # As in support_vectors.Linear: a probability p has the curvature p (1 - p), on average some hundredths.
        root = cholesky(C * 0.03 * support_vectors.products(rows) + np.eye(shape[0], dtype="float32"), lower=True)

        def loss(flat):
            self.weights = solve_triangular(root, flat.reshape(shape).astype("float32"), lower=True, trans="T")
            probabilities = self.probabilities(rows)
            slopes = C * (probabilities - wanted)
            gradient = np.vstack([rows.T @ slopes, slopes.sum(axis=0)]) + self.weights
            value = -C * np.log(np.maximum(probabilities[wanted > 0], 1e-30)).sum(dtype="float64")
            value += (self.weights.astype("float64") ** 2).sum() / 2
            return value / len(rows), solve_triangular(root, gradient, lower=True).astype("float64").ravel() / len(rows)

        found = minimize(
            loss, np.zeros(shape).ravel(), jac=True, method="L-BFGS-B", options={"maxiter": most, "ftol": 1e-6, "maxcor": 20}
        )
        self.weights = solve_triangular(root, found.x.reshape(shape).astype("float32"), lower=True, trans="T")

    def probabilities(self, rows):
        """float32 (M, classes) of features (M, D)."""
        logits = rows @ self.weights[:-1] + self.weights[-1]
        logits = np.exp(logits - logits.max(axis=1, keepdims=True))
        return logits / logits.sum(axis=1, keepdims=True)


def out_of_fold(rows, labels, parts=PARTS):
    """Probabilities of each row, float32 (N, classes), by a regression that has learned from the other parts."""
    part = np.random.RandomState(SEED).permutation(len(rows)) % parts
    found = np.empty((len(rows), labels.max() + 1), "float32")
    for each in range(parts):
        found[part == each] = Softmax(rows[part != each], labels[part != each], C).probabilities(rows[part == each])
    return found


def pairs_of(name, split, other=None):
    """What is recorded of the near duplicates of a split, or between two."""
    began = time.monotonic()
    exact = duplicates.exact_duplicates(split.images, None if other is None else other.images)
    near = duplicates.near_duplicates(split.images, None if other is None else other.images, LEAST)
    two = duplicates.contradicting(near, split.labels, None if other is None else other.labels)
    print(f"{name}: {len(exact)} exact, {len(near):,} pairs of {LEAST} or more, {time.monotonic() - began:.0f} s", flush=True)
    labels = (split.labels, (other or split).labels)
    same = duplicates.Pairs(*(column[near.correlation >= duplicates.LEAST] for column in near))
    return near, {
        "exact": len(exact),
        "pairs": {str(bound): int((near.correlation >= bound).sum()) for bound in BOUNDS},
        "of_two_labels": {str(bound): int((two.correlation >= bound).sum()) for bound in BOUNDS},
        "same": told(same, *labels, SHOWN),
        "contradicting": told(two, *labels, SHOWN // 2),
    }


def told(pairs, labels, other_labels, most):
    """The most alike of some pairs as JSON: as Pairs.rows has them, with the two labels."""
    rows = duplicates.Pairs(*(column[:most] for column in pairs)).rows()
    return [{**row, "labels": [int(labels[row["pictures"][0]]), int(other_labels[row["pictures"][1]])]} for row in rows]


def labels_of(labels, probabilities, alike):
    """What is recorded of the doubtful labels of a split; alike: {picture: labels of those nearly like it}."""
    doubtful = duplicates.doubtful_labels(labels, probabilities)
    said = probabilities.argmax(axis=1)
    both = [each for each in doubtful if said[each] in alike.get(int(each), ())]
    table = {}
    for each in doubtful:
        words = f"{CLASS_NAMES[labels[each]]} / {CLASS_NAMES[said[each]]}"
        table[words] = table.get(words, 0) + 1

    def one(each):
        shares = [round(float(probabilities[each, which]), 4) for which in (labels[each], said[each])]
        return {"picture": int(each), "label": int(labels[each]), "said": int(said[each]), "probabilities": shares}

    return {
        "accuracy": round(float((said == labels).mean()), 4),
        "doubtful": len(doubtful),
        "label_and_said": dict(sorted(table.items(), key=lambda item: -item[1])[:10]),
        "surest": [one(each) for each in doubtful[:SHOWN]],
        "numbers": doubtful[:MANY].tolist(),
        "alike_with_said": len(both),
        "by_both": [one(each) for each in both[: SHOWN // 2]],
    }


def neighbours(*sides):
    """{picture: labels of the pictures nearly like it}; sides: (numbers, labels of the others) of pairs."""
    found = {}
    for numbers, labels in sides:
        for number, label in zip(numbers.tolist(), labels.tolist(), strict=True):
            found.setdefault(number, set()).add(label)
    return found


def by_nets(folders, doubted):
    """The test pictures whose label the nets of some runs all contradict, as agreement.to_dict tells them, the surest.

    doubted: numbers of those whose label the regression doubts; how many are the same is `also_doubted`.
    """
    from gluon_alexnet.compare import compare
    from gluon_alexnet.pictures import agreement

    _, found, runs = compare(folders)
    told = agreement.to_dict(found, runs)
    also = len({each["picture"] for each in told["contradicted"]} & {*doubted})
    return {**told, "all": len(told["contradicted"]), "also_doubted": also, "contradicted": told["contradicted"][:SHOWN]}


def measure():
    """Everything but what nets say."""
    train, test = load_split("train"), load_split("test")
    within, of_train = pairs_of("train", train)
    in_test, of_test = pairs_of("test", test)
    across, between = pairs_of("between", train, test)
    row = features.Row("hog_interpolated", features.SIGNED)
    rows, asked, _ = features.described(row, train.images, test.images, train.images)
    scaling = support_vectors.Scaling(rows)
    rows, asked = scaling(rows), scaling(asked)
    alike = neighbours(
        (within.first, train.labels[within.second]),
        (within.second, train.labels[within.first]),
        (across.first, test.labels[across.second]),
    )
    alike_test = neighbours(
        (in_test.first, test.labels[in_test.second]),
        (in_test.second, test.labels[in_test.first]),
        (across.second, train.labels[across.first]),
    )
    return {
        "command": "python benchmarks/doubtful.py",
        "least": LEAST,
        "duplicates": {"train": of_train, "test": of_test, "between": between},
        "labels": {
            "train": labels_of(train.labels, out_of_fold(rows, train.labels), alike),
            "test": labels_of(test.labels, Softmax(rows, train.labels, C).probabilities(asked), alike_test),
        },
        "machine": {name: value for name, value in harness.machine().items() if name in ("cpu", "cores", "numpy")},
    }


def text(content):
    """The record as JSON, an entry of a list in one line."""
    def lines(value, depth):
        room = " " * depth
        if isinstance(value, dict) and any(isinstance(each, (dict, list)) for each in value.values()) and depth < 4:
            inner = [f"{room} {json.dumps(key)}: {lines(each, depth + 1)}" for key, each in value.items()]
            return "{\n" + ",\n".join(inner) + f"\n{room}}}"
        if isinstance(value, list) and value and isinstance(value[0], dict):
            return "[\n" + ",\n".join(f"{room} {json.dumps(each)}" for each in value) + f"\n{room}]"
        return json.dumps(value)

    return lines(content, 0) + "\n"


def main(argv=None):
    parser = argparse.ArgumentParser(description="Find near duplicates and doubtful labels in Fashion-MNIST.")
    parser.add_argument("--runs", nargs="+", metavar="RUN", help="runs of one recipe: only what their nets contradict is added")
    arguments = parser.parse_args(argv)
    os.environ["FASHION_MNIST_DIR"] = str(find_data())
    content = json.loads(FOUND.read_text(encoding="utf-8")) if FOUND.exists() else {}
    if arguments.runs:
        content["nets"] = by_nets(arguments.runs, content["labels"]["test"]["numbers"])
    else:
        content.update(measure())
    FOUND.parent.mkdir(exist_ok=True)
    files_io.write_text(FOUND, text(content))
    return 0


if __name__ == "__main__":
    sys.exit(main())
