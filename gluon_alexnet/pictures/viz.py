"""The pictures: curves, confusion matrix, first-layer filters, mistakes.

Every function makes a matplotlib Figure of its own, for a light or a `dark` page, and touches neither pyplot nor
rcParams: nothing here needs a screen, leaves state behind or disturbs a notebook's own plots.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from gluon_alexnet.pictures.canvas import DARK, LIGHT, figure_png, legend, load_matplotlib, new_figure, save, style, title

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["confusion", "curves", "figure_png", "filters", "mistakes", "save"]

MARKERS = {"train": "o", "validation": "s", "test": "D"}


def curves(
    history: Mapping[str, Any],
    panels: Sequence[str] = ("loss", "accuracy", "lr"),
    dark: bool = False,
    size: tuple[float, float] = (5.2, 3.7),
) -> Figure:
    """The course of a run as a Figure with one panel beside the other.

    history: the dict of history.json. panels: 'loss' (each step's, smoothed, and the mean of each epoch), 'accuracy'
    (each step's, and on training, validation and test data, whichever there is) and 'lr' (left out where it never changes
    and is not all that is asked for). size: width and height of a panel, in inches.
    What is None, NaN or infinite is left out; where the run diverged is marked.
    """
    if len(panels) > 1 and len({row["lr"] for row in history["epochs"]}) < 2:
        panels = [panel for panel in panels if panel != "lr"]
    colors = DARK if dark else LIGHT
    figure = new_figure(size[0] * len(panels), size[1], colors)
    draw = {"loss": draw_loss, "accuracy": draw_accuracy, "lr": draw_lr}
    for axes, panel in zip(figure.subplots(1, len(panels), squeeze=False)[0], panels, strict=True):
        style(axes, colors)
        draw[panel](axes, history, colors)
        axes.set_xlabel("epoch")
        last = max([row["epoch"] for row in history["epochs"]] + [len(history["step_losses"]) / steps_per_epoch(history)])
        axes.set_xlim(0, (last or 1) * 1.04)
        if last >= 2:
            axes.xaxis.get_major_locator().set_params(integer=True)
    return figure


def draw_loss(axes, history, colors):
    losses = numbers(history["step_losses"])
    per_epoch = steps_per_epoch(history)
    finite = np.isfinite(losses)
    where = (np.arange(len(losses)) + 1) / per_epoch
    if finite.any():
        axes.plot(where[finite], losses[finite], color=colors["train"], alpha=0.2, linewidth=0.7)
        axes.plot(where[finite], smoothed(losses[finite]), color=colors["train"], linewidth=1.6, label="each step, smoothed")
    rows = [(row["epoch"], row["loss"]) for row in history["epochs"]]
    middles = [(epoch + (rows[i - 1][0] if i else 0)) / 2 for i, (epoch, _) in enumerate(rows)]
    means = numbers([loss for _, loss in rows])
    if np.isfinite(means).any():
        axes.plot(middles, means, "o", color=colors["ink"], markersize=4, label=last_of("mean of each epoch", means))
    tests = [(row["epoch"], row["test_loss"]) for row in history["epochs"] if is_number(row["test_loss"])]
    if tests:
        epochs, values = zip(*tests, strict=True)
        label = last_of("test", values)
        axes.plot(epochs, values, color=colors["test"], marker=MARKERS["test"], markersize=4, linewidth=1.2, label=label)
    # A run that diverges ends in values that would press everything before them into the ground line.
    seen = np.concatenate([losses[finite], means[np.isfinite(means)]])
    top = seen.max() if seen.size else 1.0
    if finite.any():
        top = min(top, max(2 * losses[finite][0], np.quantile(losses[finite], 0.5)), 3 * losses[finite][0])
    axes.set_ylim(0, top * 1.08 or 1.0)
    if history["stopped"] == "diverged":
        end = len(losses) / per_epoch
        axes.axvline(end, color=colors["alarm"], linewidth=1.2, linestyle="--", label="the loss diverged here")
    title(axes, "Loss", colors)
    legend(axes, colors)


def draw_accuracy(axes, history, colors):
    low, high = 1.0, 0.0
    steps = smoothed(numbers(history.get("step_accuracies", [])))
    if len(steps):
        where = (np.arange(len(steps)) + 1) / steps_per_epoch(history)
        axes.plot(where, steps, color=colors["train"], alpha=0.4, linewidth=1, label="training, each step, smoothed")
        # The start, where a net can only guess, would press everything after it into the top.
        low, high = np.quantile(steps, 0.1), steps.max()
    for name in ("train", "validation", "test"):
        points = [(row["epoch"], row[f"{name}_accuracy"]) for row in history["epochs"]]
        points = [(epoch, value) for epoch, value in points if is_number(value)]
        if not points:
            continue
        epochs, values = zip(*points, strict=True)
        low, high = min(low, *values), max(high, *values)
        label = last_of("training" if name == "train" else name, values)
        axes.plot(epochs, values, color=colors[name], marker=MARKERS[name], markersize=4, linewidth=1.6, label=label)
    if high >= low:
        room = max(0.02, (high - low) * 0.12)
        axes.set_ylim(max(0, low - room), min(1.005, high + room))
    else:
        axes.text(0.5, 0.5, "no epoch was finished", transform=axes.transAxes, ha="center", color=colors["faint"])
    title(axes, "Accuracy", colors)
    legend(axes, colors, "lower right")


def draw_lr(axes, history, colors):
    rows = [(row["epoch"], row["lr"]) for row in history["epochs"]]
    if rows:
        axes.plot(*zip(*rows, strict=True), color=colors["train"], marker="o", markersize=4)
        axes.set_ylim(bottom=0)
    title(axes, "Learning rate at the end of each epoch", colors)


def steps_per_epoch(history):
    """Training steps in one pass over the data, from the settings, else from the rows: a float above 0."""
    known = history["settings"].get("steps_per_epoch")
    last = history["epochs"][-1]["epoch"] if history["epochs"] else 1
    return float(known or len(history["step_losses"]) / last or 1)


def smoothed(values):
    """Each of `values`, float (n,), replaced by the mean of its neighbourhood, about a fortieth of the run wide."""
    half = max(len(values) // 80, min(5, len(values) // 8))
    sums = np.concatenate([[0.0], np.cumsum(values)])
    first = np.maximum(np.arange(len(values)) - half, 0)
    last = np.minimum(np.arange(len(values)) + half + 1, len(values))
    return (sums[last] - sums[first]) / (last - first)


def confusion(matrix: np.ndarray, names: Sequence[str], dark: bool = False) -> Figure:
    """`matrix` (classes, classes) of counts, row true, column predicted, as a Figure; shades are shares of the row.

    The shade grows with the square root of the share: mistakes are rare, and a linear one would leave them all white.
    """
    load_matplotlib()
    from matplotlib.colors import LinearSegmentedColormap

    matrix = np.asarray(matrix)
    colors = DARK if dark else LIGHT
    size = max(4.5, 1.6 + 0.56 * len(matrix))
    figure = new_figure(size, size, colors)
    axes = figure.subplots()
    shares = matrix / np.maximum(matrix.sum(axis=1, keepdims=True), 1)
    shade = LinearSegmentedColormap.from_list("", [colors["ground"], colors["shade"]])
    axes.imshow(np.sqrt(shares), cmap=shade, vmin=0, vmax=1)
    ticks = range(len(matrix))
    axes.set_xticks(ticks, names, rotation=40, ha="right", rotation_mode="anchor", parse_math=False)
    axes.set_yticks(ticks, names, parse_math=False)
    axes.set_xlabel("predicted")
    axes.set_ylabel("true")
    style(axes, colors, frame=False)
    axes.set_xticks(np.arange(len(matrix) + 1) - 0.5, minor=True)
    axes.set_yticks(np.arange(len(matrix) + 1) - 0.5, minor=True)
    axes.grid(False)
    axes.grid(which="minor", color=colors["grid"], linewidth=0.8)
    axes.tick_params(which="both", length=0)
    if len(matrix) <= 20:
        for row, column in zip(*np.nonzero(matrix), strict=True):
            strong = shares[row, column] > 0.35
            axes.text(
                column,
                row,
                matrix[row, column],
                ha="center",
                va="center",
                fontsize=9,
                color=colors["ground"] if strong else colors["ink"],
            )
    return figure


def filters(weights: np.ndarray, dark: bool = False) -> Figure:
    """First-layer filters, weights (count, 1 or 3, height, width), in rows of at most twelve, as a Figure.

    Grey filters share one scale with 0 in the middle of it, so that those that learned little look flat; each colour
    filter has its own. Raises ValueError for another number of channels.
    """
    weights = np.asarray(weights, dtype=np.float32)
    count, channels, height, width = weights.shape
    if channels not in (1, 3):
        raise ValueError(f"filters of {channels} channels are not pictures: give weights (count, 1 or 3, height, width)")
    if channels == 1:
        limit = np.quantile(np.abs(weights[np.isfinite(weights)]), 0.998) if np.isfinite(weights).any() else 1.0
        tiles = np.clip(weights[:, 0] / (2 * (limit or 1.0)) + 0.5, 0, 1)
    else:
        low, high = weights.min(axis=(1, 2, 3), keepdims=True), weights.max(axis=(1, 2, 3), keepdims=True)
        tiles = ((weights - low) / np.maximum(high - low, 1e-12)).transpose(0, 2, 3, 1)
    columns = min(count, 12)
    rows = -(-count // columns)
    # One picture with see-through gaps: 96 axes of their own would take seconds to draw.
    mosaic = np.zeros((rows * (height + 1) - 1, columns * (width + 1) - 1, 4), dtype=np.float32)
    for number, tile in enumerate(tiles):
        top, left = number // columns * (height + 1), number % columns * (width + 1)
        mosaic[top : top + height, left : left + width, :3] = tile.reshape(height, width, -1)
        mosaic[top : top + height, left : left + width, 3] = 1
    figure = new_figure(0.62 * columns, 0.62 * rows * height / width, DARK if dark else LIGHT)
    axes = figure.subplots()
    axes.axis("off")
    axes.imshow(mosaic, interpolation="nearest")
    return figure


def mistakes(
    images: np.ndarray, true: np.ndarray, predicted: np.ndarray, probability: np.ndarray, names: Sequence[str], dark: bool = False
) -> Figure:
    """Wrongly classified pictures in rows of at most six, with both classes and the probability given to the wrong one.

    images: uint8 or float (n, height, width), n >= 1. true, predicted: class numbers (n,). probability: (n,), 0 to 1.
    """
    colors = DARK if dark else LIGHT
    columns = min(len(images), 6)
    rows = -(-len(images) // columns)
    figure = new_figure(columns * 1.5, rows * 1.95, colors)
    grid = np.atleast_1d(figure.subplots(rows, columns)).ravel()
    for axes in grid:
        axes.axis("off")
    for axes, image, is_, said, sure in zip(grid, images, true, predicted, probability, strict=False):
        axes.imshow(image, cmap="gray", interpolation="nearest")
        title = f"{names[is_]}\nsaid {names[said]} {sure:.0%}"
        axes.set_title(title, fontsize=8, color=colors["ink"], parse_math=False)
    return figure


def last_of(name, values):
    last = values[-1]
    return name if not is_number(last) else f"{name}, last {last:.3f}" if abs(last) < 1000 else f"{name}, last {last:.1e}"


def is_number(value):
    """False for None, NaN and infinity, none of which can be drawn."""
    return value is not None and math.isfinite(value)


def numbers(values):
    """`values` as float64 (n,), None as NaN."""
    return np.array([math.nan if value is None else value for value in values], dtype=np.float64)


def rate_range(found: Any, dark: bool = False, size: tuple[float, float] = (5.6, 3.7)) -> Figure:
    """The losses of a range test over its learning rates, those suggested and too high marked, as a Figure.

    found: the RateRange that gluon_alexnet.train.lr_find gives: rates, losses, smoothed, suggested, exploded.
    """
    colors = DARK if dark else LIGHT
    figure = new_figure(*size, colors)
    axes = figure.subplots()
    style(axes, colors)
    rates, losses, means = (numbers(values) for values in (found.rates, found.losses, found.smoothed))
    axes.plot(rates, losses, color=colors["train"], alpha=0.25, linewidth=0.7)
    axes.plot(rates, means, color=colors["train"], linewidth=1.6, label="each step, smoothed")
    axes.set_xscale("log")
    if found.suggested is not None:
        label = f"suggested: {found.suggested:.2g}"
        axes.axvline(found.suggested, color=colors["test"], linewidth=1.4, linestyle="--", label=label)
    if found.exploded is not None:
        label = f"the loss exploded: {found.exploded:.2g}"
        axes.axvline(found.exploded, color=colors["alarm"], linewidth=1.2, linestyle=":", label=label)
    if len(means):
        low, high = means.min(), means[: len(means) // 2 + 1].max()
        axes.set_ylim(max(0.0, low - 0.2 * (high - low)), high + 0.6 * (high - low) + 1e-3)
    axes.set_xlabel("learning rate")
    title(axes, "Loss", colors)
    legend(axes, colors, "upper left")
    return figure
