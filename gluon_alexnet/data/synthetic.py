"""The stand-in for Fashion-MNIST: ten kinds of garments drawn with NumPy, for machines without the data or a network.

Every picture is a garment given by signed distances (positive inside), placed by a random affine map, then dyed, lit,
sometimes partly covered, and made noisy. The same (split, count, seed) gives the same bytes everywhere: only the frozen
streams of `numpy.random.RandomState` are used, and only arithmetic that IEEE 754 rounds exactly (no sine, no
exponential, no sum over an axis).
"""

import numpy as np

from gluon_alexnet.data.garments import GARMENTS, ring, soft, stripe, wave

COUNTS = {"train": 60_000, "test": 10_000}
SIDE = 28
_BLOCK = 1000  # one random stream per block, so that a shorter split is the beginning of the longer one
_STREAM = {"train": 1, "test": 2}


def make_split(split: str, count: int | None = None, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Draw one split of the stand-in.

    split: 'train' or 'test' (different random streams). count: how many images, by default 60,000 or 10,000.
    seed: another whole data set, 0 to 2**32 - 1.
    Returns images uint8 (count, 28, 28), 0 black to 255 white, and labels int32 (count,) in 0..9: of ten in a row, from
    a multiple of ten on, each class has one.
    Raises ValueError for an unknown split or a negative count.
    """
    if split not in COUNTS:
        raise ValueError(f"split must be 'train' or 'test', not {split!r}")
    count = COUNTS[split] if count is None else count
    if count < 0:
        raise ValueError(f"count must not be negative, but is {count}")
    images = np.empty((count, SIDE, SIDE), np.uint8)
    labels = np.empty(count, np.int32)
    for block, start in enumerate(range(0, count, _BLOCK)):
        made_images, made_labels = _make_block(np.random.RandomState([seed, _STREAM[split], block]))
        stop = min(start + _BLOCK, count)
        images[start:stop] = made_images[: stop - start]
        labels[start:stop] = made_labels[: stop - start]
    return images, labels


def _make_block(rng):
    labels = np.argsort(rng.random_sample((_BLOCK // 10, 10)), axis=1, kind="stable").ravel()
    images = np.empty((_BLOCK, SIDE, SIDE), np.uint8)
    for label, draw in enumerate(GARMENTS):
        images[labels == label] = _render(rng, draw, _BLOCK // 10)
    return images, labels.astype(np.int32)


def _render(rng, draw, n):
    def pick(low, high):
        return (low + (high - low) * rng.random_sample((n, 1, 1))).astype(np.float32)

    x, y, u, v = _place(pick)
    inside, tone = draw(pick, u, v)
    grey = pick(0.35, 1.0) * tone * _dye(pick, u, v) * _light(pick, x, y, inside)
    grey *= soft(inside)
    grey = _cover(pick, grey, x, y)
    # Two bytes make a triangular distribution, near enough to a camera's noise.
    noise = np.frombuffer(rng.bytes(2 * n * SIDE * SIDE), np.uint8).reshape(2, n, SIDE, SIDE).astype(np.float32)
    grey += (noise[0] - noise[1]) * (pick(0.0, 0.13) / np.float32(255))
    return np.floor(np.clip(grey, 0, 1) * np.float32(255) + np.float32(0.5)).astype(np.uint8)


def _place(pick):
    """Pixel centres x, y (1, 28, 28) in -1..1, y downwards, and the garment's own coordinates u, v (n, 28, 28)."""
    line = ((np.arange(SIDE) - 13.5) / 14).astype(np.float32)
    x, y = line[None, None, :], line[None, :, None]
    t = pick(-0.13, 0.13)  # tangent of half the angle: a rotation without sine and cosine
    cosine, sine = (1 - t * t) / (1 + t * t), 2 * t / (1 + t * t)
    a, b = x - pick(-0.16, 0.16), y - pick(-0.14, 0.14)
    v = (cosine * b - sine * a) / pick(0.8, 1.06)
    u = (cosine * a + sine * b) / pick(0.8, 1.06) + pick(-0.16, 0.16) * v
    return x, y, u * np.where(pick(0, 1) < 0.5, np.float32(-1), np.float32(1)), v


def _dye(pick, u, v):
    """Plain, striped, checked or patchy cloth."""
    kind, pitch, phase = pick(0, 1), pick(1.6, 4.2), pick(0, 1)
    across, along = wave(v * pitch + phase), wave(u * pitch + phase)
    weave = np.where(kind < 0.65, across, along)
    weave = np.where(kind < 0.4, across * along, weave)
    depth = np.where(kind < 0.2, np.float32(0), pick(0.05, 0.45))
    blot = soft(-ring(u - pick(-0.3, 0.3), v, pick(-0.4, 0.5), pick(0.1, 0.4), pick(0.1, 0.4)))
    return (1 - depth * (np.float32(0.5) + np.float32(0.5) * weave)) * (1 - blot * np.maximum(pick(-0.5, 0.6), 0))


def _light(pick, x, y, inside):
    """Lit from one side, and rounded off towards the edge."""
    edge = np.minimum(np.maximum(inside, 0) * 6, 1)
    round_off = pick(0.0, 0.4)
    return (1 - round_off + round_off * edge) * (1 + pick(-0.3, 0.3) * x + pick(-0.3, 0.3) * y)


def _cover(pick, grey, x, y):
    """In two of five pictures something lies over a part: a bar of any grey, thick or thin, level or upright."""
    place, half, shade = pick(-1.0, 1.0), pick(0.05, 0.22), np.maximum(pick(-0.4, 0.9), 0)
    which = pick(0, 1)
    bar = np.where(which < 0.2, stripe(x - place, half), stripe(y - place, half)) * (which < 0.4)
    return grey + bar * (shade - grey)
