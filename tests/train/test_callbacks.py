"""gluon_alexnet.train.callbacks: what is called when, what ends a run, and what goes on exactly after an interruption."""

import ast
import json
import os
import re
import signal
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from small_data import blobs

from gluon_alexnet import cli, evaluate, fit, models, runs
from gluon_alexnet.errors import CheckpointError, UserError
from gluon_alexnet.machine import runtime
from gluon_alexnet.train import EarlyStopping, ExponentialMovingAverage, checkpoint, history
from gluon_alexnet.train.callbacks import Callbacks

mx = runtime.load_mxnet()
QUIET = dict(progress=False, precision="float32")
DATA = blobs(96)


def relu_net():
    return models.lenet(activation="relu")


def values(net):
    return [p.data().asnumpy().copy() for p in net.collect_params().values()]


class Noted:
    """Notes what it is called with."""

    def __init__(self):
        self.seen = []

    def on_start(self, run):
        self.seen.append(("start", run.step, run.epoch, run.lr))

    def on_step(self, run):
        self.seen.append(("step", run.step, run.epoch, run.lr))

    def on_epoch(self, run):
        self.seen.append(("epoch", run.step, run.epoch, run.lr))

    def on_end(self, run):
        self.seen.append(("end", run.step, run.history.stopped))


class Interrupting:
    """Sends Ctrl-C at a step, once."""

    def __init__(self, step):
        self.step = step

    def on_step(self, run):
        if run.step == self.step:
            os.kill(os.getpid(), signal.SIGINT)


# ---- what is called, and when


def test_each_is_called_in_its_turn():
    noted = Noted()
    fit(relu_net(), blobs(64), epochs=1.5, lr=0.1, callbacks=[noted], schedule=lambda step: (step + 1) / 8, **QUIET)
    assert noted.seen == [
        ("start", 0, 1, 1 / 8),
        ("step", 1, 1, 1 / 8),
        ("step", 2, 1, 2 / 8),
        ("epoch", 2, 1, 2 / 8),
        ("step", 3, 2, 3 / 8),
        ("epoch", 3, 2, 3 / 8),
        ("end", 3, "finished"),
    ]


def test_a_function_is_called_after_each_pass_and_what_it_gives_means_nothing():
    seen = []

    def note(run):
        seen.append((run.epoch, run.history.epochs[-1].epoch))
        return True

    history = fit(relu_net(), DATA, epochs=2, callbacks=[note, print], **QUIET)
    assert seen == [(1, 1), (2, 2)] and history.stopped == "finished"


def test_a_callback_sees_the_run():
    class Looking:
        def on_step(self, run):
            if run.step == 2:
                self.seen = (run.loss, run.accuracy, run.total_steps, run.updates, run.folder, run.gradient_norm)
                self.figures = run.evaluate(DATA)
                self.net, self.model = run.net, run.settings["model"]

    looking, net = Looking(), relu_net()
    history = fit(net, DATA, epochs=1, callbacks=[looking], **QUIET)
    assert looking.seen == (history.step_losses[1], history.step_accuracies[1], 3, 2, None, None)
    assert looking.net is net and looking.model == "lenet" and looking.figures.images == 96


def test_callbacks_that_only_look_change_nothing():
    without = fit(relu_net(), DATA, epochs=2, **QUIET).step_losses
    looking = [Noted(), ExponentialMovingAverage(0.9), lambda run: run.evaluate(DATA)]
    assert fit(relu_net(), DATA, DATA, epochs=2, callbacks=looking, **QUIET).step_losses == without


@pytest.mark.parametrize(
    ("callbacks", "sentence"),
    [
        (print, "callbacks is a builtin_function_or_method: give a list"),
        ([3], r"callbacks\[0\] is 3: give a function of \(run\) or an object with on_step, on_epoch or on_end"),
        ([print, EarlyStopping], r"callbacks\[1\] is the class EarlyStopping: give an object of it, EarlyStopping\("),
        ([type("Theirs", (), {"on_epoch_end": lambda self, run: 0})()], "on_epoch_end is never called here: name it on_epoch"),
        ([lambda: 0], r"callbacks\[0\] is a function takes \(\): it is called with one argument, the run"),
        ([type("Two", (), {"on_step": lambda self, a, b: 0})()], r"whose on_step takes \(a, b\)"),
        (
            [type("Half", (), {"on_step": lambda self, a: 0, "state_dict": dict})()],
            "state_dict and load_state_dict: it needs both",
        ),
        ([ExponentialMovingAverage(0.9), ExponentialMovingAverage(0.5)], "two averages are called 'average'"),
    ],
)
def test_what_is_no_callback_is_told(callbacks, sentence):
    with pytest.raises(UserError, match=sentence):
        fit(relu_net(), DATA, callbacks=callbacks, **QUIET)


@pytest.mark.parametrize("name", ["on_step", "on_epoch"])
def test_what_cannot_be_called_is_told_before_anything_is_computed(name):
    with pytest.raises(UserError, match=f"^{name} is 5: give a function"):
        fit(models.lenet(), None, **{name: 5})


def test_numbers_of_numpy_are_numbers():
    assert EarlyStopping(np.int64(2), min_delta=np.float32(0.5)).patience == 2
    assert ExponentialMovingAverage(np.float64(0.5)).decay == 0.5


# ---- runs that end by a callback


def test_stop_after_a_step_ends_the_run_with_its_evaluation(tmp_path):
    class Stopping:
        reason = ""

        def on_step(self, run):
            if run.step == 4:
                return "stop"

    history = fit(relu_net(), DATA, DATA, epochs=3, callbacks=[Stopping()], folder=tmp_path / "run", **QUIET)
    assert (history.stopped, history.reason) == ("early", "on_step of the callback " + Stopping.__qualname__ + " said stop")
    assert [row.epoch for row in history.epochs] == [1, 1.3333] and len(history.step_losses) == 4
    assert history.epochs[-1].test_accuracy is not None and history.settings["total_steps"] == 4
    kept = json.loads((tmp_path / "run" / "history.json").read_text())
    assert kept["stopped"] == "early"
    again = fit(relu_net(), DATA, DATA, epochs=3, callbacks=[Stopping()], folder=tmp_path / "run", resume=True, **QUIET)
    assert again.step_losses == history.step_losses and again.stopped == "early"


def told(figures, by="accuracy", **kw):
    """After which of the passes with these validation figures EarlyStopping stops a run, and why."""
    callback = EarlyStopping(by=by, **kw)
    for number, figure in enumerate(figures):
        row = history.Epoch(number + 1, 0, 0, None, None, None, 0.1, 1, {}, 1.0)
        setattr(row, f"validation_{by}", figure)

        class Run:
            class history:
                epochs = [row]

        if callback.on_epoch(Run) == "stop":
            return number + 1, callback.reason
    return None


def test_early_stopping_waits_as_long_as_its_patience():
    assert told([0.5, 0.6, 0.6, 0.55], patience=2) == (
        4,
        "the validation accuracy has not become better for 2 passes: its best was 0.6 after epoch 2",
    )
    assert told([0.5, 0.6, 0.6, 0.61, 0.6], patience=2) is None
    assert told([0.5, 0.6, 0.601, 0.602], patience=2, min_delta=0.01)[0] == 4
    assert told([1.0, 0.9, 0.8, 0.9], by="loss", patience=1)[0] == 4


def test_early_stopping_ends_a_run_and_says_so():
    # At a learning rate of nearly 0 nothing becomes better.
    run = fit(relu_net(), DATA, validation_data=DATA, epochs=9, lr=1e-9, callbacks=[EarlyStopping(2)], **QUIET)
    assert run.stopped == "early" and "not become better for 2 passes" in run.reason
    assert len(run.epochs) == 3 and run.epochs[0].validation_loss == pytest.approx(run.epochs[2].validation_loss, rel=1e-4)


def test_the_same_object_serves_one_run_after_another():
    callbacks = [EarlyStopping(1), ExponentialMovingAverage(0.5)]
    first, second = (fit(relu_net(), DATA, None, 4, 1e-9, validation_data=DATA, callbacks=callbacks, **QUIET) for _ in range(2))
    assert len(first.epochs) == len(second.epochs) == 2
    assert first.epochs[-1].more == second.epochs[-1].more


def test_early_stopping_needs_validation_data_and_the_folder_stays_free(tmp_path):
    with pytest.raises(
        UserError, match="on_start of the callback EarlyStopping goes by the validation accuracy, and fit was given"
    ):
        fit(relu_net(), DATA, DATA, callbacks=[EarlyStopping()], folder=tmp_path / "run", **QUIET)
    fit(relu_net(), DATA, DATA, epochs=1, folder=tmp_path / "run", **QUIET)


@pytest.mark.parametrize(
    ("make", "sentence"),
    [
        (lambda: EarlyStopping(0), "patience is 0"),
        (lambda: EarlyStopping(2.5), "patience is 2.5"),
        (lambda: EarlyStopping(by="test_accuracy"), "by is 'test_accuracy': take 'accuracy' or 'loss'"),
        (lambda: EarlyStopping(min_delta=-1), "min_delta is -1"),
        (lambda: ExponentialMovingAverage(1), "decay is 1"),
        (lambda: ExponentialMovingAverage(name="last"), "name is 'last'"),
        (lambda: ExponentialMovingAverage(name="../x"), "name is '../x'"),
    ],
)
def test_settings_of_callbacks_out_of_range_are_told(make, sentence):
    with pytest.raises(UserError, match=sentence):
        make()


# ---- callbacks that fail


class Failing:
    def __init__(self, step, error):
        self.step, self.error = step, error

    def on_step(self, run):
        if run.step == self.step:
            raise self.error


def test_what_a_callback_raises_is_told_and_the_run_is_saved_and_goes_on(tmp_path):
    whole = fit(relu_net(), DATA, epochs=2, **QUIET).step_losses
    noted, folder = Noted(), tmp_path / "run"
    sentence = r"stopped after step 2 of 6 \(what was learned .* on_step of the callback Failing raised ZeroDivisionError: by 0"
    with pytest.raises(UserError, match=sentence) as error:
        fit(relu_net(), DATA, epochs=2, callbacks=[Failing(2, ZeroDivisionError("by 0")), noted], folder=folder, **QUIET)
    assert isinstance(error.value.__cause__, ZeroDivisionError) and "\n" not in str(error.value)
    # The other callbacks had their turn, and are told of the end.
    assert noted.seen[-2:] == [("step", 2, 1, 0.01), ("end", 2, "failed")]
    assert fit(relu_net(), DATA, epochs=2, folder=folder, resume=True, **QUIET).step_losses == whole


def test_a_callback_that_fails_after_the_last_pass_leaves_a_run_that_can_be_finished(tmp_path):
    def fail(run):
        raise ValueError("no")

    with pytest.raises(UserError, match="after step 3 of 3"):
        fit(relu_net(), DATA, epochs=1, callbacks=[fail], folder=tmp_path / "run", **QUIET)
    again = fit(relu_net(), DATA, epochs=1, callbacks=[], folder=tmp_path / "run", resume=True, **QUIET)
    assert again.stopped == "finished" and again.reason == "" and len(again.epochs) == 1
    assert json.loads((tmp_path / "run" / "history.json").read_text())["stopped"] == "finished"


@pytest.mark.parametrize("hook", ["on_start", "on_end"])
def test_what_fails_before_and_after_is_told_too(hook):
    callback = type("Odd", (), {hook: lambda self, run: 1 / 0})()
    with pytest.raises(UserError, match=f"^{hook} of the callback Odd raised ZeroDivisionError: division by zero$"):
        fit(relu_net(), DATA, epochs=1, callbacks=[callback], **QUIET)


def test_an_answer_that_is_a_word_but_not_stop_is_told():
    with pytest.raises(UserError, match="returned 'Stop': return \"stop\" to end the run, or nothing"):
        fit(relu_net(), DATA, epochs=1, callbacks=[lambda run: "Stop"], **QUIET)


@pytest.mark.parametrize("interrupt", [Interrupting(2), Failing(2, KeyboardInterrupt())])
def test_ctrl_c_in_a_callback_saves_the_run(tmp_path, interrupt):
    whole = fit(relu_net(), DATA, epochs=2, **QUIET).step_losses
    with pytest.raises(KeyboardInterrupt):
        fit(relu_net(), DATA, epochs=2, callbacks=[interrupt], folder=tmp_path / "run", **QUIET)
    kept = json.loads((tmp_path / "run" / "history.json").read_text())
    assert kept["stopped"] == "interrupted" and kept["step_losses"] == whole[:2]
    assert fit(relu_net(), DATA, epochs=2, folder=tmp_path / "run", resume=True, **QUIET).step_losses == whole


def test_a_state_that_no_file_can_hold_is_told(tmp_path):
    for state in ({"open": open}, {1: 2}, {"nan": float("nan")}):
        kept = type("Keeping", (), {"on_step": lambda *_: 0, "state_dict": lambda _, state=state: state, "load_state_dict": id})
        with pytest.raises(UserError, match="state_dict of the callback Keeping gave nothing that can be kept"):
            Callbacks([kept()]).state()


# ---- an average of the weights


def test_the_average_is_that_of_pytorch(tmp_path):
    torch = pytest.importorskip("torch")
    from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn

    class Weights:
        """What the net's weights are after each step."""

        def __init__(self):
            self.seen = []

        def on_step(self, run):
            self.seen.append(values(run.net))

    weights, average, net = Weights(), ExponentialMovingAverage(0.75), relu_net()
    fit(net, DATA, epochs=2, lr=0.1, callbacks=[average, weights], **QUIET)
    module = torch.nn.ParameterList([torch.nn.Parameter(torch.tensor(value)) for value in weights.seen[0]])
    theirs = AveragedModel(module, multi_avg_fn=get_ema_multi_avg_fn(0.75))
    for seen in weights.seen:
        for parameter, value in zip(module, seen, strict=True):
            parameter.data.copy_(torch.tensor(value))
        theirs.update_parameters(module)
    trained = values(net)
    average.put_into(net)
    for mine, expected in zip(values(net), theirs.module, strict=True):
        np.testing.assert_allclose(mine, expected.detach().numpy(), rtol=1e-5, atol=1e-7)
    assert any((mine != before).any() for mine, before in zip(values(net), trained, strict=True))


@pytest.mark.parametrize("engine", ["mxnet", "torch"])
def test_the_average_is_evaluated_and_saved_apart(tmp_path, engine):
    if engine == "torch":
        pytest.importorskip("torch")
    folder, validation = tmp_path / "run", blobs(64, seed=3)
    net, average = relu_net(), ExponentialMovingAverage(0.9)
    told = dict(validation_data=validation, epochs=2, lr=0.3, folder=folder, engine=engine, device="cpu", **QUIET)
    history = fit(net, DATA, DATA, callbacks=[average], **told)
    loaded, _, _, state = runs.load(folder, "average")
    row = history.epochs[-1]
    expected = evaluate(loaded, DATA, precision="float32")
    assert row.more["average"]["test_loss"] == pytest.approx(expected.loss, rel=1e-5) != row.test_loss
    assert row.more["average"]["test_accuracy"] == expected.accuracy
    loss = evaluate(loaded, validation, precision="float32").loss
    assert row.more["average"]["validation_loss"] == pytest.approx(loss, rel=1e-5)
    assert state["step"] == 6 and len(history.epochs[0].more) == 1
    # The net that learns is as it was: last is it, and average is not.
    for each in (net, runs.load(folder)[0]):
        assert row.test_loss == pytest.approx(evaluate(each, DATA, precision="float32").loss, rel=1e-5)
    average.put_into(net)
    for mine, kept in zip(values(net), values(loaded), strict=True):
        np.testing.assert_array_equal(mine, kept)
    assert type(history).load(folder / "history.json").epochs[-1].more == row.more


def test_statistics_of_batch_norms_are_averaged_alike():
    net = models.build(models.Spec("net", (models.Conv(4, 3), models.BatchNorm(), models.Dense(10)), (1, 28, 28)))
    seen, average = [], ExponentialMovingAverage(0.5)

    def on_step(run):
        seen.append(net.collect_params(".*running_mean").values().__iter__().__next__().data().asnumpy().copy())

    fit(net, DATA, epochs=1, callbacks=[average, type("Means", (), {"on_step": lambda _, run: on_step(run)})()], **QUIET)
    average.put_into(net)
    mean = next(iter(net.collect_params(".*running_mean").values())).data().asnumpy()
    np.testing.assert_allclose(mean, 0.25 * seen[0] + 0.25 * seen[1] + 0.5 * seen[2], rtol=1e-5)


def test_a_run_without_an_average_says_so(tmp_path):
    fit(relu_net(), DATA, epochs=1, folder=tmp_path / "run", **QUIET)
    with pytest.raises(CheckpointError, match=r"kept no average, as runs do that are trained with callbacks=\[Exponential"):
        runs.load(tmp_path / "run", "average")
    with pytest.raises(UserError, match="there is no average yet"):
        ExponentialMovingAverage().put_into(relu_net())


# ---- runs that are interrupted and go on


class Counting:
    """A callback of somebody's own with a state: numbers and arrays."""

    def __init__(self):
        self.steps, self.sums = 0, np.zeros(2)

    def on_step(self, run):
        self.steps, self.sums = self.steps + 1, self.sums + [run.loss, run.accuracy]

    def state_dict(self):
        return {"steps": self.steps, "kept": [{"sums": self.sums}]}

    def load_state_dict(self, state):
        self.steps, self.sums = state["steps"], state["kept"][0]["sums"].asnumpy()


def callbacks():
    return [EarlyStopping(3, by="loss"), ExponentialMovingAverage(0.8), Counting()]


SETTINGS = dict(epochs=3, lr=0.1, momentum=0.9, accumulate=2, clip_gradients=0.5)


# Steps in a group of two and between groups, and the end of a pass of three.
@pytest.mark.parametrize("step", [1, 2, 3, 4, 7])
@pytest.mark.parametrize("engine", ["mxnet", "torch"])
def test_a_run_that_was_interrupted_goes_on_as_if_it_had_not_been(tmp_path, engine, step):
    if engine == "torch":
        pytest.importorskip("torch")
    data = [*blobs(64), *blobs(20, seed=1)]
    told = dict(validation_data=blobs(32, seed=2), engine=engine, device="cpu", **SETTINGS, **QUIET)

    def dropout_net():
        return models.lenet(activation="relu", dropout=0.3)

    nets, mine, others = [dropout_net() for _ in range(3)], callbacks(), callbacks()
    whole = fit(nets[0], data, data, callbacks=mine, **told)
    with pytest.raises(KeyboardInterrupt):
        fit(nets[1], data, data, callbacks=[*callbacks(), Interrupting(step)], folder=tmp_path / "run", **told)
    again = fit(nets[2], data, data, callbacks=others, folder=tmp_path / "run", resume=True, **told)
    assert again.step_losses == whole.step_losses
    figures = [[{**vars(row), "seconds": 0, "images_per_second": 0} for row in each.epochs] for each in (whole, again)]
    assert figures[0] == figures[1]
    assert (mine[0].best, mine[0].waited) == (others[0].best, others[0].waited)
    assert mine[2].steps == others[2].steps == 9 and (mine[2].sums == others[2].sums).all()
    for net, callback in ((nets[0], mine[1]), (nets[2], others[1])):
        callback.put_into(net)
    for a, b in zip(values(nets[0]), values(nets[2]), strict=True):
        np.testing.assert_array_equal(a, b)


def test_early_stopping_counts_on_after_an_interruption(tmp_path):
    told = dict(validation_data=DATA, epochs=9, lr=1e-9, folder=tmp_path / "run", **QUIET)
    with pytest.raises(KeyboardInterrupt):
        fit(relu_net(), DATA, callbacks=[EarlyStopping(3), Interrupting(7)], **told)
    again = fit(relu_net(), DATA, callbacks=[EarlyStopping(3)], resume=True, **told)
    assert len(again.epochs) == 4 and again.stopped == "early"


@pytest.mark.parametrize(
    ("then", "now", "sentence"),
    [
        (
            [ExponentialMovingAverage(0.5)],
            [],
            "was trained with the callbacks ExponentialMovingAverage and cannot be resumed with no",
        ),
        ([], [ExponentialMovingAverage(0.5)], "was trained with no callbacks that keep a state and cannot be resumed with the"),
        ([ExponentialMovingAverage(0.5)], [ExponentialMovingAverage(0.6)], "decay was 0.5 and is 0.6"),
        ([Counting()], [EarlyStopping()], "was trained with the callbacks Counting and"),
    ],
)
def test_resuming_with_other_callbacks_is_refused(tmp_path, then, now, sentence):
    told = dict(epochs=1, folder=tmp_path / "run", validation_data=DATA, **QUIET)
    fit(relu_net(), DATA, callbacks=then, **told)
    with pytest.raises(CheckpointError, match=sentence):
        fit(relu_net(), DATA, callbacks=now, resume=True, **told)


def test_callbacks_without_a_state_may_come_and_go(tmp_path):
    told = dict(epochs=1, folder=tmp_path / "run", **QUIET)
    first = fit(relu_net(), DATA, callbacks=[print], **told)
    assert fit(relu_net(), DATA, callbacks=[Noted()], resume=True, **told).step_losses == first.step_losses


def test_a_state_is_kept_without_pickle(tmp_path):
    fit(relu_net(), DATA, epochs=1, callbacks=[ExponentialMovingAverage(0.5), Counting()], folder=tmp_path / "run", **QUIET)
    state = checkpoint.read(tmp_path / "run")
    assert [each["name"] for each in state["callbacks"]] == ["ExponentialMovingAverage", "Counting"]
    # MXNet's list of arrays begins with its own mark; a pickle with 0x80.
    assert (tmp_path / "run" / state["files"]["arrays"]).read_bytes()[:8] == (0x112).to_bytes(8, "little")


# ---- what docs/training.md prints


def blocks():
    text = (Path(__file__).resolve().parents[2] / "docs" / "training.md").read_text(encoding="utf-8")
    return re.findall(r"^```python\n(.*?)^```$", text, re.DOTALL | re.MULTILINE)


def test_the_documented_programs_run():
    first, *rest = blocks()
    assert len(first.strip().splitlines()) <= 22
    # A checker reads it too.
    typed = (Path(__file__).resolve().parents[1] / "typed" / "user_calls.py").read_text(encoding="utf-8")
    calls = [ast.unparse(node.body) for node in ast.parse(typed).body if isinstance(node, ast.FunctionDef)]
    assert ast.unparse(ast.parse(first)) in calls
    short = first.replace("batch_size=128", "batch_size=8, limit=32").replace("batch_size=256", "batch_size=256, limit=16")
    names = {}
    # Of data that is drawn, fewer pictures, on which nothing becomes better.
    short = short.replace("epochs=14", "epochs=2, progress=False").replace("(net, train, mom", "(net, train, steps=10, mom")
    exec(short, names)
    assert names["history"].stopped in ("finished", "early") and Path("rates.png").is_file()
    Image.fromarray(np.zeros((28, 28), "uint8")).save("black.png")
    assert cli.main(["predict", "black.png", "--run", "runs/mine", "--checkpoint", "average"]) == 0
    for block in rest:
        exec(block.replace("epochs=1,", "epochs=1, progress=False,"), names)
    log = names["Log"]("log.txt")
    fit(relu_net(), DATA, epochs=1, callbacks=[log], schedule=names["halved"], **QUIET)
    assert Path("log.txt").read_text() == ""
