"""Random changes to training images, made on the uint8 batch before it is resized.

Each is a function `(images, rng) -> images`: uint8 (N, H, W) in, uint8 of the same shape out, the input left as it was;
`rng` is a numpy.random.Generator that the loader seeds for every batch.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from gluon_alexnet.errors import unknown

if TYPE_CHECKING:
    from gluon_alexnet.hints import Augmentation


def flip(images: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Each image mirrored left to right with probability one half."""
    mirrored = rng.random(len(images)) < 0.5
    return np.where(mirrored[:, None, None], images[:, :, ::-1], images)


def shift(pixels: int) -> Augmentation:
    """A change that moves each image by up to `pixels` in both directions, black moving in at the border."""

    def move(images, rng):
        count, height, width = images.shape
        padded = np.pad(images, ((0, 0), (pixels, pixels), (pixels, pixels)))
        top, left = rng.integers(0, 2 * pixels + 1, size=(2, count))
        rows = top[:, None] + np.arange(height)
        columns = left[:, None] + np.arange(width)
        return padded[np.arange(count)[:, None, None], rows[:, :, None], columns[:, None, :]]

    return move


def erase(images: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """In each image, with probability one half, a rectangle of noise (Zhong et al. 2020, "Random Erasing Data Augmentation").

    As published for 28x28: between 2 % and 40 % of the area, sides in a ratio between 0.3 and 1 / 0.3, every pixel drawn anew.
    """
    count, height, width = images.shape
    area = rng.uniform(0.02, 0.4, count) * height * width
    ratio = rng.uniform(0.3, 1 / 0.3, count)
    tall = np.minimum(np.round(np.sqrt(area * ratio)), height - 1).astype(int)
    wide = np.minimum(np.round(np.sqrt(area / ratio)), width - 1).astype(int)
    top, left = rng.integers(0, height - tall + 1), rng.integers(0, width - wide + 1)
    rows, columns = np.arange(height), np.arange(width)
    inside_rows = (rows >= top[:, None]) & (rows < (top + tall)[:, None])
    inside_columns = (columns >= left[:, None]) & (columns < (left + wide)[:, None])
    erased = inside_rows[:, :, None] & inside_columns[:, None, :] & (rng.random(count) < 0.5)[:, None, None]
    noise = rng.integers(0, 256, images.shape, dtype="uint8")
    return np.where(erased, noise, images)


KNOWN = {"flip": flip, "shift": shift(2), "shift1": shift(1), "erase": erase}


def by_name(names: str) -> Augmentation:
    """The change called `names`: 'flip', 'shift' (up to 2 pixels), 'shift1' (up to 1), 'erase', or several joined by '+'.

    Several are done in that order. Raises UserError for a name that is none of them.
    """
    parts = named(names, KNOWN)

    def change(images, rng):
        for part in parts:
            images = part(images, rng)
        return images

    return change


def named(names: str, known: Mapping[str, Any]) -> list[Any]:
    """What {name: change} `known` has for each of `names`, joined by '+'. Raises UserError for one that is none of them."""
    parts = names.split("+")
    for part in parts:
        if part not in known:
            raise unknown("augmentation", part, known, ", or several, such as 'flip+shift'")
    return [known[part] for part in parts]
