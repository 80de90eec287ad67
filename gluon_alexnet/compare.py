"""Several runs beside each other on the same test pictures: what is luck, and which labels they all contradict."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from gluon_alexnet import files_io, runs
from gluon_alexnet.errors import UserError
from gluon_alexnet.pictures import agreement
from gluon_alexnet.train import evaluate, run_file

if TYPE_CHECKING:
    from gluon_alexnet.hints import PathLike

# What runs of one recipe may differ in.
OF_ITS_OWN = ("seed", "command", "found", "data", "checkpoint_minutes")


def compare(
    folders: Sequence[PathLike],
    out: PathLike | None = None,
    data: str | None = None,
    device: str | None = None,
    precision: str = "auto",
    checkpoint: str = "last",
) -> tuple[Path, agreement.Agreement, list[dict[str, Any]]]:
    """Has the nets of some runs answer the test pictures, and writes a page of what they agree on.

    folders: of two runs or more, which know the same classes. out: the page (compare.html in the folder of the first run); data,
    device, precision: as for `gluon-alexnet evaluate`; checkpoint: 'last', 'best' or 'average'.
    Returns (Path of the page, the Agreement, of each run {'name', 'seed'}). Raises UserError where a run cannot be read, where
    one folder is named twice, and where the runs have not been tested on the same pictures.
    """
    paths = [files_io.user_path(folder) for folder in folders]
    if len(paths) < 2 or len({path.resolve() for path in paths}) < len(paths):
        raise UserError("one run alone shows no luck: name the folders of two runs or more, each once")
    options = [run_file.read(path) for path in paths]
    place = files_io.check_file(out if out is not None else paths[0] / "compare.html")
    for path, each in zip(paths, options, strict=True):
        each.update(data=run_file.data_of(path, each, data), limit=None, augment=None)
    told_by = [_answers(path, each, device, precision, checkpoint) for path, each in zip(paths, options, strict=True)]
    answers, sets = [each[0] for each in told_by], [each[1] for each in told_by]
    first = answers[0]
    for path, each, which in zip(paths, answers, sets, strict=True):
        alike = each.probabilities.shape == first.probabilities.shape and np.array_equal(each.labels, first.labels)
        # Small sets may have the same labels in the same order.
        if not alike or which != sets[0]:
            raise UserError(f"{path} was not tested on the pictures of {paths[0]}: compare runs on the same data")
    found = agreement.Agreement(first.labels, np.stack([each.probabilities for each in answers]))
    told = [{"name": name, "seed": each["seed"]} for name, each in zip(_names(paths), options, strict=True)]
    spec = runs.net_spec(options[0], paths[0])
    loader = runs.loaders(options[0], spec.input_shape[1:], spec.input_shape[0])("test")
    images, names = runs.shown(options[0], loader, first)
    page = agreement.write_page(
        place,
        found,
        told,
        model=" and ".join(dict.fromkeys(each["model"] for each in options)),
        data_name=loader.source.name,
        images=images,
        class_names=names,
        differing=differing(options),
    )
    return page, found, told


def differing(options: Sequence[Mapping[str, Any]]) -> dict[str, list[Any]]:
    """{setting: each run's value} of the settings in which runs differ, without those that say nothing of the net: the seed etc.

    options: what each run was told, the dicts of run.json.
    """
    names = dict.fromkeys(name for each in options for name in each if name not in OF_ITS_OWN)
    values = {name: [each.get(name) for each in options] for name in names}
    return {name: each for name, each in values.items() if any(value != each[0] for value in each)}


def _names(paths):
    """What a person calls each run: the name of its folder, or its path where two are called the same."""
    names = [path.resolve().name for path in paths]
    return [str(path) if names.count(name) > 1 else name for path, name in zip(paths, names, strict=True)]


def _answers(path, options, device, precision, checkpoint):
    """(the Evaluation of a run's net on its test pictures, what tells these from others)."""
    net, spec, _, _ = runs.load(path, checkpoint)
    loader = runs.loaders(options, spec.input_shape[1:], spec.input_shape[0])("test")
    return evaluate(net, loader, device, precision), (loader.source.sha256, getattr(loader, "class_names", None))
