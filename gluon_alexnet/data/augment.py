"""Random changes to training images, made on the uint8 batch before it is resized.

Each is a function `(images, rng) -> images`: uint8 (N, H, W) in, uint8 of the same shape out, the input left as it was;
`rng` is a numpy.random.Generator that the loader seeds for every batch.
"""

import numpy as np

from gluon_alexnet.errors import UserError


def flip(images, rng):
    """Each image mirrored left to right with probability one half."""
    mirrored = rng.random(len(images)) < 0.5
    return np.where(mirrored[:, None, None], images[:, :, ::-1], images)


def shift(pixels):
    """A change that moves each image by up to `pixels` in both directions, black moving in at the border."""

    def move(images, rng):
        count, height, width = images.shape
        padded = np.pad(images, ((0, 0), (pixels, pixels), (pixels, pixels)))
        top, left = rng.integers(0, 2 * pixels + 1, size=(2, count))
        rows = top[:, None] + np.arange(height)
        columns = left[:, None] + np.arange(width)
        return padded[np.arange(count)[:, None, None], rows[:, :, None], columns[:, None, :]]

    return move


def by_name(names):
    """The change called `names`: 'flip', 'shift' (up to 2 pixels) or several joined by '+', done in that order.

    Raises UserError for a name that is neither.
    """
    known = {"flip": flip, "shift": shift(2)}
    parts = names.split("+")
    for part in parts:
        if part not in known:
            raise UserError(f"there is no augmentation {part!r}: take {' or '.join(known)}, or both as 'flip+shift'")

    def change(images, rng):
        for part in parts:
            images = known[part](images, rng)
        return images

    return change
