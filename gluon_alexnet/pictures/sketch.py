"""A History for a notebook: a table of its last passes and small curves, a few kB of HTML, drawn without matplotlib."""

import base64
import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from gluon_alexnet.pictures.page import Table, duration, render
from gluon_alexnet.pictures.report import epoch_columns, warnings_of
from gluon_alexnet.pictures.viz import is_number, numbers, smoothed, steps_per_epoch

ROWS = 12
POINTS = 100
# To be read on light and dark grounds alike: a notebook's theme need not be the reader's.
COLORS = {"train": "#2f86c8", "validation": "#b8860b", "test": "#1f9d78"}
WIDTH, HEIGHT = 240, 110


def sketch(history: Mapping[str, Any]) -> str:
    """A run, the dict of history.json, as a piece of HTML that loads nothing. Raises UserError where Jinja2 is not installed."""
    head, rows = epoch_columns(history)
    made, earlier = len(history["step_losses"]), len(rows) - ROWS
    about = f"{history['model']}: {made:,} steps, {history['stopped'] or 'running'}, {duration(history['seconds'])}"
    note = f"{earlier:,} passes before these:" if earlier > 0 else ""
    panels = [panel("loss", loss_lines(history)), panel("accuracy", accuracy_lines(history))]
    svg = render("sketch.svg", panels=panels, width=WIDTH, height=HEIGHT).encode()
    url = "data:image/svg+xml;base64," + base64.b64encode(svg).decode("ascii")
    return render(
        "sketch.html",
        about=about,
        warnings=warnings_of(history),
        epochs=Table(head, rows[-ROWS:], note=note),
        curves=url if any(each["lines"] for each in panels) else None,
    )


def loss_lines(history: Mapping[str, Any]) -> list[tuple[str, Any, Any]]:
    """[(name, x, y)]: the loss of each step, smoothed and thinned out, and of the test data after each pass."""
    losses = numbers(history["step_losses"])
    finite = np.flatnonzero(np.isfinite(losses))
    chosen = np.unique(np.linspace(0, len(finite) - 1, min(POINTS, len(finite))).round().astype(int))
    steps = (finite[chosen] + 1) / steps_per_epoch(history)
    tests = [(row["epoch"], row["test_loss"]) for row in history["epochs"]]
    return [("train", steps, smoothed(losses[finite])[chosen]), ("test", *columns(tests))]


def accuracy_lines(history: Mapping[str, Any]) -> list[tuple[str, Any, Any]]:
    """[(name, x, y)]: the accuracies after each pass."""
    rows = history["epochs"]
    return [(name, *columns([(row["epoch"], row[f"{name}_accuracy"]) for row in rows])) for name in COLORS]


def columns(points: Sequence[tuple[Any, Any]]) -> tuple[np.ndarray, np.ndarray]:
    """(x, y) of the points that can be drawn, at most POINTS of them and the last one always."""
    points = [point for point in points if is_number(point[1])]
    points = points[:: -max(1, math.ceil(len(points) / POINTS))][::-1]
    x, y = np.array(points, dtype=float).reshape(-1, 2).T
    return x, y


def panel(title: str, lines: Sequence[tuple[str, Any, Any]]) -> dict[str, Any]:
    """What the template draws of `lines`, [(name, x, y)]: its limits, and each line's points from the upper left corner."""
    lines = [line for line in lines if len(line[1])]
    values = np.concatenate([y for _, _, y in lines]) if lines else np.zeros(1)
    low, high, last = values.min(), values.max(), max((x[-1] for _, x, _ in lines), default=1)
    drawn = [
        {
            "name": name,
            "color": COLORS[name],
            "last": f"{y[-1]:.3g}",
            "points": " ".join(
                f"{WIDTH * a / last:.1f},{HEIGHT * (1 - (b - low) / ((high - low) or 1)):.1f}" for a, b in zip(x, y, strict=True)
            ),
            "end": (WIDTH * x[-1] / last, HEIGHT * (1 - (y[-1] - low) / ((high - low) or 1))),
        }
        for name, x, y in lines
    ]
    return {"title": title, "low": f"{low:.3g}", "high": f"{high:.3g}", "last": f"{last:.4g}", "lines": drawn}
