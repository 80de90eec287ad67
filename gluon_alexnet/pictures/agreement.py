"""Several nets on the same test pictures: labels that all contradict, answers that differ, and compare.html that shows both."""

from __future__ import annotations

import math
import statistics
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from gluon_alexnet import files_io
from gluon_alexnet.errors import UserError
from gluon_alexnet.pictures.page import Table, number, percent, render, share
from gluon_alexnet.pictures.report import TITLES, data_url, picture_png

CONTRADICTED, DISPUTED = 48, 24
NUMBERS = {2: "two", 3: "three", 4: "four", 5: "five", 6: "six", 7: "seven", 8: "eight", 9: "nine"}


@dataclass(frozen=True)
class Agreement:
    """What several nets answer on the same pictures.

    labels: int (N,). probabilities: float (nets, N, classes), of two nets or more. Raises UserError for other shapes.
    """

    labels: np.ndarray
    probabilities: np.ndarray

    def __post_init__(self) -> None:
        shape = np.shape(self.probabilities)
        if len(shape) != 3 or shape[0] < 2 or np.shape(self.labels) != shape[1:2] or not shape[1]:
            raise UserError(
                f"labels {np.shape(self.labels)} and probabilities {shape} do not fit: give (N,) and (nets, N, classes), "
                "two nets or more"
            )

    @cached_property
    def said(self) -> np.ndarray:
        """int64 (nets, N): the class that each net answers."""
        return np.asarray(self.probabilities).argmax(axis=2)

    @cached_property
    def accuracies(self) -> list[float]:
        """The accuracy of each net."""
        return [float((each == self.labels).mean()) for each in self.said]

    @cached_property
    def mean(self) -> np.ndarray:
        """float64 (N, classes): the mean of the nets' probabilities."""
        return np.asarray(self.probabilities).mean(axis=0, dtype="float64")

    @cached_property
    def right(self) -> np.ndarray:
        """int64 (N,): how many nets answer a picture's label."""
        return (self.said == self.labels).sum(axis=0)

    @cached_property
    def contradicted(self) -> np.ndarray:
        """Numbers of the pictures whose label no net answers, first those on which the nets are surest together: int64 (P,).

        Sure is the highest of the mean probabilities.
        """
        found = np.flatnonzero(self.right == 0)
        return found[np.argsort(-self.mean[found].max(axis=1), kind="stable")]

    @cached_property
    def disputed(self) -> np.ndarray:
        """Numbers of the pictures that some nets answer rightly and others not, first the most undecided: int64 (P,).

        Undecided is where the highest of the mean probabilities is low.
        """
        found = np.flatnonzero((self.right > 0) & (self.right < len(self.said)))
        return found[np.argsort(self.mean[found].max(axis=1), kind="stable")]

    @property
    def together(self) -> float:
        """The accuracy of the mean of the nets' probabilities."""
        return float((self.mean.argmax(axis=1) == self.labels).mean())

    @property
    def by_chance(self) -> float:
        """How many pictures no net would answer rightly if their mistakes had nothing to do with each other."""
        return len(self.labels) * math.prod(1 - each for each in self.accuracies)


def to_dict(agreement: Agreement, runs: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """What a program is told of an Agreement, to be written as JSON: figures, and each contradicted picture.

    runs: of each net what a person calls it, {'name': ..., 'seed': ...} and what else is to be told.
    """
    said = agreement.mean.argmax(axis=1)
    return {
        "runs": [{**run, "test_accuracy": each} for run, each in zip(runs, agreement.accuracies, strict=True)],
        "pictures": len(agreement.labels),
        "together": agreement.together,
        "by_right_answers": np.bincount(agreement.right, minlength=len(runs) + 1).tolist(),
        "contradicted": [
            {
                "picture": int(each),
                "label": int(agreement.labels[each]),
                "said": int(said[each]),
                "answers": agreement.said[:, each].tolist(),
                "probability": round(float(agreement.mean[each, said[each]]), 4),
            }
            for each in agreement.contradicted
        ],
    }


def write_page(
    path: Path,
    agreement: Agreement,
    runs: Sequence[Mapping[str, Any]],
    *,
    model: str,
    data_name: str,
    images: Any,
    class_names: Sequence[str],
    differing: Mapping[str, Sequence[Any]],
) -> Path:
    """Writes compare.html to `path`, atomically, and returns the Path.

    runs: of each net {'name': what a person calls it, 'seed': ...}; images: what gives a picture by its number, as for a report;
    class_names: one for each class; differing: the settings in which the runs differ besides the seed, with each one's value.
    Raises UserError where it cannot be written to.
    """
    path = files_io.user_path(path)
    names = [class_names[each] if each < len(class_names) else f"class {each}" for each in range(agreement.mean.shape[1])]
    page = render(
        "compare.html",
        count=NUMBERS.get(len(runs), str(len(runs))),
        model=TITLES.get(model, model),
        data_name=TITLES.get(data_name, data_name),
        stand_in=data_name == "stand-in",
        agreement=agreement,
        pictures=len(agreement.labels),
        tiles=_tiles(agreement),
        runs=_run_table(agreement, runs),
        differing=differing,
        luck=_luck(agreement),
        by_right=_by_right_table(agreement),
        taken=_taken_table(agreement, names),
        contradicted=[_shown(agreement, each, images, names) for each in agreement.contradicted[:CONTRADICTED]],
        disputed=[_shown(agreement, each, images, names) for each in agreement.disputed[:DISPUTED]],
    )
    files_io.write_text(path, page)
    return path


def summary(agreement: Agreement, runs: Sequence[Mapping[str, Any]]) -> str:
    """What a terminal shows: a line for each run, and what they agree on."""
    lines = [f"{run['name']}: accuracy {each:.4f}" for run, each in zip(runs, agreement.accuracies, strict=True)]
    spread = statistics.stdev(agreement.accuracies)
    return "\n".join(
        [
            *lines,
            f"mean {statistics.mean(agreement.accuracies):.4f}, standard deviation {spread:.4f}; "
            f"the mean of their probabilities: {agreement.together:.4f}",
            f"of {len(agreement.labels):,} pictures, {len(agreement.contradicted):,} have a label that every net contradicts, "
            f"and on {len(agreement.disputed):,} it depends on the net whether the answer is right",
        ]
    )


def _tiles(agreement):
    """[(what, figure)] of the nets as a whole, strings."""
    spread = 100 * statistics.stdev(agreement.accuracies)
    return [
        (f"test accuracy, mean of {len(agreement.said)}", f"{100 * statistics.mean(agreement.accuracies):.2f}\u00a0%"),
        ("standard deviation from run to run", f"{spread:.2f} points"),
        ("labels that all contradict", f"{len(agreement.contradicted):,}"),
        ("pictures on which it depends on the run", f"{len(agreement.disputed):,}"),
    ]


def _run_table(agreement, runs):
    others = [np.delete(agreement.said, each, axis=0) for each in range(len(runs))]
    rows = [
        (run["name"], str(run["seed"]), number(accuracy, 4), share(int((said != other).any(axis=0).sum()), len(said)))
        for run, accuracy, said, other in zip(runs, agreement.accuracies, agreement.said, others, strict=True)
    ]
    foot = ("the mean of their probabilities", "", number(agreement.together, 4), "")
    return Table(("run", "seed", "test accuracy", "answers unlike another run's"), rows, foot)


def _luck(agreement):
    """How far the accuracies lie apart, and what the number of test pictures alone would make of it, in points."""
    mean = statistics.mean(agreement.accuracies)
    return {
        "deviation": f"{100 * statistics.stdev(agreement.accuracies):.2f}",
        "range": f"{100 * (max(agreement.accuracies) - min(agreement.accuracies)):.2f}",
        "sampling": f"{100 * math.sqrt(mean * (1 - mean) / len(agreement.labels)):.2f}",
    }


def _by_right_table(agreement):
    nets, pictures = len(agreement.said), len(agreement.labels)
    counts = np.bincount(agreement.right, minlength=nets + 1)[::-1]
    rows = [(f"{nets - missed} of {nets}", f"{count:,}", share(count, pictures)) for missed, count in enumerate(counts)]
    return Table(("right answers", "pictures", "share"), rows)


def _taken_table(agreement, names):
    """Label and answer of the contradicted pictures, the most frequent first; None where there is none."""
    found = agreement.contradicted
    said = agreement.mean[found].argmax(axis=1)
    pairs, counts = np.unique(agreement.labels[found] * len(names) + said, return_counts=True)
    order = np.argsort(-counts, kind="stable")[:10]
    rows = [(names[pairs[each] // len(names)], names[pairs[each] % len(names)], f"{counts[each]:,}") for each in order]
    return Table(("label", "the nets say", "pictures"), rows, words=2) if rows else None


def _shown(agreement, which, images, names):
    """What the page shows of one picture."""
    probabilities, said = np.asarray(agreement.probabilities)[:, which], agreement.said[:, which]
    every = agreement.mean[which]
    return {
        "number": int(which),
        "picture": data_url(picture_png(images[which])),
        "label": names[agreement.labels[which]],
        "said": names[every.argmax()],
        "sure": percent(float(every.max())),
        "each": [
            {"said": names[answer], "sure": percent(float(row[answer])), "right": bool(answer == agreement.labels[which])}
            for answer, row in zip(said, probabilities, strict=True)
        ],
        "one": len(set(said.tolist())) == 1,
    }
