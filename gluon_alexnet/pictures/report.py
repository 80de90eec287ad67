"""What a run leaves for a person: curves.png, one self-contained page report.html, and a table for the terminal."""

from __future__ import annotations

import base64
import io
import math
import shlex
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from gluon_alexnet import files_io
from gluon_alexnet.analysis import times
from gluon_alexnet.errors import UserError, reason
from gluon_alexnet.pictures import viz
from gluon_alexnet.pictures.page import Picture, Table, duration, environment, number, percent, render, share

if TYPE_CHECKING:
    from pathlib import Path

    from gluon_alexnet.analysis import LayerCost

__all__ = ["epoch_columns", "rehearse", "summary_table", "warnings_of", "write_report"]

MISTAKES = 24
# Classes of which each has its row in a picture that can still be read.
LARGEST_MATRIX = 60
TITLES = {"alexnet": "AlexNet", "lenet": "LeNet", "fashion-mnist": "Fashion-MNIST", "stand-in": "the made-up stand-in"}
SETS = {"train": "training", "validation": "validation", "test": "test"}


def write_report(
    folder: Path,
    history: Mapping[str, Any],
    *,
    labels: np.ndarray | None,
    probabilities: np.ndarray | None,
    images: np.ndarray | Any | None,
    filters: np.ndarray | None,
    layers: Sequence[LayerCost] | None,
    class_names: Sequence[str] | None = None,
) -> Path:
    """Writes report.html and curves.png into `folder`, each atomically, and returns the Path of report.html.

    history: the dict of history.json. labels: int (N,), the test set's. probabilities: float (N, classes), the answers.
    images: (N, H, W), (N, 1, H, W) or (N, H, W, 3), uint8 or float in [0, 1], the test set's; or what gives one by its number.
    filters: float (count, 1 or 3, h, w), the first layer's weights. layers: list of LayerCost.
    class_names: one for each class, by default Fashion-MNIST's.
    What is None of these is said to be missing in its section. The page loads nothing from elsewhere.
    Raises UserError when the folder cannot be written to.
    """
    folder = files_io.user_path(folder)
    if class_names is None:
        from gluon_alexnet.data.files import CLASS_NAMES as class_names
    viz.save(viz.curves(history), folder / "curves.png")
    model, data = history["model"], history["data"]
    page = render(
        "report.html",
        history=history,
        model=TITLES.get(model, model),
        data_name=TITLES.get(data["name"], data["name"]),
        warnings=warnings_of(history),
        tiles=headline(history, labels, probabilities),
        fewer_images=fewer_images(history),
        times=time_parts(history),
        curves=curves(history),
        small_images=small_images(history["settings"]),
        epochs=epoch_table(history),
        answers=answers(labels, probabilities, images, class_names),
        filters=filter_picture(filters),
        filter_caption=filter_caption(filters),
        layers=layer_table(layers),
        command=command(history["settings"]),
        machine={key: value for key, value in history["machine"].items() if key != "busy"},
        busy=busy(history["machine"]),
        data={key: value for key, value in data.items() if key != "sha256" and value not in (None, "")},
        checksums=data.get("sha256"),
    )
    files_io.write_text(folder / "report.html", page)
    return folder / "report.html"


def rehearse() -> None:
    """Raises UserError where no report could be written here: told before a training and not after it."""
    try:
        figure = viz.new_figure(1, 1, viz.LIGHT)
        viz.title(figure.subplots(), "rehearsal", viz.LIGHT)
        viz.figure_png(figure, dpi=20)
        picture_png(np.zeros((1, 1), np.uint8))
        environment().get_template("report.html")
    except UserError:
        raise
    except Exception as error:
        raise UserError(
            f"no report could be drawn here ({type(error).__name__}: {reason(error)}): mend that before training, as by "
            "pip install --force-reinstall matplotlib pillow jinja2"
        ) from error


def warnings_of(history: Mapping[str, Any]) -> list[tuple[str, str, str]]:
    """What a reader must know before any figure: ('alarm' or 'note', headline, explanation) for each thing."""
    found = []
    if history["data"]["name"] == "stand-in":
        reason = history["data"].get("reason") or "no reason was recorded"
        why = f"No figure here says anything about Fashion-MNIST. Why the stand-in was used: {reason}."
        found.append(("alarm", "NOT Fashion-MNIST: these are the made-up stand-in pictures", why))
    made, planned = len(history["step_losses"]), history["settings"].get("total_steps")
    where = f"after {made:,} of {planned:,} steps" if planned else f"after {made:,} steps"
    if history["stopped"] == "diverged":
        why = f"The loss became infinite or not a number {where}. Try a lower learning rate or a warm-up."
        found.append(("alarm", "The run diverged", why))
    elif history["stopped"] == "failed":
        found.append(("alarm", "The run was stopped by an error", f"It was stopped {where}: {history.get('reason')}."))
    elif history["stopped"] == "early":
        found.append(("note", "The run was stopped early", f"It was stopped after {made:,} steps: {history.get('reason')}."))
    elif history["stopped"] != "finished":
        found.append(("note", "The run was not finished", f"It was stopped {where}; --resume continues it."))
    return found


def headline(history, labels, probabilities):
    """[(what, figure)] of the run as a whole, strings."""
    last = history["epochs"][-1] if history["epochs"] else {}
    tiles = []
    tested = last.get("test_accuracy")
    if tested is None and labels is not None and probabilities is not None and len(labels):
        tested = float(np.mean(np.argmax(probabilities, axis=1) == np.asarray(labels)))
    if tested is not None:
        count = last.get("test_images") or history["data"].get("test_images") or (0 if labels is None else len(labels))
        chance = f", ± {196 * math.sqrt(tested * (1 - tested) / count):.1f} (95 %)" if count else ""
        tiles.append((f"test accuracy{chance}", f"{100 * tested:.1f} %"))
    for name in ("validation", "train"):
        if last.get(f"{name}_accuracy") is not None:
            tiles.append((f"{SETS[name]} accuracy", f"{100 * last[f'{name}_accuracy']:.1f} %"))
    if last:
        tiles += [
            ("training loss, last epoch", number(last["loss"])),
            ("images per second", f"{last['images_per_second']:,.0f}"),
        ]
    return tiles + [("for the whole run", duration(history["seconds"])), ("learned parameters", f"{history['params']:,}")]


def fewer_images(history):
    """A sentence for each set whose last figures are not of all its images, since the run had to end in time."""
    last, data = history["epochs"][-1] if history["epochs"] else {}, history["data"]
    return [
        f"To end in time, the {SETS[name]} figures of the last epoch are of {last[f'{name}_images']:,} of the "
        f"{data[f'{name}_images']:,} {SETS[name]} images, spread evenly over them; `gluon-alexnet evaluate` takes all."
        for name in ("validation", "test")
        if (last.get(f"{name}_images") or math.inf) < (data.get(f"{name}_images") or 0)
    ]


def time_parts(history):
    """[(what, its share of the time)]: training steps, waiting for data, evaluating, everything else; [] where none is known."""
    total = history["seconds"]
    spent = {key: sum(row["seconds"].get(key, 0) for row in history["epochs"]) for key in ("step", "data", "evaluate")}
    if not total or not any(spent.values()):
        return []
    parts = [("training steps", spent["step"]), ("waiting for data", spent["data"]), ("evaluating", spent["evaluate"])]
    parts.append(("everything else", max(0.0, total - sum(spent.values()))))
    return [(name, seconds / total) for name, seconds in parts]


def picture(draw, alt, width=None):
    """The Picture that `draw(dark)` draws as a Figure."""
    light, dark = (data_url(viz.figure_png(draw(dark=dark), dpi=144)) for dark in (False, True))
    return Picture(light, dark, alt, width)


def data_url(png):
    return "data:image/png;base64," + base64.b64encode(png).decode("ascii")


def curves(history):
    panels = ["loss", "accuracy"] + ["lr"] * (len({row["lr"] for row in history["epochs"]}) > 1)
    # Three stand side by side in narrower columns: smaller figures keep their letters as large as those of two.
    size = (4.2, 3.6) if len(panels) == 3 else (5.2, 3.7)
    names = {"loss": "Loss", "accuracy": "Accuracy", "lr": "Learning rate"}

    def panel(name):
        alt = f"{names[name]} over the epochs; the figures are in the table below"
        return picture(lambda dark: viz.curves(history, [name], dark, size), alt)

    return [panel(name) for name in panels]


def small_images(settings):
    """What a reader of the curves must know of a run that began with small images; "" for others."""
    if not settings.get("progressive"):
        return ""
    size, share = settings["progressive"]
    return (
        f"For the first {share:.0%} of the run the net learned from images of {size}x{size} pixels but was tested on full-sized "
        "ones, which it had never seen: its test accuracy jumps about and leaps when the net learns at full size."
    )


def epoch_columns(history: Mapping[str, Any]) -> tuple[list[str], list[tuple[Any, ...]]]:
    """(head, rows of strings) of the table of epochs, without the columns that no epoch has."""
    rows = history["epochs"]
    columns = {
        "epoch": [f"{row['epoch']:g}" for row in rows],
        "loss": [number(row["loss"]) for row in rows],
        **{f"{SETS[name]} accuracy": [number(row[f"{name}_accuracy"], 4) for row in rows] for name in SETS},
        "test loss": [number(row["test_loss"]) for row in rows],
        "last learning rate": [f"{row['lr']:.4g}" for row in rows],
        "images/s": [f"{row['images_per_second']:,.0f}" for row in rows],
        "time": [duration(sum(row["seconds"].values())) for row in rows],
    }
    columns = {name: column for name, column in columns.items() if set(column) != {"–"}}
    return list(columns), list(zip(*columns.values(), strict=True))


def busy(machine):
    """How busy the machine was with other programs, as a sentence; "" for runs from before this was told."""
    told = machine.get("busy")
    if not told or not told["batches_by_threads"]:
        return ""
    used = told["cpus_used_by_others"]
    others = "" if used is None else f"While the run computed, other programs used {used:.2f} of the CPUs on average. "
    counts = [f"{count:,} with {name} thread{'s' * (name != '1')}" for name, count in told["batches_by_threads"].items()]
    return f"{others}Batches were computed {' and '.join(counts)}."


def epoch_table(history):
    note = (
        "Loss and training accuracy are means over the epoch, taken while the net was learning and with dropout on; "
        "the others are taken after the epoch with dropout off."
    )
    return Table(*epoch_columns(history), note=note)


def answers(labels, probabilities, images, class_names):
    """What the net's answers to the test set come to: confusion matrix, classes, mistakes; None where there are no answers."""
    if labels is None or probabilities is None:
        return None
    labels, probabilities = np.asarray(labels, dtype=np.int64), np.asarray(probabilities)
    predicted = probabilities.argmax(axis=1)
    names = list(class_names)[: probabilities.shape[1]]
    names += [f"class {i}" for i in range(len(names), probabilities.shape[1])]
    matrix = confusion_matrix(labels, predicted, len(names))
    alt, drawn = "Confusion matrix: a row for each true class, a column for each predicted one", None
    if len(names) <= LARGEST_MATRIX:
        drawn = picture(lambda dark: viz.confusion(matrix, names, dark), alt, width=46)
    return {
        "matrix": drawn,
        "classes": class_table(matrix, names),
        "count": len(labels),
        "wrong": int((predicted != labels).sum()),
        "mistakes": mistakes(labels, predicted, probabilities, images, names),
    }


def confusion_matrix(labels, predicted, classes):
    """Counts int64 (classes, classes): row the true class, column the predicted one."""
    return np.bincount(labels * classes + predicted, minlength=classes * classes).reshape(classes, classes)


def class_table(matrix, names):
    right, true, said = matrix.diagonal(), matrix.sum(axis=1), matrix.sum(axis=0)
    rows = []
    for i, name in enumerate(names):
        wrong = np.where(np.arange(len(names)) == i, 0, matrix[i])
        taken = f"{names[wrong.argmax()]} ({wrong.max()})" if wrong.any() else "–"
        rows.append((name, taken, f"{true[i]:,}", share(right[i], true[i]), share(right[i], said[i])))
    note = "Recall: of the pictures of the class, those called so. Precision: of those called so, those of the class."
    return Table(("class", "most often taken for", "pictures", "recall", "precision"), rows, note=note, words=2)


def mistakes(labels, predicted, probabilities, images, names):
    """The wrong answers of which the net was surest, surest first; [] where there are none, or no pictures to show."""
    wrong = np.flatnonzero(predicted != labels)
    if images is None:
        return []
    sure = probabilities[wrong, predicted[wrong]]
    order = np.argsort(-sure, kind="stable")[:MISTAKES]
    return [
        {
            "number": i,
            "picture": data_url(picture_png(images[i])),
            "true": names[labels[i]],
            "said": names[predicted[i]],
            "sure": percent(probabilities[i, predicted[i]]),
        }
        for i in wrong[order]
    ]


def picture_png(image):
    """The PNG bytes of a picture, grey (H, W) or (1, H, W), or (H, W, 3), uint8 or float in [0, 1]."""
    from PIL import Image

    image = np.asarray(image)
    if image.dtype != np.uint8:
        image = np.rint(np.clip(image, 0, 1) * 255).astype(np.uint8)
    out = io.BytesIO()
    Image.fromarray(image if image.shape[-1] == 3 else image.reshape(image.shape[-2:])).save(out, format="PNG")
    return out.getvalue()


def filter_picture(filters):
    if filters is None:
        return None
    count, _, height, width = np.shape(filters)
    alt = f"{count} filters of {height} by {width} as small pictures"
    return picture(lambda dark: viz.filters(filters, dark), alt, width=min(46, 4 * count))


def filter_caption(filters):
    if filters is None:
        return ""
    count, channels, height, width = np.shape(filters)
    shared = "Mid-grey is 0, and all share one scale: a flat one has learned little."
    return f"{count} filters of {height} × {width}. {shared if channels == 1 else 'Each has a scale of its own.'}"


def layer_table(layers):
    if not layers:
        return None
    params, macs = sum(layer.params for layer in layers), sum(layer.macs for layer in layers)

    def cost(part, whole):
        return (f"{part:,}", share(part, whole)) if part else ("", "")

    rows = [
        (c.name, c.detail, times(c.output_shape).replace("x", " × "), *cost(c.params, params), *cost(c.macs, macs))
        for c in layers
    ]
    head = ("layer", "settings", "output", "parameters", "share", "multiply-adds", "share")
    note = f"Forward pass of one picture. The parameters take {sum(c.param_bytes for c in layers) / 1e6:,.1f} MB."
    return Table(head, rows, ("total", "", "", f"{params:,}", "", f"{macs:,}", ""), note, words=3)


def command(settings):
    """The command that started the run, as one types it; "" where it was started from Python."""
    given = settings.get("command") or ""
    return given if isinstance(given, str) else shlex.join(map(str, given))


def summary_table(history: Mapping[str, Any]) -> str:
    """The end of a run in plain text for a terminal: its warnings, a line for each epoch, and what came of it."""
    head, rows = epoch_columns(history)
    fewer = fewer_images(history)
    head = [name.replace("accuracy", "acc").replace("last learning rate", "lr") for name in head]
    widths = [max(map(len, column)) for column in zip(head, *rows, strict=True)]
    lines = [f"{what.upper()}. {why}" for _, what, why in warnings_of(history)]
    if rows:
        lines += ["  ".join(map(str.rjust, row, widths)) for row in (head, *rows)]
    lines += fewer
    last = history["epochs"][-1] if history["epochs"] else {}
    tested = f"test accuracy {last['test_accuracy']:.4f}" if last.get("test_accuracy") is not None else "not tested"
    data = history["data"]["name"]
    lines.append(f"{history['model']} ({history['params']:,} parameters) on {data}: {tested}, {duration(history['seconds'])}")
    return "\n".join(lines)
