"""gluon_alexnet.train: fit and evaluate on small nets, real steps; the chapter's own figures are under the marker `long`."""

import dataclasses
import json
import math
import re
import signal
import subprocess
import sys
import textwrap
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from small_data import blobs

import gluon_alexnet
from gluon_alexnet import evaluate, fit, models, train
from gluon_alexnet.data import files
from gluon_alexnet.errors import CheckpointError, DataError, DivergedError, UserError
from gluon_alexnet.machine import runtime
from gluon_alexnet.train import budget, checkpoint, loop, trainer
from gluon_alexnet.train.engine_mxnet import Stepper

mx = runtime.load_mxnet()
TESTS = Path(__file__).resolve().parent.parent
QUIET = dict(progress=False, precision="float32")


def initialized(net):
    net.initialize()
    return net


def dropout_net():
    return models.lenet(activation="relu", dropout=0.5)


def test_a_net_learns_and_its_history_says_so():
    train_data, test_data = blobs(640), blobs(100, seed=1)
    net = models.lenet(activation="relu")
    history = fit(net, train_data, test_data, epochs=3, lr=0.1, momentum=0.9, **QUIET)
    assert history.stopped == "finished"
    assert [row.epoch for row in history.epochs] == [1, 2, 3]
    assert [row.images for row in history.epochs] == [640] * 3
    assert len(history.step_losses) == len(history.step_accuracies) == 3 * 20
    assert np.mean(history.step_accuracies[:20]) == pytest.approx(history.epochs[0].train_accuracy)
    assert history.epochs[-1].test_accuracy > 0.9
    assert history.epochs[-1].loss < history.epochs[0].loss
    assert history.params == 61_706
    assert history.test.accuracy == history.epochs[-1].test_accuracy == evaluate(net, test_data, precision="float32").accuracy
    seconds = history.epochs[0].seconds
    assert set(seconds) == {"data", "step", "evaluate"} and min(seconds.values()) > 0
    assert history.epochs[0].images_per_second == pytest.approx(640 / (seconds["data"] + seconds["step"]))


def test_the_first_losses_are_those_of_a_plain_gluon_loop():
    data = blobs(96)

    def plain(net):
        mx.random.seed(3)
        net.initialize(mx.init.Xavier())
        net(data[0][0])
        trainer = mx.gluon.Trainer(net.collect_params(), "sgd", {"learning_rate": 0.05})
        loss, losses = mx.gluon.loss.SoftmaxCrossEntropyLoss(), []
        for images, labels in data:
            with mx.autograd.record():
                value = loss(net(images), labels)
            value.backward()
            trainer.step(len(labels))
            losses.append(float(value.mean()))
        return losses

    first = models.lenet(activation="relu")
    expected = plain(first)
    second = models.lenet(activation="relu")
    mx.random.seed(3)
    second.initialize(mx.init.Xavier())
    second(data[0][0])
    history = fit(second, data, epochs=1, lr=0.05, **QUIET)
    assert history.step_losses == pytest.approx(expected, rel=1e-5)


def test_the_same_seed_gives_the_same_run_and_another_another():
    def losses(seed):
        return fit(dropout_net(), blobs(128), epochs=2, lr=0.05, seed=seed, **QUIET).step_losses

    assert losses(1) == losses(1)
    assert losses(1) != losses(2)


def test_the_mean_loss_of_a_pass_weighs_a_short_last_batch_by_its_images():
    data = blobs(40, batch_size=32)
    history = fit(models.lenet(), data, epochs=1, lr=1e-9, **QUIET)
    big, small = history.step_losses
    assert history.epochs[0].loss == pytest.approx((32 * big + 8 * small) / 40, rel=1e-6)


def test_a_fraction_of_a_pass_is_trained_and_told():
    history = fit(models.lenet(), blobs(320), epochs=1.5, **QUIET)
    assert [row.epoch for row in history.epochs] == [1, 1.5]
    assert len(history.step_losses) == 15


def test_an_imperative_sequential_trains_too():
    nn = mx.gluon.nn
    net = nn.Sequential()
    net.add(nn.Conv2D(8, 5, activation="relu"), nn.MaxPool2D(2), nn.Dense(10))
    assert fit(net, blobs(640), epochs=2, lr=0.1, progress=False).epochs[-1].train_accuracy > 0.8


def test_a_net_that_no_graph_can_hold_trains_in_float32_as_well():
    class Halved(mx.gluon.nn.Sequential):
        def forward(self, x):
            return super().forward(x) * (0.5 if float(x.sum()) > 0 else 1.0)

    net = Halved()
    net.add(mx.gluon.nn.Dense(10))
    assert fit(net, blobs(320), epochs=2, lr=0.5, progress=False).epochs[-1].loss < 2.3


def test_a_gluon_data_loader_is_data_too():
    images, labels = np.random.rand(20, 1, 28, 28).astype("float32"), np.arange(20) % 10
    data = mx.gluon.data.DataLoader(mx.gluon.data.ArrayDataset(images, labels.astype("int32")), batch_size=8)
    assert fit(models.lenet(), data, data, epochs=1, **QUIET).epochs[0].images == 20


def test_numpy_arrays_are_data_too():
    plain = [(images.asnumpy().astype("float64"), labels.asnumpy().astype("int64")) for images, labels in blobs(96)]
    histories = [fit(models.lenet(), data, data, epochs=1, **QUIET) for data in (blobs(96), plain)]
    assert histories[0].step_losses == histories[1].step_losses
    assert histories[0].epochs[0].test_loss == histories[1].epochs[0].test_loss
    net = initialized(models.lenet())
    assert evaluate(net, blobs(96)).loss == evaluate(net, plain).loss


def test_numpy_numbers_are_settings_too(tmp_path):
    plain = fit(models.lenet(), blobs(96), epochs=2, lr=0.5, seed=3, folder=tmp_path / "plain", **QUIET)
    numbers = {"epochs": np.int64(2), "lr": np.float32(0.5), "seed": np.int64(3)}
    history = fit(models.lenet(), blobs(96), folder=tmp_path / "numpy", **numbers, **QUIET)
    assert history.step_losses == plain.step_losses
    assert train.History.load(tmp_path / "numpy" / "history.json").settings == plain.settings


def test_labels_may_be_a_column():
    column = [(images, labels.reshape(-1, 1)) for images, labels in blobs(96)]
    histories = [fit(models.lenet(), data, data, epochs=2, lr=0.3, **QUIET) for data in (blobs(96), column)]
    assert histories[0].step_accuracies == histories[1].step_accuracies
    assert histories[0].epochs[-1].test_accuracy == histories[1].epochs[-1].test_accuracy


def test_everything_that_can_be_gone_through_once_is_evaluated_whole():
    net, data = initialized(models.lenet()), blobs(96)
    whole = evaluate(net, data)
    for once in (iter(data), (batch for batch in data), zip(*zip(*data, strict=True), strict=True)):
        assert evaluate(net, once).images == whole.images == 96


IMAGES = np.zeros((4, 1, 28, 28), "float32")
BYTES = np.arange(4 * 28 * 28).reshape(4, 1, 28, 28) % 256


@pytest.mark.parametrize(
    ("images", "labels", "sentence"),
    [
        (IMAGES, np.array([0, 3, 7, 9]) / 255, r"batch 1 .* has the label 0.0117647 for images\[1\]: labels are .* whole"),
        (IMAGES, [0.0, 1.0, np.nan, 2.0], r"has the label nan for images\[2\]"),
        (IMAGES, [0.0, 1.0, 2.0, np.inf], r"has the label inf for images\[3\]"),
        (IMAGES, mx.np.array([0, 1, 2, 3.5]), r"has the label 3.5 for images\[3\]"),
        (IMAGES, [0, 1, 2, 10], "labels from 0 to 10, and the net has 10 logits"),
        (IMAGES, [-1, 1, 2, 3], "labels from -1 to 3, and the net has 10 logits"),
        (IMAGES, [0, 1, 2, 2**40], "has labels from 0 to 1099511627776: they must be from 0"),
        (IMAGES, ["boot"] * 4, "has a list for labels: give an array of numbers"),
        (IMAGES, 3, "has a single number for labels: give batches, as a DataLoader makes them"),
        (BYTES.astype("uint8"), np.zeros(4), r"images of uint8 from 0 to 255, which are not scaled: give .* \(images / 255\)"),
        (mx.np.array(BYTES, dtype="uint8"), np.zeros(4), "images of uint8 from 0 to 255, which are not scaled"),
        (BYTES, np.zeros(4), "images of int64 from 0 to 255, which are not scaled"),
        (BYTES.astype("float32"), np.zeros(4), "images of float32 from 0 to 255, which are not scaled"),
        (IMAGES[:0], np.zeros(0), "batch 1 of .* is empty: leave such batches out"),
    ],
)
def test_images_and_labels_that_cannot_be_meant_are_told(images, labels, sentence):
    net = initialized(models.lenet())
    for use in (lambda data: fit(net, data, **QUIET), lambda data: evaluate(net, data, precision="float32")):
        with pytest.raises(DataError, match=sentence) as error:
            use([(images, labels)])
        assert "\n" not in str(error.value)


@pytest.mark.parametrize("labels", [np.array([0.0, 3, 7, 9]), mx.np.array([0.0, 3, 7, 9]), [0, 3, 7, 9], np.uint8([0, 3, 7, 9])])
def test_labels_may_be_whole_numbers_of_any_type(labels):
    images = np.random.RandomState(0).rand(4, 1, 28, 28)
    expected = evaluate(initialized(models.lenet()), [(images, np.array([0, 3, 7, 9]))]).labels
    assert evaluate(initialized(models.lenet()), [(images, labels)]).labels.tolist() == expected.tolist() == [0, 3, 7, 9]


@pytest.mark.parametrize("kind", [np.uint8, np.asarray, lambda images: mx.np.array(images, dtype="uint8")])
def test_black_and_white_may_be_0_and_1(kind):
    net, images = initialized(models.lenet()), np.random.RandomState(0).rand(4, 1, 28, 28) > 0.5
    losses = [evaluate(net, [(each, np.zeros(4))], precision="float32").loss for each in (kind(images), images.astype("float32"))]
    assert losses[0] == losses[1]


@pytest.mark.parametrize(
    ("net", "sentence"),
    [
        (models.lenet, r"net is lenet, which is not a net but makes one: call it, as in lenet\(\)"),
        (mx.gluon.nn.HybridSequential, r"net is HybridSequential, which is not a net but makes one: call it"),
        ("lenet", r"net is 'lenet': make the net, as by gluon_alexnet.get_model\('lenet'\)"),
        (None, "net is a NoneType: give a Gluon net, such as"),
        (SimpleNamespace(state_dict=dict), "net is a SimpleNamespace: give a Gluon net, .* engine='torch' makes a twin"),
    ],
)
@pytest.mark.parametrize("engine", ["mxnet", "torch"])
def test_what_is_no_net_is_told(net, sentence, engine):
    with pytest.raises(UserError, match=sentence):
        fit(net, blobs(32), engine=engine, **QUIET)
    with pytest.raises(UserError, match=sentence):
        evaluate(net, blobs(32))


def test_a_net_without_weights_is_not_evaluated():
    with pytest.raises(UserError, match=r"the net has no weights yet \(conv\d+_weight is not initialized\): train it, or load"):
        evaluate(models.lenet(), blobs(32))


@pytest.mark.parametrize("layer", ["nn.Conv2D(6, 5)", "nn.Dense(10, in_units=784)"])
def test_a_net_made_before_numpy_mode_is_told(layer):
    program = f"""
        import gluon_alexnet
        from mxnet.gluon import nn
        net = nn.HybridSequential()
        net.add({layer}, nn.Dense(10))
        net.initialize()
        import numpy as np
        for use in (gluon_alexnet.fit, gluon_alexnet.evaluate):
            try:
                use(net, [(np.zeros((2, 1, 28, 28)), np.zeros(2))])
            except gluon_alexnet.errors.UserError as error:
                print(error)
    """
    done = subprocess.run([sys.executable, "-c", textwrap.dedent(program)], capture_output=True, text=True)
    assert done.stderr == ""
    assert [line.split(":")[0] for line in done.stdout.splitlines()] == ["the net was made before MXNet's NumPy mode was on"] * 2


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        (None, "train_data is a NoneType: take a list of batches"),
        ({"images": IMAGES}, "train_data is a dict: take"),
        (IMAGES, "train_data is a ndarray: take"),
        ((batch for batch in [(IMAGES, np.zeros(4))]), "train_data is a generator, which can be gone through only once: take"),
        ([IMAGES[0]], "the data gave a ndarray for a batch: it must be a pair"),
        ([(IMAGES, np.zeros(3))], r"images of shape \(4, 1, 28, 28\) and labels of shape \(3,\): it must have one number"),
        ([(IMAGES, np.zeros((4, 10)))], r"labels of shape \(4, 10\): it must have one number from 0"),
        ([(IMAGES[:, 0], np.zeros(4))], r"the net does not take images of the shape \(4, 28, 28\)"),
        ([(mx.np.array(IMAGES, dtype="float64"), np.zeros(4))], "images are float64 and the net computes in float32: give it"),
    ],
)
def test_what_is_no_training_data_is_told(data, sentence):
    with pytest.raises(UserError, match=sentence):
        fit(models.lenet(), data, **QUIET)


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        (iter([(IMAGES, np.zeros(4))]), "test_data is a list_iterator, which can be gone through only once"),
        ([], "test_data gives no batch"),
        ([(IMAGES, np.full(4, 10))], "labels from 10 to 10, and the net has 10 logits"),
        ([(IMAGES[:, :, :20], np.zeros(4))], r"test_data has images of the shape \(4, 1, 20, 28\), which the net does not take"),
    ],
)
def test_what_is_no_test_data_is_told_before_the_first_step(data, sentence):
    steps = []
    with pytest.raises(UserError, match=sentence):
        fit(models.lenet(), blobs(96), data, on_step=lambda *step: steps.append(step), **QUIET)
    assert not steps


def test_a_folder_that_cannot_be_written_to_is_told_before_the_first_step(tmp_path):
    (tmp_path / "file").touch()
    steps = []
    for folder, sentence in ((tmp_path / "file" / "run", "cannot write"), (tmp_path / "\udcff", "name a folder in UTF-8")):
        with pytest.raises(UserError, match=sentence):
            fit(models.lenet(), blobs(96), folder=folder, on_step=lambda *step: steps.append(step), **QUIET)
    assert not steps


@pytest.mark.parametrize("name", ["source", "labels", "batches", "settings", "batch_size"])
def test_other_peoples_data_may_have_any_attributes(name, tmp_path):
    class Data(list):
        pass

    data = Data(blobs(96))
    setattr(data, name, {"root": tmp_path, "pair": (1, 2)} if name == "settings" else "kaggle")
    kw = {**QUIET, "folder": tmp_path / "run"}
    fit(models.lenet(), data, data, epochs=1, **kw)
    assert fit(models.lenet(), data, data, epochs=1, resume=True, **kw).stopped == "finished"


def test_resuming_with_more_batches_is_refused(tmp_path):
    fit(models.lenet(), blobs(96), epochs=1, folder=tmp_path, **QUIET)
    with pytest.raises(CheckpointError, match="steps_per_epoch was 3 and is 6"):
        fit(models.lenet(), blobs(192), epochs=1, folder=tmp_path, resume=True, **QUIET)


@pytest.mark.parametrize(
    ("kw", "sentence"),
    [
        ({"lr": "0.1"}, "lr is '0.1': it must be a number"),
        ({"weight_decay": None}, "weight_decay is None: it must be a number"),
        ({"lr": mx.np.array(0.1)}, "lr is .*: it must be a number"),
        ({"seed": 1.5}, "seed is 1.5: it must be a whole number"),
        ({"initializer": None}, "initializer is None: take 'xavier', 'he' or an Initializer"),
        ({"initializer": mx.init.Xavier}, "initializer is .*: take 'xavier', 'he' or an Initializer"),
        ({"initializer": mx.init.Mixed([".*"], [mx.init.Zero()])}, "initializer is .*: take 'xavier', 'he' or an Initializer"),
    ],
)
def test_a_setting_of_another_kind_is_told(kw, sentence):
    with pytest.raises(UserError, match=sentence):
        fit(models.lenet(), blobs(96), **kw, **QUIET)


def test_an_initializer_that_cannot_describe_itself_is_taken():
    small = mx.init.Normal(np.float32(0.1))
    assert fit(models.lenet(), blobs(96), epochs=1, initializer=small, **QUIET).settings["initializer"] == "Normal"


def test_labels_that_the_net_has_no_logits_for_are_told():
    with pytest.raises(UserError, match="labels from 0 to 9, and the net has 5 logits, for labels from 0 to 4"):
        fit(models.lenet(num_classes=5), blobs(96), **QUIET)
    net = initialized(models.lenet())
    shifted = [(images, labels + 1) for images, labels in blobs(96)]
    with pytest.raises(UserError, match="labels from 1 to 10, and the net has 10 logits"):
        evaluate(net, shifted, precision="float32")


def test_a_pass_shorter_than_its_len_is_told():
    class Images(list):
        def __len__(self):
            return 96

    with pytest.raises(UserError, match="pass 1 of the training data ended after 3 batches, and its len is 96"):
        fit(models.lenet(), Images(blobs(96)), epochs=1, **QUIET)


def test_a_context_is_a_device_too():
    history = fit(models.lenet(), blobs(32), epochs=1, device=mx.cpu(), **QUIET)
    assert history.settings["device"] == ["cpu(0)"]


def test_the_best_net_is_kept_by_the_validation_data_never_by_the_test_data(tmp_path):
    right, wrong = blobs(100, seed=1), [(images, (labels + 1) % 10) for images, labels in blobs(100, seed=1)]
    fit(models.lenet(activation="relu"), blobs(320), right, epochs=2, lr=0.1, folder=tmp_path / "none", **QUIET)
    assert not (tmp_path / "none" / "best.json").exists()
    # The better the net gets, the fewer of the wrong labels it hits.
    options = dict(epochs=5, lr=0.05, momentum=0.9, folder=tmp_path / "run", **QUIET)
    history = fit(models.lenet(activation="relu"), blobs(640), right, validation_data=wrong, **options)
    shares = [row.validation_accuracy for row in history.epochs]
    best = checkpoint.read(tmp_path / "run", "best")
    assert best["step"] == 20 * (shares.index(max(shares)) + 1)
    assert best["best"] == max(shares)


class Slowing(list):
    """Batches that take 10 ms of a made-up clock, and 30 ms once they are `late`."""

    now, late = 0.0, False

    def __iter__(self):
        for batch in super().__iter__():
            self.now += 0.03 if self.late else 0.01
            yield batch


@pytest.fixture
def slowing(monkeypatch):
    """Makes Slowing batches by whose clock runs are planned."""

    def make(batches):
        data = Slowing(batches)
        for module in (budget, loop, trainer):
            monkeypatch.setattr(module, "time", SimpleNamespace(monotonic=lambda: data.now))
        return data

    return make


def test_a_time_budget_fixes_the_length_and_leaves_the_start_untouched(tmp_path, slowing):
    data = slowing(blobs(640))
    short = fit(dropout_net(), data, minutes=0.01, lr=0.05, schedule="cosine", folder=tmp_path, **QUIET)
    total = short.settings["total_steps"]
    assert total > 40 and len(short.step_losses) == total and short.stopped == "finished"
    assert json.loads((tmp_path / "history.json").read_text())["settings"]["total_steps"] == total
    # Measuring the speed has changed nothing: the first losses are those of a run told its length. Later ones follow from rates
    # that change whenever the run is planned anew.
    planned = checkpoint.read(tmp_path)["plan"]["schedule"]
    told = fit(dropout_net(), data, epochs=planned / 20, lr=0.05, schedule="cosine", **QUIET)
    assert told.step_losses[: min(2, total)] == short.step_losses[:2]


def test_evaluations_take_no_more_than_their_share_of_a_time_budget(slowing, monkeypatch, capsys):
    data, test_data, plain = slowing(blobs(640)), blobs(640), Stepper.evaluate

    def evaluate(self, data_, *rest, only=None, **kw):
        data.now += 0.01 * len(only or data_)
        return plain(self, data_, *rest, only=only, **kw)

    monkeypatch.setattr(Stepper, "evaluate", evaluate)
    history = fit(models.lenet(), data, test_data, minutes=0.02, lr=0.05, precision="float32")
    # Of 1.2 seconds .9 are for measuring and steps of .01, 4 passes of 20; each of their evaluations may take .3 / 4 seconds,
    # which are 7 of its 20 batches of 32.
    assert 0.15 < sum(row.seconds["evaluate"] for row in history.epochs) <= 0.31
    assert len(history.epochs) in (4, 5) and data.now == pytest.approx(1.2, abs=0.06)
    assert {row.test_images for row in history.epochs} <= {32 * 6, 32 * 7, 32 * 8} and history.test.whole == 640
    # Spread evenly over the whole.
    assert len(history.test.chosen) == history.epochs[-1].test_images and 450 < history.test.chosen.max() < 640
    assert "of which no more than 25% go into evaluation, each is of about " in capsys.readouterr().err


def test_evaluations_that_are_within_their_share_are_of_all_images(slowing, capsys):
    history = fit(models.lenet(), slowing(blobs(320)), blobs(100), minutes=0.02, lr=0.05, precision="float32")
    assert {row.test_images for row in history.epochs} == {100} and history.test.chosen is None
    assert "go into evaluation" not in capsys.readouterr().err


def test_minutes_in_which_nothing_can_be_learned_are_refused_with_what_fits(slowing, tmp_path):
    data, steps = slowing(blobs(320)), []
    with pytest.raises(UserError, match="minutes is 0.001, which is too short for lenet on this machine") as error:
        fit(models.lenet(), data, blobs(32), minutes=0.001, folder=tmp_path / "run", on_step=steps.append, **QUIET)
    assert not steps and not (tmp_path / "run" / "last.json").exists()
    # Two or three steps to measure, and ten of .01 seconds.
    fits = re.search("10 steps with their test need (.*): take as many minutes", str(error.value))[1]
    assert 0.12 / 60 < float(fits) < 0.25 / 60
    assert fit(models.lenet(), data, blobs(32), minutes=float(fits), **QUIET).stopped == "finished"


def test_a_run_that_becomes_slower_is_shortened_and_its_schedule_still_ends(slowing, tmp_path):
    data, rates = slowing(blobs(320)), []

    def after_a_pass(row):
        data.late = True
        rates.append(row.lr)

    options = dict(minutes=0.02, lr=0.05, schedule="linear", folder=tmp_path, **QUIET)
    history = fit(dropout_net(), data, on_epoch=after_a_pass, **options)
    plan = checkpoint.read(tmp_path)["plan"]
    # 1.2 seconds: .08 for the first batch and the measuring, .1 for the first pass, and 34 steps of .03.
    assert 42 <= len(history.step_losses) == history.settings["total_steps"] == plan["total"] <= 44
    assert plan["schedule"] > 100 and data.now == pytest.approx(1.2, abs=0.06)
    # Linear, down to 0: the last step is one short of it, be that as wide as it may.
    widest = plan["schedule"] / (plan["total"] - plan["begin"])
    assert rates == sorted(rates, reverse=True) and rates[-1] <= 0.05 * (widest + 1) / plan["schedule"]


def test_a_run_of_one_pass_that_becomes_slower_is_shortened(slowing, tmp_path):
    data, options = slowing(blobs(320) * 40), dict(minutes=0.02, lr=0.05, schedule="linear", folder=tmp_path, **QUIET)

    def after_a_step(step, *_):
        data.late = step > 20

    history = fit(dropout_net(), data, on_step=after_a_step, **options)
    # 1.2 seconds: .08 before the run, .21 for 21 steps and .03 for each of 30 more.
    assert len(history.epochs) == 1 and 50 <= len(history.step_losses) <= 52
    assert data.now == pytest.approx(1.2, abs=0.06)


def test_a_run_that_ends_in_time_keeps_its_plan_when_it_goes_on(tmp_path):
    def stop(row):
        if row.epoch == 2:
            raise RuntimeError("stop")

    options = dict(minutes=0.02, lr=0.05, schedule="linear", folder=tmp_path, **QUIET)
    with pytest.raises(RuntimeError, match="stop"):
        fit(dropout_net(), blobs(320), on_epoch=stop, **options)
    plan = checkpoint.read(tmp_path)["plan"]
    assert plan["begin"] == 20 and plan["place"] > 0
    history = fit(dropout_net(), blobs(320), resume=True, **options)
    assert history.stopped == "finished" and checkpoint.read(tmp_path)["plan"]["schedule"] == plan["schedule"]


RUN = """
    import os, signal, sys
    from gluon_alexnet import fit, models
    # A shell that runs these tests in the background has its children ignore Ctrl-C.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    sys.path.insert(0, {tests!r})
    from small_data import blobs

    def signal_at_step_55(step, *_):
        if step == 55 and {kill}:
            os.kill(os.getpid(), {kill})

    net = models.lenet(activation="relu", dropout=0.5)
    fit(net, blobs(640, batch_size=16), blobs(64), validation_data=blobs(64, seed=2), epochs=3, lr=0.02,
        momentum=0.9, schedule="cosine", warmup=0.1, folder={folder!r}, resume={resume}, checkpoint_minutes=1e-5,
        on_step=signal_at_step_55, progress=False, precision="float32", threads={threads})
    """


def run(folder, resume=False, kill=0):
    """The run above, of 120 steps, in a process of its own; with `kill`, it is sent that signal after its 55th step."""
    told = dict(tests=str(TESTS), folder=str(folder), resume=resume, kill=int(kill), threads=runtime.setup().threads)
    script = textwrap.dedent(RUN).format(**told)
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)
    return done.returncode, done.stderr


def test_a_run_killed_within_a_pass_goes_on_as_if_it_had_not_been(tmp_path):
    assert run(tmp_path / "whole") == (0, "")
    code, _ = run(tmp_path / "killed", kill=signal.SIGKILL)
    assert code == -signal.SIGKILL
    stopped_at = checkpoint.read(tmp_path / "killed")["step"]
    # The 55th step was done and not yet saved.
    assert stopped_at == 54
    assert run(tmp_path / "killed", resume=True) == (0, "")
    whole, killed = (train.History.load(tmp_path / name / "history.json") for name in ("whole", "killed"))
    assert killed.step_losses == whole.step_losses
    for a, b in zip(whole.epochs, killed.epochs, strict=True):
        assert (a.loss, a.train_accuracy, a.validation_accuracy, a.test_accuracy, a.images) == (
            b.loss, b.train_accuracy, b.validation_accuracy, b.test_accuracy, b.images
        )  # fmt: skip
    assert killed.stopped == "finished"


def test_ctrl_c_saves_a_whole_step_and_can_be_resumed(tmp_path):
    code, errors = run(tmp_path / "run", kill=signal.SIGINT)
    assert code == -signal.SIGINT and "KeyboardInterrupt" in errors
    history = train.History.load(tmp_path / "run" / "history.json")
    assert history.stopped == "interrupted"
    assert checkpoint.read(tmp_path / "run")["step"] == len(history.step_losses) == 55
    assert run(tmp_path / "run", resume=True) == (0, "")
    assert len(train.History.load(tmp_path / "run" / "history.json").step_losses) == 120


def test_resuming_a_finished_run_changes_nothing(tmp_path):
    options = dict(epochs=1, lr=0.02, folder=tmp_path, **QUIET)
    first = fit(dropout_net(), blobs(64), blobs(32), **options)
    again = fit(dropout_net(), blobs(64), blobs(32), resume=True, **options)
    assert again.step_losses == first.step_losses and again.epochs == first.epochs


def test_resuming_with_other_settings_is_refused(tmp_path):
    fit(models.lenet(), blobs(64), epochs=1, folder=tmp_path, **QUIET)
    with pytest.raises(CheckpointError, match=r"lr was 0.01 and is 0.5"):
        fit(models.lenet(), blobs(64), epochs=1, lr=0.5, folder=tmp_path, resume=True, **QUIET)
    with pytest.raises(UserError, match="resume needs the folder"):
        fit(models.lenet(), blobs(64), resume=True, **QUIET)
    before = (tmp_path / "history.json").read_bytes()
    with pytest.raises(UserError, match="holds a run already: go on with it by resume=True"):
        fit(models.lenet(), blobs(64), epochs=2, folder=tmp_path, **QUIET)
    assert (tmp_path / "history.json").read_bytes() == before


def test_resuming_with_other_data_is_refused(tmp_path):
    class Data(list):
        def __init__(self, name, digest):
            super().__init__(blobs(64))
            self.source = files.Source(name, "somewhere", {"images": digest})

    fit(models.lenet(), Data("fashion-mnist", "a"), epochs=1, folder=tmp_path, **QUIET)
    options = dict(epochs=1, folder=tmp_path, resume=True, **QUIET)
    with pytest.raises(CheckpointError, match="learned from fashion-mnist and the data at hand is stand-in"):
        fit(models.lenet(), Data("stand-in", "b"), **options)
    with pytest.raises(CheckpointError, match="of other content"):
        fit(models.lenet(), Data("fashion-mnist", "b"), **options)
    moved = Data("fashion-mnist", "a")
    moved.source = dataclasses.replace(moved.source, where="elsewhere")
    assert fit(models.lenet(), moved, **options).stopped == "finished"


def test_a_resumed_run_keeps_the_precision_that_auto_meant_where_it_began(tmp_path):
    options = dict(epochs=1, folder=tmp_path, progress=False)
    fit(models.lenet(), blobs(64), precision="float32", **options)
    state = json.loads((tmp_path / "last.json").read_text())
    state["history"]["settings"]["precision_reason"] = "that machine had nothing else"
    (tmp_path / "last.json").write_text(json.dumps(state))
    again = fit(models.lenet(), blobs(64), resume=True, precision="auto", **options)
    assert again.settings["precision"] == "float32"


def spoiling(net, at):
    """An on_step that makes a weight NaN after step `at`."""

    def on_step(step, *_):
        if step == at:
            net[0].weight.data()[0, 0, 0, 0] = float("nan")

    return on_step


@pytest.mark.parametrize(
    ("activation", "checkpoint_minutes", "sentence", "steps"),
    [
        ("sigmoid", 5, "the loss became nan at step 15 of 20, at learning rate 0.5: try a lower rate such as 0.05", 14),
        # oneDNN's ReLU turns NaN into 0, so that the loss stays finite: seen at the next checkpoint, or when the pass ends.
        ("relu", 1e-9, r"the weights \(conv\d+_weight\) are NaN or infinite at step 14 of 20, at learning rate 0.5", 14),
        ("relu", 5, r"the weights \(conv\d+_weight\) are NaN or infinite at step 20 of 20, at learning rate 0.5", 20),
    ],
)
def test_a_diverging_run_stops_and_says_where_and_what_to_try(tmp_path, activation, checkpoint_minutes, sentence, steps):
    net = models.lenet(activation=activation)
    options = dict(epochs=2, lr=0.5, folder=tmp_path, checkpoint_minutes=checkpoint_minutes, on_step=spoiling(net, 14), **QUIET)
    with pytest.raises(DivergedError, match=sentence):
        fit(net, blobs(320), **options)
    history = train.History.load(tmp_path / "history.json")
    assert history.stopped == "diverged" and re.search(sentence, history.reason)
    assert len(history.step_losses) == steps and all(map(math.isfinite, history.step_losses))
    # What is kept are weights from before, finite ones.
    kept = models.lenet(activation=activation)
    state = checkpoint.read(tmp_path)
    checkpoint.load_net(tmp_path, state, kept)
    assert state["step"] < 14 or activation == "sigmoid"
    assert all(np.isfinite(parameter.data().asnumpy()).all() for parameter in kept.collect_params().values())


def standardized(count, batch_size=32):
    """The blobs less their mean, divided by their deviation, as NumPy arrays; the last but one has none and is all NaN."""
    images, labels = (np.concatenate([each[part].asnumpy() for each in blobs(count)]) for part in (0, 1))
    images[-2] = 0.5
    with np.errstate(invalid="ignore"):
        images = (images - images.mean((1, 2, 3), keepdims=True)) / images.std((1, 2, 3), keepdims=True)
    cuts = range(0, count, batch_size)
    return [(images[cut : cut + batch_size], labels[cut : cut + batch_size]) for cut in cuts]


WHERE = r"batch 3 of {} has pixels that are NaN or infinite in images\[30\] \(picture 94 of the pass, counted from 0\)"


def test_a_picture_with_nan_stops_the_training_where_it_comes_and_loses_nothing(tmp_path):
    net, options = models.lenet(activation="relu"), dict(epochs=2, lr=0.1, folder=tmp_path, **QUIET)
    with pytest.raises(DataError) as error:
        fit(net, standardized(96), **options)
    assert str(error.value).startswith(f"training stopped at step 3 of 6 (what was learned until then is kept in {tmp_path}, ")
    assert re.search(WHERE.format("the training data"), str(error.value))
    history = train.History.load(tmp_path / "history.json")
    assert history.stopped == "failed" and len(history.step_losses) == 2 and "images[30]" in history.reason
    # With the picture mended it ends as if it had never been bad.
    mended = standardized(96)
    mended[2][0][30] = 0
    again = fit(models.lenet(activation="relu"), mended, resume=True, **options)
    assert (again.stopped, again.reason) == ("finished", "")
    straight = fit(models.lenet(activation="relu"), mended, epochs=2, lr=0.1, **QUIET)
    assert again.step_losses == straight.step_losses


@pytest.mark.parametrize(
    ("kind", "dtype", "value"),
    [
        *((kind, "float32", value) for kind in (np.array, mx.np.array, list) for value in (np.nan, np.inf, -np.inf)),
        (np.array, "float16", np.nan),
        # More than float32 can hold.
        (np.array, "float64", 1e39),
    ],
)
def test_pixels_that_are_no_numbers_are_found_in_any_array(kind, dtype, value):
    images = np.zeros((4, 1, 28, 28), dtype)
    images[3, 0, 5, 5] = value
    with pytest.raises(DataError, match=r"batch 1 of the data has pixels that are NaN or infinite in images\[3\]"):
        evaluate(initialized(models.lenet()), [(kind(images), np.zeros(4))])


def test_large_pixels_are_no_infinite_ones():
    images = np.full((4, 1, 28, 28), 3e38, "float32")
    assert evaluate(initialized(models.lenet()), [(images, np.zeros(4))], precision="float32").images == 4


def test_a_picture_with_nan_in_the_test_data_keeps_what_was_learned(tmp_path):
    options = dict(epochs=1, lr=0.1, folder=tmp_path, **QUIET)
    with pytest.raises(DataError, match="training stopped after step 3 of 3 .*" + WHERE.format("the test data")):
        fit(models.lenet(activation="relu"), blobs(96), standardized(96), **options)
    assert checkpoint.read(tmp_path)["step"] == 3


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        (dict(epochs=0), "epochs is 0"),
        (dict(epochs=float("nan")), "epochs is nan"),
        (dict(minutes=-1), "minutes is -1"),
        (dict(lr=0), "learning rate must be a positive"),
        (dict(optimizer="sdg"), "did you mean 'sgd'"),
        (dict(schedule="cosinus"), "no schedule"),
        (dict(warmup=1), "warmup is 1"),
        (dict(precision="double"), "no precision"),
        (dict(initializer="zeros"), "no initializer"),
        (dict(device="tpu"), "tpu"),
    ],
)
def test_arguments_out_of_range_are_told_in_one_sentence(options, sentence):
    with pytest.raises(UserError, match=sentence) as error:
        fit(models.lenet(), blobs(64), **{**QUIET, **options})
    assert "\n" not in str(error.value)


def test_data_without_a_batch_is_told():
    with pytest.raises(UserError, match="no batch"):
        fit(models.lenet(), [], **QUIET)
    with pytest.raises(UserError, match="no batch"):
        evaluate(initialized(models.lenet()), [])


def test_the_names_of_the_package_are_these():
    assert gluon_alexnet.fit is train.fit and gluon_alexnet.History is train.History


@pytest.mark.long
def test_the_books_lenet_recipe_ends_among_its_published_runs(real_data):
    # 87 published runs: loss .472 +- .002, training accuracy .822 +- .001, test accuracy .700 to .836.
    train_data, test_data = (gluon_alexnet.FashionMNISTLoader(split, 256, data=real_data) for split in ("train", "test"))
    last = fit(models.lenet(), train_data, test_data, epochs=10, lr=0.9, progress=False).epochs[-1]
    assert last.loss == pytest.approx(0.472, abs=0.01)
    assert last.train_accuracy == pytest.approx(0.822, abs=0.01)
    assert 0.70 <= last.test_accuracy <= 0.84
