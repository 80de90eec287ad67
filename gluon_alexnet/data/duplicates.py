"""Pictures that a set has twice, exactly or nearly, and labels that contradict each other or what was learned from the others."""

from __future__ import annotations

import hashlib
from typing import Any, NamedTuple

import numpy as np

from gluon_alexnet.errors import UserError

# Of Fashion-MNIST's pairs above it, most are one garment or one cut of it; below it, trousers are like any others.
LEAST = 0.995
# Dimensions of the first look, and pictures at a time on either side of it.
DIMENSIONS = 96
BLOCK = 2_048
# Rounding of float32 may not lose a pair that is just alike enough.
SLACK = 1e-5


class Pairs(NamedTuple):
    """Pairs of pictures, the most alike first; each a column of P.

    first, second: int64, numbers of pictures (of one set: first < second; of two: of the one and of the other). correlation:
    float32, of the pixels, at most 1. down, right: int8, by how many pixels the second is moved to meet the first; mirrored:
    bool, whether it is turned left for right before.
    """

    first: np.ndarray
    second: np.ndarray
    correlation: np.ndarray
    down: np.ndarray
    right: np.ndarray
    mirrored: np.ndarray

    def __len__(self) -> int:
        """How many pairs there are."""
        return len(self.first)

    def rows(self) -> list[dict[str, Any]]:
        """Each pair as a dict for JSON: pictures (the two numbers), correlation, moved (down, right), mirrored."""
        columns = (column.tolist() for column in self)
        return [
            {"pictures": [first, second], "correlation": round(value, 4), "moved": [down, right], "mirrored": mirrored}
            for first, second, value, down, right, mirrored in zip(*columns, strict=True)
        ]


def exact_duplicates(images: np.ndarray, others: np.ndarray | None = None) -> np.ndarray:
    """Pairs of equal pictures, by the SHA-256 of their pixels: int64 (P, 2), the numbers of each pair, in their order.

    images: uint8 (N, ...); others: None for pairs within `images` (first < second; of three equal ones, all three pairs), or
    (M, ...) for pairs of one of `images` and one of `others`.
    """
    seen: dict[bytes, list[int]] = {}
    pairs = []
    for number, image in enumerate(images):
        alike = seen.setdefault(_digest(image), [])
        if others is None:
            pairs += [(earlier, number) for earlier in alike]
        alike.append(number)
    for number, image in enumerate(() if others is None else others):
        pairs += [(earlier, number) for earlier in seen.get(_digest(image), ())]
    return np.array(sorted(pairs), "int64").reshape(-1, 2)


def _digest(image):
    return hashlib.sha256(np.ascontiguousarray(image).tobytes()).digest()


def near_duplicates(
    images: np.ndarray, others: np.ndarray | None = None, least: float = LEAST, shift: int = 1, mirrors: bool = True
) -> Pairs:
    """Pairs of pictures whose pixels correlate by `least` or a millionth less, also where one is moved or mirrored.

    images: uint8 (N, H, W); others: None for pairs within `images`, or uint8 (M, H, W). least: above 0, at most 1. shift: by up
    to how many pixels the second of a pair is moved down, up, right and left, with black coming in; mirrors: whether it is
    mirrored too. A pair is told once, as it is most alike. A picture of one grey correlates with none. Light and contrast have
    no say.

    No pair is missed: the first look is at a few numbers of each picture, which bound the correlation of all its pixels. A look
    at 70,000 pictures takes minutes. Raises UserError for other images and for arguments that are out of range.
    """
    check(least, shift)
    images = _checked(images)
    others, within = (images, True) if others is None else (_checked(others), False)
    if others.shape[1:] != images.shape[1:]:
        raise UserError(f"pictures of {images.shape[1:]} and {others.shape[1:]} pixels cannot be compared: give both one size")
    axes = _axes(images)
    before = _bounds(_normed(images), axes)
    found = []
    for mirrored in (False, True) if mirrors else (False,):
        turned = others[:, :, ::-1] if mirrored else others
        for down in range(-shift, shift + 1):
            for right in range(-shift, shift + 1):
                after = _bounds(_normed(_moved(turned, down, right)), axes)
                for first, second in _candidates(before, after, least - SLACK, within):
                    exact = _correlations(images[first], _moved(turned[second], down, right))
                    kept = exact >= least - SLACK / 10
                    count = int(kept.sum())
                    move = (np.full(count, value) for value in (down, right, mirrored))
                    found.append((first[kept], second[kept], exact[kept], *move))
    return _most_alike(found)


def check(least: float, shift: int = 1) -> None:
    """Raises UserError for arguments of near_duplicates that are out of range."""
    if not 0 < least <= 1 or shift < 0:
        raise UserError(f"least is {least!r} and shift {shift!r}: least is above 0 and at most 1, shift at least 0")


def contradicting(pairs: Pairs, labels: np.ndarray, other_labels: np.ndarray | None = None) -> Pairs:
    """Those of `pairs` whose two pictures have different labels.

    labels: int (N,), of the pictures; other_labels: int (M,), of the others, where there were some.
    """
    differ = labels[pairs.first] != (labels if other_labels is None else other_labels)[pairs.second]
    return Pairs(*(column[differ] for column in pairs))


def doubtful_labels(labels: np.ndarray, probabilities: np.ndarray) -> np.ndarray:
    """Numbers of the pictures whose label what was learned from others contradicts, the most certain first: int64 (P,).

    Confident learning (Northcutt, Jiang and Chuang 2021): a class is a candidate where its probability reaches the mean that
    it has over the pictures with its label; a label is doubtful where the likeliest candidate is another class. Certain is by how
    much that one's probability exceeds the label's.
    labels: int (N,), each class at least once; probabilities: float (N, classes), of each picture by something that did not
    learn from it. Raises UserError where they do not fit each other.
    """
    labels, probabilities = np.asarray(labels), np.asarray(probabilities)
    if probabilities.ndim != 2 or labels.shape != probabilities.shape[:1]:
        raise UserError(f"labels {labels.shape} and probabilities {probabilities.shape} do not fit: give (N,) and (N, classes)")
    classes = probabilities.shape[1]
    if not set(range(classes)) == {*labels.tolist()}:
        raise UserError(f"the labels are not of all the classes 0 to {classes - 1}, each at least once")
    usual = np.array([probabilities[labels == each, each].mean() for each in range(classes)])
    candidates = np.where(probabilities >= usual, probabilities, -1.0)
    likeliest, rows = candidates.argmax(axis=1), np.arange(len(labels))
    doubtful = np.flatnonzero((candidates.max(axis=1) >= 0) & (likeliest != labels))
    margin = probabilities[rows, likeliest] - probabilities[rows, labels]
    return doubtful[np.argsort(-margin[doubtful], kind="stable")]


def _checked(images):
    images = np.asarray(images)
    if images.dtype != np.uint8 or images.ndim != 3 or not len(images):
        raise UserError(f"the images are {images.dtype} of shape {images.shape}: give uint8 (N, H, W), N at least 1")
    return images


def _moved(images, down, right):
    """Pictures moved by some pixels, black where nothing was."""
    if not down and not right:
        return images
    moved = np.zeros_like(images)
    _, height, width = images.shape
    to_rows, from_rows = slice(max(down, 0), height + min(down, 0)), slice(max(-down, 0), height + min(-down, 0))
    to_columns, from_columns = slice(max(right, 0), width + min(right, 0)), slice(max(-right, 0), width + min(-right, 0))
    moved[:, to_rows, to_columns] = images[:, from_rows, from_columns]
    return moved


def _normed(images):
    """float32 (N, pixels), of mean 0 and length 1, so that a scalar product is a correlation; zeros for a picture of one grey."""
    rows = images.reshape(len(images), -1).astype("float32")
    rows -= rows.mean(axis=1, keepdims=True)
    lengths = np.sqrt(np.einsum("ij,ij->i", rows, rows))
    # The mean of 784 equal greys may be rounded.
    rows /= np.where(lengths < 1e-2, np.inf, lengths)[:, None]
    return rows


def _axes(images):
    """float32 (pixels, at most DIMENSIONS): orthonormal directions in which pictures differ most, after some of them."""
    some = _normed(images[:: max(1, len(images) // 5_000)])
    values, vectors = np.linalg.eigh(some.T @ some)
    return np.ascontiguousarray(vectors[:, np.argsort(-values)[:DIMENSIONS]])


def _bounds(rows, axes):
    """Few numbers for each of `rows`, float32 (N, D), whose scalar products are no lower than the rows' own.

    The parts along `axes`, and the length of what is left: what is left of two rows has at most the product of its lengths.
    """
    inside = rows @ axes
    left = np.einsum("ij,ij->i", rows, rows) - np.einsum("ij,ij->i", inside, inside)
    return np.hstack([inside, np.sqrt(np.maximum(left, 0))[:, None]])


def _candidates(first, second, least, within):
    """The numbers of the rows whose scalar product is at least `least`, block by block; within: only those of first < second."""
    for row in range(0, len(first), BLOCK):
        for column in range(row if within else 0, len(second), BLOCK):
            products = first[row : row + BLOCK] @ second[column : column + BLOCK].T
            # Most blocks have none, and a maximum is found faster than a place.
            rows = np.flatnonzero(products.max(axis=1) >= least)
            if not len(rows):
                continue
            places, columns = np.nonzero(products[rows] >= least)
            places, columns = rows[places] + row, columns + column
            kept = places < columns if within else slice(None)
            yield places[kept], columns[kept]


def _correlations(first, second):
    """The correlation of each picture of `first` with the one of `second` in its place."""
    parts = [slice(start, start + BLOCK) for start in range(0, len(first), BLOCK)]
    each = [np.einsum("ij,ij->i", _normed(first[part]), _normed(second[part])) for part in parts]
    return np.minimum(np.concatenate([*each, np.empty(0, "float32")]), 1)


def _most_alike(found):
    """Pairs of the columns found: each pair once, as it is most alike, the most alike first."""
    kinds = ("int64", "int64", "float32", "int8", "int8", "bool")
    columns = [np.concatenate([np.empty(0, kind), *parts]).astype(kind) for kind, *parts in zip(kinds, *found, strict=True)]
    first, second, correlation, down, right, mirrored = columns
    # Among equals a picture as it is comes before one that was moved or mirrored.
    order = np.lexsort((mirrored, np.abs(right) + np.abs(down), -correlation, second, first))
    new = np.ones(len(order), bool)
    new[1:] = (np.diff(first[order]) != 0) | (np.diff(second[order]) != 0)
    order = order[new]
    order = order[np.argsort(-correlation[order], kind="stable")]
    return Pairs(*(column[order] for column in columns))
