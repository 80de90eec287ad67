"""What all pictures have in common: colours for light and dark pages, empty figures, axes in one style, PNG files.

matplotlib is imported when the first figure is made, and neither pyplot nor rcParams are touched.
"""

from __future__ import annotations

import atexit
import contextlib
import io
import os
import shutil
import sys
import tempfile
import warnings
from collections.abc import Mapping
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING

from gluon_alexnet import files_io
from gluon_alexnet.errors import UserError

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from gluon_alexnet.hints import PathLike

# After Okabe and Ito's palette (2008), told apart by colour-blind readers too; the grounds are templates/base.html's.
LIGHT = {
    "ground": "#ffffff",
    "ink": "#1c2733",
    "faint": "#6a7683",
    "grid": "#e3e7ec",
    "shade": "#0072b2",
    "train": "#0072b2",
    "validation": "#b87900",
    "test": "#00805e",
    "alarm": "#c0392b",
}
DARK = {
    "ground": "#1a212a",
    "ink": "#e8edf2",
    "faint": "#9aa7b4",
    "grid": "#303a46",
    "shade": "#56b4e9",
    "train": "#56b4e9",
    "validation": "#e8b33c",
    "test": "#2ec49b",
    "alarm": "#ff7b6b",
}


def load_matplotlib() -> ModuleType:
    """The module matplotlib, imported so that no backend in the environment and no home folder can keep it from that.

    A notebook's kernel has $MPLBACKEND in its environment, and so have the commands that are called from its cells, where the
    backend need not be installed. Raises UserError where matplotlib is not installed.
    """
    if "matplotlib" in sys.modules:
        return sys.modules["matplotlib"]
    backend = os.environ.pop("MPLBACKEND", None)
    _settle_folder()
    try:
        import matplotlib
    except ImportError as error:
        raise UserError(f"the pictures need matplotlib ({error}): pip install matplotlib") from error
    finally:
        if backend is not None:
            os.environ["MPLBACKEND"] = backend
    if backend:
        # For whoever uses pyplot afterwards.
        with contextlib.suppress(ValueError):
            matplotlib.rcParams["backend"] = backend
    return matplotlib


def _settle_folder():
    """Gives matplotlib a folder of its own for this process where it has none that it can write to; it would warn of it."""
    try:
        named = os.environ.get("MPLCONFIGDIR")
        bases = (("XDG_CONFIG_HOME", ".config"), ("XDG_CACHE_HOME", ".cache"))
        folders = [named] if named else [Path(os.environ.get(name) or Path.home() / usual, "matplotlib") for name, usual in bases]
        for folder in folders:
            os.makedirs(folder, exist_ok=True)
        if all(os.access(folder, os.W_OK) for folder in folders):
            return
    except (OSError, RuntimeError):  # a home that cannot be written to, or a user without one
        pass
    with contextlib.suppress(OSError):
        os.environ["MPLCONFIGDIR"] = own = tempfile.mkdtemp(prefix="matplotlib-")
        atexit.register(shutil.rmtree, own, ignore_errors=True)


def new_figure(width: float, height: float, colors: Mapping[str, str]) -> Figure:
    """An empty Figure of `width` x `height` inches in these colours, LIGHT or DARK."""
    load_matplotlib()
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(width, height), layout="constrained", facecolor=colors["ground"])
    FigureCanvasAgg(figure)
    return figure


def style(axes: Axes, colors: Mapping[str, str], frame: bool = True) -> None:
    """Gives axes the colours and leaves out what is not needed of their frame, or with frame=False all of it."""
    axes.set_facecolor(colors["ground"])
    axes.grid(True, color=colors["grid"], linewidth=0.8)
    axes.set_axisbelow(True)
    axes.tick_params(colors=colors["faint"], labelsize=9, length=0)
    for label in (axes.xaxis.label, axes.yaxis.label):
        label.set(color=colors["faint"], fontsize=9)
    for side, spine in axes.spines.items():
        spine.set_visible(frame and side in ("left", "bottom"))
        spine.set_color(colors["grid"])


def title(axes: Axes, text: str, colors: Mapping[str, str]) -> None:
    """Writes `text` above the axes, on the left."""
    axes.set_title(text, loc="left", color=colors["ink"], fontsize=11, fontweight="bold")


def legend(axes: Axes, colors: Mapping[str, str], place: str = "upper right") -> None:
    """The legend of the axes at `place`, in words of matplotlib's."""
    if axes.get_legend_handles_labels()[0]:
        axes.legend(
            loc=place,
            fontsize=9,
            facecolor=colors["ground"],
            edgecolor="none",
            labelcolor=colors["ink"],
            framealpha=0.85,
        )


def figure_png(figure: Figure, dpi: int = 150) -> bytes:
    """`figure` as the bytes of a PNG file."""
    out = io.BytesIO()
    with warnings.catch_warnings():
        # Class names may be in a script that matplotlib's own font lacks: boxes in a picture need not alarm anyone.
        warnings.filterwarnings("ignore", message="Glyph .* missing from")
        figure.savefig(out, format="png", dpi=dpi, facecolor=figure.get_facecolor())
    return out.getvalue()


def save(figure: Figure, path: PathLike, dpi: int = 150) -> None:
    """Writes `figure` as a PNG file at `path`, atomically. Raises UserError when it cannot be written."""
    files_io.write_bytes(path, figure_png(figure, dpi))
