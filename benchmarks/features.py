"""The years before 2012 on the whole of Fashion-MNIST: `python benchmarks/features.py ROW...` measures features made by hand.

A row is a description of the pictures (pixels, HOG, SIFT at its own keypoints or on a grid, in bags of visual words) and a
support vector machine on top, which learns from all 60,000 training images. Its C and its kernel's width are chosen on the 5,000
images of the validation split, after learning from a part of the others; the test images have no say. Every row is written
to benchmarks/results/bench/features.json when it is done, and a row that stands there is not measured again (`--list` shows
them). Needs the extra `features`.
"""

import argparse
import json
import os
import sys
import time
from dataclasses import asdict, dataclass
from importlib import metadata
from pathlib import Path

import harness
import numpy as np
import support_vectors
from bench import find_data, save

from gluon_alexnet import features
from gluon_alexnet.data import load_split
from gluon_alexnet.data.loader import VALIDATION_IMAGES, VALIDATION_SEED

FILE = harness.RESULTS / "features.json"
KEPT = Path("runs/features")
SEED = 0
# Words are learned from so many training images.
WORDS_FROM = 6_000
PART = 1_000
THREADS = 1


@dataclass(frozen=True)
class Row:
    """One row: a description by its name and settings, a machine, and what its settings are chosen from.

    chosen_from: training images that each choice learns from. gammas: widths of the kernel, where the mean square distance of two
    pictures is 2. mirrored: the support vectors are also shown mirrored, and the machine learns again from both.
    """

    what: str
    settings: tuple = ()
    machine: str = "linear"
    Cs: tuple = (0.1, 1.0, 10.0)
    gammas: tuple = ()
    chosen_from: int = 20_000
    mirrored: bool = False


def kernel_row(what, *settings, Cs=(3.0, 10.0), gammas=(1.0, 2.0, 4.0), chosen_from=8_000, **more):
    return Row(what, settings, "gaussian", Cs, gammas, chosen_from, **more)


LOW = (0.01, 0.03, 0.1, 0.3)
SIGNED = (("cell", 4), ("signed", True))
ROWS = {
    "pixels, linear": Row("pixels", Cs=(0.01, 0.1, 1.0)),
    "pixels, kernel": kernel_row("pixels"),
    "hog, linear": Row("hog"),
    "hog, kernel": kernel_row("hog"),
    "hog interpolated, linear": Row("hog_interpolated", (("cell", 4),)),
    "hog interpolated, kernel": kernel_row("hog_interpolated", ("cell", 4)),
    "hog over 360 degrees, linear": Row("hog_interpolated", SIGNED),
    "hog over 360 degrees, kernel": kernel_row("hog_interpolated", *SIGNED),
    "hog over 360 degrees, kernel, mirrored": kernel_row("hog_interpolated", *SIGNED, mirrored=True),
    "sift at keypoints of 28 pixels, linear": Row("sift_at_keypoints", (("side", 28), ("words", 1000)), Cs=LOW),
    "sift at keypoints, linear": Row("sift_at_keypoints", (("side", 112), ("words", 1000)), Cs=LOW),
    "sift at keypoints, kernel": kernel_row("sift_at_keypoints", ("side", 112), ("words", 1000)),
    "sift in its places, linear": Row("sift_in_places", Cs=(3.0, 10.0, 30.0)),
    "sift on a grid, linear": Row("sift_on_a_grid", (("step", 3), ("words", 500), ("grids", (1, 3)))),
    "sift on a grid, kernel": kernel_row("sift_on_a_grid", ("step", 3), ("words", 500), ("grids", (1, 3))),
}
# What the table calls them, and what others have published of the same test data.
TITLES = {
    "pixels, linear": "raw pixels, linear machine",
    "pixels, kernel": "raw pixels, kernel",
    "hog, linear": "HOG, scikit-image's, linear machine",
    "hog, kernel": "HOG, scikit-image's, kernel",
    "hog interpolated, linear": "HOG, OpenCV's, linear machine",
    "hog interpolated, kernel": "HOG, OpenCV's, kernel",
    "hog over 360 degrees, linear": "HOG, OpenCV's, directions over 360°, linear machine",
    "hog over 360 degrees, kernel": "HOG, OpenCV's, directions over 360°, kernel",
    "hog over 360 degrees, kernel, mirrored": "the same, its support vectors mirrored too",
    "sift at keypoints of 28 pixels, linear": "SIFT at its own keypoints, not enlarged, 1,000 words, linear machine",
    "sift in its places, linear": "SIFT on a grid of 6 × 6, one descriptor after the other, linear machine",
    "sift at keypoints, linear": "SIFT at its own keypoints, enlarged to 112, 1,000 words, linear machine",
    "sift at keypoints, kernel": "SIFT at its own keypoints, enlarged to 112, 1,000 words, kernel",
    "sift on a grid, linear": "SIFT on a grid, 500 words, spatial pyramid, linear machine",
    "sift on a grid, kernel": "SIFT on a grid, 500 words, spatial pyramid, kernel",
}
PUBLISHED = (
    (0.812, "LeNet, the chapter's recipe, mean of 87 runs"),
    (0.835, "people without training in fashion"),
    (0.887, "AlexNet, the chapter's recipe, mean of 89 runs"),
    (0.926, "HOG and a support vector machine, as sent in to the authors"),
)


def pixels(images):
    """float32 (N, 784) in 0 to 1."""
    return images.reshape(len(images), -1) / np.float32(255)


def sift_in_places(images):
    """SIFT on a grid of 6 by 6, the square roots of the descriptors one after the other: float32 (N, 4608)."""
    return np.sqrt(features.dense_sift(images)).reshape(len(images), -1)


def hog_interpolated(images, cell=4, side=28, block=2, bins=9, signed=False):
    """OpenCV's histograms of oriented gradients, of pictures enlarged to `side` pixels: float32 (N, features).

    As Dalal and Triggs describe them, and unlike features.hog: a gradient counts in the cells and the directions next to it by
    its nearness, and the middle of a block counts more. signed: directions over 360 degrees instead of 180.
    """
    import cv2

    describe = cv2.HOGDescriptor(
        (side, side), (cell * block,) * 2, (cell, cell), (cell, cell), bins, 1, -1, 0, 0.2, False, 64, signed
    )
    return np.stack([describe.compute(image).ravel() for image in enlarged(images, side)])


def enlarged(images, side):
    """uint8 (N, side, side): the pictures enlarged by OpenCV's cubic interpolation, one after the other."""
    import cv2

    return (image if side == len(image) else cv2.resize(image, (side, side), interpolation=cv2.INTER_CUBIC) for image in images)


class Words:
    """What the two bags of words share: the words, learned once from the first training images that are not held out."""

    def __init__(self, words):
        self.count, self.words = words, None

    def learn(self, descriptors):
        # The square root of a histogram, as SIFT's is one, before distances (Arandjelovic and Zisserman 2012).
        self.words = features.learn_words(self.prepared(descriptors), self.count, SEED)

    def prepared(self, descriptors):
        descriptors = descriptors.astype("float32")
        return np.sqrt(descriptors / np.maximum(descriptors.sum(axis=-1, keepdims=True), 1))


class sift_at_keypoints(Words):
    """Bags of words of SIFT at the keypoints that it finds itself, in pictures enlarged to `side`: float32 (N, words).

    The square root of which share of a picture's keypoints is nearest to each word; zeros for a picture without one.
    """

    def __init__(self, train, side=112, words=1000):
        super().__init__(words)
        self.side = side
        self.learn(np.concatenate([found for found in self.found(train[:WORDS_FROM]) if len(found)]))
        self.counts = []

    def found(self, images):
        import cv2

        sift = cv2.SIFT_create()
        for image in enlarged(images, self.side):
            found = sift.detectAndCompute(image, None)[1]
            yield np.empty((0, 128), "float32") if found is None else found

    def __call__(self, images):
        bags = np.zeros((len(images), self.count), "float32")
        for bag, found in zip(bags, self.found(images), strict=True):
            self.counts.append(len(found))
            if len(found):
                bag[:] = features.word_histograms(self.prepared(found)[None], self.words)[0]
        return np.sqrt(bags)

    def about(self):
        counts = np.array(self.counts)
        return {"keypoints": float(counts.mean()), "without": float((counts == 0).mean()), "pictures": len(counts)}


class sift_on_a_grid(Words):
    """Bags of words of SIFT on a grid, one for each field of each of `grids` (1: the picture; 3: nine fields): float32 (N, D).

    A spatial pyramid (Lazebnik, Schmid and Ponce 2006); the square roots of the shares. An empty patch is a word of its own.
    """

    def __init__(self, train, step=4, words=500, grids=(1, 3)):
        super().__init__(words)
        self.step, self.grids = step, grids
        some = features.dense_sift(train[:WORDS_FROM], step).reshape(-1, 128)
        some = some[some.any(axis=1)]
        self.learn(some[np.random.RandomState(SEED).permutation(len(some))[:100_000]])
        self.words = np.vstack([self.words, np.zeros((1, 128), "float32")])

    def __call__(self, images):
        return np.concatenate([self.bags(images[start : start + PART]) for start in range(0, len(images), PART)])

    def bags(self, images):
        descriptors = self.prepared(features.dense_sift(images, self.step))
        squares = (self.words**2).sum(axis=1)
        nearest = (squares - 2 * descriptors.reshape(-1, 128) @ self.words.T).argmin(axis=1).reshape(len(images), -1)
        places = np.arange(self.step, 28, self.step)
        parts = []
        for grid in self.grids:
            field = (places * grid // 28)[:, None] * grid + places * grid // 28
            parts.append(_counts(nearest + field.ravel() * len(self.words), grid**2 * len(self.words)))
        return np.sqrt(np.concatenate(parts, axis=1) / np.float32(len(places) ** 2 * len(self.grids)))


def _counts(numbers, count):
    """How often each number of 0 to count - 1 is in each row of `numbers`: float32 (N, count)."""
    flat = numbers + np.arange(len(numbers))[:, None] * count
    return np.bincount(flat.ravel(), minlength=len(numbers) * count).reshape(len(numbers), count).astype("float32")


DESCRIPTIONS = {"pixels": pixels, "hog": features.hog, "hog_interpolated": hog_interpolated, "sift_in_places": sift_in_places}
BAGS = {"sift_at_keypoints": sift_at_keypoints, "sift_on_a_grid": sift_on_a_grid}


def described(row, images, test, learn_from, mirrored=False):
    """The description of both splits, float32, and what it took; kept below runs/features/ for the next row that wants it."""
    settings = dict(row.settings)
    words = "-".join(f"{name}{value}" for name, value in row.settings).replace(" ", "")
    path = KEPT / f"{row.what}-{words}{'-mirrored' if mirrored else ''}.npz"
    if not path.exists():
        if mirrored:
            images, test = images[:, :, ::-1], test[:, :, ::-1]
        began = time.monotonic()
        describe = BAGS[row.what](learn_from, **settings) if row.what in BAGS else None
        learned = time.monotonic()
        each = describe or (lambda part: DESCRIPTIONS[row.what](np.ascontiguousarray(part), **settings))
        found = [_in_parts(each, part) for part in (images, test)]
        ended = time.monotonic()
        about = {"words": learned - began, "images": ended - learned, **(describe.about() if hasattr(describe, "about") else {})}
        KEPT.mkdir(parents=True, exist_ok=True)
        temporary = path.with_suffix(".part")
        with open(temporary, "wb") as file:
            np.savez(file, train=found[0], test=found[1], about=json.dumps(about))
        temporary.replace(path)
    with np.load(path) as kept:
        return kept["train"], kept["test"], json.loads(str(kept["about"]))


def _in_parts(describe, images):
    return np.concatenate([describe(images[start : start + PART]) for start in range(0, len(images), PART)])


def fitted(row, train, labels, C, gamma=None):
    if row.machine == "linear":
        return support_vectors.Linear(train, labels, C)
    return support_vectors.Gaussian(train, labels, C, gamma / 2, THREADS)


def choices(row):
    return [{"C": C, **({"gamma": gamma} if gamma else {})} for gamma in row.gammas or (None,) for C in row.Cs]


def accuracy(machine, part, labels):
    return float((machine.predict(part) == labels).mean())


def choose(row, train, labels):
    """What each choice reaches on the validation split, after learning from a part of the others."""
    if len(choices(row)) == 1:
        return [{**choices(row)[0]}]
    order = np.random.RandomState(VALIDATION_SEED).permutation(len(labels))
    held, rest = order[:VALIDATION_IMAGES], order[VALIDATION_IMAGES:][: row.chosen_from]
    tried = []
    for choice in choices(row):
        machine = fitted(row, train[rest], labels[rest], **choice)
        tried.append({**choice, "validation": accuracy(machine, train[held], labels[held])})
        print(f"  {tried[-1]}", flush=True)
    return tried


def measure(name):
    """Describes the pictures, chooses, learns, tests: what is recorded of a row."""
    row, train, test = ROWS[name], load_split("train"), load_split("test")
    held = np.random.RandomState(VALIDATION_SEED).permutation(len(train.labels))[:VALIDATION_IMAGES]
    learn_from = np.delete(train.images, held, axis=0)
    learned, asked, about = described(row, train.images, test.images, learn_from)
    scaling = support_vectors.Scaling(learned)
    learned, asked = scaling(learned), scaling(asked)
    began = time.monotonic()
    tried = choose(row, learned, train.labels)
    best = max(tried, key=lambda each: each.get("validation", 0))
    choice = {key: best[key] for key in best if key != "validation"}
    chosen = time.monotonic()
    machine = fitted(row, learned, train.labels, **choice)
    more = {}
    if row.mirrored:
        before = {"support_vectors": len(machine.support), "learning": time.monotonic() - chosen}
        more["before"] = {"test_accuracy": accuracy(machine, asked, test.labels), **before}
        mirrors = scaling(described(row, train.images, test.images, learn_from, True)[0])[machine.support]
        labels = np.tile(train.labels[machine.support], 2)
        machine = fitted(row, np.concatenate([learned[machine.support], mirrors]), labels, **choice)
    ended = time.monotonic()
    correct = accuracy(machine, asked, test.labels)
    if row.machine == "linear":
        more |= {"steps": machine.steps, "converged": machine.converged}
    else:
        more["support_vectors"] = len(machine.support)
    seconds = {"choosing": chosen - began, "learning": ended - chosen, "testing": time.monotonic() - ended}
    return {
        **asdict(row),
        "dimensions": learned.shape[1],
        "test_accuracy": correct,
        "chosen": choice,
        "tried": tried,
        "describing": about,
        "seconds": seconds,
        **more,
        "machine_used": {**harness.machine(), **versions()},
    }


def versions():
    return {name: metadata.version(name) for name in ("opencv-python-headless", "scikit-image", "scikit-learn", "scipy")}


def done():
    return json.loads(FILE.read_text(encoding="utf-8"))["rows"] if FILE.exists() else {}


def main(argv=None):
    parser = argparse.ArgumentParser(description="Measure features made by hand on the whole of Fashion-MNIST.")
    parser.add_argument("names", nargs="*", metavar="ROW", help=f"which rows ({'; '.join(ROWS)})")
    parser.add_argument("--list", action="store_true", help="show what is done and stop")
    arguments = parser.parse_args(argv)
    unknown = [name for name in arguments.names if name not in ROWS]
    if unknown:
        print(f"there is no row {unknown[0]!r}; there are: {'; '.join(ROWS)}", file=sys.stderr)
        return 2
    if not arguments.list:
        os.environ["FASHION_MNIST_DIR"] = str(find_data())
        for name in arguments.names or ROWS:
            if name not in done():
                print(name, flush=True)
                row = measure(name)
                # Read again: another process may have added rows.
                save("features", {"benchmark": "features", "rows": {**done(), name: row}})
    print("\n".join(f"{name}: {row['test_accuracy']:.4f} ({row['dimensions']:,} numbers)" for name, row in done().items()))
    return 0


if __name__ == "__main__":
    sys.exit(main())
