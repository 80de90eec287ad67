"""The loop over the steps of a run: times, sums, checkpoints, interruptions."""

import math
import time
from dataclasses import asdict, dataclass, field
from pathlib import Path

import numpy as np

from gluon_alexnet.errors import CheckpointError, DataError, DivergedError, UserError
from gluon_alexnet.prepare import not_finite
from gluon_alexnet.train import budget, checkpoint, schedule
from gluon_alexnet.train.batches import check_labels
from gluon_alexnet.train.callbacks import RunView
from gluon_alexnet.train.history import Epoch
from gluon_alexnet.train.progress import clock


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
    # The seconds of the last evaluations, had they been of all images.
    whole = None
    # The sentence of a callback that wants the run stopped.
    asked = None

    def __init__(
        self, net, classes, stepper, history, folder, step, current, best, begun, seconds_before, sizes, plan, settings, hooks
    ):
        self.net, self.classes, self.stepper, self.history = net, classes, stepper, history
        self.folder = None if folder is None else Path(folder)
        self.step, self.current, self.best = step, current, best
        self.begun, self.seconds_before, self.sizes, self.plan = begun, seconds_before, sizes, plan
        self.per_epoch = history.settings["steps_per_epoch"]
        # Somebody's own schedule, a function of the step, or None.
        self.own_rate = settings.schedule if callable(settings.schedule) else None
        if self.own_rate is None:
            self.rate = schedule.learning_rate(settings.schedule, settings.lr, plan.schedule, settings.warmup)
        # Batches whose gradients are summed for one update of the weights, and those updates so far.
        self.accumulate, self.updates = settings.accumulate, 0
        # None for a run that need not end in time, or that began before runs were planned anew.
        self.measured = history.settings.get("measured_seconds")
        self.counts = {}
        self.callbacks, self.view = hooks, RunView(self)
        self.busy_before = history.machine.get("busy")

    def lr_at(self, step):
        """The learning rate of `step`, counted from 0. Raises UserError where somebody's own schedule gives none."""
        return self.rate(self.plan.at(step)) if self.own_rate is None else schedule.asked(self.own_rate, step)

    def learn(self, train_data, test_data, validation_data, seconds_between_saves, stop, shown):
        """The rest of the run, to its end. `stop.requested` interrupts it after the step or evaluated batch that it is in.

        Raises DataError for bad data, after saving what was learned until then, UserError for a callback that fails, after saving
        as well, and DivergedError.
        """
        self.shown, self.evaluated_on = shown, {"validation": validation_data, "test": test_data}
        self.callbacks.call("on_start", self.view)
        try:
            try:
                self.learn_from(train_data, test_data, validation_data, seconds_between_saves, stop, shown)
            except DataError as error:
                raise self.failed(error, DataError) from error
        except BaseException:
            try:
                self.callbacks.call("on_end", self.view)
            except UserError as error:
                # What stopped the run matters more.
                shown.message(str(error))
            raise
        self.callbacks.call("on_end", self.view)

    def learn_from(self, train_data, test_data, validation_data, seconds_between_saves, stop, shown):
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
        if self.history.stopped is None:
            # It was stopped by a callback after its last pass, and goes on.
            self.settle()
            self.save(check=False)

    def call(self, hook):
        """Calls the callbacks. One that says stop ends the run here; one that fails does so after saving it."""
        if not self.callbacks.hooks[hook]:
            return
        try:
            reason = self.callbacks.call(hook, self.view)
        except UserError as error:
            raise self.failed(error, UserError) from error.__cause__
        except KeyboardInterrupt:
            self.interrupted()
        if reason and self.asked is None:
            self.asked, self.plan = reason, self.plan.anew(self.step, 0)
            self.shown.total = self.history.settings["total_steps"] = self.step

    def settle(self):
        """Has the History say how the run ended, if it has."""
        if self.step < self.plan.total:
            self.history.stopped = None
        elif self.asked:
            self.history.stopped, self.history.reason = "early", self.asked
            self.shown.message(f"stopped after step {self.step}: {self.asked}")
        else:
            self.history.stopped = "finished"

    def last_rate(self):
        """The learning rate of the last step, or of the first where none is done."""
        if self.current.images:
            return self.current.lr
        return self.history.epochs[-1].lr if self.history.epochs else self.lr_at(0)

    def passes_begun(self):
        """The number, from 1, of the pass in progress, or of that just evaluated."""
        done = len(self.history.epochs)
        return done + 1 if self.step > done * self.per_epoch or not done else done

    def is_within(self, epoch):
        """Whether pass `epoch` has a step left."""
        return self.step < min(self.plan.total, (epoch + 1) * self.per_epoch)

    def one_step(self, rest, epoch, shown):
        began = time.monotonic()
        place = self.plan.done(self.step)
        self.sizes.set(place)
        batch = next(rest, None)
        if batch is None:
            raise DataError(
                f"pass {epoch + 1} of the training data ended after {self.step - epoch * self.per_epoch} batches, and its len is "
                f"{self.per_epoch}: len must be the number of batches in every pass"
            )
        images, labels = batch
        # A wrong one would be learned as another.
        check_labels(labels, self.classes)
        loaded = time.monotonic()
        try:
            lr = self.lr_at(self.step)
        except UserError as error:
            raise self.failed(error, UserError) from error.__cause__
        self.stepper.seed(random_state(self.history.settings["seed"], self.step + 1))
        loss, right = self.learned(images, labels, lr)
        done = time.monotonic()
        count = len(labels)
        if not math.isfinite(loss):
            self.diverged(f"the loss became {loss / count} at step {self.step + 1}", lr)
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
        self.call("on_step")

    def learned(self, images, labels, lr):
        """One step on a batch: (sum of the losses, number of right answers)."""
        if self.accumulate == 1 and self.stepper.clip_gradients is None:
            self.updates += 1
            return self.stepper.step(images, labels, lr)
        sums = self.stepper.gather(images, labels)
        done = self.step % self.per_epoch + 1
        if done % self.accumulate == 0 or done == self.per_epoch or self.step + 1 == self.plan.total:
            self.update(lr)
        return sums

    def update(self, lr):
        self.stepper.update(lr)
        self.updates += 1

    def end_pass(self, test_data, validation_data, give_way, shown):
        current = self.current
        began = time.monotonic()
        if self.stepper.gathered:
            # The run was made shorter amid batches whose gradients are summed.
            self.update(current.lr)
        # A loader may serve as training and as test data.
        self.sizes.restore()
        self.check_weights()
        share = self.share_evaluated()
        validation = self.evaluate(validation_data, "validation", share, give_way, shown)
        test = self.evaluate(test_data, "test", share, give_way, shown)
        for evaluation in (validation, test):
            if evaluation and not math.isfinite(evaluation.loss):
                self.diverged(f"the loss became {evaluation.loss} at step {self.step}", current.lr)
        took = time.monotonic() - began
        current.seconds["evaluate"] += took
        self.whole = took / share
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
            validation_images=validation and validation.images,
            test_images=test and test.images,
            validation_loss=validation and validation.loss,
        )
        slower = self.measured and self.slower()
        self.history.epochs.append(row)
        self.history.test, self.current = test, Pass()
        shown.message(row_text(row))
        if validation is not None and (self.best is None or validation.accuracy > self.best):
            self.best = validation.accuracy
            self.save_beside("best")
        if self.callbacks.hooks["on_epoch"]:
            self.call("on_epoch")
            self.whole = (time.monotonic() - began) / share
        if self.step < self.plan.total and self.measured:
            self.plan_anew(shown, slower)
        self.settle()
        self.save(check=False)
        if self.on_epoch:
            self.on_epoch(row)

    def evaluate(self, data, name, share, give_way, shown):
        """The Evaluation on this share of the images of `data`, spread evenly over its batches; None where there is no data."""
        if data is None:
            return None
        only, images = None, self.counts.get(name) or self.history.data[f"{name}_images"] or 0
        if share < 1 and hasattr(data, "__len__"):
            count = max(1, int(share * len(data)))
            only = set((np.arange(count) * len(data) // count).tolist())
            size = getattr(data, "batch_size", None)
            images = min(images, count * size) if isinstance(size, int) else images * count // len(data)

        def told(done):
            shown.evaluating(done, max(images, done), name)
            give_way()

        result = self.stepper.evaluate(data, told, only=only, name=f"the {name} data")
        self.counts[name] = result.whole
        return result

    def figures(self):
        """What the net as it is now answers on the validation and the test data, for `Epoch.more`, a dict."""
        share, found = self.share_evaluated(), {}
        for name, data in self.evaluated_on.items():
            # It is not to be stopped meanwhile: a callback that asks for this is not over.
            if evaluation := self.evaluate(data, name, share, lambda: None, self.shown):
                found.update({f"{name}_accuracy": evaluation.accuracy, f"{name}_loss": evaluation.loss})
        return found

    def slower(self):
        """How many times as long as measured the steps of the pass in progress take."""
        spent = self.current.seconds
        # A machine that was slower than measured is taken to remain so.
        return (spent["data"] + spent["step"]) / self.current.expected

    def evaluation_seconds(self):
        """The seconds that the evaluations after a pass would take of all images."""
        return self.slower() * self.measured["evaluate"] if self.whole is None else self.whole

    def share_evaluated(self):
        """The share of the images that the evaluations after this pass are of: less than 1 where they have to end in time."""
        if not self.measured:
            return 1.0
        evaluations = math.ceil(self.plan.total / self.per_epoch)
        return budget.share_evaluated(self.history.settings["minutes"], evaluations, self.evaluation_seconds())

    def plan_anew(self, shown, slower=None):
        """A run that has to end in time is made shorter or longer, as the pass in progress says, or the one just evaluated.

        slower: that pass's `slower`.
        """
        settings = self.history.settings
        left = settings["minutes"] * 60 - (self.seconds_before + time.monotonic() - self.begun)
        slower = slower or self.slower()
        seconds = {kind: slower * self.measured[kind] for kind in ("small", "full")}
        seconds["evaluate"] = self.share_evaluated() * self.evaluation_seconds()
        self.plan = budget.planned_anew(self.plan, self.step, left, seconds, self.sizes.share, self.per_epoch)
        shown.total = settings["total_steps"] = self.plan.total

    def check_weights(self):
        """Stops a run whose weights are spoilt: a net of ReLUs turns NaN into 0, and its loss stays finite."""
        self.stepper.sync()
        spoilt = not_finite(self.net)
        if spoilt:
            self.diverged(f"the weights ({spoilt}) are NaN or infinite at step {self.step}", self.current.lr)

    def save(self, check=True):
        if check:
            self.check_weights()
        self.note()
        if self.folder is None:
            return
        states, more = self.callbacks.state()
        more.update({f"gathered.{name}": array for name, array in self.stepper.gathered_arrays().items()})
        state = {**self.state(), "callbacks": states, "gathered": self.stepper.gathered}
        checkpoint.save(self.folder, "last", self.net, state, self.stepper.optimizer_arrays(), more)
        self.history.save(self.folder / "history.json")

    def save_beside(self, name):
        """Saves the net as it is now as the checkpoint `name`, beside that from which the run can go on."""
        if self.folder is not None:
            self.note()
            checkpoint.save(self.folder, name, self.net, self.state())

    def state(self):
        return {
            "step": self.step,
            "updates": self.updates,
            "plan": asdict(self.plan),
            "pass": asdict(self.current),
            "best": self.best,
            "asked": self.asked,
            "threads": self.stepper.follower and self.stepper.follower.number,
            "history": self.history.to_dict(),
        }

    def go_on(self, state):
        """Takes from the `state` of a checkpoint what concerns callbacks and summed gradients. Raises CheckpointError."""
        # Checkpoints from before there was any have no such entries.
        self.updates, self.asked = state.get("updates", self.step), state.get("asked")
        more = checkpoint.load_more(self.folder, state)
        self.callbacks.load(state.get("callbacks", []), more, self.folder)
        if state.get("gathered"):
            parts = {name.removeprefix("gathered."): array for name, array in more.items() if name.startswith("gathered.")}
            try:
                self.stepper.load_gathered(state["gathered"], parts)
            except KeyError:
                raise CheckpointError(
                    f"the run in {self.folder} was stopped amid summed gradients, on other devices: resume it on the same"
                ) from None

    def note(self):
        """Notes how long the run took and how busy the machine was."""
        self.history.seconds = self.seconds_before + time.monotonic() - self.begun
        if self.stepper.follower:
            self.history.machine["busy"] = self.stepper.follower.told(self.busy_before)

    def interrupted(self):
        self.history.stopped = "interrupted"
        self.save()
        raise KeyboardInterrupt

    def failed(self, error, kind):
        """Saves a run that cannot go on; returns the error, of a `kind`, that says so: DataError by its data, or UserError."""
        self.history.stopped, self.history.reason = "failed", str(error)
        kept = ""
        if self.folder is not None:
            self.save()
            kept = f" (what was learned until then is kept in {self.folder}, to go on from by resume=True)"
        learning = kind is DataError and self.is_within(len(self.history.epochs))
        where = f"at step {self.step + 1}" if learning else f"after step {self.step}"
        return kind(f"training stopped {where} of {self.plan.total}{kept}: {error}")

    def diverged(self, what, lr):
        advice = f"try a lower rate such as {lr / 10:g}, a warm-up (warmup=0.1), or precision 'float32'"
        error = DivergedError(f"{what} of {self.plan.total}, at learning rate {lr:g}: {advice}")
        self.history.stopped, self.history.reason = "diverged", str(error)
        self.note()
        if self.folder is not None:
            # The weights are spoilt: the last checkpoint stays as it is.
            self.history.save(self.folder / "history.json")
        raise error


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
