"""How good features are behind ten cameras, as notebook 07 judges them: `python benchmarks/cameras.py`.

Raw pixels, their square roots, 441 votes (7x7 cells, 9 bins, no blocks) and the published answer, on the first 6,000 training
images. The judge, the camera and the answer are the notebook's own.
"""

import json

import harness
import numpy as np

from gluon_alexnet.data import load_split
from gluon_alexnet.grading import exercise

CAMERAS = 10


def votes(images):
    """The gradients' votes of 7x7 cells, each shared by the two nearest of 9 bins, float64 (N, 441)."""
    pixels = np.sqrt(images / 255)
    across, down = np.zeros_like(pixels), np.zeros_like(pixels)
    across[:, :, 1:-1] = pixels[:, :, 2:] - pixels[:, :, :-2]
    down[:, 1:-1] = pixels[:, 2:] - pixels[:, :-2]
    place = np.arctan2(down, across) % np.pi * (9 / np.pi)
    shares = [np.maximum(0, 1 - np.abs((place - k - 0.5 + 4.5) % 9 - 4.5)) * np.hypot(across, down) for k in range(9)]
    cells = np.stack(shares, axis=1).reshape(-1, 9, 7, 4, 7, 4).sum(axis=(3, 5))
    return cells.reshape(len(images), -1)


def main():
    notebook = exercise.load("07_features")
    names = {"np": np}
    for source in (source for sources in notebook.before.values() for source in sources if "def through_a_camera" in source):
        exec(source, names)
    exec(next(task.reference for task in notebook.tasks if task.name == "features"), names)
    split = load_split("train", download=False)
    images, labels = split.images[:6000], split.labels[:6000].astype(int)
    kinds = {
        "raw pixels": lambda some: some.reshape(len(some), -1) / 255,
        "square roots": lambda some: np.sqrt(some.reshape(len(some), -1) / 255),
        "441 votes": votes,
        "the published answer": names["features"],
    }
    found = {name: [] for name in kinds}
    for seed in range(CAMERAS):
        some = names["through_a_camera"](images, np.random.default_rng(seed))
        for name, describe in kinds.items():
            found[name].append(round(names["ridge_accuracy"](describe(some), labels), 4))
            print(seed, name, found[name][-1], flush=True)
    told = {
        name: {"mean": round(float(np.mean(each)), 4), "lowest": min(each), "highest": max(each), "each": each}
        for name, each in found.items()
    }
    about = {"command": "python benchmarks/cameras.py", "machine": harness.machine(), "data": split.source.name}
    (harness.RESULTS / "cameras.json").write_text(json.dumps({**about, "features": told}, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
