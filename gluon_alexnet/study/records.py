"""Runs that take longer than a lesson, recorded once: what a notebook quotes and draws of them.

The records are recorded/NAME.json beside this file, made by benchmarks/condensed.py, epochs.py and batch_sizes.py; found/ has
what benchmarks/doubtful.py found among the pictures.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gluon_alexnet.errors import unknown

if TYPE_CHECKING:
    import numpy as np

FOLDER = Path(__file__).resolve().parent / "recorded"
FOUND = Path(__file__).resolve().parent / "found"


class Recorded:
    """The recorded runs, by name: `recorded("alexnet-chapter")`."""

    def __call__(self, name: str) -> dict[str, Any]:
        """The record called `name`, a dict.

        model, params (how many), command (what repeats it), train_images, test_images, settings, machine; and runs, a list of
        a dict for each seed: seed, steps, and lists of a number for each pass: epoch (passes done so far), loss and
        train_accuracy (means over the pass while the net was learning, dropout on), test_accuracy, test_loss, lr (of the pass's
        last step), and in some learned_accuracy and learned_loss (as those of the test, of images that the net learns from).
        Raises UserError for another name.
        """
        if name not in self.names():
            raise unknown("record", name, self.names())
        content: dict[str, Any] = json.loads((FOLDER / f"{name}.json").read_text(encoding="utf-8"))
        return content

    def names(self) -> list[str]:
        """The names of all records, sorted."""
        return sorted(path.stem for path in FOLDER.glob("*.json"))

    def filters(self, name: str = "alexnet", when: str = "end") -> np.ndarray:
        """The first layer's weights of a net of that name, trained: float32 (filters, height, width).

        when: "end", after the training, or "start", the random ones before. `recorded(f"{name}-filters")` says how it was
        trained. Raises UserError for other names.
        """
        import numpy as np

        known = sorted(path.stem.removesuffix("-filters") for path in FOLDER.glob("*-filters.npz"))
        if name not in known:
            raise unknown("net with recorded filters", name, known)
        with np.load(FOLDER / f"{name}-filters.npz") as arrays:
            if when not in arrays:
                raise unknown("moment", when, sorted(arrays))
            weights: np.ndarray = arrays[when].astype("float32")
        return weights

    def doubtful(self) -> dict[str, Any]:
        """The pictures that Fashion-MNIST has nearly twice, and the labels that are in doubt, a dict.

        duplicates: for 'train', 'test' and 'between' them how many are exact, how many pairs correlate by how much or more, how
        many of these have two labels; in lists the pairs that are the same garment ('same') and the most alike of two labels
        ('contradicting'), each with its numbers, labels, correlation, by how many pixels (down, right) the second was moved and
        whether it was mirrored. labels: for 'train' and 'test' how many labels confident learning doubts, and the surest ones:
        picture, label, what is said, the probabilities of both (numbers: of the 300 surest); by_both: those that a picture nearly
        like it doubts too. nets: what `gluon-alexnet compare --json` writes of some runs, of the contradicted pictures
        the surest; all: how many they are, also_doubted: how many of them are among the test pictures doubted above.
        """
        content: dict[str, Any] = json.loads((FOUND / "doubtful.json").read_text(encoding="utf-8"))
        return content


recorded = Recorded()
