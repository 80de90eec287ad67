"""The batches of any data as arrays of MXNet, and what is wrong with one in a sentence."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any

import numpy as np

from gluon_alexnet.data.loader import FashionMNISTLoader
from gluon_alexnet.data.records import RecordsLoader
from gluon_alexnet.errors import DataError
from gluon_alexnet.machine import runtime

if TYPE_CHECKING:
    import mxnet as mx

# Images of whole numbers that reach beyond this are bytes that nobody has scaled, whatever their type.
UNSCALED = 20
LARGEST_LABEL = 2**31 - 1


class Checked:
    """Batches that were looked at already: an iterable of (images, labels), arrays of MXNet."""

    def __init__(self, found: Iterable[Any]) -> None:
        self.found = found

    def __iter__(self) -> Iterator[Any]:
        return iter(self.found)


def batches(
    data: Any, epoch: int | None = None, start: int = 0, name: str = "the data"
) -> Iterator[tuple[mx.np.ndarray, mx.np.ndarray]]:
    """The batches of `data` for pass `epoch` from batch `start` on; a loader of ours does not make those before it.

    Each as (images, labels): mx.np arrays, labels int32 (N,), whatever arrays it was of. epoch None: `data` is gone through as it
    is. name: what the data is called in messages. Raises DataError where a batch is none, holds NaN or infinite numbers, bytes
    that were not scaled, or labels that are no whole numbers.
    """
    if isinstance(data, Checked):
        yield from data
        return
    own = epoch is not None and callable(getattr(data, "batches", None))
    found = data.batches(epoch, start) if own else itertools.islice(iter(data), start, None)
    # What they make of bytes is finite and scaled, and their labels were looked at.
    ours = getattr(type(data), "batches", None) in (FashionMNISTLoader.batches, RecordsLoader.batches)
    number, pictures = start, 0
    for batch in found:
        number += 1
        if not ours:
            in_pass = f" in pass {epoch + 1}" if epoch else ""
            batch = _arrays(batch, f"batch {number} of {name}{in_pass}", None if start else pictures)
            pictures += len(batch[1])
        yield batch
        # Else it would be kept while the next one is made.
        del batch


def _arrays(batch, where, before):
    """A batch of images and labels as mx.np arrays; before: how many pictures of the pass came before it, None if not known."""
    try:
        images, labels = batch
    except (TypeError, ValueError):
        raise DataError(f"the data gave a {type(batch).__name__} for a batch: it must be a pair (images, labels)") from None
    mx = runtime.load_mxnet()
    images, labels = _array(images, "images", where), _array(labels, "labels", where)
    if not images.size or not labels.size:
        raise DataError(f"{where} is empty: leave such batches out")
    _check_scale(images, where)
    if not isinstance(images, mx.np.ndarray) or np.dtype(images.dtype).kind in "iub":
        with np.errstate(over="ignore"):
            # What float32 cannot hold becomes infinite, and is told.
            images = images.astype("float32")
    _check_finite(images, where, before)
    images = images if isinstance(images, mx.np.ndarray) else mx.np.array(images, dtype="float32")
    if labels.ndim == 2 and labels.shape[1] == 1:
        # A column, as of a table.
        labels = labels.reshape(-1)
    if labels.ndim != 1 or labels.shape != images.shape[:1]:
        raise DataError(
            f"a batch has images of shape {images.shape} and labels of shape {labels.shape}: it must have one number from 0 for "
            "each image, the number of its class"
        )
    if not isinstance(labels, mx.np.ndarray) or labels.dtype != np.int32:
        labels = mx.np.array(_whole(labels, where), dtype="int32")
    return images, labels


def _array(values, what, where):
    """An mx.np array as it is, whatever else holds numbers as a NumPy array."""
    if hasattr(values, "as_np_ndarray"):
        return values.as_np_ndarray()
    try:
        array = values
        if hasattr(values, "detach"):
            # A tensor of PyTorch, which knows types that NumPy does not.
            tensor = values.detach().cpu()
            array = (tensor.float() if tensor.dtype.is_floating_point else tensor).numpy()
        array = np.asarray(array)
    except Exception:  # whatever it is, it holds no numbers
        array = np.asarray(None)
    if array.dtype.kind in "biuf" and not array.ndim:
        raise DataError(f"{where} has a single number for {what}: give batches, as a DataLoader makes them of a data set")
    if array.dtype.kind not in "biuf":
        raise DataError(f"{where} has a {type(values).__name__} for {what}: give an array of numbers, of NumPy, MXNet or PyTorch")
    return array


def _numpy(array):
    return array if isinstance(array, np.ndarray) else array.asnumpy()


def _check_scale(images, where):
    """Raises DataError for images of whole numbers: black and white may be 0 and 1, but nothing beyond."""
    if np.dtype(images.dtype).kind in "iu":
        lowest, highest = _range(images)
        if lowest < 0 or highest > 1:
            raise DataError(_unscaled(images, where, lowest, highest))


def _check_finite(images, where, before):
    """Raises DataError for images, float (N, ...), with NaN or infinities."""
    values = _numpy(images)
    with np.errstate(all="ignore"):
        # One number tells of them all: any NaN or infinity among them makes the sum one.
        if np.isfinite(values.sum(dtype=None if values.dtype.itemsize > 2 else "float32")):
            return
        wrong = ~np.isfinite(values).reshape(len(values), -1).all(axis=1)
    if wrong.any():
        which = np.flatnonzero(wrong)
        named = ", ".join(f"images[{index}]" for index in which[:5]) + (f" and {len(which) - 5} more" if len(which) > 5 else "")
        place = "" if before is None else f" (picture {before + which[0]} of the pass, counted from 0)"
        raise DataError(
            f"{where} has pixels that are NaN or infinite in {named}{place}: mend or leave out what is there, such as a picture "
            "divided by its own deviation of 0"
        )


def check_scale(images: Any, name: str) -> None:
    """Raises DataError where images, float (N, ...), are bytes from 0 to 255 that were only turned into floats."""
    values = _numpy(images)
    lowest, highest = _range(values)
    if lowest >= 0 and UNSCALED < highest <= 255 and (values == np.rint(values)).all():
        raise DataError(_unscaled(values, f"the first batch of {name}", lowest, highest))


def _range(images):
    values = _numpy(images)
    return values.min(), values.max()


def _unscaled(images, where, lowest, highest):
    return (
        f"{where} has images of {np.dtype(images.dtype).name} from {lowest:g} to {highest:g}, which are not scaled: give the net "
        "float32 from 0 to 1, as (images / 255).astype('float32')"
    )


def _whole(labels, where):
    """Labels (N,) as whole numbers, NumPy. Raises DataError where they are none."""
    values = _numpy(labels)
    if values.dtype.kind == "f":
        wrong = ~np.isfinite(values) | (values != np.rint(np.nan_to_num(values)))
        if wrong.any():
            at = int(np.flatnonzero(wrong)[0])
            raise DataError(
                f"{where} has the label {values[at]:g} for images[{at}]: labels are the numbers of the classes, whole and from "
                "0, and are not scaled with the images"
            )
    lowest, highest = int(values.min()), int(values.max())
    if lowest < -LARGEST_LABEL or highest > LARGEST_LABEL:
        raise DataError(f"{where} has labels from {lowest} to {highest}: they must be from 0 to the number of classes less one")
    return values.astype("int64")


def check_labels(labels: Any, classes: int) -> None:
    """Raises DataError where labels (N,), an array of MXNet or NumPy, are not numbers from 0 to `classes` - 1."""
    labels = _numpy(labels)
    lowest, highest = int(labels.min()), int(labels.max())
    if lowest < 0 or highest >= classes:
        raise DataError(
            f"there are labels from {lowest} to {highest}, and the net has {classes} logits, for labels from 0 to {classes - 1}: "
            "give it as many outputs as there are classes, and count those from 0"
        )
