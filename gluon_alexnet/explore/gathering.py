"""What excites a net, gathered a batch at a time, so that other questions are answered in between."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from gluon_alexnet.explore.exciting import Survey, batches, surveys

__all__ = ["Gathering", "shown", "smaller"]

# The longest side of a picture that is kept to be shown small.
SIDE = 64


class Gathering:
    """The Survey of a net over `data`, which grows with each `go_on`; small pictures and labels of what it has seen.

    data: as for `explore.survey`, with or without labels. total: how many pictures it has, None where nobody knows. survey: of
    those so far, None before the first batch. small: uint8 (H, W) or (H, W, 3) each, at most 64 pixels a side. labels: each an
    int, or None where there are none. over: whether all have been looked at.
    """

    def __init__(self, net: Any, data: Any, total: int | None = None) -> None:
        self.total, self.over = total, False
        self.survey: Survey | None = None
        self.small: list[np.ndarray] = []
        self.labels: list[int | None] = []
        self._steps: Iterator[Survey] = surveys(net, self._watched(data))

    @property
    def done(self) -> int:
        """How many pictures have been looked at."""
        return self.survey.pictures if self.survey else 0

    def go_on(self) -> None:
        """Looks at one more batch, where there is one. Raises UserError as `explore.survey`."""
        newer = None if self.over else next(self._steps, None)
        self.survey = newer or self.survey
        self.over = newer is None or self.done == self.total
        self.total = self.done if self.over else self.total

    def _watched(self, data):
        for pictures, labels in labelled(data):
            # Kept before the net looks, which may raise: the next batch would not be found by its numbers any more.
            array = pictures.asnumpy() if hasattr(pictures, "asnumpy") else np.asarray(pictures)
            self.small += [smaller(shown(picture)) for picture in array]
            self.labels += [None] * len(array) if labels is None else [int(each) for each in labels]
            yield pictures


def labelled(data: Any) -> Iterator[tuple[Any, Any]]:
    """(pictures, labels or None) of each batch of `data`."""
    if hasattr(data, "shape") or getattr(data, "shuffle", None):
        for pictures in batches(data, None):
            yield pictures, None
        return
    for batch in data:
        yield (batch[0], batch[1]) if isinstance(batch, (tuple, list)) else (batch, None)


def shown(picture: np.ndarray) -> np.ndarray:
    """A picture (C, H, W) as a net takes it, as one that a person looks at: uint8 (H, W), of three channels (H, W, 3).

    Numbers from 0 to 1 become those from black to white; of others the smallest is black and the largest white.
    """
    picture = picture if len(picture) in (1, 3) else picture.mean(axis=0, keepdims=True)
    low, high = float(picture.min()), float(picture.max())
    low, high = (0.0, 1.0) if low >= 0 and high <= 1 else (low, high)
    pixels = np.rint((picture - low) * (255 / max(high - low, 1e-12))).clip(0, 255).astype("uint8")
    return pixels[0] if len(pixels) == 1 else np.ascontiguousarray(pixels.transpose(1, 2, 0))


def smaller(pixels: np.ndarray) -> np.ndarray:
    """Pixels, uint8, at most SIDE a side."""
    factor = -(-max(pixels.shape[:2]) // SIDE)
    if factor == 1:
        return pixels
    rows, columns = (length // factor * factor for length in pixels.shape[:2])
    blocks = pixels[:rows, :columns].reshape(rows // factor, factor, columns // factor, factor, *pixels.shape[2:])
    return np.rint(blocks.mean(axis=(1, 3))).astype("uint8")
