"""How good features are behind five cameras, as notebook 07 judges them: `python benchmarks/cameras.py`.

Raw pixels, their square roots, 441 votes (7x7 cells, 9 bins, no blocks) and the published answer, on the first 6,000 training
images; and raw pixels behind parts of a camera. The judge, the camera and the answer are the notebook's own.
"""

import json

import harness
import numpy as np

from gluon_alexnet.data import load_split
from gluon_alexnet.grading import exercise

CAMERAS = 5
# Each leaves of the camera's source what its name says: a lens (with a turn), what each picture has of its own (with a turn).
PARTS = {
    "lens": {
        "rng.uniform(-1, 1, (len(images), 1, 1))": "0",
        "rng.uniform(0.7, 1, (len(images), 1, 1))": "1",
        "rng.normal(0, 6, seen.shape)": "0",
    },
    "each of its own": {"rng.uniform(-3, 3, (4, 4))": "np.zeros((4, 4))"},
}


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


def part_of(source, instead):
    """through_a_camera of the `source`, with other texts in the place of some of its own."""
    for text, other in instead.items():
        if text not in source:
            raise SystemExit(f"the camera of notebook 07 has no {text}")
        source = source.replace(text, other)
    names = {"np": np}
    exec(source, names)
    return names["through_a_camera"]


def main():
    notebook, names = exercise.load("07_features"), {"np": np}
    source = next(each for sources in notebook.before.values() for each in sources if "def through_a_camera" in each)
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
    def raw(some):
        return round(names["ridge_accuracy"](kinds["raw pixels"](some), labels), 4)

    parts = {"no camera": raw(images), "turn": raw(np.rot90(images, 1, axes=(1, 2))), "negative": raw(255 - images)}
    parts |= {name: raw(part_of(source, instead)(images, np.random.default_rng(1))) for name, instead in PARTS.items()}
    print(parts, flush=True)
    told = {
        name: {"mean": round(float(np.mean(each)), 4), "lowest": min(each), "highest": max(each), "each": each}
        for name, each in found.items()
    }
    about = {"command": "python benchmarks/cameras.py", "machine": harness.machine(), "data": split.source.name}
    content = {**about, "raw pixels by part": parts, "features": told}
    (harness.RESULTS / "cameras.json").write_text(json.dumps(content, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
