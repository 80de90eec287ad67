"""What a net makes of many pictures: those that excite each channel most, units that never answer, the share of zeros."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from gluon_alexnet.errors import UserError
from gluon_alexnet.explore import fields, layers
from gluon_alexnet.explore.fields import Field
from gluon_alexnet.explore.layers import Layer
from gluon_alexnet.explore.maps import as_float32

if TYPE_CHECKING:
    import mxnet as mx

    from gluon_alexnet.hints import Batches

__all__ = ["Excited", "LayerSurvey", "Survey", "survey", "surveys"]

BATCH_SIZE = 64
NINE = 9


@dataclass(frozen=True, eq=False)
class LayerSurvey:
    """What a layer answered to some pictures.

    layer: which. values: float32 (channels, count), the highest answers of each channel, the highest first, one a picture.
    which: int64 (channels, count), the pictures that they are to, by their place in the data from 0; of equal answers the first.
    rows, columns: int64 (channels, count), where in the map they are, 0 in layers without rows. zeros: the share of all answers
    that are exactly 0. dead: bool (channels,), those whose answers to all pictures are 0 everywhere. Channels are units in layers
    without rows.
    """

    layer: Layer
    values: np.ndarray
    which: np.ndarray
    rows: np.ndarray
    columns: np.ndarray
    zeros: float
    dead: np.ndarray


@dataclass(frozen=True)
class Excited:
    """A picture that excites a channel: its place in the data, the highest answer, where in the map that is, and what it sees.

    field: None behind layers whose receptive field is not known.
    """

    picture: int
    value: float
    row: int
    column: int
    field: Field | None


@dataclass(frozen=True, eq=False)
class Survey:
    """What all layers of a net answered to some pictures, of which there were `pictures`; layers: one LayerSurvey each."""

    layers: tuple[LayerSurvey, ...]
    pictures: int

    def of(self, which: str | int) -> LayerSurvey:
        """The LayerSurvey of the layer with this name or index. Raises UserError where there is none."""
        return self.layers[layers.find(self._layers, which).index]

    @property
    def _layers(self) -> tuple[Layer, ...]:
        return tuple(each.layer for each in self.layers)

    def most_exciting(self, which: str | int, channel: int) -> list[Excited]:
        """The pictures that excite a channel of a layer most, the most exciting first; dead channels give those that came first.

        Raises UserError for a layer or a channel that there is not.
        """
        found = self.of(which)
        if not 0 <= channel < len(found.values):
            raise UserError(f"{found.layer.name} has no channel {channel}: it has {len(found.values)}, from 0 on")
        told = zip(*(each[channel].tolist() for each in (found.which, found.values, found.rows, found.columns)), strict=True)
        return [Excited(at, value, row, column, self._field(found.layer, row, column)) for at, value, row, column in told]

    def _field(self, layer, row, column):
        try:
            return fields.receptive_field(self._layers, layer.index, row, column)
        except UserError:
            return None


def survey(
    net: mx.gluon.Block,
    data: Batches | np.ndarray | mx.np.ndarray,
    count: int = NINE,
    limit: int | None = None,
    progress: Callable[[int], object] | None = None,
) -> Survey:
    """What every layer of `net` answers to pictures, in one pass, of which only a batch is kept at a time.

    net: as for `look`. data: pictures (N, C, H, W) as the net takes them, or batches of such or of (images, labels), as a loader
    gives them that does not shuffle. count: how many pictures to tell for each channel. limit: only the first so many pictures.
    progress: is told after each batch how many pictures are done.
    Raises UserError for no pictures, for pictures that the net does not take, and for a loader that shuffles.
    """
    found = None
    for found in surveys(net, data, count, limit):
        if progress is not None:
            progress(found.pictures)
    if found is None:
        raise UserError("there is nothing to look at: the data gave no picture")
    return found


def surveys(
    net: mx.gluon.Block, data: Batches | np.ndarray | mx.np.ndarray, count: int = NINE, limit: int | None = None
) -> Iterator[Survey]:
    """The Survey of the pictures so far, after each batch; arguments and errors as for `survey`, but nothing for no pictures."""
    layers.check(net)
    tallies: list[_Tally] = []
    done = 0
    for pictures in batches(data, limit):
        batch = layers.as_batch(net, pictures)
        for index, (layer, values) in enumerate(layers.walk(net, batch)):
            if index == len(tallies):
                tallies.append(_Tally(layer, count))
            tallies[index].add(as_float32(values), done)
        done += len(batch)
        yield Survey(tuple(tally.result() for tally in tallies), done)


def batches(data: Any, limit: int | None) -> Iterator[Any]:
    """The pictures of `data`, at most `limit`, in batches."""
    if getattr(data, "shuffle", None):
        raise UserError("the data is shuffled, so that nobody could find the pictures again: make the loader with shuffle=False")
    left = limit
    for batch in pieces(data) if hasattr(data, "shape") else data:
        pictures = batch[0] if isinstance(batch, (tuple, list)) else batch
        pictures = pictures if left is None else pictures[:left]
        if len(pictures):
            yield pictures
        left = None if left is None else left - len(pictures)
        if left == 0:
            return


def pieces(pictures: Sequence[Any]) -> Iterator[Any]:
    """An array in pieces of BATCH_SIZE."""
    for first in range(0, len(pictures), BATCH_SIZE):
        yield pictures[first : first + BATCH_SIZE]


class _Tally:
    """What is kept of a layer's answers from batch to batch."""

    def __init__(self, layer: Layer, count: int) -> None:
        self.layer, self.count = layer, count
        # values, picture, place in the map: (channels, at most count) each.
        self.best: list[np.ndarray] = []
        self.answers = self.other_than_zero = 0
        self.alive = np.zeros(layer.output_shape[0], bool)

    def add(self, values: np.ndarray, first: int) -> None:
        """The answers to a batch, (N, channels, ...), whose first picture is number `first`."""
        flat = values.reshape(*values.shape[:2], -1)
        own = np.count_nonzero(flat, axis=2)
        self.answers += flat.size
        self.other_than_zero += int(own.sum())
        self.alive |= own.any(axis=0)
        places = flat.argmax(axis=2)
        highest = np.take_along_axis(flat, places[:, :, None], axis=2)[:, :, 0]
        which = np.broadcast_to(np.arange(first, first + len(values))[:, None], places.shape)
        new = [highest.T, which.T, places.T]
        both = [np.concatenate(pair, axis=1) for pair in zip(self.best, new, strict=True)] if self.best else new
        # Stable, so that of equal answers the first picture's is kept.
        order = np.argsort(-both[0], axis=1, kind="stable")[:, : self.count]
        self.best = [np.take_along_axis(each, order, axis=1) for each in both]

    def result(self) -> LayerSurvey:
        values, which, places = self.best
        width = self.layer.output_shape[2] if len(self.layer.output_shape) == 3 else 1
        rows, columns = np.divmod(places, width) if len(self.layer.output_shape) == 3 else (0 * places, 0 * places)
        zeros = 1 - self.other_than_zero / self.answers
        return LayerSurvey(self.layer, values, which, rows, columns, zeros, ~self.alive)
