"""A whole run kept in a folder: data, net, training, report; started, resumed, found again.

runs/MODEL-DATE-TIME/ holds run.json (what was asked for), last.json and best.json with their files
(gluon_alexnet.train.checkpoint), history.json (gluon_alexnet.train.history), curves.png and report.html.
"""

from __future__ import annotations

import datetime
import itertools
import math
import shlex
import sys
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from gluon_alexnet import analysis, files_io, models, recipes, settings, zoo
from gluon_alexnet.data import records, sets
from gluon_alexnet.data.files import CLASS_NAMES, STAND_IN
from gluon_alexnet.data.loader import FashionMNISTLoader, check_loader
from gluon_alexnet.data.records import RecordsLoader
from gluon_alexnet.errors import UserError, reason
from gluon_alexnet.interop import optional
from gluon_alexnet.machine import devices
from gluon_alexnet.pictures import report
from gluon_alexnet.runs import RUNS, build, images_for, load, loaders, net_spec, newest, read_spec, shown
from gluon_alexnet.train import checkpoint, evaluate, fit, run_file

if TYPE_CHECKING:
    from pathlib import Path

    import mxnet as mx

    from gluon_alexnet.train import History

__all__ = ["RUNS", "check", "images_for", "load", "loaders", "net_spec", "newest", "read_spec", "train", "write_report"]

# What may change when a run is resumed.
MOVABLE = ("data", "debug", *settings.movable())


def train(given: Mapping[str, Any]) -> tuple[History, Path]:
    """Trains as the dict `given` of options asks (the long options of `gluon-alexnet train`); returns (History, folder).

    Options that are not given come from the file that `config` names, or from the recipe. Raises UserError, and
    KeyboardInterrupt after saving the run.
    """
    folder, options, resumable = _resumed(given) if "resume" in given else (None, _options(given), False)
    net_spec(options, folder or given.get("config", ""))
    check(options)
    report.rehearse()
    if folder is None and records.is_records(options.get("data")):
        options = _of_records(options, given)
    elif folder is None:
        options = _of_fashion(options)
    spec = net_spec(options, folder)
    data = _data(options, spec.input_shape)
    net = build(spec, options)
    if folder is None:
        folder = _new_folder(given.get("out"), options["model"])
        options["command"] = _command(given if options.get("by") == "fit" else _asked(given))
        source = data["train_data"].source
        options["found"] = {"name": source.name, "where": run_file.absolute(source.where)}
        if records.is_records(options.get("data")):
            options["found"]["class_names"] = list(data["train_data"].class_names)
        run_file.write(folder, options)
    print(f"the run is kept in {folder}", file=sys.stderr)
    history = _fitted(net, data, folder, options, resumable, "resume" in given)
    if "command" in options:
        history.settings["command"] = options["command"]
        history.settings["net"] = recipes.of_net(options)
    try:
        history.save(folder / "history.json")
        write_report(folder, history, net, spec, options, data["test_data"])
    except Exception as error:
        why = str(error) if isinstance(error, UserError) else f"{type(error).__name__}: {reason(error)}"
        raise UserError(
            f"the training is over and kept in {folder}, but its report was not written ({why}): mend that, then write it by "
            f"gluon-alexnet train --resume {shlex.quote(str(folder))}"
        ) from error
    return history, folder


def _fitted(net, data, folder, options, resumable, resumed):
    """The History of the run, kept in `folder`. One that failed before anything was computed leaves no folder."""
    try:
        return fit(net, **data, folder=folder, resume=resumable, **settings.among(options))
    except KeyboardInterrupt:
        stopped = "stopped and saved; go on" if (folder / "last.json").is_file() else "stopped before a checkpoint; begin again"
        print(f"\n{stopped} with: gluon-alexnet train --resume {folder}", file=sys.stderr)
        raise
    except Exception:
        if not resumed and list(folder.iterdir()) == [folder / "run.json"]:
            # The same --out can be given again with the mistake mended.
            (folder / "run.json").unlink()
            folder.rmdir()
        raise


def check(options: Mapping[str, Any]) -> None:
    """Raises UserError for options of a run that are out of range or not to be had here; loads neither data nor MXNet."""
    asked = settings.Settings(**settings.among(options))
    settings.OfLoader(**{name: options[name] for name in settings.names(settings.OfLoader) if name in options})
    of_records = records.is_records(options.get("data"))
    check_loader(**{name: options[name] for name in ("batch_size", "limit", "seed", *([] if of_records else ["augment"]))})
    if of_records:
        # What can be done to pictures of as many channels as the net takes is told when it is known.
        records.check_augment(options["augment"])
    if asked.engine == "torch":
        optional.need("torch", "torch")
    elif str(asked.device or "").strip().lower().startswith("gpu"):
        # How many of them MXNet sees is told when it is loaded.
        devices.choose(devices.named(asked.device), devices.find_gpus, lambda: math.inf)
    elif asked.precision == "float16" and not devices.find_gpus()[0]:
        raise UserError("float16 needs a GPU: MXNet has no float16 matrix product on a CPU; take --precision auto")


def _of_records(options, given):
    """The options of a run that is to learn from records: with as many classes as they have, and their usual changes."""
    usual = {} if "augment" in given or "config" in given else {"augment": records.USUAL}
    if usual and options.get("recipe") == "paper":
        usual = {"augment": records.PAPERS}
    return {**options, "num_classes": sets.of_split(records.path_of(options["data"]), "train").classes, **usual}


def _of_fashion(options):
    """The options of a run that is to learn from Fashion-MNIST: with its ten classes, also of a net that was made for more."""
    if options.get("by") == "fit" or options.get("num_classes") is not None:
        return options
    spec = net_spec(options)
    known = spec.layers and spec.layers[-1].units == len(CLASS_NAMES)
    return options if known else {**options, "num_classes": len(CLASS_NAMES)}


def _data(options, input_shape):
    """The loaders of a run, as the arguments of `fit`."""
    if options.get("by") == "fit":
        kept = {name: run_file.loader_settings(options, name) for name in ("train", "test", "validation")}
        made = {name: each and _loader(options.get("data"), each) for name, each in kept.items()}
        return {f"{name}_data": each for name, each in made.items()}
    loader = loaders(options, input_shape[1:], input_shape[0])
    return {
        "train_data": loader("train-rest" if options["validation"] else "train"),
        "test_data": loader("test"),
        "validation_data": loader("validation") if options["validation"] else None,
    }


def _loader(data, kept):
    """The loader that `fit` was given, by its settings."""
    if records.is_records(data):
        return RecordsLoader(records.path_of(data), **kept)
    return FashionMNISTLoader(**kept, data=data)


def write_report(
    folder: Path,
    history: History,
    net: mx.gluon.Block,
    spec: models.Spec,
    options: Mapping[str, Any],
    test_data: FashionMNISTLoader | RecordsLoader | None = None,
) -> None:
    """Writes report.html and curves.png of a finished run into its folder. test_data: what it was tested on in this process."""
    test = history.test
    test_data = test_data or loaders(options, spec.input_shape[1:], spec.input_shape[0])("test")
    if test is None:
        # The run was over already and was resumed: nothing was evaluated in this process. Its precision may be a GPU's.
        precision = "auto" if history.settings.get("engine") == "torch" else history.settings["precision"]
        test = evaluate(net, test_data, precision=precision)
    images, names = shown(options, test_data, test)
    filters = next((p.data(p.list_ctx()[0]).asnumpy() for p in net.collect_params().values() if len(p.shape) == 4), None)
    report.write_report(
        folder,
        history.to_dict(),
        labels=test.labels,
        probabilities=test.probabilities,
        images=images,
        filters=filters,
        layers=analysis.analyze(spec) if spec.layers else None,
        class_names=names,
    )


def _options(given):
    """Every option of a new run: what was asked for, before what the recipe has, before what is usual."""
    asked = _asked(given)
    usual = settings.defaults(settings.Settings)
    fixed = {**{name: usual[name] for name in ("seed", "checkpoint_minutes")}, **settings.defaults(settings.OfLoader)}
    if run_file.is_whole(asked):
        return {**fixed, **asked}
    name = asked.get("recipe") or recipes.usual("chapter" if "epochs" in asked else "quick", asked.get("model"))
    model = asked.get("model") or recipes.model_of(name)
    if zoo.is_zoo(model):
        return {**fixed, "epochs": usual["epochs"], "lr": usual["lr"], **_of_zoo(asked, model)}
    models.spec(model, **recipes.of_net(asked))
    return {**fixed, "model": model, "recipe": name, **_replaced(recipes.recipe(name, model), asked)}


def _of_zoo(asked, model):
    """What was asked for of a net of gluoncv's, for which there are no recipes."""
    others = [name for name in ("recipe", *recipes.of_net(asked)) if name in asked]
    if others:
        flags = ", ".join("--" + name.replace("_", "-") for name in others)
        raise UserError(f"{model} is gluoncv's, which has no such settings: leave out {flags}")
    return {"epochs": None, **asked} if "minutes" in asked else asked


def _asked(given):
    """The options that are asked for by name or in the file that `config` names."""
    if "minutes" in given and "epochs" in given:
        raise UserError("--epochs and --minutes both say how long to train: leave one of them out")
    asked = {name: value for name, value in given.items() if name not in ("config", "out", "debug")}
    if records.is_records(asked.get("data")):
        asked["data"] = f"{records.PREFIX}{records.path_of(asked['data'])}"
    elif asked.get("data") not in (None, STAND_IN):
        # It is looked for again from other folders.
        asked["data"] = str(files_io.user_path(asked["data"]).absolute())
    return _replaced(run_file.config(given["config"], asked), asked) if "config" in given else asked


def _replaced(begin, asked):
    """The options `begin` with those that were asked for in their place."""
    begin = dict(begin)
    if "minutes" in asked:
        begin.pop("epochs", None)
    if "epochs" in asked:
        begin.pop("minutes", None)
    if "optimizer" in asked and not settings.takes_momentum(asked["optimizer"]):
        begin.pop("momentum", None)
    return {**begin, **asked}


def _command(asked):
    """The words that ask for this run, without those about where its data and results lie."""
    words = ["gluon-alexnet", "train"]
    for name, value in asked.items():
        if name in ("out", "debug") or (name == "data" and value != STAND_IN) or value is None or value is False:
            continue
        if isinstance(value, (list, tuple)):
            # As progressive is in the run.json of fit.
            value = ":".join(map(str, value))
        text = f"{value:g}" if isinstance(value, float) and float(f"{value:g}") == value else f"{value}"
        words += ["--" + name.replace("_", "-")] + [text] * (value is not True)
    return shlex.join(words)


def _new_folder(out, model):
    stamp = datetime.datetime.now().strftime("%Y%m%d-%H%M%S")
    # As Windows has no file's name with a colon.
    name = f"{model.replace(':', '-')}-{stamp}"
    others = (RUNS / f"{name}-{number}" for number in itertools.count(2))
    for folder in [files_io.user_path(out)] if out is not None else itertools.chain([RUNS / name], others):
        try:
            # Not looked at first: another run may begin in the same moment.
            folder.mkdir(parents=True)
        except FileExistsError:
            if out is None:
                continue
            if not folder.is_dir() or any(folder.iterdir()):
                raise UserError(
                    f"{folder} is there already: name a new folder with --out, or go on with --resume {folder}"
                ) from None
        except OSError as error:
            raise UserError(f"cannot make the folder {folder} ({error.strerror or error}): name another with --out") from error
        return folder


def _resumed(given):
    folder = files_io.user_path(given["resume"]) if given["resume"] else newest()
    options = run_file.read(folder)
    others = sorted(set(given) - {"resume", *MOVABLE})
    if others:
        flags = ", ".join("--" + name.replace("_", "-") for name in others)
        raise UserError(f"--resume goes on with the settings of the run in {folder}: leave out {flags}")
    options.update({name: given[name] for name in MOVABLE if name in given and name != "debug"})
    run_file.need_words(options, folder, f"go on with it in Python, by fit(..., folder={str(folder)!r}, resume=True)")
    options["data"] = run_file.data_of(folder, options, given.get("data"))
    resumable = (folder / "last.json").is_file()
    if not resumable:
        print(f"the run in {folder} was stopped before its first checkpoint: it starts anew", file=sys.stderr)
    elif checkpoint.read(folder)["history"].get("stopped") in ("finished", "early"):
        print(f"{_finished(folder, options)}; its report is written again", file=sys.stderr)
    return folder, options, resumable


def _finished(folder, options):
    """That there is nothing left to train, and how to train longer."""
    name = "minutes" if options.get("minutes") else "epochs"
    length = options.get(name) or 1
    longer = shlex.split(options.get("command", f"gluon-alexnet train --model {options['model']}"))
    flag = f"--{name}"
    if flag in longer:
        longer[longer.index(flag) + 1] = f"{2 * length:g}"
    else:
        longer += [flag, f"{2 * length:g}"]
    return (
        f"the run in {folder} is finished, with all its {length:g} {name}: to train longer, begin a longer one, as by "
        f"{shlex.join(longer)}"
    )
