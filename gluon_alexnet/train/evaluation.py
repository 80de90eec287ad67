"""What a net answers on a data set, whichever engine computed it."""

from __future__ import annotations

from collections.abc import Callable, Container, Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np

from gluon_alexnet.errors import UserError
from gluon_alexnet.train.batches import check_labels


@dataclass(frozen=True)
class Evaluation:
    """What a net answers on a data set, dropout off.

    loss: mean softmax cross-entropy in nats. accuracy: share of images whose highest logit is their label's. images: how many.
    labels: int32 (images,). probabilities: float32 (images, classes), the softmax of the logits. Both in the data's order.
    whole: how many images the data has, and chosen: int64 (images,), which of them these are, where they are not all of them;
    else as many, and None.
    """

    loss: float
    accuracy: float
    images: int
    labels: np.ndarray
    probabilities: np.ndarray
    whole: int
    chosen: np.ndarray | None = None


def evaluated(
    data: Iterable[tuple[Any, Any]],
    answers: Callable[[Any, Any], Iterable[np.ndarray]],
    checkpoint: Callable[[int], object],
    only: Container[int] | None,
) -> Evaluation:
    """The Evaluation of what `answers(images, labels)` gives, arrays of logits, on batches of MXNet's or NumPy's labels.

    checkpoint, only: as for Stepper.evaluate. Raises UserError where there is no batch.
    """
    logits: list[np.ndarray] = []
    labels: list[np.ndarray] = []
    chosen: list[np.ndarray] = []
    number = whole = done = 0
    for batch_images, batch_labels in data:
        count = len(batch_labels)
        if only is None or number in only:
            logits += answers(batch_images, batch_labels)
            labels.append(batch_labels if isinstance(batch_labels, np.ndarray) else batch_labels.asnumpy())
            chosen.append(np.arange(whole, whole + count))
            done += count
            checkpoint(done)
        number, whole = number + 1, whole + count
        # Else they would be kept while the next ones are made.
        del batch_images, batch_labels
    if not logits:
        raise UserError("there is nothing to evaluate on: the data gave no batch")
    which = np.concatenate(chosen) if done < whole else None
    return evaluation(np.concatenate(logits), np.concatenate(labels).astype("int32"), whole, which)


def evaluation(
    logits: np.ndarray, labels: np.ndarray, whole: int | None = None, chosen: np.ndarray | None = None
) -> Evaluation:
    """The Evaluation of logits (N, classes) by labels (N,). Raises UserError for labels of other classes."""
    check_labels(labels, logits.shape[1])
    shifted = logits.astype("float64") - logits.max(axis=1, keepdims=True)
    log_probabilities = shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))
    losses = -log_probabilities[np.arange(len(labels)), labels]
    right = logits.argmax(axis=1) == labels
    probabilities = np.exp(log_probabilities).astype("float32")
    count = len(labels)
    return Evaluation(float(losses.mean()), float(right.mean()), count, labels, probabilities, whole or count, chosen)
