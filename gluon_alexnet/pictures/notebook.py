"""Pictures for a notebook as the chapter's book makes them: curves, curves that grow, rows of images.

Every figure is matplotlib's own and none is pyplot's: a plain script stays quiet, needs no screen and keeps no figure open.
"""

from __future__ import annotations

import io
import itertools
import sys
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from gluon_alexnet.pictures import canvas, viz

if TYPE_CHECKING:
    import numpy as np
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from gluon_alexnet.hints import Limits

LINES = ("-", "m--", "g-.", "r:")


def in_notebook() -> bool:
    """Whether this code runs in a Jupyter kernel."""
    ipython = sys.modules.get("IPython")
    return hasattr(ipython and ipython.get_ipython(), "kernel")


class Animator:
    """Curves that grow while a program computes; a notebook shows them, elsewhere `animator.fig` draws what there is.

    X, Y: lists of numbers, one list a curve. The arguments are those of set_axes; fmts: a matplotlib line format a curve.
    """

    def __init__(
        self,
        xlabel: str | None = None,
        ylabel: str | None = None,
        legend: Sequence[str] | None = None,
        xlim: Limits = None,
        ylim: Limits = None,
        xscale: str = "linear",
        yscale: str = "linear",
        fmts: Sequence[str] = LINES,
        nrows: int = 1,
        ncols: int = 1,
        figsize: tuple[float, float] = (3.5, 2.5),
    ) -> None:
        self.settings = (xlabel, ylabel, xlim, ylim, xscale, yscale, legend)
        self.fmts, self.shape, self.figsize = fmts, (nrows, ncols), figsize
        self.X: list[list[float]] = []
        self.Y: list[list[float]] = []
        self.shown = None

    def add(self, x: Any, y: Any) -> None:
        """A point for every curve: `y` a number or one for each, `x` a number for all or one for each; None adds no point."""
        y = list(y) if hasattr(y, "__len__") else [y]
        x = list(x) if hasattr(x, "__len__") else [x] * len(y)
        missing = len(y) - len(self.X)
        self.X += [[] for _ in range(missing)]
        self.Y += [[] for _ in range(missing)]
        for curve, (a, b) in enumerate(zip(x, y, strict=True)):
            if a is not None and b is not None:
                self.X[curve].append(a)
                self.Y[curve].append(b)
        if in_notebook():
            self.shown = _show(self.fig, self.shown)

    @property
    def fig(self) -> Figure:
        """The curves so far, as a new matplotlib Figure."""
        figure = viz.new_figure(*self.figsize, viz.LIGHT)
        axes = figure.subplots(*self.shape, squeeze=False)[0, 0]
        _draw(axes, self.X, self.Y, self.fmts)
        set_axes(axes, *self.settings)
        return figure


def plot(
    X: Any,
    Y: Any = None,
    xlabel: str | None = None,
    ylabel: str | None = None,
    legend: Sequence[str] | None = None,
    xlim: Limits = None,
    ylim: Limits = None,
    xscale: str = "linear",
    yscale: str = "linear",
    fmts: Sequence[str] = LINES,
    figsize: tuple[float, float] = (3.5, 2.5),
    axes: Axes | None = None,
) -> None:
    """Draws the curve or curves Y over X, or X over 0, 1, ... where Y is None, into `axes` or a figure that a notebook shows."""
    X, Y = (None, _curves(X)) if Y is None else (_curves(X), _curves(Y))
    X = [range(len(curve)) for curve in Y] if X is None else X * len(Y) if len(X) == 1 else X
    figure = None if axes is not None else viz.new_figure(*figsize, viz.LIGHT)
    axes = figure.subplots() if axes is None else axes  # type: ignore[union-attr]
    axes.cla()
    _draw(axes, X, Y, fmts)
    set_axes(axes, xlabel, ylabel, xlim, ylim, xscale, yscale, legend)
    if figure is not None and in_notebook():
        _show(figure)


def show_images(
    imgs: Iterable[Any], num_rows: int, num_cols: int, titles: Sequence[str] | None = None, scale: float = 1.5
) -> np.ndarray:
    """Pictures in rows, (H, W), (1, H, W) or (H, W, 3) each, with a title each; returns the matplotlib axes, a flat array.

    scale: inches a picture.
    """
    figure = viz.new_figure(num_cols * scale, num_rows * scale, viz.LIGHT)
    grid = figure.subplots(num_rows, num_cols, squeeze=False).ravel()
    for axes in grid:
        axes.axis("off")
    for number, (axes, image) in enumerate(zip(grid, imgs, strict=False)):
        axes.imshow(np.squeeze(_numpy(image)))
        if titles is not None:
            axes.set_title(titles[number])
    if in_notebook():
        _show(figure)
    return grid


def set_axes(
    axes: Axes,
    xlabel: str | None,
    ylabel: str | None,
    xlim: Limits,
    ylim: Limits,
    xscale: str,
    yscale: str,
    legend: Sequence[str] | None,
) -> None:
    """Labels, limits, scales ('linear', 'log') and legend of matplotlib axes; None leaves one as it is."""
    axes.set(xscale=xscale, yscale=yscale, xlabel=xlabel or "", ylabel=ylabel or "")
    for limits, set_limits in ((xlim, axes.set_xlim), (ylim, axes.set_ylim)):
        # Equal ends, as one epoch gives, are no range.
        if limits is not None and limits[0] != limits[1]:
            set_limits(limits[0], limits[1])
    if legend:
        axes.legend(axes.get_lines(), legend)
    axes.grid(True)


def set_figsize(figsize: tuple[float, float] = (3.5, 2.5)) -> None:
    """The size in inches of pyplot's figures from now on."""
    canvas.load_matplotlib().rcParams["figure.figsize"] = figsize


def use_svg_display() -> None:
    """Has a notebook show pyplot's figures as SVG, as it always shows the pictures made here."""
    if in_notebook():
        from matplotlib_inline.backend_inline import set_matplotlib_formats

        set_matplotlib_formats("svg")


def _numpy(array):
    return array.asnumpy() if hasattr(array, "asnumpy") else np.asarray(array)


def _curves(values):
    """One curve, or a list of them, as a list of curves."""
    if hasattr(values, "ndim"):
        values = _numpy(values)
        return [values] if values.ndim == 1 else list(values)
    return [_numpy(curve) for curve in values] if values and hasattr(values[0], "__len__") else [values]


def _draw(axes, X, Y, fmts):
    for x, y, line in zip(X, Y, itertools.cycle(fmts), strict=False):
        axes.plot(x, y, line) if len(x) else axes.plot(y, line)


def _show(figure, shown=None):
    """Shows `figure` in the notebook, in place of what `shown` shows; returns the handle to replace it in turn."""
    from IPython.display import display

    out = io.StringIO()
    # Without the date the same curves are the same bytes.
    figure.savefig(out, format="svg", metadata={"Date": None})
    picture = {"image/svg+xml": out.getvalue(), "text/plain": repr(figure)}
    if shown is None:
        return display(picture, raw=True, display_id=True)
    shown.update(picture, raw=True)
    return shown
