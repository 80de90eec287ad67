"""The folders of runs: found, read, their nets loaded, their data loaders made again."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gluon_alexnet import analysis, files_io, models, zoo
from gluon_alexnet.data import CLASS_NAMES, load_split, records
from gluon_alexnet.data.loader import MEAN, STD, FashionMNISTLoader
from gluon_alexnet.data.records import RecordsLoader
from gluon_alexnet.errors import UserError
from gluon_alexnet.train import checkpoint, run_file

if TYPE_CHECKING:
    import mxnet as mx

    from gluon_alexnet.hints import PathLike
    from gluon_alexnet.train import Evaluation

RUNS = Path("runs")


def newest() -> Path:
    """The folder of the newest run with a checkpoint below runs/. Raises UserError when there is none."""
    found = sorted(RUNS.glob("*/last.json"), key=lambda path: path.stat().st_mtime)
    if not found:
        raise UserError(f"there is no run below {RUNS}/ here: train one with `gluon-alexnet train`, or name its folder")
    return found[-1].parent


def load(
    where: PathLike | None = None, name: str = "last"
) -> tuple[mx.gluon.nn.HybridSequential, models.Spec, dict[str, Any], dict[str, Any]]:
    """The trained net of a run: (net, spec, options, state of the checkpoint). `where` is its folder; None, the newest run.

    name: 'last', 'best', or the name of an average of the weights, 'average' (train.ExponentialMovingAverage). Raises UserError
    when there is no such run.
    """
    folder = files_io.user_path(where) if where else newest()
    options = run_file.read(folder)
    spec = net_spec(options, folder)
    state = checkpoint.read(folder, name)
    net = build(spec, options)
    checkpoint.load_net(folder, state, net)
    return net, spec, options, state


def build(spec: models.Spec, options: Mapping[str, Any]) -> mx.gluon.HybridBlock:
    """The net of a run with these options, whose table is `spec`, not yet initialized. Raises UserError as zoo.build."""
    return zoo.build(spec.name, options["num_classes"]) if zoo.is_zoo(spec.name) else models.build(spec)


def read_spec(folder: PathLike) -> models.Spec:
    """The Spec of the net that the run in `folder` trained. Raises UserError when there is no such run."""
    folder = files_io.user_path(folder)
    return need_layers(net_spec(run_file.read(folder), folder))


def need_layers(spec: models.Spec) -> models.Spec:
    """`spec`, which has to have layers. Raises UserError for that of a net of gluoncv's, of which there is no table."""
    if not spec.layers:
        raise UserError(f"{spec.name} is gluoncv's, and there is no table of its layers: take one of `gluon-alexnet models`")
    return spec


def images_for(folder: PathLike) -> str:
    """A sentence: what the net of the run in `folder` takes, for those who have it answer elsewhere."""
    folder = files_io.user_path(folder)
    options = run_file.read(folder)
    spec = net_spec(options, folder)
    if run_file.is_custom(options):
        return f"It takes images of {analysis.times(spec.input_shape)}, scaled as those that it learned from."
    if run_file.is_of_records(options):
        return f"It takes {records.told(spec.input_shape, options['normalize'])}."
    channels, height, width = spec.input_shape
    normalized = f", less {MEAN}, divided by {STD}" if options["normalize"] else ""
    alike = f"; the same in each of {channels} channels" if channels > 1 else ""
    return f"It takes grey images of {height}x{width}, light on dark: pixels / 255{normalized}{alike}."


def net_spec(options: Mapping[str, Any], folder: PathLike | None = "") -> models.Spec:
    """The table of the net that the options of a run, of that in `folder`, ask for. Raises UserError as run_file.spec_of."""
    return run_file.spec_of(options, folder)


def ten_crop_data(options: Mapping[str, Any], spec: models.Spec, split: str) -> RecordsLoader:
    """Of the pictures that a run learned from, the squares that ten crops are taken out of (data.imagenet), without changes.

    Raises UserError for a run that did not learn from pictures of any size.
    """
    if not records.is_records(options.get("data")):
        raise UserError(f"ten crops are of large pictures, of {records.PREFIX}PATH: this run learned from others; take --flip")
    channels, side, _ = spec.input_shape
    whole = records.shorter_for(side)
    return RecordsLoader(
        records.path_of(options["data"]),
        options["batch_size"],
        split,
        whole,
        channels,
        shorter=whole,
        shuffle=False,
        augment=None,
        normalize=options["normalize"],
    )


def loaders(
    options: Mapping[str, Any], size: Sequence[int], channels: int = 1
) -> Callable[[str], FashionMNISTLoader | RecordsLoader]:
    """A function from a split to its loader, as the options of a run ask, for a net that takes images of this (height, width).

    channels: as the net takes them, 3 or 1; the grey pictures of Fashion-MNIST are the same in all three.
    """
    if records.is_records(options.get("data")):
        return _record_loaders(options, size, channels)

    def loader(split):
        training = split.startswith("train")
        return FashionMNISTLoader(
            split,
            options["batch_size"],
            resize=tuple(size),
            seed=options["seed"],
            augment=options["augment"] if training else None,
            normalize=options["normalize"],
            limit=options["limit"] if training else None,
            data=options.get("data"),
            channels=channels,
        )

    return loader


def _record_loaders(options, size, channels):
    height, width = size
    if height != width:
        raise UserError(f"{options['model']} takes images of {height}x{width}, and windows cut out of pictures are squares")

    def loader(split):
        training = split.startswith("train")
        return RecordsLoader(
            records.path_of(options["data"]),
            options["batch_size"],
            split,
            height,
            channels,
            seed=options["seed"],
            augment=options["augment"] if training else None,
            normalize=options["normalize"],
            limit=options["limit"] if training else None,
        )

    return loader


def shown(
    options: Mapping[str, Any], test_data: FashionMNISTLoader | RecordsLoader, test: Evaluation
) -> tuple[Any, Sequence[str]]:
    """(what gives the pictures of an Evaluation of the test data by their numbers, the names of the classes).

    options: of the run, whose net was evaluated; test_data: the loader that it was evaluated on.
    """
    if isinstance(test_data, RecordsLoader):
        return records.shown(test_data, test.whole, test.chosen), test_data.class_names
    images = load_split("test", data=options.get("data")).images
    return images[: test.images] if test.chosen is None else images[test.chosen], CLASS_NAMES
