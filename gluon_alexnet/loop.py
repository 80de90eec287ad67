"""The loop over the steps of a run: times, sums, checkpoints, interruptions."""

import math
import time
from dataclasses import asdict, dataclass, field
from pathlib import Path

from gluon_alexnet import budget, checkpoint, schedule
from gluon_alexnet.errors import DivergedError, UserError
from gluon_alexnet.history import Epoch
from gluon_alexnet.progress import clock
from gluon_alexnet.step import check_labels


@dataclass
class Pass:
    """The sums over the pass in progress, in the order in which they are saved in a checkpoint.

    expected: the seconds that its steps would have taken by what was measured before a run that has to end in time. lr: the
    learning rate of its last step.
    """

    loss: float = 0.0
    right: float = 0.0
    images: int = 0
    seconds: dict = field(default_factory=lambda: {"data": 0.0, "step": 0.0, "evaluate": 0.0})
    expected: float = 0.0
    lr: float = 0.0


class Run:
    """A run in progress: what its checkpoints hold, and the loop over its steps."""

    on_step = on_epoch = None

    def __init__(self, net, classes, stepper, history, folder, step, current, best, begun, seconds_before, sizes, plan):
        self.net, self.classes, self.stepper, self.history = net, classes, stepper, history
        self.folder = None if folder is None else Path(folder)
        self.step, self.current, self.best = step, current, best
        self.begun, self.seconds_before, self.sizes, self.plan = begun, seconds_before, sizes, plan
        self.per_epoch = history.settings["steps_per_epoch"]
        settings = history.settings
        self.rate = schedule.learning_rate(settings["schedule"], settings["lr"], plan.schedule, settings["warmup"])
        # None for a run that need not end in time, or that began before runs were planned anew.
        self.measured = settings.get("measured_seconds")

    def lr_at(self, step):
        return self.rate(self.plan.at(step))

    def learn(self, train_data, test_data, validation_data, seconds_between_saves, stop, shown):
        """The rest of the run, to its end. `stop.requested` interrupts it after the step or evaluated batch that it is in."""

        def give_way():
            if stop.requested:
                self.interrupted()

        saved = planned = time.monotonic()
        seconds_between_plans = budget.PLANNED_SHARE * 60 * (self.history.settings["minutes"] or 0)
        # By the passes on record, not by the steps: a run stopped while a pass was evaluated evaluates that pass again.
        while len(self.history.epochs) * self.per_epoch < self.plan.total:
            epoch = len(self.history.epochs)
            rest = self.stepper.batches(train_data, epoch, self.step - epoch * self.per_epoch)
            while self.is_within(epoch):
                self.one_step(rest, epoch, shown)
                give_way()
                if self.is_within(epoch) and self.measured and time.monotonic() - planned > seconds_between_plans:
                    self.plan_anew(shown)
                    planned = time.monotonic()
                if self.is_within(epoch) and time.monotonic() - saved > seconds_between_saves:
                    self.save()
                    saved = time.monotonic()
            self.end_pass(test_data, validation_data, give_way, shown)
            saved = planned = time.monotonic()

    def is_within(self, epoch):
        """Whether pass `epoch` has a step left."""
        return self.step < min(self.plan.total, (epoch + 1) * self.per_epoch)

    def one_step(self, rest, epoch, shown):
        began = time.monotonic()
        place = self.plan.done(self.step)
        self.sizes.set(place)
        batch = next(rest, None)
        if batch is None:
            raise UserError(
                f"pass {epoch + 1} of the training data ended after {self.step - epoch * self.per_epoch} batches, and its len is "
                f"{self.per_epoch}: len must be the number of batches in every pass"
            )
        images, labels = batch
        # A wrong one would be learned as another.
        check_labels(labels, self.classes)
        loaded = time.monotonic()
        lr = self.lr_at(self.step)
        self.stepper.seed(random_state(self.history.settings["seed"], self.step + 1))
        loss, right = self.stepper.step(images, labels, lr)
        done = time.monotonic()
        count = len(labels)
        if not math.isfinite(loss):
            self.diverged(loss / count, lr, self.step + 1)
        current = self.current
        current.lr = lr
        current.seconds["data"] += loaded - began
        current.seconds["step"] += done - loaded
        if self.measured:
            current.expected += self.measured["small" if place < self.sizes.share else "full"]
        current.loss, current.right, current.images = current.loss + loss, current.right + right, current.images + count
        self.history.step_losses.append(loss / count)
        self.history.step_accuracies.append(right / count)
        self.step += 1
        rate = current.images / (current.seconds["data"] + current.seconds["step"])
        shown.step(self.step, epoch + 1, current.loss / current.images, current.right / current.images, rate)
        if self.on_step:
            self.on_step(self.step, current.loss / current.images, current.right / current.images)

    def end_pass(self, test_data, validation_data, give_way, shown):
        current = self.current
        began = time.monotonic()
        # A loader may serve as training and as test data.
        self.sizes.restore()
        validation = None if validation_data is None else self.stepper.evaluate(validation_data, give_way)
        test = None if test_data is None else self.stepper.evaluate(test_data, give_way)
        for evaluation in (validation, test):
            if evaluation and not math.isfinite(evaluation.loss):
                self.diverged(evaluation.loss, current.lr, self.step)
        current.seconds["evaluate"] += time.monotonic() - began
        passes = self.step / self.per_epoch
        row = Epoch(
            epoch=int(passes) if passes.is_integer() else round(passes, 4),
            loss=current.loss / current.images,
            train_accuracy=current.right / current.images,
            validation_accuracy=validation and validation.accuracy,
            test_accuracy=test and test.accuracy,
            test_loss=test and test.loss,
            lr=current.lr,
            images=current.images,
            seconds=current.seconds,
            images_per_second=current.images / (current.seconds["data"] + current.seconds["step"]),
        )
        self.history.epochs.append(row)
        if self.step < self.plan.total and self.measured:
            self.plan_anew(shown)
        self.history.test, self.current = test, Pass()
        self.history.stopped = "finished" if self.step == self.plan.total else None
        shown.message(row_text(row))
        if validation is not None and (self.best is None or validation.accuracy > self.best):
            self.best = validation.accuracy
            self.save("best")
        self.save()
        if self.on_epoch:
            self.on_epoch(row)

    def plan_anew(self, shown):
        """A run that has to end in time is made shorter or longer, as the pass in progress or just evaluated says."""
        settings, spent = self.history.settings, self.current.seconds
        left = settings["minutes"] * 60 - (self.seconds_before + time.monotonic() - self.begun)
        # A machine that was slower than measured is taken to remain so.
        slower = (spent["data"] + spent["step"]) / self.current.expected
        seconds = {kind: slower * self.measured[kind] for kind in ("small", "full", "evaluate")}
        if self.history.epochs:
            seconds["evaluate"] = self.history.epochs[-1].seconds["evaluate"]
        self.plan = budget.planned_anew(self.plan, self.step, left, seconds, self.sizes.share, self.per_epoch)
        shown.total = settings["total_steps"] = self.plan.total

    def save(self, name="last"):
        self.history.seconds = self.seconds_before + time.monotonic() - self.begun
        self.stepper.sync()
        if self.folder is None:
            return
        state = {
            "step": self.step,
            "plan": asdict(self.plan),
            "pass": asdict(self.current),
            "best": self.best,
            "history": self.history.to_dict(),
        }
        checkpoint.save(self.folder, name, self.net, state, self.stepper.optimizer_arrays() if name == "last" else None)
        self.history.save(self.folder / "history.json")

    def interrupted(self):
        self.history.stopped = "interrupted"
        self.save()
        raise KeyboardInterrupt

    def diverged(self, loss, lr, step):
        self.history.stopped = "diverged"
        self.history.seconds = self.seconds_before + time.monotonic() - self.begun
        if self.folder is not None:
            # The weights are spoilt: the last checkpoint stays as it is.
            self.history.save(self.folder / "history.json")
        raise DivergedError(
            f"the loss became {loss} at step {step} of {self.plan.total}, at learning rate {lr:g}: "
            f"try a lower rate such as {lr / 10:g}, a warm-up (warmup=0.1), or precision 'float32'"
        )


def row_text(row):
    """A pass as a line for a person."""
    shares = (("train", row.train_accuracy), ("validation", row.validation_accuracy), ("test", row.test_accuracy))
    accuracies = "  ".join(f"{name} {share:.3f}" for name, share in shares if share is not None)
    seconds = sum(row.seconds.values())
    return (
        f"epoch {row.epoch}  loss {row.loss:.3f}  accuracy {accuracies}  {row.images_per_second:,.0f} images/s  {clock(seconds)}"
    )


def random_state(seed, step):
    """What the random numbers of one step of the run with `seed` start from."""
    # MXNet's random state can be set but not read: a state that follows from (seed, step) alone can be had again on resuming.
    return (seed * 1_000_003 + step) % 2**31
