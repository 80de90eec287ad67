"""The one trainer that everything shares: `fit`, `evaluate`, and the History of a run."""

import datetime
import itertools
import math
import statistics
import sys
import time
from dataclasses import asdict, dataclass, field
from pathlib import Path

from gluon_alexnet import checkpoint, devices, interrupt, runtime, schedule
from gluon_alexnet import precision as precisions
from gluon_alexnet.errors import CheckpointError, DivergedError, UserError
from gluon_alexnet.history import Epoch, History, describe_machine
from gluon_alexnet.prepare import contexts_of, prepare
from gluon_alexnet.progress import Progress, clock
from gluon_alexnet.step import Evaluation, Stepper, check_optimizer

__all__ = ["Epoch", "Evaluation", "History", "evaluate", "fit"]

# The steps that --minutes measures before it fixes the length of the run; the first one, which sets up kernels, is left out.
MEASURED_STEPS = 6


@dataclass
class _Pass:
    """The sums over the pass in progress, in the order in which they are saved in a checkpoint."""

    loss: float = 0.0
    right: float = 0.0
    images: int = 0
    seconds: dict = field(default_factory=lambda: {"data": 0.0, "step": 0.0, "evaluate": 0.0})


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
    on_step=None,
    on_epoch=None,
):
    """Trains `net` by softmax cross-entropy and returns the History of the run; `net` holds the weights at its end.

    net: a Gluon HybridBlock or Sequential that takes float32 (N, C, H, W) and gives logits (N, classes). Parameters that are not
      initialized yet are, by `initializer`: 'xavier' (the chapter's), 'he' or one of MXNet's own; others are trained on.
    train_data, test_data, validation_data: anything with `len` that can be iterated again and gives (images float32, labels (N,))
      batches: a FashionMNISTLoader, a Gluon DataLoader, a list. The test data is only ever reported.
    epochs: passes over the data, a fraction allowed. minutes: instead, as many steps as fit into this many minutes, measured over
      the first steps, evaluations between passes included.
    lr, schedule, warmup: as in gluon_alexnet.schedule.learning_rate. optimizer, momentum, weight_decay: MXNet's, by name.
    device: as in gluon_alexnet.devices.resolve. precision: 'auto', 'float32', 'bfloat16' or 'float16' (gluon_alexnet.precision).
    seed: of the initial weights, the dropout and everything else random here; the order of the data is the loader's.
    folder: where checkpoints (`last`, and `best` by validation accuracy) and history.json are kept; None keeps nothing.
    resume: continue the run kept in `folder`, with the same arguments: its further losses are those of a run never stopped.
    checkpoint_minutes: time between checkpoints within a pass. progress: show it on stderr. model: the net's name in the History.
    on_step: called after each step as on_step(steps done, mean loss, accuracy), both of the pass so far.
    on_epoch: called after each pass with its Epoch.

    Raises UserError for arguments out of range, DivergedError when the loss becomes NaN or infinite, and KeyboardInterrupt after
    saving the run when Ctrl-C is pressed.
    """
    begun = time.monotonic()
    check_optimizer(optimizer)
    _check_numbers(epochs=epochs, checkpoint_minutes=checkpoint_minutes, **({} if minutes is None else {"minutes": minutes}))
    contexts = devices.resolve(device)
    precision, reason = precisions.resolve(precision, contexts, net)
    settings = {
        "model": model or type(net).__name__.lower(),
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
        "device": [str(context) for context in contexts],
        "seed": seed,
        "initializer": initializer if isinstance(initializer, str) else initializer.dumps(),
        "train_data": getattr(train_data, "settings", {}),
    }
    state = None
    if resume:
        if folder is None:
            raise UserError("resume needs the folder of the run: fit(..., folder='runs/...', resume=True)")
        state = checkpoint.read(folder)
        _same_settings(settings, state["history"]["settings"], folder)

    first_images, first_labels = next(_batches(train_data, 0, 0), (None, None))
    if first_images is None:
        raise UserError("the training data gives no batch: there is nothing to learn from")
    _seed(seed, 0)
    prepare(net, first_images, contexts, initializer)
    stepper = Stepper(net, contexts, optimizer, precision, wd=weight_decay, **({"momentum": momentum} if momentum else {}))
    if state:
        history, step, current, best = _restore(folder, state, net, stepper)
    else:
        settings["steps_per_epoch"] = len(train_data)
        settings["total_steps"] = (
            _steps_within(minutes, begun, stepper, first_images, first_labels, train_data, (test_data, validation_data))
            if minutes
            else max(1, round(epochs * len(train_data)))
        )
        history = _new_history(net, settings, contexts, precision, train_data, test_data, validation_data)
        step, current, best = 0, _Pass(), None
    run = _Run(net, stepper, history, folder, step, current, best, begun, history.seconds)
    run.on_step, run.on_epoch = on_step, on_epoch
    with interrupt.Deferred() as stop, Progress(history.settings["total_steps"], step, progress) as shown:
        run.learn(train_data, test_data, validation_data, checkpoint_minutes * 60, stop, shown)
    return history


def evaluate(net, data, device=None, precision="auto"):
    """The Evaluation of `net` on `data` (as for `fit`), dropout off: loss, accuracy, images, labels, probabilities.

    device: where to compute; None leaves the net where it is. precision: as for `fit`. Raises UserError when there is no batch.
    """
    first_images, _ = next(iter(data), (None, None))
    if first_images is None:
        raise UserError("there is nothing to evaluate on: the data gave no batch")
    contexts = devices.resolve(device) if device else contexts_of(net) or devices.resolve(None)
    prepare(net, first_images, contexts)
    return Stepper(net, contexts, precision=precisions.resolve(precision, contexts, net)[0]).evaluate(data)


class _Run:
    """A run in progress: what its checkpoints hold, and the loop over its steps."""

    on_step = on_epoch = None

    def __init__(self, net, stepper, history, folder, step, current, best, begun, seconds_before):
        self.net, self.stepper, self.history = net, stepper, history
        self.folder = None if folder is None else Path(folder)
        self.step, self.current, self.best = step, current, best
        self.begun, self.seconds_before = begun, seconds_before
        self.total = history.settings["total_steps"]
        self.per_epoch = history.settings["steps_per_epoch"]
        settings = history.settings
        self.lr_at = schedule.learning_rate(settings["schedule"], settings["lr"], self.total, settings["warmup"])

    def learn(self, train_data, test_data, validation_data, seconds_between_saves, stop, shown):
        saved = time.monotonic()
        while self.step < self.total:
            epoch, start = divmod(self.step, self.per_epoch)
            end = min(self.total, (epoch + 1) * self.per_epoch)
            batches = _batches(train_data, epoch, start)
            while self.step < end:
                self.one_step(batches, epoch, shown)
                if stop.requested:
                    self.interrupted()
                if self.step < end and time.monotonic() - saved > seconds_between_saves:
                    self.save()
                    saved = time.monotonic()

            def give_way():
                # Before the pass is evaluated and on record: resuming evaluates it again.
                if stop.requested:
                    self.interrupted()

            self.end_pass(test_data, validation_data, give_way, shown)
            saved = time.monotonic()
        self.history.stopped = "finished"
        self.save()

    def one_step(self, batches, epoch, shown):
        began = time.monotonic()
        images, labels = next(batches)
        images.wait_to_read()
        loaded = time.monotonic()
        lr = self.lr_at(self.step)
        _seed(self.history.settings["seed"], self.step + 1)
        loss, right = self.stepper.step(images, labels, lr)
        done = time.monotonic()
        count = len(labels)
        if not math.isfinite(loss):
            self.diverged(loss / count, lr)
        current = self.current
        current.seconds["data"] += loaded - began
        current.seconds["step"] += done - loaded
        current.loss, current.right, current.images = current.loss + loss, current.right + right, current.images + count
        self.history.step_losses.append(loss / count)
        self.step += 1
        rate = current.images / (current.seconds["data"] + current.seconds["step"])
        shown.step(self.step, epoch + 1, current.loss / current.images, current.right / current.images, rate)
        if self.on_step:
            self.on_step(self.step, current.loss / current.images, current.right / current.images)

    def end_pass(self, test_data, validation_data, give_way, shown):
        current = self.current
        began = time.monotonic()
        validation = None if validation_data is None else self.stepper.evaluate(validation_data, give_way)
        test = None if test_data is None else self.stepper.evaluate(test_data, give_way)
        current.seconds["evaluate"] += time.monotonic() - began
        passes = self.step / self.per_epoch
        row = Epoch(
            epoch=int(passes) if passes.is_integer() else round(passes, 4),
            loss=current.loss / current.images,
            train_accuracy=current.right / current.images,
            validation_accuracy=validation and validation.accuracy,
            test_accuracy=test and test.accuracy,
            test_loss=test and test.loss,
            lr=self.lr_at(self.step - 1),
            images=current.images,
            seconds=current.seconds,
            images_per_second=current.images / (current.seconds["data"] + current.seconds["step"]),
        )
        self.history.epochs.append(row)
        self.history.test, self.current = test, _Pass()
        shown.message(row_text(row))
        if validation is not None and (self.best is None or validation.accuracy > self.best):
            self.best = validation.accuracy
            self.save("best")
        self.save()
        if self.on_epoch:
            self.on_epoch(row)

    def save(self, name="last"):
        self.history.seconds = self.seconds_before + time.monotonic() - self.begun
        if self.folder is None:
            return
        state = {"step": self.step, "pass": asdict(self.current), "best": self.best, "history": self.history.to_dict()}
        checkpoint.save(self.folder, name, self.net, state, self.stepper.trainer if name == "last" else None)
        self.history.save(self.folder / "history.json")

    def interrupted(self):
        self.history.stopped = "interrupted"
        self.save()
        raise KeyboardInterrupt

    def diverged(self, loss, lr):
        self.history.stopped = "diverged"
        self.history.seconds = self.seconds_before + time.monotonic() - self.begun
        if self.folder is not None:
            # The weights are spoilt: the last checkpoint stays as it is.
            self.history.save(self.folder / "history.json")
        raise DivergedError(
            f"the loss became {loss} at step {self.step + 1} of {self.total}, at learning rate {lr:g}: "
            f"try a lower rate such as {lr / 10:g}, a warm-up (warmup=0.1), or precision 'float32'"
        )


def row_text(row):
    """A pass as a line for a person."""
    shares = (("train", row.train_accuracy), ("validation", row.validation_accuracy), ("test", row.test_accuracy))
    accuracies = "  ".join(f"{name} {share:.3f}" for name, share in shares if share is not None)
    seconds = sum(row.seconds.values())
    return f"epoch {row.epoch}  loss {row.loss:.3f}  accuracy {accuracies}  {row.images_per_second:,.0f} images/s  {clock(seconds)}"


def _batches(data, epoch, start):
    """The batches of `data` for pass `epoch` from batch `start` on; a loader of ours does not make those before it."""
    if hasattr(data, "batches"):
        return data.batches(epoch, start)
    return itertools.islice(iter(data), start, None)


def _seed(seed, step):
    # MXNet's random state can be set but not read: a state that follows from (seed, step) alone can be had again on resuming.
    runtime.load_mxnet().random.seed((seed * 1_000_003 + step) % 2**31)


def _steps_within(minutes, begun, stepper, images, labels, train_data, evaluated):
    """How many steps fit into `minutes` from `begun` on, by measuring some that leave no trace in the net."""
    kept = [(array, array.copy()) for p in stepper.parameters.values() for array in p.list_data()]
    times = []
    for _ in range(MEASURED_STEPS):
        began = time.monotonic()
        stepper.step(images, labels, lr=0.0)
        times.append(time.monotonic() - began)
    began = time.monotonic()
    stepper.evaluate([(images, labels)])
    forward = (time.monotonic() - began) / len(labels)
    for array, copy in kept:
        array[:] = copy
    stepper.reset_optimizer()
    step = statistics.median(times[1:])
    evaluation = sum(len(data) * getattr(data, "batch_size", len(labels)) for data in evaluated if data is not None) * forward
    left = minutes * 60 - (time.monotonic() - begun)
    within_a_pass = min(len(train_data), left / step)
    return max(1, int(max(within_a_pass, left / (step + evaluation / len(train_data)))))


def _new_history(net, settings, contexts, precision, train_data, test_data, validation_data):
    source = getattr(train_data, "source", None)
    data = {"name": "custom", "where": "", "sha256": {}, "reason": ""} if source is None else asdict(source)
    for name, part in (("train", train_data), ("test", test_data), ("validation", validation_data)):
        data[f"{name}_images"] = None if part is None else len(getattr(part, "labels", ())) or None
    return History(
        model=settings["model"],
        params=sum(math.prod(p.shape) for p in net.collect_params().values() if p.grad_req != "null"),
        settings=settings,
        machine=describe_machine(contexts, precision),
        data=data,
        started=datetime.datetime.now(datetime.timezone.utc).isoformat(timespec="seconds"),
    )


def _restore(folder, state, net, stepper):
    checkpoint.load_net(folder, state, net, stepper.contexts)
    history = History.from_dict(state["history"])
    stepper.reset_optimizer(updates=state["step"])
    if "optimizer" in state["files"]:
        checkpoint.load_optimizer(folder, state, stepper.trainer)
    return history, state["step"], _Pass(**state["pass"]), state["best"]


def _same_settings(now, then, folder):
    changed = [f"{key} was {then.get(key)!r} and is {value!r}" for key, value in now.items() if then.get(key) != value]
    if changed:
        raise CheckpointError(f"the run in {folder} cannot be resumed with other settings ({'; '.join(changed)}): use the same")


def _check_numbers(**values):
    for name, value in values.items():
        if not isinstance(value, (int, float)) or not 0 < value < float("inf"):
            raise UserError(f"{name} is {value!r}: it must be a positive number")


if __name__ == "__main__":
    from gluon_alexnet import cli

    sys.exit(cli.main(["train", *sys.argv[1:]]))
