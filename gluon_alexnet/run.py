"""A whole run kept in a folder: data, net, training, report; started, resumed, found again.

runs/MODEL-DATE-TIME/ holds run.json (what was asked for), last.json and best.json with their files
(gluon_alexnet.train.checkpoint), history.json (gluon_alexnet.train.history), curves.png and report.html.
"""

import datetime
import itertools
import math
import shlex
import sys

from gluon_alexnet import analysis, files_io, models, recipes, settings
from gluon_alexnet.data.files import STAND_IN, load_split
from gluon_alexnet.data.loader import FashionMNISTLoader, check_loader
from gluon_alexnet.errors import UserError, reason
from gluon_alexnet.interop import optional
from gluon_alexnet.machine import devices
from gluon_alexnet.pictures import report
from gluon_alexnet.runs import RUNS, images_for, load, loaders, net_spec, newest, read_spec
from gluon_alexnet.settings import takes_momentum
from gluon_alexnet.train import checkpoint, evaluate, fit, run_file, sizes

__all__ = ["RUNS", "check", "images_for", "load", "loaders", "net_spec", "newest", "read_spec", "train", "write_report"]

# What may change when a run is resumed: where its data lies and how often it is saved, not what it computes.
MOVABLE = ("data", "checkpoint_minutes", "debug")


def train(given):
    """Trains as the dict `given` of options asks (the long options of `gluon-alexnet train`); returns (History, folder).

    Options that are not given come from the recipe. Raises UserError, and KeyboardInterrupt after saving the run.
    """
    folder, options, resumable = _resumed(given) if "resume" in given else (None, _options(given), False)
    spec = net_spec(options, folder)
    asked = _for_fit(options)
    check(options)
    report.rehearse()
    data = _data(options, spec.input_shape[1:])
    if folder is None:
        folder = _new_folder(given.get("out"), options["model"])
        options["command"] = _command(given)
        source = data["train_data"].source
        options["found"] = {"name": source.name, "where": run_file.absolute(source.where)}
        run_file.write(folder, options)
    print(f"the run is kept in {folder}", file=sys.stderr)
    net = models.build(spec)
    try:
        history = fit(
            net,
            **data,
            folder=folder,
            resume=resumable,
            checkpoint_minutes=options["checkpoint_minutes"],
            model=options["model"],
            **asked,
        )
    except KeyboardInterrupt:
        stopped = "stopped and saved; go on" if (folder / "last.json").is_file() else "stopped before a checkpoint; begin again"
        print(f"\n{stopped} with: gluon-alexnet train --resume {folder}", file=sys.stderr)
        raise
    except Exception:
        if "resume" not in given and list(folder.iterdir()) == [folder / "run.json"]:
            # Nothing was computed: the same --out can be given again with the mistake mended.
            (folder / "run.json").unlink()
            folder.rmdir()
        raise
    if "command" in options:
        history.settings["command"] = options["command"]
        history.settings["net"] = recipes.of_net(options)
    try:
        history.save(folder / "history.json")
        write_report(folder, history, net, spec, options)
    except Exception as error:
        why = str(error) if isinstance(error, UserError) else f"{type(error).__name__}: {reason(error)}"
        raise UserError(
            f"the training is over and kept in {folder}, but its report was not written ({why}): mend that, then write it by "
            f"gluon-alexnet train --resume {shlex.quote(str(folder))}"
        ) from error
    return history, folder


def check(options):
    """Raises UserError for options of a run that are out of range or not to be had here; loads neither data nor MXNet."""
    settings.check(**_for_fit(options))
    check_loader(**{name: options[name] for name in ("batch_size", "limit", "seed", "augment")})
    if options["checkpoint_minutes"] != 5.0:
        settings.check(checkpoint_minutes=options["checkpoint_minutes"])
    if options.get("engine") == "torch":
        optional.need("torch", "torch")
    elif str(options.get("device") or "").strip().lower().startswith("gpu"):
        # How many of them MXNet sees is told when it is loaded.
        devices.choose(options["device"], devices.find_gpus, lambda: math.inf)
    elif options.get("precision") == "float16" and not devices.find_gpus()[0]:
        raise UserError("float16 needs a GPU: MXNet has no float16 matrix product on a CPU; take --precision auto")


def _data(options, size):
    """The loaders of a run, as the arguments of `fit`."""
    if options.get("by") == "fit":
        kept = {name: run_file.loader_settings(options, name) for name in ("train", "test", "validation")}
        made = {name: each and FashionMNISTLoader(**each, data=options["data"]) for name, each in kept.items()}
        return {f"{name}_data": each for name, each in made.items()}
    loader = loaders(options, size)
    return {
        "train_data": loader("train-rest" if options["validation"] else "train"),
        "test_data": loader("test"),
        "validation_data": loader("validation") if options["validation"] else None,
    }


def write_report(folder, history, net, spec, options):
    """Writes report.html and curves.png of a finished run into its folder."""
    test = history.test
    if test is None:
        # The run was over already and was resumed: nothing was evaluated in this process. Its precision may be a GPU's.
        precision = "auto" if history.settings.get("engine") == "torch" else history.settings["precision"]
        test = evaluate(net, loaders(options, spec.input_shape[1:])("test"), precision=precision)
    images = load_split("test", data=options.get("data")).images
    images = images[: test.images] if test.chosen is None else images[test.chosen]
    filters = next((p.data(p.list_ctx()[0]).asnumpy() for p in net.collect_params().values() if len(p.shape) == 4), None)
    report.write_report(
        folder,
        history.to_dict(),
        labels=test.labels,
        probabilities=test.probabilities,
        images=images,
        filters=filters,
        layers=analysis.analyze(spec),
    )


def _options(given):
    name = given.get("recipe") or recipes.usual("chapter" if "epochs" in given else "quick", given.get("model"))
    model = given.get("model") or recipes.model_of(name)
    models.spec(model, **recipes.of_net(given))
    options = recipes.recipe(name, model)
    if "minutes" in given and "epochs" in given:
        raise UserError("--epochs and --minutes both say how long to train: leave one of them out")
    # What was asked for replaces what the recipe has.
    if "minutes" in given:
        options.pop("epochs", None)
    if "epochs" in given:
        options.pop("minutes", None)
    if "optimizer" in given and not takes_momentum(given["optimizer"]):
        options.pop("momentum", None)
    rest = {key: value for key, value in given.items() if key not in ("out", "debug", "recipe")}
    if rest.get("data") not in (None, STAND_IN):
        # It is looked for again from other folders.
        rest["data"] = str(files_io.user_path(rest["data"]).absolute())
    fixed = {"model": model, "recipe": name, "seed": 0, "augment": None, "normalize": False, "limit": None, "validation": False}
    return {**fixed, "checkpoint_minutes": 5.0, **options, **rest}


def _for_fit(options):
    asked = {name: options[name] for name in run_file.FIT if name in options}
    if "progressive" in asked:
        asked["progressive"] = sizes.read(asked["progressive"])
    return asked


def _command(given):
    """The words that ask for this run, without those about where its data and results lie."""
    words = ["gluon-alexnet", "train"]
    for name, value in given.items():
        if name in ("out", "debug") or (name == "data" and value != STAND_IN):
            continue
        text = f"{value:g}" if isinstance(value, float) and float(f"{value:g}") == value else f"{value}"
        words += ["--" + name.replace("_", "-")] + [text] * (value is not True)
    return shlex.join(words)


def _new_folder(out, model):
    stamp = datetime.datetime.now().strftime("%Y%m%d-%H%M%S")
    name = f"{model}-{stamp}"
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
    if run_file.is_custom(options):
        raise UserError(
            f"the run in {folder} learned from data of your own, which is not kept there: go on with it in Python, by "
            f"fit(..., folder={str(folder)!r}, resume=True)"
        )
    options["data"] = run_file.data_of(folder, options, given.get("data"))
    resumable = (folder / "last.json").is_file()
    if not resumable:
        print(f"the run in {folder} was stopped before its first checkpoint: it starts anew", file=sys.stderr)
    elif checkpoint.read(folder)["history"].get("stopped") == "finished":
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
