"""run.json: what a run's folder says of its net, its data and its settings, whether a command or `fit` began it."""

import json
from pathlib import Path

from gluon_alexnet import files_io, introspect, models, recipes
from gluon_alexnet.data import augment, files
from gluon_alexnet.errors import DataError, UserError
from gluon_alexnet.machine import devices

NAME = "run.json"
# Without which a run.json is none.
NEEDED = {"model", "batch_size", "seed", "augment", "normalize", "limit"}
# Arguments of train.fit that a run keeps.
FIT = (
    "epochs",
    "minutes",
    "lr",
    "optimizer",
    "momentum",
    "weight_decay",
    "schedule",
    "warmup",
    "initializer",
    "label_smoothing",
    "progressive",
    "engine",
    "device",
    "precision",
    "seed",
)
CUSTOM = "custom"
IN_PYTHON = "in Python, by load_parameters of the .params file there"


def write(folder, options):
    """Writes the options of a run, a dict of what JSON can hold, into its folder; errors as for files_io.replacing."""
    files_io.write_text(Path(folder) / NAME, json.dumps(options, indent=1) + "\n")


def write_of_fit(folder, net, input_shape, settings, device, data, **parts):
    """Writes what `fit` was given, where its folder does not say by a command what it was asked for.

    settings, data: those of the History. device: as fit was given it. parts: the data of each split, None where there is none.
    """
    path = Path(folder) / NAME
    # Of an earlier try that came to no checkpoint nothing is left but this file.
    if path.exists() and read(folder).get("by") != "fit":
        return
    ours = {name: getattr(part, "settings", None) if _is_ours(part) else None for name, part in parts.items()}
    train = ours["train"] or {}
    options = {name: settings[name] for name in FIT if settings.get(name) is not None}
    if options.get("progressive"):
        options["progressive"] = "{}:{}".format(*options["progressive"])
    asked = device if settings["engine"] == "torch" else devices.named(device)
    options["device"] = None if asked is None else str(asked)
    write(
        folder,
        {
            "by": "fit",
            "model": settings["model"],
            "net": _net(net, input_shape, settings["model"]),
            "found": {"name": data["name"], "where": absolute(data["where"])},
            **{f"{name}_data": told for name, told in ours.items()},
            "batch_size": train.get("batch_size", 256),
            "augment": train.get("augment"),
            "normalize": train.get("normalize", False),
            "limit": train.get("limit"),
            "validation": (ours["validation"] or {}).get("split") == "validation",
            "checkpoint_minutes": 5.0,
            **options,
        },
    )


def _is_ours(data):
    # Other data may have attributes of these names for something else.
    return isinstance(getattr(data, "source", None), files.Source)


def absolute(where):
    """The path of a folder of data as it is known in other folders too; 'built in' stays."""
    return str(Path(where).absolute()) if where and where != "built in" else where


def _net(net, input_shape, name):
    """A net's table of layers as a dict, None where it has none that the commands know."""
    try:
        return models.as_dict(introspect.read_spec(net, input_shape, name))
    except UserError:
        return None


def read(folder):
    """The options of the run in `folder`. Raises UserError where that is not the folder of a run."""
    path = Path(folder) / NAME
    try:
        options = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        options = None
    if not isinstance(options, dict) or not options.keys() >= NEEDED:
        raise UserError(f"{folder} is not the folder of a run (there is no readable {path}): name one below runs/")
    return options


def spec_of(options, folder=""):
    """The table of the net that the options of a run tell. Raises UserError as models.spec, and where they tell none."""
    if options.get("by") != "fit":
        return models.spec(options["model"], **recipes.of_net(options))
    if not options.get("net"):
        raise UserError(
            f"the net of the run in {folder} is not a Sequential of layers that the commands know: use it {IN_PYTHON}"
        )
    return models.from_dict(options["net"])


def is_custom(options):
    """Whether the run learned from data of somebody's own, of which the commands know nothing."""
    return (options.get("found") or {}).get("name") == CUSTOM


def data_of(folder, options, given=None):
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


def _found_by_history(folder):
    """What the checkpoint of a run says of its data, for runs whose run.json does not; None where there is none."""
    try:
        data = json.loads((Path(folder) / "last.json").read_text(encoding="utf-8"))["history"]["data"]
        return {"name": data["name"], "where": data["where"]}
    except (OSError, ValueError, KeyError, TypeError):
        return None


def loader_settings(options, split):
    """The arguments of the FashionMNISTLoader that `fit` was given for 'train', 'test' or 'validation'; None where it had none.

    Raises UserError where it augmented its images by a function that no file can hold.
    """
    kept = options.get(f"{split}_data")
    if not kept:
        return None
    if any(part not in augment.KNOWN for part in (kept["augment"] or "flip").split("+")):
        raise UserError(
            f"the run augmented its images by a function of its own, {kept['augment']}: go on with it in Python, by "
            "fit(..., folder=..., resume=True)"
        )
    return {**kept, "resize": tuple(kept["resize"])}
