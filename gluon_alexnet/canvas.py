"""What all pictures have in common: colours for light and dark pages, empty figures, axes in one style, PNG files.

matplotlib is imported when the first figure is made, and neither pyplot nor rcParams are touched.
"""

import io
import warnings

from gluon_alexnet import files_io

# After Okabe and Ito's palette (2008), told apart by colour-blind readers too; the grounds are templates/report.html's.
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


def new_figure(width, height, colors):
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(width, height), layout="constrained", facecolor=colors["ground"])
    FigureCanvasAgg(figure)
    return figure


def style(axes, colors, frame=True):
    axes.set_facecolor(colors["ground"])
    axes.grid(True, color=colors["grid"], linewidth=0.8)
    axes.set_axisbelow(True)
    axes.tick_params(colors=colors["faint"], labelsize=9, length=0)
    for label in (axes.xaxis.label, axes.yaxis.label):
        label.set(color=colors["faint"], fontsize=9)
    for side, spine in axes.spines.items():
        spine.set_visible(frame and side in ("left", "bottom"))
        spine.set_color(colors["grid"])


def title(axes, text, colors):
    axes.set_title(text, loc="left", color=colors["ink"], fontsize=11, fontweight="bold")


def legend(axes, colors, place="upper right"):
    if axes.get_legend_handles_labels()[0]:
        axes.legend(
            loc=place,
            fontsize=9,
            facecolor=colors["ground"],
            edgecolor="none",
            labelcolor=colors["ink"],
            framealpha=0.85,
        )


def figure_png(figure, dpi=150):
    """`figure` as the bytes of a PNG file."""
    out = io.BytesIO()
    with warnings.catch_warnings():
        # Class names may be in a script that matplotlib's own font lacks: boxes in a picture need not alarm anyone.
        warnings.filterwarnings("ignore", message="Glyph .* missing from")
        figure.savefig(out, format="png", dpi=dpi, facecolor=figure.get_facecolor())
    return out.getvalue()


def save(figure, path, dpi=150):
    """Writes `figure` as a PNG file at `path`, atomically. Raises UserError when it cannot be written."""
    files_io.write_bytes(path, figure_png(figure, dpi))
