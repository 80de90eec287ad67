"""run.json: what a run's folder says of its net, its data and its settings, whether a command or `fit` began it."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gluon_alexnet import files_io, recipes
from gluon_alexnet.data import files, records
from gluon_alexnet.errors import DataError, UserError, reason, unknown
from gluon_alexnet.settings import OfLoader, OfNet, defaults, names
from gluon_alexnet.train.parts import is_ours

if TYPE_CHECKING:
    import mxnet as mx

    from gluon_alexnet import models
    from gluon_alexnet.hints import PathLike
    from gluon_alexnet.settings import Settings
    from gluon_alexnet.train.parts import Parts

NAME = "run.json"
# Without which a run.json is none.
NEEDED = {"model", "batch_size", "seed", "augment", "normalize", "limit"}
# Options that a command has beside the settings of fit, and all that a run.json may hold.
OF_COMMANDS = (*names(OfNet), *names(OfLoader))
OF_FIT = ("by", "net", "train_data", "test_data", "validation_data", "objects")
KNOWN = (*names(), *OF_COMMANDS, *OF_FIT, "recipe", "command", "found")
CUSTOM = "custom"
IN_PYTHON = "in Python, by load_parameters of the .params file there"


def write(folder: PathLike, options: Mapping[str, Any]) -> None:
    """Writes the options of a run, a dict of what JSON can hold, into its folder; errors as for files_io.replacing."""
    files_io.write_text(Path(folder) / NAME, json.dumps(options, indent=1) + "\n")


def write_of_fit(
    folder: PathLike | None,
    net: mx.gluon.Block,
    input_shape: Sequence[int],
    settings: Settings,
    told: Mapping[str, Any],
    parts: Parts,
) -> None:
    """Writes what `fit` was given, where there is a folder and it does not say by a command what it was asked for.

    settings: a Settings; told: what the History says of them. parts: the Parts of the data.
    """
    if folder is None:
        return
    path = Path(folder) / NAME
    # Of an earlier try that came to no checkpoint nothing is left but this file.
    if path.exists() and ("command" in (kept := read(folder)) or kept.get("by") != "fit"):
        return
    ours = {name: getattr(part, "settings", None) if is_ours(part) else None for name, part in vars(parts).items()}
    train, data = ours["train"] or {}, parts.described()
    loader = {name: train.get(name, usual) for name, usual in defaults(OfLoader).items() if name != "data"}
    resolved = {**settings.as_json(), "model": told["model"], "precision": told["precision"]}
    asked = {name: value for name, value in resolved.items() if value is not None}
    objects = {"objects": settings.objects()} if settings.objects() else {}
    write(
        folder,
        {
            "by": "fit",
            "net": _net(net, input_shape, told["model"]),
            "found": {"name": data["name"], "where": absolute(data["where"])},
            **{f"{name}_data": each for name, each in ours.items()},
            **loader,
            "validation": (ours["validation"] or {}).get("split") == "validation",
            **asked,
            **objects,
        },
    )


def absolute(where: str) -> str:
    """The path of a folder of data as it is known in other folders too; 'built in' stays."""
    return str(Path(where).absolute()) if where and where != "built in" else where


def _net(net, input_shape, name):
    """A net's table of layers as a dict, None where it has none that the commands know."""
    from gluon_alexnet import introspect, models

    try:
        return models.as_dict(introspect.read_spec(net, input_shape, name))
    except UserError:
        return None


def read(folder: PathLike) -> dict[str, Any]:
    """The options of the run in `folder`. Raises UserError where that is not the folder of a run."""
    path = Path(folder) / NAME
    try:
        options = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        options = None
    if not isinstance(options, dict) or not is_whole(options) or not _is_found(options.get("found")):
        raise UserError(f"{folder} is not the folder of a run (there is no readable {path}): name one below runs/")
    return options


def _is_found(found):
    """Whether this can be what a run.json says of its data; runs of earlier versions say nothing."""
    return not found or (isinstance(found, dict) and all(isinstance(found.get(name), str) for name in ("name", "where")))


def config(path: PathLike, given: Mapping[str, Any]) -> dict[str, Any]:
    """The options that the file at `path`, a run.json or a part of one, has for a new run in which those `given` replace its own.

    path: of the file or of the folder of a run. A relative folder of data in it is one below the folder of the file. Raises
    UserError where it is none, for options that there are not, and for a run that no command can repeat.
    """
    path = files_io.user_path(path)
    path = path / NAME if path.is_dir() else path
    try:
        options = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise UserError(f"cannot read {path} ({error}): name the run.json of a run, or its folder") from error
    if not isinstance(options, dict):
        raise UserError(f"{path} holds a {type(options).__name__}: it must be the options of a run by name, as in a run.json")
    for name in options.keys() - {*KNOWN}:
        raise UserError(f"{path} cannot be repeated: {unknown('option', name, KNOWN)}")
    if "recipe" in given:
        raise UserError("--config and --recipe both say what settings to begin with: leave one of them out")
    if options.get("epochs") is not None and options.get("minutes") is not None:
        raise UserError(f"{path} cannot be repeated: its epochs and minutes both say how long to train: leave one of them out")
    need_words(options, path.parent, "repeat it in Python")
    if options.get("by") == "fit":
        others = [name for name in given if name == "model" or name in OF_COMMANDS and name != "data"]
        if others:
            flags = ", ".join("--" + name.replace("_", "-") for name in others)
            raise UserError(f"the run of {path} was begun by fit, with a net and loaders of its own: leave out {flags}")
    if options.get("data") not in (None, files.STAND_IN) and not records.is_records(options["data"]):
        options["data"] = str((path.parent / files_io.user_path(options["data"])).absolute())
    options["data"] = data_of(path.parent, options, given.get("data"))
    return {name: value for name, value in options.items() if name not in ("command", "found")}


def is_whole(options: Mapping[str, Any]) -> bool:
    """Whether these are all options of a run, as in a run.json, and not some that somebody has written down."""
    return options.keys() >= NEEDED


def need_words(options: Mapping[str, Any], folder: PathLike, advice: str) -> None:
    """Raises UserError for a run of fit that no command can make again, for want of its data or of objects that it was given."""
    if is_custom(options):
        raise UserError(f"the run in {folder} learned from data of your own, which is not kept there: {advice}")
    if options.get("objects"):
        objects = " and ".join(f"{name} {options.get(name)}" for name in options["objects"])
        raise UserError(f"the run in {folder} was given objects, which no file can hold ({objects}): {advice}")


def spec_of(options: Mapping[str, Any], folder: PathLike | None = "") -> models.Spec:
    """The table of the net that the options of a run tell, without layers for one of gluoncv's.

    Raises UserError as models.spec, and where they tell none.
    """
    from gluon_alexnet import models, zoo

    if options.get("by") != "fit":
        if zoo.is_zoo(options["model"]):
            return zoo.spec(options["model"])
        return models.spec(options["model"], **recipes.of_net(options))
    if not options.get("net"):
        raise UserError(
            f"the net of the run in {folder} is not a Sequential of layers that the commands know: use it {IN_PYTHON}"
        )
    try:
        return models.from_dict(options["net"])
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise UserError(f"the table of the net in {folder} is damaged ({reason(error)}): use the net {IN_PYTHON}") from error


def is_custom(options: Mapping[str, Any]) -> bool:
    """Whether the run learned from data of somebody's own, of which the commands know nothing."""
    return (options.get("found") or {}).get("name") == CUSTOM


def is_of_records(options: Mapping[str, Any]) -> bool:
    """Whether the run learned from a set of pictures, data.records, and not from Fashion-MNIST."""
    return (options.get("found") or {}).get("name") == records.NAME


def data_of(folder: PathLike, options: Mapping[str, Any], given: str | None = None) -> str | None:
    """What a loader is to be told of the data for the run in `folder`: `given` where that is said, else what it learned from.

    Raises DataError where that is not found any more: other data would give other figures.
    """
    if given is not None:
        return given
    if is_custom(options):
        raise UserError(
            f"the run in {folder} learned from data of your own, which is not kept there: use its net {IN_PYTHON}, or name a "
            "folder of Fashion-MNIST with --data"
        )
    found = options.get("found") or _found_by_history(folder)
    if found is None:
        return options.get("data")
    if found["name"] == files.STAND_IN:
        return files.STAND_IN
    if found["name"] == records.NAME:
        return _records_of(folder, options, found["where"])
    for place in (options.get("data"), found["where"]):
        try:
            if place and (named := files.find(place)[0]):
                return str(named)
        except DataError:
            continue
    try:
        elsewhere, reason = files.find()
    except DataError as error:
        elsewhere, reason = None, str(error)
    if elsewhere is None:
        raise DataError(
            f"the run in {folder} learned from Fashion-MNIST in {found['where']}, which is not there any more, and {reason}: "
            "give the folder of its four files with --data"
        )
    return str(elsewhere)


def _records_of(folder, options, where):
    """records:PATH of the pictures that the run in `folder` learned from."""
    data = options.get("data") if records.is_records(options.get("data")) else f"{records.PREFIX}{where}"
    if not records.path_of(data).exists():
        raise DataError(
            f"the run in {folder} learned from the pictures in {records.path_of(data)}, which are not there any more: say where "
            f"they are with --data {records.PREFIX}PATH"
        )
    return data


def _found_by_history(folder):
    """What the checkpoint of a run says of its data, for runs whose run.json does not; None where there is none."""
    try:
        data = json.loads((Path(folder) / "last.json").read_text(encoding="utf-8"))["history"]["data"]
        return {"name": data["name"], "where": data["where"]}
    except (OSError, ValueError, KeyError, TypeError):
        return None


def loader_settings(options: Mapping[str, Any], split: str) -> dict[str, Any] | None:
    """The arguments of the loader that `fit` was given for 'train', 'test' or 'validation'; None where it had none.

    Raises UserError where it augmented its images by a function that no file can hold.
    """
    from gluon_alexnet.data import augment

    kept = options.get(f"{split}_data")
    if not kept:
        return None
    if any(part not in (*augment.KNOWN, *records.OWN) for part in (kept["augment"] or "flip").split("+")):
        raise UserError(
            f"the run augmented its images by a function of its own, {kept['augment']}: go on with it in Python, by "
            "fit(..., folder=..., resume=True)"
        )
    return kept if "side" in kept else {**kept, "resize": tuple(kept["resize"])}
