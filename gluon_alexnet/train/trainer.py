"""The one trainer that everything shares: `fit`, `evaluate`, and the History of a run."""

import datetime
import itertools
import json
import math
import time
from dataclasses import asdict

import numpy as np

from gluon_alexnet import files_io
from gluon_alexnet import settings as given
from gluon_alexnet.data.files import Source
from gluon_alexnet.errors import CheckpointError, UserError
from gluon_alexnet.fast import precision as precisions
from gluon_alexnet.machine import devices, runtime
from gluon_alexnet.prepare import check_net, contexts_of, initializer_called, need_weights, prepare, takes
from gluon_alexnet.train import budget, checkpoint, interrupt, run_file
from gluon_alexnet.train.batches import Checked, batches, check_labels, check_scale
from gluon_alexnet.train.engine_mxnet import Evaluation, Stepper
from gluon_alexnet.train.history import Epoch, History
from gluon_alexnet.train.loop import Pass, Run, random_state
from gluon_alexnet.train.progress import Progress, clock
from gluon_alexnet.train.sizes import Sizes

__all__ = ["Epoch", "Evaluation", "History", "evaluate", "fit"]


def fit(
    net,
    train_data,
    test_data=None,
    epochs=10,
    lr=0.01,
    *,
    validation_data=None,
    optimizer="sgd",
    momentum=0.0,
    weight_decay=0.0,
    schedule="constant",
    warmup=0.0,
    device=None,
    precision="auto",
    seed=0,
    minutes=None,
    folder=None,
    resume=False,
    checkpoint_minutes=5.0,
    progress=True,
    model=None,
    initializer="xavier",
    label_smoothing=0.0,
    progressive=None,
    engine="mxnet",
    on_step=None,
    on_epoch=None,
):
    """Trains `net` by softmax cross-entropy and returns the History of the run; `net` holds the weights at its end.

    net: a Gluon HybridBlock or Sequential that takes float32 (N, C, H, W) and gives logits (N, classes). Parameters that are not
      initialized yet are, by `initializer`: 'xavier' (the chapter's), 'he' or one of MXNet's own; others are trained on.
    train_data, test_data, validation_data: anything that can be iterated again, has its number of batches for `len`, and gives
      (images float, labels (N,)), arrays of MXNet or NumPy or tensors of PyTorch: a FashionMNISTLoader, a DataLoader of Gluon or
      PyTorch, a list. Images are scaled, as from 0 to 1; labels are whole numbers from 0 to classes - 1. The test data is only
      ever reported.
    epochs: passes over the data, a fraction allowed. minutes: instead, as many steps as fit into this many minutes, evaluations
      included: planned by timing some before the first, and anew after every pass and within long ones, schedule and all. Where
      evaluations would take more than a quarter of them, they are of fewer images, spread evenly (Epoch.test_images tells).
    label_smoothing: this share of each label, in [0, 1), is spread evenly over the classes while the net learns; the training
      loss is then the smoothed one, that of evaluations is not.
    progressive: (size, share): for the first `share` of the run the images are size x size, which is faster, and afterwards as
      the loader has them (Tan and Le 2021, "EfficientNetV2", section 4). For a FashionMNISTLoader; the net must take both sizes.
    lr, schedule, warmup: as in gluon_alexnet.train.schedule.learning_rate. optimizer, momentum, weight_decay: MXNet's, by name.
    device: as in machine/devices.py's resolve. precision: 'auto', 'float32', 'bfloat16' or 'float16' (fast/precision.py).
    engine: 'mxnet', or 'torch' to train the net's twin in PyTorch, on a GPU that MXNet cannot drive; device is then PyTorch's
      name (auto, cpu, cuda:0, mps), and the net holds the weights in the end all the same.
    seed: of the initial weights, the dropout and everything else random here; the order of the data is the loader's.
    folder: where checkpoints (`last`, and `best` by validation accuracy), history.json and run.json are kept, which the commands
      evaluate, predict, convert and train --resume take; None keeps nothing.
    resume: continue the run kept in `folder`, with the same arguments: its further losses are those of a run never stopped, given
      training data that is the same in every pass, or has `batches(epoch, start)` as the FashionMNISTLoader has. (MXNet's nadam
      keeps a product of its own that is not saved, and float16 begins anew with the scale of its losses.)
    checkpoint_minutes: time between checkpoints within a pass. progress: show it on stderr. model: the net's name in the History.
    on_step: called after each step as on_step(steps done, mean loss, accuracy), both of the pass so far.
    on_epoch: called after each pass with its Epoch.

    Raises UserError for arguments out of range, for minutes in which nothing can be learned here, and for a folder that holds a
    run already, CheckpointError when a run cannot be resumed, DataError when a batch has NaN, unscaled bytes or other labels,
    after saving the run as it was before it, DivergedError when loss or weights become NaN or infinite, and KeyboardInterrupt
    after saving the run on Ctrl-C.
    """
    begun = time.monotonic()
    numbers = (epochs, lr, momentum, weight_decay, warmup, seed, minutes, label_smoothing)
    epochs, lr, momentum, weight_decay, warmup, seed, minutes, label_smoothing = map(_plain, numbers)
    checkpoint_minutes = _plain(checkpoint_minutes)
    progressive = tuple(map(_plain, progressive)) if isinstance(progressive, (tuple, list)) else progressive
    given.check(
        *(epochs, lr, momentum, weight_decay, warmup, label_smoothing, seed, minutes, checkpoint_minutes),
        *(optimizer, schedule, precision, engine, initializer, device),
    )
    check_net(net)
    for name, part in (("train_data", train_data), ("test_data", test_data), ("validation_data", validation_data)):
        _check_data(name, part)
    folder = None if folder is None else files_io.user_path(folder)
    if resume and folder is None:
        raise UserError("resume needs the folder of the run: fit(..., folder='runs/...', resume=True)")
    if folder is not None and not resume and (folder / "last.json").exists():
        raise UserError(f"{folder} holds a run already: go on with it by resume=True, or name another folder")
    state = checkpoint.read(folder) if resume else None
    if state and precision == "auto":
        # What was the fastest where the run began, be it here or on another machine.
        precision = state["history"]["settings"]["precision"]
    sizes = Sizes(train_data, progressive)
    first_images, first_labels = next(batches(train_data, 0, name="the training data"), (None, None))
    if first_images is None or not len(train_data):
        raise UserError("the training data gives no batch: there is nothing to learn from")
    check_scale(first_images, "the training data")
    if engine == "torch":
        from gluon_alexnet.train import engine_torch as torch_step

        contexts, torch_device = [runtime.load_mxnet().cpu()], torch_step.resolve_device(device)
        precision, reason = torch_step.resolve_precision(precision, torch_device)
    else:
        contexts = devices.resolve(device)
        precision, reason = precisions.resolve(precision, contexts, net, first_images.shape)
    settings = {
        "model": model or getattr(net, "made_as", None) or type(net).__name__.lower(),
        "epochs": None if minutes else epochs,
        "minutes": minutes,
        "lr": lr,
        "schedule": schedule,
        "warmup": warmup,
        "optimizer": optimizer,
        "momentum": momentum,
        "weight_decay": weight_decay,
        "precision": precision,
        "precision_reason": reason,
        "engine": engine,
        "device": [str(torch_device)] if engine == "torch" else [str(context) for context in contexts],
        "seed": seed,
        "initializer": initializer if isinstance(initializer, str) else _described(initializer_called(initializer)),
        "label_smoothing": label_smoothing,
        "progressive": progressive and list(progressive),
        "steps_per_epoch": len(train_data),
        # Whoever wrote the data may have an attribute of this name for something else.
        "train_data": json.loads(json.dumps(getattr(train_data, "settings", {}), default=str)),
    }
    data = _describe_data(train_data, test_data, validation_data)
    if state:
        _same_run(settings, data, state["history"], folder)

    runtime.load_mxnet().random.seed(random_state(seed, 0))
    classes = prepare(net, first_images, contexts, initializer)
    check_labels(first_labels, classes)
    _check_evaluated(net, classes, test_data=test_data, validation_data=validation_data)
    if folder is not None:
        files_io.check_folder(folder)
    with sizes.at_start():
        if sizes.small and not takes(net, next(batches(train_data, 0))[0]):
            raise UserError(
                f"progressive is {progressive!r}, and this net does not take images of both sizes: take a net that ends in a "
                "global pooling, such as compact, or leave progressive out"
            )
    momentum_kw = {"momentum": momentum} if given.takes_momentum(optimizer) else {}
    told = (optimizer, precision, label_smoothing)
    if engine == "torch":
        shape = first_images.shape[1:]
        stepper = torch_step.TorchStepper(net, shape, torch_device, *told, wd=weight_decay, **momentum_kw)
    else:
        stepper = Stepper(net, contexts, *told, wd=weight_decay, **momentum_kw)
    if state:
        history, step, current, best, plan = _restore(folder, state, net, stepper)
    else:
        if minutes:
            evaluated = (test_data, validation_data)
            measured = budget.measure(minutes, stepper, first_images, first_labels, train_data, evaluated, sizes)
            settings["measured_seconds"] = measured
            left = minutes * 60 - (time.monotonic() - begun)
            planning = (measured, sizes.share, len(train_data))
            budget.check_minutes(minutes, left, *planning, settings["model"], len(first_labels))
            total, _ = budget.planned(minutes, left, *planning)
        else:
            total = max(1, round(epochs * len(train_data)))
        settings["total_steps"] = total
        history = _new_history(net, settings, stepper.machine(), data)
        step, current, best, plan = 0, Pass(), None, budget.Plan(total, total)
    if folder is not None:
        parts = {"train": train_data, "test": test_data, "validation": validation_data}
        run_file.write_of_fit(folder, net, first_images.shape[1:], settings, device, data, **parts)
    # As large as a batch; the run's own come from its data.
    del first_images, first_labels
    run = Run(net, classes, stepper, history, folder, step, current, best, begun, history.seconds, sizes, plan)
    run.on_step, run.on_epoch = on_step, on_epoch
    seconds = minutes and minutes * 60 - history.seconds - (time.monotonic() - begun)
    with interrupt.Deferred() as stop, Progress(plan.total, step, progress, seconds) as shown:
        if notice := minutes and not state and _shortened(minutes, history.settings):
            shown.message(notice)
        try:
            run.learn(train_data, test_data, validation_data, checkpoint_minutes * 60, stop, shown)
        finally:
            sizes.restore()
    return history


def evaluate(net, data, device=None, precision="auto", flip=False):
    """The Evaluation of `net` on `data` (as for `fit`), dropout off: loss, accuracy, images, labels, probabilities.

    device: where to compute; None leaves the net where it is. precision: as for `fit`. flip: show each image mirrored too, and
    let the mean of both logits count. Raises UserError when there is no batch or the net has no weights, DataError as `fit` does.
    """
    given.check(precision=precision, device=device)
    check_net(net)
    need_weights(net)
    _check_data("data", data, again=False)
    found = batches(data, 0)
    first = next(found, None)
    if first is None:
        raise UserError("there is nothing to evaluate on: the data gave no batch")
    first_images, _ = first
    check_scale(first_images, "the data")
    contexts = devices.resolve(device) if device else contexts_of(net) or devices.resolve(None)
    prepare(net, first_images, contexts)
    precision, _ = precisions.resolve(precision, contexts, net, first_images.shape)
    return Stepper(net, contexts, precision=precision).evaluate(Checked(itertools.chain([first], found)), flip=flip)


def _shortened(minutes, settings):
    """A sentence that says that evaluations will be of a part of the images, None where they will not."""
    evaluations = math.ceil(settings["total_steps"] / settings["steps_per_epoch"])
    seconds = settings["measured_seconds"]["evaluate"]
    share = budget.share_evaluated(minutes, evaluations, seconds)
    if share == 1:
        return None
    return (
        f"To end in {clock(minutes * 60)}, of which no more than {budget.EVALUATED_SHARE:.0%} go into evaluation, each is of "
        f"about {share:.0%} of the images, spread evenly: all of them would take {clock(seconds)}"
    )


def _describe_data(train_data, test_data, validation_data):
    """What a run's history says of its data, a dict."""
    data = {"name": "custom", "where": "", "sha256": {}, "reason": ""}
    # Other data may have attributes of these names for something else.
    ours = {
        name: part if isinstance(getattr(part, "source", None), Source) else None
        for name, part in (("train", train_data), ("test", test_data), ("validation", validation_data))
    }
    data.update(asdict(ours["train"].source) if ours["train"] else {})
    for name, part in ours.items():
        data[f"{name}_images"] = part and len(getattr(part, "labels", ())) or None
        data["sha256"] = {**data["sha256"], **(part.source.sha256 if part else {})}
    return data


def _new_history(net, settings, machine, data):
    return History(
        model=settings["model"],
        params=sum(math.prod(p.shape) for p in net.collect_params().values() if p.grad_req != "null"),
        settings=settings,
        machine=machine,
        data=data,
        started=datetime.datetime.now(datetime.timezone.utc).isoformat(timespec="seconds"),
    )


def _restore(folder, state, net, stepper):
    checkpoint.load_net(folder, state, net, stepper.contexts)
    stepper.take()
    history = History.from_dict(state["history"])
    if history.stopped in ("interrupted", "failed"):
        history.stopped, history.reason = None, ""
    stepper.reset_optimizer(updates=state["step"])
    if "optimizer" in state["files"]:
        checkpoint.load_optimizer(folder, state, stepper)
    # A checkpoint from before runs were planned anew has no plan: its run keeps its length.
    total = history.settings["total_steps"]
    plan = budget.Plan(**state.get("plan", {"total": total, "schedule": total}))
    return history, state["step"], Pass(**state["pass"]), state["best"], plan


def _same_run(settings, data, history, folder):
    """Raises CheckpointError where the run in `folder`, of this `history`, had other settings or learned from other data."""
    then = history["settings"]
    # Why the precision is what it is may differ from machine to machine.
    told = {key: value for key, value in settings.items() if key != "precision_reason"}
    changed = [f"{key} was {then.get(key)!r} and is {value!r}" for key, value in told.items() if then.get(key) != value]
    if changed:
        raise CheckpointError(f"the run in {folder} cannot be resumed with other settings ({'; '.join(changed)}): use the same")
    if any(data[key] != history["data"][key] for key in ("name", "sha256")):
        raise CheckpointError(
            f"the run in {folder} learned from {history['data']['name']} and the data at hand is {data['name']}, of other "
            "content: name the folder of the same data"
        )


def _plain(value):
    """NumPy's numbers as Python's, which JSON can hold."""
    return value.item() if isinstance(value, np.generic) else value


def _described(initializer):
    """One of MXNet's initializers as text; with a number of NumPy's in it, it cannot describe itself."""
    try:
        return initializer.dumps()
    except TypeError:
        return type(initializer).__name__


def _check_data(name, data, again=True):
    """Raises UserError where `data` cannot be what `fit` takes for it. again: whether it is iterated more than once."""
    optional = name in ("test_data", "validation_data")
    if data is None and optional:
        return
    advice = "take a list of batches (images, labels), a DataLoader of Gluon or PyTorch, or a FashionMNISTLoader"
    ways = ("__iter__", "__getitem__", "batches")
    if isinstance(data, (dict, str, np.ndarray)) or not any(hasattr(data, way) for way in ways):
        raise UserError(f"{name} is a {type(data).__name__}: {advice}")
    if again and hasattr(data, "__next__"):
        raise UserError(f"{name} is a {type(data).__name__}, which can be gone through only once: {advice}")
    if again and not optional:
        try:
            len(data)
        except TypeError:
            raise UserError(f"{name} has no len, which must be its number of batches: {advice}") from None


def _check_evaluated(net, classes, **parts):
    """Raises UserError where the net does not take the first batch of a part: else that would be told after a whole pass."""
    for name, part in parts.items():
        if part is None:
            continue
        images, labels = next(batches(part, 0, name=name), (None, None))
        if images is None:
            raise UserError(f"{name} gives no batch: there is nothing to evaluate on")
        check_scale(images, name)
        check_labels(labels, classes)
        if not takes(net, images):
            raise UserError(f"{name} has images of the shape {images.shape}, which the net does not take")
