"""An Explorer made of what somebody has: the folder of a run, or a net and pictures."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from gluon_alexnet import files_io, runs
from gluon_alexnet.analysis import times
from gluon_alexnet.data import FashionMNISTLoader, RecordsLoader, files, records
from gluon_alexnet.errors import UserError
from gluon_alexnet.explore.answers import Explorer, Picture
from gluon_alexnet.explore.gathering import Gathering
from gluon_alexnet.explore.layers import check
from gluon_alexnet.explore.taking import Taking
from gluon_alexnet.language import spoken
from gluon_alexnet.train import run_file

if TYPE_CHECKING:
    import mxnet as mx

    from gluon_alexnet.hints import PathLike

__all__ = ["of_net", "of_run", "opened"]

GARMENTS = {"en": files.CLASS_NAMES, "vi": files.CLASS_NAMES_VI}
# How many pixels go through a net at a time, so that a click never waits long for what excites channels, and how many pictures
# are looked through: fewer of large ones, which take longer.
AT_A_TIME, LOOKED_THROUGH, OF_LARGE, LARGE = 64 * 28 * 28, 2000, 240, 64 * 64


def opened(net_or_run: Any, images: Any = None, **options: Any) -> Explorer:
    """The Explorer of a net, by `of_net`, or of the folder of a run, by `of_run`, with what else these take."""
    if net_or_run is None or isinstance(net_or_run, (str, Path)):
        not_of_runs = [name for name in ("labels", "classes", "normalize") if options.pop(name, None) is not None]
        if not_of_runs:
            raise UserError(f"a run knows its {' and '.join(not_of_runs)} itself: leave that out")
        return of_run(net_or_run, images, **options)
    return of_net(net_or_run, images, **{name: value for name, value in options.items() if name != "checkpoint"})


def of_net(
    net: mx.gluon.Block,
    images: Any,
    labels: Sequence[int] | None = None,
    *,
    data: Any = None,
    classes: Sequence[str] | None = None,
    normalize: bool | None = None,
    language: str | None = None,
    title: str = "",
) -> Explorer:
    """The Explorer of a net; arguments as for `explore.explore`. Raises UserError for what cannot be looked at."""
    check(net)
    if images is None:
        raise UserError("there is no picture to look at: give some, as in explore(net, images)")
    shape = shape_of(net, images)
    taking = Taking(shape, bool(normalize), garments=shape[0] == 1)
    pictures = pictures_of(taking, images, labels)
    explorer = Explorer(net, pictures, taking, {}, title or type(net).__name__, language or spoken())
    explorer.classes = names_of(explorer, classes)
    if data is not None:
        explorer.gathering = Gathering(net, data, length(data))
    elif len(pictures) > 1:
        explorer.gathering, explorer.training = Gathering(net, np.stack([each.pixels for each in pictures]), len(pictures)), False
    return explorer


def shape_of(net: Any, images: Any) -> tuple[int, int, int]:
    """The (C, H, W) that a net takes: as it was made for, else as the pictures that come with it are."""
    known = getattr(net, "input_shape", None)
    if isinstance(known, tuple) and len(known) == 3:
        return known
    shape = tuple(getattr(images, "shape", ()))
    if len(shape) == 4 and str(images.dtype) != "uint8":
        return shape[1:]
    raise UserError(
        "what pictures the net takes is not known: give them as floats of the shape (number, channels, height, width), scaled as "
        "the net learned from them"
    )


def pictures_of(taking: Taking, images: Any, labels: Sequence[int] | None) -> list[Picture]:
    """The Pictures of an array of bytes or floats, of MXNet or NumPy, or of files."""
    if isinstance(images, (str, Path)):
        images = [images]
    if isinstance(images, (list, tuple)) and images and all(isinstance(each, (str, Path)) for each in images):
        found = taking.files(images)
    else:
        array = images.asnumpy() if hasattr(images, "asnumpy") else np.asarray(images)
        array = array[None] if array.ndim == 3 and array.shape == taking.shape else array
        if array.dtype == "uint8":
            array = taking.pixels(array)
        if array.ndim != 4:
            raise UserError(f"images have the shape {times(array.shape)}: give them as (number, channels, height, width)")
        found = [("", each) for each in array]
    if labels is not None and len(labels) != len(found):
        raise UserError(f"there are {len(labels)} labels for {len(found)} images: give one for each")
    given = [None] * len(found) if labels is None else [int(each) for each in labels]
    return [Picture(pixels, name, label) for (name, pixels), label in zip(found, given, strict=True)]


def names_of(explorer: Explorer, classes: Sequence[str] | None) -> Mapping[str, Sequence[str]]:
    """The names of the classes by language: those given, or Fashion-MNIST's for ten classes of grey pictures."""
    last = explorer.layers[-1].output_shape
    if classes is None:
        return GARMENTS if last == (10,) and explorer.taking.shape[0] == 1 else {}
    if last != (len(classes),):
        raise UserError(f"there are {len(classes)} names for classes, and the net ends with {times(last)}: give one for each")
    return {language: [str(name) for name in classes] for language in GARMENTS}


def length(data: Any) -> int | None:
    """How many pictures `data` has, None where it does not say."""
    if hasattr(data, "shape"):
        return len(data)
    labels = getattr(data, "labels", None)
    return None if labels is None else len(labels)


def of_run(
    folder: PathLike | None,
    images: Any = None,
    *,
    data: str | None = None,
    checkpoint: str = "last",
    count: int | None = None,
    language: str | None = None,
) -> Explorer:
    """The Explorer of a trained net.

    folder: of the run; None for the newest. images: as for `of_net`; None for the first test image of each class. data: a folder
    of Fashion-MNIST or records:PATH, by default where the run had it. count: how many training pictures are looked through for
    what excites channels, by default as many as do not take long. Raises UserError where there is no such run and for what cannot
    be looked at; training pictures that are not there any more are done without.
    """
    folder = files_io.user_path(folder) if folder else runs.newest()
    # Before its weights are loaded.
    runs.read_spec(folder)
    net, spec, options, _ = runs.load(folder, checkpoint)
    of_records = run_file.is_of_records(options)
    channels, height, width = spec.input_shape
    taking = Taking((channels, height, width), options["normalize"], garments=not of_records)
    try:
        options.update(data=run_file.data_of(folder, options, data), limit=None)
        splits = {split: loader_of(options, split, (height, width), channels, count) for split in ("train", "test")}
    except UserError:
        if images is None:
            raise
        splits = {}
    pictures = first_of_each(splits["test"]) if images is None else pictures_of(taking, images, None)
    names = options.get("found", {}).get("class_names") if of_records else None
    custom = run_file.is_custom(options)
    title = f"{spec.name} · {folder.name}" if folder.name else spec.name
    explorer = Explorer(net, pictures, taking, {}, title, language or spoken())
    explorer.classes = {} if custom or (of_records and not names) else names_of(explorer, names)
    if splits:
        explorer.gathering = Gathering(net, splits["train"], length(splits["train"]))
    return explorer


def loader_of(options: Mapping[str, Any], split: str, size: Sequence[int], channels: int, count: int | None) -> Any:
    """A loader of the run's pictures, in their order and as they are; of the training pictures the first `count`."""
    pixels = int(np.prod(size))
    batch = max(1, AT_A_TIME // pixels)
    limit = (count or (OF_LARGE if pixels > LARGE else LOOKED_THROUGH)) if split == "train" else None
    usual = {"shuffle": False, "augment": None, "normalize": options["normalize"]}
    if records.is_records(options["data"]):
        path = records.path_of(options["data"])
        return RecordsLoader(path, batch, split, size[0], channels, limit=limit, **usual)
    return FashionMNISTLoader(split, batch, tuple(size), limit=limit, data=options["data"], channels=channels, **usual)


def first_of_each(loader: Any, most: int = 10) -> list[Picture]:
    """The first picture of each class, at most so many, in the order of the classes."""
    found: dict[int, Picture] = {}
    for images, labels in loader:
        for image, label in zip(images.asnumpy(), labels.asnumpy().tolist(), strict=True):
            if label not in found and len(found) < most:
                found[label] = Picture(image, "", label)
        if len(found) >= min(most, len({*np.asarray(loader.labels).tolist()})):
            break
    return [found[label] for label in sorted(found)]
