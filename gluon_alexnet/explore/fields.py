"""The part of the picture that a number of a map sees, by arithmetic from the windows of the layers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from gluon_alexnet.analysis import times
from gluon_alexnet.errors import UserError
from gluon_alexnet.explore.layers import Layer, Windows, find

__all__ = ["Box", "Field", "check_place", "reach", "receptive_field"]

# Kinds whose numbers see one place of the layer before, that of other channels included where one mixes them.
PLACEWISE = ("activation", "batchnorm", "dropout", "responsenorm")


@dataclass(frozen=True)
class Box:
    """A block of numbers of a layer: channels, rows and columns, each (first, one after the last)."""

    channels: tuple[int, int]
    rows: tuple[int, int]
    columns: tuple[int, int]


@dataclass(frozen=True)
class Field:
    """The rectangle of the picture that a number depends on; nothing outside of it changes the number.

    rows, columns: (first, one after the last), within the picture. size: (rows, columns) that it would have if no border cut it
    off, the receptive field as papers give it; larger than the picture where a number sees beyond its borders.
    """

    rows: tuple[int, int]
    columns: tuple[int, int]
    size: tuple[int, int]


def receptive_field(layers: Sequence[Layer], which: str | int, row: int = 0, column: int = 0) -> Field:
    """The Field of the numbers in `row` and `column` of a layer's maps, those of all channels; of a dense layer's numbers.

    layers: all of a net. which: the layer's name or index. Where strides are larger than windows, or windows dilated, some pixels
    of the rectangle are seen by none of them. Raises UserError for a place that the maps do not have, and behind layers that
    cannot be taken apart.
    """
    layer = find(layers, which)
    check_place(layer, row, column)
    flat = len(layer.output_shape) != 3
    spans: list[Any] = [None if flat else (place, place, place, place) for place in (row, column)]
    for each in reversed(layers[: layer.index + 1]):
        spans = [back(each, axis, span) for axis, span in enumerate(spans)]
    if None in spans:
        raise UserError(f"{layer.name} does not see a picture of rows and columns: the net takes {times(layers[0].input_shape)}")
    cut = [(first, last + 1) for first, last, _, _ in spans]
    size = [last - first + 1 for _, _, first, last in spans]
    return Field(cut[0], cut[1], (size[0], size[1]))


def check_place(layer: Layer, row: int, column: int) -> None:
    """Raises UserError where a layer's maps have no such row and column; those of dense layers have row 0 and column 0."""
    rows, columns = layer.output_shape[1:] if len(layer.output_shape) == 3 else (1, 1)
    if not (0 <= row < rows and 0 <= column < columns):
        raise UserError(
            f"{layer.name} has no number in row {row}, column {column}: its maps have {rows} rows and {columns} columns"
        )


def back(layer, axis, span):
    """What numbers of the layer before those in `span` depend on; axis: 0 for rows, 1 for columns.

    A span: (first, last) within the maps, (first, last) as if these had no borders; None in layers that have no rows.
    """
    if layer.kind == "other":
        raise UserError(
            f"what a number sees behind {layer.name} ({type(layer.block).__name__}) is not known: only Gluon's own convolutions, "
            "poolings, dense layers, batch norms, dropouts, activations and flatten layers and this package's "
            "LocalResponseNorm can be followed"
        )
    if len(layer.input_shape) != 3:
        return None
    length = layer.input_shape[1 + axis]
    if layer.windows:
        first, last, low, high = span
        low, high = reach(layer.windows, axis, low, high)
        # A window may lie in the padding as a whole, and sees nothing then.
        first, last = reach(layer.windows, axis, first, last) if first <= last else (0, -1)
        first, last = max(first, 0), min(last, length - 1)
        return (first, last, low, high) if first <= last else (0, -1, low, high)
    if layer.kind in PLACEWISE and span:
        return span
    return 0, length - 1, 0, length - 1


def reach(windows: Windows, axis: int, first: int, last: int) -> tuple[int, int]:
    """The (first, last) row or column of the layer before that the windows from `first` to `last` reach, padding included."""
    step, padding = windows.stride[axis], windows.padding[axis]
    return first * step - padding, last * step - padding + (windows.size[axis] - 1) * windows.dilation[axis]
