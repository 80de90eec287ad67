"""What the paper of 2012 does to pictures (Krizhevsky et al. 2012, section 4.1): colours changed at random while a net learns,
and ten parts of each picture, whose answers are averaged.

Pictures are (N, H, W, 3), red, green and blue last; ten crops may be of grey ones, (N, H, W), too. Nothing here needs MXNet.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from gluon_alexnet.errors import UserError

if TYPE_CHECKING:
    from gluon_alexnet.hints import Augmentation

# Of what the colours are multiplied by (Krizhevsky et al. 2012, section 4.1).
DEVIATION = 0.1


def color_axes(images: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The principal axes of the colours of all pixels of uint8 images (N, H, W, 3): (eigenvalues (3,), eigenvectors (3, 3)).

    Of the covariance of red, green and blue from 0 to 1, the largest first; column i of the eigenvectors belongs to eigenvalue i.
    """
    total, products, count = np.zeros(3), np.zeros((3, 3)), 0
    # One at a time: in float64 all together would take eight times the memory.
    for image in need_colors(images):
        pixels = image.reshape(-1, 3) / 255
        total += pixels.sum(axis=0)
        products += pixels.T @ pixels
        count += len(pixels)
    mean = total / count
    values, axes = np.linalg.eigh(products / count - np.outer(mean, mean))
    # Rounding leaves an axis without any colours a little below 0.
    return np.maximum(values[::-1], 0), axes[:, ::-1]


def pca_colors(values: np.ndarray, axes: np.ndarray, deviation: float = DEVIATION) -> Augmentation:
    """A change (images, rng) -> images of uint8 (N, H, W, 3) that adds one colour, drawn anew, to all pixels of each image.

    values, axes: as from `color_axes`. The colour is the sum of the axes, each times its eigenvalue times a number of the normal
    distribution with mean 0 and this standard deviation. The paper does not say on which scale; with pixels from 0 to 255 its
    formula would add hundreds, so they are from 0 to 1 here.
    """

    def change(images, rng):
        added = added_colors(len(need_colors(images)), values, axes, rng, deviation)
        return np.clip(np.rint(images + added[:, None, None, :]), 0, 255).astype("uint8")

    return change


def added_colors(
    count: int, values: np.ndarray, axes: np.ndarray, rng: np.random.Generator, deviation: float = DEVIATION
) -> np.ndarray:
    """What `pca_colors` adds to the pixels, from 0 to 255, of each of `count` images: float64 (count, 3), red, green, blue."""
    return 255 * (rng.normal(0, deviation, (count, 3)) * values) @ np.asarray(axes).T


def five_places(height: int, width: int, size: int) -> list[tuple[int, int]]:
    """Where the squares of `ten_crops` begin, (row, column), without the mirrored ones. Raises UserError as that does."""
    if size > min(height, width):
        raise UserError(f"squares of {size} do not fit into images of {height}x{width}: resize them to at least {size}")
    down, right = height - size, width - size
    return [(0, 0), (0, right), (down, 0), (down, right), (down // 2, right // 2)]


def ten_crops(images: np.ndarray, size: int = 227) -> np.ndarray:
    """Ten squares of each image: upper left, upper right, lower left, lower right, middle, and these five mirrored.

    images: (N, H, W, ...) of any dtype, such as (N, 256, 256, 3). Returns (N, 10, size, size, ...). Raises UserError for images
    smaller than `size`.
    """
    height, width = images.shape[1:3]
    places = five_places(height, width, size)
    five = np.stack([images[:, top : top + size, left : left + size] for top, left in places], axis=1)
    return np.concatenate([five, five[:, :, :, ::-1]], axis=1)


def mean_probabilities(logits: np.ndarray) -> np.ndarray:
    """The mean of the softmaxes of logits (N, crops, classes), float64 (N, classes): the answer to each image of `ten_crops`."""
    powers = np.exp(logits - logits.max(axis=-1, keepdims=True).astype("float64"))
    return (powers / powers.sum(axis=-1, keepdims=True)).mean(axis=1)


def need_colors(images: np.ndarray) -> np.ndarray:
    """`images`. Raises UserError where they are not uint8 (N, H, W, 3)."""
    if images.ndim != 4 or images.shape[3] != 3 or images.dtype != np.uint8:
        raise UserError(f"the images are {images.dtype} {images.shape}: colours need uint8 images (N, H, W, 3)")
    return images
