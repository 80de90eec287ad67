"""Sets of pictures of any size, as large as ImageNet: a RecordIO file, or a folder with a folder for each class, in batches.

Of a set only its labels and where its pictures lie are kept in memory. A batch is read, cut and resized by several threads while
the one before it is learned from.
"""

from __future__ import annotations

import functools
import hashlib
import math
import sys
from collections import deque
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from gluon_alexnet import files_io
from gluon_alexnet.data import decoding, sets
from gluon_alexnet.data.files import Source
from gluon_alexnet.data.loader import LAST_BATCH, _as_array, _is_count
from gluon_alexnet.data.recordio import Damaged, RecordFile
from gluon_alexnet.errors import DataError, UserError, unknown
from gluon_alexnet.machine import cpu

if TYPE_CHECKING:
    import mxnet as mx

    from gluon_alexnet.hints import Augmentation, PathLike

NAME = "records"
# What the commands have before the path of such data.
PREFIX = f"{NAME}:"
SPLITS = ("all", "train", "test", "validation", "train-rest")
# Of ImageNet's training images, red, green and blue, scaled to [0, 1], and their mean for grey pictures.
MEAN, STD = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)
GREY_MEAN, GREY_STD = 0.449, 0.226
# The shorter side of pictures that windows of 224 and 227 pixels are cut from (Krizhevsky et al. 2012).
SHORTER = 256
# What the paper does to training pictures, but for the colours, and all that it does.
USUAL, PAPERS = "crop+flip", "crop+flip+colors"
OWN = ("crop", "flip", "colors")
COLORS_ONLY = ("colors",)
# They know pictures of one channel only.
GREY_ONLY = ("shift", "shift1", "erase")
# Batches that are made while one is used.
AHEAD = 2
# Pictures that a thread takes at a time.
PIECE = 8
# Of so many pictures, spread evenly, and of every so many pixels of them, down and across, the axes of a set's colours are taken.
COLOR_SAMPLE, COLOR_STEP = 1_000, 4


def is_records(data: object) -> bool:
    """Whether the commands' `data` names a set of pictures: records:PATH."""
    return isinstance(data, str) and data.startswith(PREFIX)


def path_of(data: str) -> Path:
    """The PATH of records:PATH, from the root on. Raises UserError where there is none."""
    path = data.removeprefix(PREFIX)
    if not path:
        raise UserError(f"{data} names no pictures: say where they are, as in {PREFIX}pictures or {PREFIX}train.rec")
    return files_io.user_path(path).absolute()


def check_augment(augment: str | Augmentation | None, channels: int | None = None) -> None:
    """Raises UserError for what cannot be done at random to pictures of so many channels; of any number where that is None."""
    if augment is None or callable(augment):
        return
    if not isinstance(augment, str):
        raise UserError(f"augment is {augment!r}: it must be None, a name or a function (images, rng) -> images")
    # augment and imagenet are imported where they are needed, since answers to exercises, which import this, may not see them.
    from gluon_alexnet.data import augment as augmentation

    others = {1: COLORS_ONLY, 3: GREY_ONLY, None: ()}[channels]
    known = [name for name in dict.fromkeys((*OWN, *augmentation.KNOWN)) if name not in others]
    for name in augment.split("+"):
        if name not in known:
            raise unknown("augmentation of such pictures", name, known, ", or several, such as 'crop+flip'")


def cut(pixels: np.ndarray, side: int, shorter: int, place: Sequence[float] | None = None, mirrored: bool = False) -> np.ndarray:
    """A square window of a picture, uint8 (side, side, ...), as from the picture resized so that its shorter side is `shorter`.

    pixels: uint8 (H, W) or (H, W, 3). place: where it lies, (down, right) from 0 to below 1; None, in the middle. The window is
    taken out before it is resized, so that it begins at a whole pixel of the picture.
    """
    cv2 = decoding.opencv()
    height, width = pixels.shape[:2]
    window = min(height, width, max(1, round(side * min(height, width) / shorter)))
    down, right = (height - window) // 2, (width - window) // 2
    if place is not None:
        down, right = (int(share * (length - window + 1)) for share, length in zip(place, (height, width), strict=True))
    part = pixels[down : down + window, right : right + window]
    # Between pixels that are far apart, others would be passed over.
    kind = cv2.INTER_AREA if window >= 2 * side else cv2.INTER_LINEAR
    resized = cv2.resize(part, (side, side), interpolation=kind)
    return cv2.flip(resized, 1) if mirrored else resized


class RecordsLoader:
    """Batches of pictures of any size: `for images, labels in loader`.

    images: mx.np float32 (N, channels, side, side), red, green, blue or grey, in [0, 1]; labels: mx.np int32 (N,), on the CPU.

    data: a .rec file, or a folder that has a folder of pictures for each class, in the order of their names; or a folder with
    such sets, called train and val or test.
    split: 'all' pictures of the set, or 'train', 'test', 'validation', 'train-rest': where there is no set called so, a tenth of
    the training pictures is held out, always the same ones.
    side: of the windows that are cut out, shorter: what the shorter side of the pictures is made first, by default 256 for
    windows of 224 to 256 pixels, and else an eighth more than them. channels: 3, or 1 for grey.
    augment: what is done at random: 'crop' (where the window lies; else in the middle), 'flip', 'colors' (as by
    data.imagenet.pca_colors along the axes of this set's; these three are the paper's), others of data.augment, several as in
    'crop+flip', or a function (images, rng) -> images of uint8 (N, side, side, 3) or (N, side, side), which goes with 'crop'. By
    default 'crop+flip' for the training splits and None for the others.
    normalize: each channel of mean 0 and deviation 1 over ImageNet instead of in [0, 1].
    workers: how many threads make batches, by default as many as there are cores. The batches are the same with any number.
    shuffle, seed, last_batch, limit: as for a FashionMNISTLoader.

    A picture that cannot be read is left out of its batch, named on stderr, and kept in `broken`, {its number in the set: why}.
    Raises UserError for an argument out of its range, DataError for data that is not there, and where no picture can be read.
    """

    def __init__(
        self,
        data: PathLike,
        batch_size: int,
        split: str = "all",
        side: int = 224,
        channels: int = 3,
        *,
        shorter: int | None = None,
        shuffle: bool | None = None,
        seed: int = 0,
        augment: str | Augmentation | None = "usual",
        normalize: bool = False,
        limit: int | None = None,
        last_batch: str = "keep",
        workers: int | None = None,
    ) -> None:
        training = split.startswith("train")
        if augment == "usual":
            augment = USUAL if training else None
        self.side, self.channels, self.batch_size, self.seed = side, channels, batch_size, seed
        self.shorter = shorter_for(side) if shorter is None else shorter
        self.workers = cpu.count_threads()[0] if workers is None else workers
        self._check(split, limit, last_batch)
        check_augment(augment, channels)
        decoding.opencv()
        self.split, self.last_batch, self.normalize, self.epoch = split, last_batch, bool(normalize), 0
        self.shuffle = training if shuffle is None else bool(shuffle)
        self._random = {*augment.split("+")} if isinstance(augment, str) else {"crop"} if augment else set()
        self._change = _others(augment)
        self.settings = {
            "split": split,
            "batch_size": batch_size,
            "side": side,
            "channels": channels,
            "shorter": self.shorter,
            "shuffle": self.shuffle,
            "seed": seed,
            "augment": getattr(augment, "__name__", type(augment).__name__) if callable(augment) else augment,
            "normalize": self.normalize,
            "last_batch": last_batch,
            "limit": limit,
        }
        chosen = sets.of_split(data, split)
        self.set, self.class_names, self.classes, self.set_labels = chosen.set, chosen.class_names, chosen.classes, chosen.labels
        self.members = chosen.members[:limit]
        self.labels = self.set_labels[self.members]
        self.source = Source(NAME, str(files_io.user_path(data).absolute()), {f"{split} of {NAME}": self._digest()})
        self.broken: dict[int, str] = {}
        self.axes = self._color_axes() if "colors" in self._random else None
        for note in self.set.notes:
            _tell(note)
        if len(self) == 0:
            raise UserError(
                f"{len(self.labels)} pictures of {split} in {data} do not fill one batch of {batch_size}: take a smaller "
                "batch_size, or last_batch='keep'"
            )

    def _check(self, split, limit, last_batch):
        if split not in SPLITS:
            raise unknown("split", split, SPLITS)
        if last_batch not in LAST_BATCH:
            raise unknown("last_batch", last_batch, LAST_BATCH)
        if self.channels not in (1, 3):
            raise UserError(f"channels is {self.channels!r}: pictures have 3, red, green and blue, or 1, grey")
        given = {"batch_size": self.batch_size, "side": self.side, "shorter": self.shorter, "workers": self.workers}
        for name, value in {**given, **({} if limit is None else {"limit": limit})}.items():
            if not _is_count(value):
                raise UserError(f"{name} is {value!r}: it must be a whole number of at least 1")
        if self.shorter < self.side:
            raise UserError(f"shorter is {self.shorter}: windows of {self.side} pixels do not fit into such pictures")
        if not _is_count(self.seed, least=0):
            raise UserError(f"seed is {self.seed!r}: it must be a whole number of at least 0")

    def _digest(self):
        """What tells this set from others: its labels, and where its pictures lie, but not their pixels."""
        places = self.set.offsets if isinstance(self.set, RecordFile) else self.set._ends
        return hashlib.sha256(self.labels.tobytes() + self.members.tobytes() + places.tobytes()).hexdigest()

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
        for images, labels in self.arrays(epoch, start):
            yield _as_array(images, "float32"), _as_array(labels, "int32")

    def arrays(self, epoch: int, start: int = 0) -> Iterator[tuple[np.ndarray, np.ndarray]]:
        """As `batches`, arrays of NumPy."""
        order = self.members
        if self.shuffle:
            order = np.random.default_rng((self.seed, epoch)).permutation(order)
        numbers, before = iter(range(start, len(self))), len(self.broken)
        coming: deque[_Batch] = deque()
        pool = ThreadPoolExecutor(self.workers, thread_name_prefix="gluon_alexnet records")
        try:
            while True:
                while len(coming) <= AHEAD and (number := next(numbers, None)) is not None:
                    coming.append(_Batch(self, pool, order, epoch, number))
                if not coming:
                    break
                yield coming.popleft().whole()
        finally:
            pool.shutdown(cancel_futures=True)
        if len(self.broken) > max(before, sets.NAMED):
            print(f"{len(self.broken):,} pictures of {self.source.where} cannot be read and are skipped", file=sys.stderr)

    def picture(self, number: int, place: Sequence[float] | None = None, mirrored: bool = False) -> np.ndarray:
        """The picture `number` of the set, cut out and resized: uint8 (side, side, 3), blue, green, red, or (side, side).

        place, mirrored: as for `cut`. Raises recordio.Damaged where it cannot be read.
        """
        pixels = decoding.pixels_of(self.set.read(number), self.channels, self.shorter)
        return cut(pixels, self.side, self.shorter, place, mirrored)

    def _color_axes(self):
        """imagenet.color_axes of the set's colours, from a sample that is always the same; None where none can be read."""
        from gluon_alexnet.data import imagenet

        spread = np.unique(np.linspace(0, len(self.members) - 1, COLOR_SAMPLE).astype(int)) if len(self.members) else ()

        def sample(number):
            try:
                return self.picture(int(number))[::COLOR_STEP, ::COLOR_STEP, ::-1]
            except Damaged:
                # It is told when its batch comes.
                return None

        with ThreadPoolExecutor(self.workers, thread_name_prefix="gluon_alexnet colors") as pool:
            read = [pixels for pixels in pool.map(sample, self.members[spread]) if pixels is not None]
        return imagenet.color_axes(np.stack(read)) if read else None

    def skip(self, number: int, why: str) -> None:
        """Notes that the picture `number` of the set cannot be read, and says so the first time."""
        if number in self.broken:
            return
        self.broken[number] = why
        if len(self.broken) <= sets.NAMED:
            print(f"skipped, since it cannot be read: {self.set.name(number)} ({why})", file=sys.stderr)


class Shown:
    """The pictures of a loader by their place in its batches, those that cannot be read left out: uint8 (side, side, 3)."""

    def __init__(self, loader: RecordsLoader, numbers: np.ndarray) -> None:
        self.loader, self.numbers = loader, numbers

    def __getitem__(self, place: int) -> np.ndarray:
        """Red, green, blue, or grey (side, side)."""
        pixels = self.loader.picture(int(self.numbers[place]))
        return pixels if pixels.ndim == 2 else np.ascontiguousarray(pixels[:, :, ::-1])


def shown(loader: RecordsLoader, whole: int, chosen: np.ndarray | None) -> Shown | None:
    """The pictures of an evaluation: of `whole` images of a loader that does not shuffle, those `chosen`, all where it is None.

    None where it cannot be told which they were.
    """
    numbers = loader.members[~np.isin(loader.members, list(loader.broken))]
    # In the place of a batch with nothing left another picture stood, or they were not all gone through.
    if len(numbers) != whole or loader.shuffle:
        return None
    return Shown(loader, numbers if chosen is None else numbers[chosen])


@functools.cache
def _tell(sentence):
    """Once in a process: training and test pictures may lie in one set."""
    print(sentence, file=sys.stderr)


def shorter_for(side: int) -> int:
    """What the shorter side of pictures is made before windows of `side` pixels are cut out of them."""
    return SHORTER if 224 <= side <= SHORTER else max(side, round(side * SHORTER / 224))


def _others(augment):
    """The function that does those of the changes that are made to a whole batch, None where there are none."""
    if augment is None or callable(augment):
        return augment
    from gluon_alexnet.data import augment as augmentation

    others = [name for name in augment.split("+") if name not in OWN]
    return augmentation.by_name("+".join(others)) if others else None


class _Batch:
    """A batch that the threads of a pool are at work on."""

    def __init__(self, loader: RecordsLoader, pool: ThreadPoolExecutor, order: np.ndarray, epoch: int, number: int) -> None:
        self.loader, self.order, self.seed = loader, order, (loader.seed, epoch, number)
        self.begin = number * loader.batch_size
        self.picked = order[self.begin : self.begin + loader.batch_size]
        # Its own stream for every batch: a run that resumes in mid-epoch sees what it would have seen.
        self.drawn = np.random.default_rng(self.seed).random((len(self.picked), 3))
        side, channels, count = loader.side, loader.channels, len(self.picked)
        self.added = None
        if loader.axes is not None:
            from gluon_alexnet.data import imagenet

            values, axes = loader.axes
            self.added = imagenet.added_colors(count, values, axes, np.random.default_rng((*self.seed, 2)))
        shape = (count, side, side, 3) if channels == 3 else (count, side, side)
        self.bytes = np.empty(shape, "uint8") if loader._change else None
        self.images = np.empty((count, channels, side, side), "float32")
        self.tables = tables(channels, loader.normalize)
        self.pool = pool
        # By the place in the batch.
        self.why: dict[int, str] = {}
        self.at_work: list[Future] = [pool.submit(self._make, slots) for slots in self._pieces()]

    def _pieces(self):
        return (range(len(self.picked))[begin : begin + PIECE] for begin in range(0, len(self.picked), PIECE))

    def _make(self, slots):
        for slot in slots:
            try:
                self._put(slot, self.picked[slot])
            except Damaged as error:
                self.why[slot] = str(error)

    def _put(self, slot, number):
        down, right, mirror = self.drawn[slot]
        place = (down, right) if "crop" in self.loader._random else None
        pixels = self.loader.picture(number, place, "flip" in self.loader._random and mirror < 0.5)
        if self.bytes is None:
            looked_up = self.tables if self.added is None else recolored(self.tables, self.added[slot])
            scale(pixels, looked_up, self.images[slot])
        elif pixels.ndim == 2:
            self.bytes[slot] = pixels
        else:
            self.bytes[slot] = pixels[:, :, ::-1]

    def whole(self) -> tuple[np.ndarray, np.ndarray]:
        """(images, labels) when all is done."""
        for each in self.at_work:
            each.result()
        good = [slot for slot in range(len(self.picked)) if slot not in self.why]
        for slot in sorted(self.why):
            self.loader.skip(int(self.picked[slot]), self.why[slot])
        if not good:
            good = [0]
            self._instead()
        picked = self.picked[good]
        images = self.images if len(good) == len(self.images) else self.images[good]
        if self.bytes is not None:
            changed = self._changed(self.bytes[good])
            list(self.pool.map(self._scale_into, images, changed))
        return images, self.loader.set_labels[picked]

    def _instead(self):
        """Fills a batch in which no picture can be read with one that comes later."""
        for step in range(len(self.order)):
            number = self.order[(self.begin + len(self.picked) + step) % len(self.order)]
            try:
                self._put(0, number)
            except Damaged as error:
                self.loader.skip(int(number), str(error))
                continue
            self.picked[0] = number
            return
        raise DataError(f"none of the {len(self.order):,} pictures of {self.loader.source.where} can be read: look at them")

    def _changed(self, images):
        changed = self.loader._change(images, np.random.default_rng((*self.seed, 1)))
        if not isinstance(changed, np.ndarray) or (changed.shape, changed.dtype) != (images.shape, images.dtype):
            told = f"{changed.dtype} {changed.shape}" if isinstance(changed, np.ndarray) else f"a {type(changed).__name__}"
            raise UserError(f"augment returned {told}: it must return the batch, uint8 {images.shape}")
        return changed

    def _scale_into(self, image, pixels):
        scale(pixels if pixels.ndim == 2 else pixels[:, :, ::-1], self.tables, image)


def told(input_shape: Sequence[int], normalize: bool) -> str:
    """What images of this (C, H, W) are, in words, for those who have a net answer elsewhere."""
    channels, height, width = input_shape
    means, deviations = (MEAN, STD) if channels == 3 else (GREY_MEAN, GREY_STD)
    normalized = f", less {means}, divided by {deviations}" if normalize else ""
    return f"{'images in red, green, blue' if channels == 3 else 'grey images'} of {height}x{width}: pixels / 255{normalized}"


def tables(channels: int, normalize: bool) -> list[np.ndarray]:
    """What each byte becomes in each channel: float32 (256,), in [0, 1], or with `normalize` less the mean, by the deviation."""
    bytes_ = np.arange(256, dtype="float32") / np.float32(255)
    means, deviations = (MEAN, STD) if channels == 3 else ((GREY_MEAN,), (GREY_STD,))
    if not normalize:
        return [bytes_] * channels
    return [(bytes_ - np.float32(mean)) / np.float32(std) for mean, std in zip(means, deviations, strict=True)]


def recolored(looked_up: Sequence[np.ndarray], added: np.ndarray) -> list[np.ndarray]:
    """`tables` of a picture to whose red, green and blue, from 0 to 255, a number each was added, as pca_colors does."""
    changed = np.clip(np.rint(np.arange(256)[None] + added[:, None]), 0, 255).astype("uint8")
    return [table[bytes_] for table, bytes_ in zip(looked_up, changed, strict=True)]


def scale(pixels: np.ndarray, looked_up: Sequence[np.ndarray], image: np.ndarray) -> None:
    """Writes pixels, uint8 (H, W) or (H, W, 3) blue, green, red, as what `tables` says into `image`, float32 (C, H, W)."""
    cv2 = decoding.opencv()
    planes = [pixels] if pixels.ndim == 2 else cv2.split(pixels)[::-1]
    for plane, table, channel in zip(planes, looked_up, image, strict=True):
        cv2.LUT(plane, table, dst=channel)
