"""What somebody else wants done while a net trains: callbacks, those that come with the package, and what they are given.

A callback is an object with any of `on_start(run)`, `on_step(run)`, `on_epoch(run)` and `on_end(run)`, or a plain function, which
is called as on_epoch would be: evaluations are known after a pass, and a step of a small net takes less time than a line on the
screen. Each is given a RunView. Where on_step or on_epoch returns "stop", the run is evaluated and ends; what else one returns
means nothing.

- on_start: before the first step, of a resumed run too. on_step: after each batch. on_epoch: after each pass, the last, shorter
  one of a run included, when its evaluations are in `run.history.epochs[-1]`. on_end: once, however the run ends, which
  `run.history.stopped` tells.
- One that has to remember something over an interruption has `state_dict()`, a dict of what JSON can hold and of arrays of NumPy
  or MXNet, and `load_state_dict(state)`, which takes it before on_start: it is kept in the run's checkpoints. One without them
  is taken to have nothing to remember.
- `reason`, text, if it has that, is what the History says of a run that it stopped.
"""

from __future__ import annotations

import copy
import inspect
import json
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from gluon_alexnet.errors import CheckpointError, UserError
from gluon_alexnet.machine import runtime
from gluon_alexnet.settings import plain

if TYPE_CHECKING:
    from pathlib import Path

    import mxnet as mx

    from gluon_alexnet.train.evaluation import Evaluation
    from gluon_alexnet.train.history import History

HOOKS = ("on_start", "on_step", "on_epoch", "on_end")
STOP = "stop"
# What Keras, Lightning and fastai call the same.
OTHERS = {
    **dict.fromkeys(("on_train_begin", "on_train_start", "on_fit_start", "before_fit"), "on_start"),
    **dict.fromkeys(("on_batch_end", "on_train_batch_end", "after_batch"), "on_step"),
    **dict.fromkeys(("on_epoch_end", "on_train_epoch_end", "on_validation_end", "after_epoch"), "on_epoch"),
    **dict.fromkeys(("on_train_end", "on_fit_end", "after_fit"), "on_end"),
}
# What stands for an array in a state's JSON.
ARRAY = "array in the file beside"


class RunView:
    """A run as its callbacks see it, at the moment of the call; to be read, not written."""

    def __init__(self, run: Any) -> None:
        # The Run of loop.py, which makes its view.
        self._run = run

    @property
    def net(self) -> mx.gluon.Block:
        """The Gluon net, with the weights of now."""
        # The PyTorch engine learns on a twin.
        self._run.stepper.sync()
        return self._run.net

    @property
    def history(self) -> History:
        """The History of the run so far."""
        return self._run.history

    @property
    def settings(self) -> dict[str, Any]:
        """What `fit` was told, as the History says it."""
        return self._run.history.settings

    @property
    def step(self) -> int:
        """Steps (batches) done so far, over all resumptions."""
        return self._run.step

    @property
    def total_steps(self) -> int:
        """Steps of the whole run, as planned now."""
        return self._run.plan.total

    @property
    def updates(self) -> int:
        """Updates of the weights so far, fewer than steps where gradients are summed over several."""
        return self._run.updates

    @property
    def epoch(self) -> int:
        """The number, from 1, of the pass in progress, or in on_epoch of that just done."""
        return self._run.passes_begun()

    @property
    def lr(self) -> float:
        """The learning rate of the last step; before the first, that of the first."""
        return self._run.last_rate()

    @property
    def loss(self) -> float | None:
        """The mean loss of the last batch; None before the first."""
        losses = self.history.step_losses
        return losses[-1] if losses else None

    @property
    def accuracy(self) -> float | None:
        """The share of right answers in the last batch; None before the first."""
        accuracies = self.history.step_accuracies
        return accuracies[-1] if accuracies else None

    @property
    def gradient_norm(self) -> float | None:
        """With clip_gradients, the norm that the last update's gradient had before it was clipped; else None."""
        return self._run.stepper.gradient_norm

    @property
    def folder(self) -> Path | None:
        """The folder of the run, None where it has none."""
        return self._run.folder

    def evaluate(self, data: Iterable[Any]) -> Evaluation:
        """The Evaluation of the net as it is now on `data`, batches as for `fit`, where it trains and in the run's precision."""
        return self._run.stepper.evaluate(data)

    def message(self, text: str) -> None:
        """Shows a line beside the run's progress, where that is shown."""
        self._run.shown.message(text)

    def __repr__(self):
        return f"RunView(step {self.step} of {self.total_steps}, epoch {self.epoch}, lr {self.lr:g})"


def checked(callbacks: Sequence[object]) -> list[Any]:
    """`callbacks` as a list. Raises UserError where one of them is none."""
    if not isinstance(callbacks, (list, tuple)):
        raise UserError(f"callbacks is {_what(callbacks)}: give a list of them, such as [EarlyStopping(patience=3)]")
    for number, callback in enumerate(callbacks):
        where = f"callbacks[{number}] is {_what(callback)}"
        if isinstance(callback, type):
            raise UserError(f"{where}: give an object of it, {callback.__name__}(...)")
        hooks = _hooks(callback)
        others = [name for name in OTHERS if callable(getattr(callback, name, None))]
        if not hooks and others:
            raise UserError(f"{where}, whose {others[0]} is never called here: name it {OTHERS[others[0]]}, and take (self, run)")
        if not hooks:
            raise UserError(f"{where}: give a function of (run) or an object with on_step, on_epoch or on_end")
        for name, hook in hooks.items():
            _check_takes_one(hook, f"{where}, whose {name}" if hook is not callback else where)
        if _has_state(callback) is None:
            raise UserError(f"{where}, with one of state_dict and load_state_dict: it needs both, or none")
    names = [callback.name for callback in callbacks if isinstance(callback, ExponentialMovingAverage)]
    if len(names) > len(set(names)):
        raise UserError(f"two averages are called {max(names, key=names.count)!r}: give each a name, by name=...")
    return list(callbacks)


def _what(value):
    if isinstance(value, type):
        return f"the class {value.__name__}"
    return f"a {type(value).__name__}" if not isinstance(value, (str, int, float, type(None))) else repr(value)


def _hooks(callback):
    """{name: what is called} of a callback."""
    found = {name: getattr(callback, name) for name in HOOKS if callable(getattr(callback, name, None))}
    return found or ({"on_epoch": callback} if callable(callback) and not isinstance(callback, type) else {})


def _check_takes_one(hook, where):
    try:
        signature = inspect.signature(hook)
    except (TypeError, ValueError):  # not every function that is written in C tells
        return
    try:
        signature.bind(None)
    except TypeError:
        raise UserError(f"{where} takes {signature}: it is called with one argument, the run") from None


def _has_state(callback):
    """Whether a callback has a state to be kept; None where it has half of what that needs."""
    halves = [callable(getattr(callback, name, None)) for name in ("state_dict", "load_state_dict")]
    return None if halves[0] != halves[1] else halves[0]


def name_of(callback: object) -> str:
    """What a callback is called in messages and checkpoints."""
    return getattr(callback, "__qualname__", None) or type(callback).__qualname__


class Callbacks:
    """The callbacks of a run, called in their order."""

    def __init__(self, callbacks: Sequence[object] = (), **functions: object) -> None:
        """functions: what fit is given as on_step and on_epoch, looked at alone. Raises UserError for what cannot be called."""
        for name, function in functions.items():
            if function is not None and not callable(function):
                raise UserError(f"{name} is {_what(function)}: give a function, or leave it out")
        self.all = checked(callbacks)
        self.hooks = {name: [(each, _hooks(each)[name]) for each in self.all if name in _hooks(each)] for name in HOOKS}
        self.stateful = [each for each in self.all if _has_state(each)]
        # Of how many nets there is one after each pass.
        self.evaluations = 1 + sum(isinstance(each, ExponentialMovingAverage) for each in self.all)

    def call(self, name: str, view: RunView) -> str | None:
        """Calls hook `name` of all: the sentence why the run is to be stopped, None where it goes on.

        Raises UserError that names the callback for whatever one raises.
        """
        reason: str | None = None
        failed: tuple[str, BaseException] | None = None
        for callback, hook in self.hooks[name]:
            where = f"{name} of the callback {name_of(callback)}"
            try:
                answer = hook(view)
            except (Exception, KeyboardInterrupt) as error:
                # The others have their turn, so that a run goes on from here as if nothing had happened.
                failed = failed or (where, error)
                continue
            if not isinstance(answer, str):
                continue
            if answer != STOP:
                failed = failed or (where, UserError(f'returned {answer!r}: return "stop" to end the run, or nothing'))
            elif reason is None:
                told = getattr(callback, "reason", None)
                reason = told if isinstance(told, str) and told else f"{where} said stop"
        if failed:
            raise _told(*failed)
        return reason

    def state(self) -> tuple[list[dict[str, Any]], dict[str, Any]]:
        """([the state of each callback that has one, for JSON], {name: array} of what is in them). Raises UserError."""
        states: list[dict[str, Any]] = []
        arrays: dict[str, Any] = {}
        for number, callback in enumerate(self.stateful):
            name = name_of(callback)
            try:
                state = _without_arrays(callback.state_dict(), f"callback.{number}", arrays)
                json.dumps(state, allow_nan=False)
            except Exception as error:
                raise UserError(
                    f"state_dict of the callback {name} gave nothing that can be kept ({error}): give a dict of numbers, text, "
                    "lists, dicts and arrays"
                ) from error
            states.append({"name": name, "state": state})
        return states, arrays

    def load(self, states: Sequence[Mapping[str, Any]], arrays: Mapping[str, Any], folder: Path | None) -> None:
        """Hands each callback the state that `state` gave. Raises CheckpointError where the run had other callbacks."""
        then, now = [each["name"] for each in states], [name_of(each) for each in self.stateful]
        if then != now:
            raise CheckpointError(
                f"the run in {folder} was trained with {_listed(then)} and cannot be resumed with {_listed(now)}: go on with it "
                "in Python, by fit(..., callbacks=[...], resume=True) with the same"
            )
        for kept, callback in zip(states, self.stateful, strict=True):
            try:
                callback.load_state_dict(_with_arrays(copy.deepcopy(kept["state"]), arrays))
            except Exception as error:
                raise CheckpointError(
                    f"the callback {kept['name']} cannot go on with the run in {folder} ({error}): give it the same settings"
                ) from error


def _told(where, failed):
    """What is raised for what a callback raised: Ctrl-C as it is, else a UserError that has it for its cause."""
    if isinstance(failed, KeyboardInterrupt):
        return failed
    text = str(failed) if isinstance(failed, UserError) else f"raised {type(failed).__name__}: {failed}"
    error = UserError(f"{where} {text}")
    error.__cause__ = failed
    return error


def _listed(names):
    return f"the callbacks {', '.join(names)}" if names else "no callbacks that keep a state"


def _without_arrays(value, name, arrays):
    """`value` with names instead of its arrays, which are put into `arrays`."""
    if isinstance(value, dict):
        if not all(isinstance(key, str) for key in value):
            raise TypeError("the keys of a dict must be text")
        return {key: _without_arrays(part, f"{name}.{key}", arrays) for key, part in value.items()}
    if isinstance(value, (list, tuple)):
        return [_without_arrays(part, f"{name}.{number}", arrays) for number, part in enumerate(value)]
    if isinstance(value, np.generic):
        return value.item()
    if isinstance(value, np.ndarray) or hasattr(value, "as_nd_ndarray") or hasattr(value, "as_np_ndarray"):
        arrays[name] = value
        return {ARRAY: name}
    return value


def _with_arrays(value, arrays):
    """What `_without_arrays` was given, its arrays as MXNet read them."""
    if isinstance(value, dict):
        if set(value) == {ARRAY}:
            return arrays[value[ARRAY]]
        return {key: _with_arrays(part, arrays) for key, part in value.items()}
    return [_with_arrays(part, arrays) for part in value] if isinstance(value, list) else value


class EarlyStopping:
    """Stops a run that has not become better on the validation data for `patience` passes.

    by: 'accuracy' or 'loss' of the validation data; the test data is only ever reported. min_delta: by how much better a pass has
    to be than the best before it to count. The History then says stopped 'early', and why in `reason`. `best` is the best
    figure so far and `best_epoch` its pass; the net of the best accuracy is the checkpoint 'best' of a run with a folder.
    """

    def __init__(self, patience: int = 3, by: str = "accuracy", min_delta: float = 0.0) -> None:
        patience, min_delta = plain(patience), plain(min_delta)
        if isinstance(patience, bool) or not isinstance(patience, int) or patience < 1:
            raise UserError(f"patience is {patience!r}: it is a number of passes, at least 1")
        if by not in ("accuracy", "loss"):
            raise UserError(f"by is {by!r}: take 'accuracy' or 'loss', each of the validation data")
        if isinstance(min_delta, bool) or not isinstance(min_delta, (int, float)) or not 0 <= min_delta < float("inf"):
            raise UserError(f"min_delta is {min_delta!r}: it is a number of at least 0")
        self.patience, self.by, self.min_delta = patience, by, min_delta
        self._forget()

    def _forget(self) -> None:
        self.best: float | None = None
        self.best_epoch: float | None = None
        self.waited, self.reason = 0, ""

    def on_start(self, run: RunView) -> None:
        """Raises UserError where there is no validation data."""
        if run._run.evaluated_on["validation"] is None:
            raise UserError(f"goes by the validation {self.by}, and fit was given no validation_data")
        if not run.step:
            self._forget()

    def on_epoch(self, run: RunView) -> str | None:
        """Says stop where the run has waited long enough."""
        row = run.history.epochs[-1]
        figure = getattr(row, f"validation_{self.by}")
        sign = 1 if self.by == "accuracy" else -1
        if self.best is None or sign * (figure - self.best) > self.min_delta:
            self.best, self.best_epoch, self.waited = figure, row.epoch, 0
            return None
        self.waited += 1
        if self.waited < self.patience:
            return None
        self.reason = (
            f"the validation {self.by} has not become better for {self.patience} {'pass' if self.patience == 1 else 'passes'}: "
            f"its best was {self.best:.4g} after epoch {self.best_epoch:g}"
        )
        return STOP

    def state_dict(self) -> dict[str, Any]:
        """What it has seen so far, and its settings."""
        return vars(self).copy()

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Takes what `state_dict` gave. Raises UserError where that had other settings."""
        _same_settings(self, state, ("patience", "by", "min_delta"))
        vars(self).update(state)


class ExponentialMovingAverage:
    """A moving average of the weights, evaluated and saved beside the net (Polyak and Juditsky 1992; Tan and Le 2019).

    After the first update of the weights it is they; after each further one, decay · average + (1 - decay) · weights, statistics
    of batch norms alike. It is a mean over about 1 / (1 - decay) updates: for runs of fewer than some times as many, take less.
    After each pass its figures are in `run.history.epochs[-1].more[name]`, a dict of validation_accuracy, validation_loss,
    test_accuracy and test_loss; in a run with a folder it is then the checkpoint `name`, which
    `gluon_alexnet.runs.load(folder, "average")` loads. `put_into(net)` writes it into a net, such as the one that was trained.
    """

    def __init__(self, decay: float = 0.999, name: str = "average") -> None:
        decay = plain(decay)
        if isinstance(decay, bool) or not isinstance(decay, (int, float)) or not 0 <= decay < 1:
            raise UserError(f"decay is {decay!r}: it is a share of at least 0 and below 1")
        if not isinstance(name, str) or not name.isidentifier() or name in ("last", "best", "run", "history"):
            raise UserError(f"name is {name!r}: it names files, as a word of letters, such as 'average'")
        self.decay, self.name = decay, name
        # The engine's average, what of it a checkpoint held, and its weights after the last pass.
        self._average: Any = None
        self._loaded: Any = None
        self._parameters: dict[str, np.ndarray] | None = None
        # Updates of the weights that it has followed.
        self._count = 0

    def on_start(self, run: RunView) -> None:
        """Makes room for the average, where the net trains."""
        self._average = run._run.stepper.average()
        if self._loaded is None:
            self._count = 0
            return
        try:
            self._average.load(self._loaded)
        except KeyError:
            raise UserError("has an average in the checkpoint that is of another net") from None
        self._loaded = None

    def on_step(self, run: RunView) -> None:
        """Follows an update of the weights."""
        self._follow(run)

    def on_epoch(self, run: RunView) -> None:
        """Evaluates and saves the average."""
        # Where a run was stopped amid batches whose gradients are summed, the last update came after the last step.
        self._follow(run)
        self._average.exchange()
        try:
            run.history.epochs[-1].more[self.name] = run._run.figures()
            run._run.stepper.sync()
            run._run.save_beside(self.name)
            self._parameters = {name: p.list_data()[0].asnumpy() for name, p in _parameters(run._run.net)}
        finally:
            self._average.exchange()
            run._run.stepper.sync()

    def on_end(self, run: RunView) -> None:
        """Lets go of what the net trained with."""
        self._average = None

    def _follow(self, run):
        if run.updates == self._count:
            return
        self._average.follow(self.decay if self._count else 0.0)
        self._count = run.updates

    def put_into(self, net: mx.gluon.Block) -> None:
        """Writes the average after the last pass into `net`, the net that was trained or one of the same layers."""
        if self._parameters is None:
            raise UserError("there is no average yet: it is made by fit(..., callbacks=[...]), and kept after each pass")
        mine = dict(_parameters(net))
        if {name: p.shape for name, p in mine.items()} != {name: array.shape for name, array in self._parameters.items()}:
            raise UserError("the net has other weights than the one that was averaged: give that one, or one of the same layers")
        for name, parameter in mine.items():
            # Weights in oneDNN's own order take no arrays of NumPy.
            parameter.set_data(runtime.load_mxnet().np.array(self._parameters[name], dtype=parameter.dtype))

    def state_dict(self) -> dict[str, Any]:
        """The average, and its settings."""
        return {"decay": self.decay, "name": self.name, "count": self._count, "average": self._average.arrays()}

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Takes what `state_dict` gave. Raises UserError where that had other settings."""
        _same_settings(self, state, ("decay", "name"))
        self._loaded, self._count = state["average"], state["count"]


def _parameters(net):
    """The (name, gluon.Parameter) pairs of a net, by names that tell its layers and not the order in which nets were made."""
    return net._collect_params_with_prefix().items()


def _same_settings(callback, state, names):
    now = {name: getattr(callback, name) for name in names}
    changed = [f"{name} was {state[name]!r} and is {value!r}" for name, value in now.items() if state[name] != value]
    if changed:
        raise UserError("; ".join(changed))
