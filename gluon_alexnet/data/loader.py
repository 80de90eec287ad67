"""Fashion-MNIST in batches: kept in memory as bytes, augmented, resized and scaled a batch at a time."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from gluon_alexnet.data import files
from gluon_alexnet.errors import UserError, unknown
from gluon_alexnet.machine import runtime

if TYPE_CHECKING:
    import mxnet as mx

    from gluon_alexnet.hints import Augmentation, PathLike

VALIDATION_IMAGES = 5_000
# RandomState's stream is frozen by NumPy's compatibility promise, so the held-out images are the same everywhere and for ever.
VALIDATION_SEED = 2017
SPLITS = ("train", "test", "validation", "train-rest")
LAST_BATCH = ("keep", "discard")
# Of the pixels of the 60,000 training images, scaled to [0, 1].
MEAN, STD = 0.2860, 0.3530


def __getattr__(name: str) -> Any:
    # Whoever resizes a batch finds the function here too, and what does not resize never loads it.
    if name == "resize_batch":
        from gluon_alexnet.data.resize import resize_batch

        return resize_batch
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def to_input(images: np.ndarray, size: Sequence[int], normalize: bool = False, channels: int = 1) -> mx.np.ndarray:
    """uint8 (N, H, W) as a net takes it: float32 (N, channels, *size) on the CPU; `size` a (height, width) pair.

    In [0, 1], or with `normalize` of mean 0 and standard deviation 1 over the training images; the same in each of the channels.
    """
    # Before the resize, which is linear with weights that add up to one: there are 64 times fewer pixels to change.
    pixels = images.astype("float32")
    pixels /= 255
    if normalize:
        pixels -= MEAN
        pixels /= STD
    if images.shape[1:] != tuple(size):
        from gluon_alexnet.data.resize import resize_pixels

        pixels = resize_pixels(pixels, size)
    return _as_array(np.broadcast_to(pixels[:, None], (len(pixels), channels, *pixels.shape[1:])), "float32")


def _as_array(values, dtype):
    """A NumPy array that nobody else writes to as an mx.np one of `dtype`, over the same memory where that is its own."""
    mx = runtime.load_mxnet()
    return mx.nd.from_numpy(np.ascontiguousarray(values, dtype), zero_copy=True).as_np_ndarray()


def check_loader(batch_size: int, limit: int | None = None, seed: int = 0, augment: str | Augmentation | None = None) -> None:
    """Raises UserError for an argument of FashionMNISTLoader that is out of range, before any data is loaded."""
    if not _is_count(batch_size):
        raise UserError(f"batch_size is {batch_size!r}: it must be a whole number of at least 1")
    if limit is not None and not _is_count(limit):
        raise UserError(f"limit is {limit!r}: it must be None or a whole number of at least 1")
    if not _is_count(seed, least=0):
        raise UserError(f"seed is {seed!r}: it must be a whole number of at least 0")
    if isinstance(augment, str):
        _by_name(augment)
    elif augment is not None and not callable(augment):
        raise UserError(f"augment is {augment!r}: it must be None, a name or a function (images, rng) -> images")


class FashionMNISTLoader:
    """Batches of Fashion-MNIST: `for images, labels in loader`.

    images: mx.np float32 (N, channels, H, W) in [0, 1]; labels: mx.np int32 (N,) in 0..9, both on the CPU.

    split: 'train' (60,000 images), 'test' (10,000), 'validation' (5,000 fixed images of train) or 'train-rest' (the others).
    resize: None for 28x28, an int for a square, or a (height, width) pair.
    shuffle: by default the training splits are shuffled and the others are not. Every pass draws a new order from (seed, pass).
    augment: None, a name ('flip', 'shift', 'flip+shift') or a function as in gluon_alexnet.data.augment.
    last_batch: 'keep' a short last batch or 'discard' it.
    limit: use only the first so many images of the split.
    data, download: where the files are, as in gluon_alexnet.data.files.load_split.
    normalize: images of mean 0 and standard deviation 1 (over the training images) instead of in [0, 1].
    channels: 1, or 3 for nets that take red, green and blue, which the grey pictures then are alike.

    The same arguments give the same batches in the same order. `loader.epoch` counts the passes begun; set it to repeat one.
    Raises UserError for an argument out of its range and DataError for files that are missing or damaged.
    """

    def __init__(
        self,
        split: str,
        batch_size: int,
        resize: int | Sequence[int] | None = None,
        shuffle: bool | None = None,
        seed: int = 0,
        augment: str | Augmentation | None = None,
        last_batch: str = "keep",
        limit: int | None = None,
        data: PathLike | None = None,
        download: bool = True,
        normalize: bool = False,
        channels: int = 1,
    ) -> None:
        if split not in SPLITS:
            raise unknown("split", split, SPLITS)
        if last_batch not in LAST_BATCH:
            raise UserError(f"last_batch is {last_batch!r}: take one of {', '.join(LAST_BATCH)}")
        check_loader(batch_size, limit, seed, augment)
        if channels not in (1, 3):
            raise UserError(f"channels is {channels!r}: it must be 1, or 3 for nets that take pictures in colours")
        self.split, self.batch_size, self.seed, self.last_batch = split, int(batch_size), int(seed), last_batch
        self.size = _size(resize)
        self.shuffle = split.startswith("train") if shuffle is None else bool(shuffle)
        self.normalize, self.channels = bool(normalize), int(channels)
        self.augment = _by_name(augment) if isinstance(augment, str) else augment
        self.epoch = 0
        self.settings = {
            "split": split,
            "batch_size": self.batch_size,
            "resize": list(self.size),
            "shuffle": self.shuffle,
            "seed": self.seed,
            "augment": getattr(augment, "__name__", type(augment).__name__) if callable(augment) else augment,
            "normalize": self.normalize,
            "last_batch": last_batch,
            "limit": None if limit is None else int(limit),
            # As runs that were begun before this could be said have it.
            **({} if channels == 1 else {"channels": self.channels}),
        }

        whole = files.load_split("test" if split == "test" else "train", data=data, download=download)
        chosen = _members(split, len(whole.labels))
        self.source = whole.source
        self.pixels, self.labels = whole.images[chosen][:limit], whole.labels[chosen][:limit]
        if len(self) == 0:
            raise UserError(
                f"{len(self.labels)} images of {split} do not fill one batch of {batch_size}: "
                "take a smaller batch_size, a larger limit, or last_batch='keep'"
            )

    def __len__(self) -> int:
        """The number of batches in a pass."""
        batches = len(self.labels) / self.batch_size
        return math.floor(batches) if self.last_batch == "discard" else math.ceil(batches)

    def __iter__(self) -> Iterator[tuple[mx.np.ndarray, mx.np.ndarray]]:
        epoch = self.epoch
        self.epoch += 1
        return self.batches(epoch)

    def batches(self, epoch: int, start: int = 0) -> Iterator[tuple[mx.np.ndarray, mx.np.ndarray]]:
        """The batches of pass number `epoch` (from 0), from batch number `start` on, without counting as a pass."""
        for images, labels in self.byte_batches(epoch, start):
            yield to_input(images, self.size, self.normalize, self.channels), _as_array(labels, "int32")

    def byte_batches(self, epoch: int, start: int = 0) -> Iterator[tuple[np.ndarray, np.ndarray]]:
        """The same batches as they are kept, augmented but neither scaled nor resized: uint8 (N, 28, 28), labels (N,), NumPy."""
        order = np.arange(len(self.labels))
        if self.shuffle:
            np.random.default_rng((self.seed, epoch)).shuffle(order)
        for number in range(start, len(self)):
            picked = order[number * self.batch_size : (number + 1) * self.batch_size]
            images = self.pixels[picked]
            if self.augment is not None:
                # Its own stream for every batch: a run that resumes in mid-epoch sees what it would have seen.
                images = _changed(self.augment, images, np.random.default_rng((self.seed, epoch, number)))
            yield images, self.labels[picked]


def _changed(augment, images, rng):
    """What `augment` makes of a batch. Raises UserError where it is no batch of such images."""
    changed = augment(images, rng)
    if not isinstance(changed, np.ndarray):
        raise UserError(f"augment returned a {type(changed).__name__}: it must return the batch, uint8 {images.shape}")
    if (changed.shape, changed.dtype) != (images.shape, images.dtype):
        raise UserError(
            f"augment returned {changed.dtype} {changed.shape}: it must return uint8 {images.shape}, pixels from 0 to 255, which "
            "are scaled afterwards"
        )
    return changed


def _members(split, count):
    """What picks the images of `split` out of the file that holds it."""
    if split in ("train", "test"):
        # A slice copies nothing.
        return slice(count)
    held_out = np.random.RandomState(VALIDATION_SEED).permutation(count)[:VALIDATION_IMAGES]
    if split == "validation":
        return np.sort(held_out)
    return np.setdiff1d(np.arange(count), held_out)


def _by_name(augment):
    from gluon_alexnet.data import augment as augmentation

    return augmentation.by_name(augment)


def _is_count(value, least=1):
    return isinstance(value, (int, np.integer)) and not isinstance(value, bool) and value >= least


def _size(resize):
    pair = (28, 28) if resize is None else (resize, resize) if _is_count(resize) else resize
    try:
        height, width = pair
    except (TypeError, ValueError):
        height = width = None
    if not (_is_count(height) and _is_count(width)):
        raise UserError(f"resize is {resize!r}: it must be None, a size in pixels such as 224, or a (height, width) pair")
    return int(height), int(width)
