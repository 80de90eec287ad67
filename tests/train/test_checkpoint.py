"""gluon_alexnet.train.checkpoint: whole or not there, exact, and no pickle anywhere."""

import json
import os

import numpy as np
import pytest

from gluon_alexnet import models, prepare
from gluon_alexnet.errors import CheckpointError
from gluon_alexnet.machine import runtime
from gluon_alexnet.train import checkpoint
from gluon_alexnet.train.engine_mxnet import Stepper

mx = runtime.load_mxnet()
CPU = [mx.cpu()]
IMAGES = mx.np.array(np.random.RandomState(0).rand(4, 1, 28, 28), dtype="float32")
LABELS = mx.np.array([1, 2, 3, 4], dtype="int32")


def trained(optimizer_kw, steps=3, seed=0):
    net = models.lenet(activation="relu")
    mx.random.seed(seed)
    prepare.prepare(net, IMAGES, CPU)
    stepper = Stepper(net, CPU, **optimizer_kw)
    for _ in range(steps):
        stepper.step(IMAGES, LABELS, lr=0.01)
    return stepper


def values(stepper):
    return [p.data().asnumpy() for p in stepper.net.collect_params().values()]


@pytest.mark.parametrize("kw", [{}, {"momentum": 0.9}, {"optimizer": "nag", "momentum": 0.9}, {"optimizer": "adam"}])
def test_what_is_restored_learns_on_bit_for_bit(tmp_path, kw):
    first = trained(kw)
    checkpoint.save(tmp_path, "last", first.net, {"step": 3}, first.optimizer_arrays())
    second = trained(kw, steps=0, seed=5)
    state = checkpoint.read(tmp_path)
    checkpoint.load_net(tmp_path, state, second.net, CPU)
    second.reset_optimizer(updates=state["step"])
    checkpoint.load_optimizer(tmp_path, state, second)
    for _ in range(2):
        assert first.step(IMAGES, LABELS, lr=0.01) == second.step(IMAGES, LABELS, lr=0.01)
    for a, b in zip(values(first), values(second), strict=True):
        np.testing.assert_array_equal(a, b)


def test_the_order_of_the_optimizers_state_does_not_depend_on_the_names_of_the_blocks():
    # Six nets of two convolutions each: their names pass from conv9 to conv10.
    with mx.name.NameManager():
        shapes = [[array.shape for array in trained({"momentum": 0.9}, 1).optimizer_arrays().values()] for _ in range(6)]
    assert all(each == shapes[0] for each in shapes)


def test_a_new_checkpoint_takes_the_place_of_the_old_one(tmp_path):
    stepper = trained({"momentum": 0.9})
    (tmp_path / ".last-0000000.params.abc.tmp.params").write_text("of a process that was killed")
    for step in (1, 2):
        checkpoint.save(tmp_path, "last", stepper.net, {"step": step}, stepper.optimizer_arrays())
    assert sorted(path.name for path in tmp_path.iterdir()) == ["last-0000002.optimizer", "last-0000002.params", "last.json"]


def test_a_save_that_dies_leaves_the_old_checkpoint(tmp_path, monkeypatch):
    stepper = trained({"momentum": 0.9})
    checkpoint.save(tmp_path, "last", stepper.net, {"step": 1}, stepper.optimizer_arrays())
    replace, calls = os.replace, []

    def die_at_the_json(source, target):
        calls.append(target)
        if len(calls) == 3:
            raise SystemExit
        replace(source, target)

    monkeypatch.setattr(os, "replace", die_at_the_json)
    with pytest.raises(SystemExit):
        checkpoint.save(tmp_path, "last", stepper.net, {"step": 2}, stepper.optimizer_arrays())
    state = checkpoint.read(tmp_path)
    assert state["step"] == 1
    assert all((tmp_path / name).is_file() for name in state["files"].values())


def test_gluon_reads_the_parameters_by_itself(tmp_path):
    stepper = trained({})
    checkpoint.save(tmp_path, "last", stepper.net, {"step": 3})
    net = models.lenet(activation="relu")
    net.load_parameters(str(tmp_path / "last-0000003.params"))
    np.testing.assert_array_equal(net(IMAGES).asnumpy(), stepper.net(IMAGES).asnumpy())


def test_nothing_is_pickled(tmp_path):
    stepper = trained({"optimizer": "adam"})
    checkpoint.save(tmp_path, "last", stepper.net, {"step": 3}, stepper.optimizer_arrays())
    json.loads((tmp_path / "last.json").read_text())
    for path in tmp_path.glob("last-*"):
        # MXNet's list of arrays begins with its own mark; a pickle with 0x80.
        assert path.read_bytes()[:8] == (0x112).to_bytes(8, "little")


@pytest.mark.parametrize(
    ("harm", "sentence"),
    [
        (lambda folder: (folder / "last.json").unlink(), "there is no checkpoint"),
        (lambda folder: (folder / "last.json").write_text("{"), "cannot be read"),
        (lambda folder: (folder / "last.json").write_text("[]"), "not a checkpoint"),
        (lambda folder: (folder / "last.json").write_text('{"format": 99}'), "not a checkpoint of this version"),
        (lambda folder: (folder / "last.json").write_text('{"format": 1}'), "not a checkpoint of this version"),
        (lambda folder: (folder / "last-0000003.params").unlink(), "which is missing"),
        (lambda folder: (folder / "last-0000003.params").write_bytes(b""), "damaged"),
        (lambda folder: mx.nd.save(str(folder / "last-0000003.optimizer"), [mx.nd.zeros(1)]), "damaged"),
        (lambda folder: (folder / "last-0000003.params").write_bytes(b"<html>"), "damaged"),
        (lambda folder: (folder / "last-0000003.optimizer").write_bytes(b"<html>"), "damaged"),
        (lambda folder: (folder / "last-0000003.optimizer").unlink(), "which is missing"),
    ],
)
def test_a_damaged_checkpoint_is_named(tmp_path, harm, sentence):
    stepper = trained({"momentum": 0.9})
    checkpoint.save(tmp_path, "last", stepper.net, {"step": 3}, stepper.optimizer_arrays())
    harm(tmp_path)
    with pytest.raises(CheckpointError, match=sentence) as error:
        state = checkpoint.read(tmp_path)
        checkpoint.load_net(tmp_path, state, stepper.net, CPU)
        checkpoint.load_optimizer(tmp_path, state, stepper)
    assert "\n" not in str(error.value) and "Traceback" not in str(error.value)


def test_files_of_other_people_in_the_folder_stay(tmp_path):
    stepper = trained({})
    theirs = ["last-year.params", "last-0000001.txt", "last-12.params"]
    for name in theirs:
        (tmp_path / name).write_text("mine")
    for step in (3, 12345678):
        checkpoint.save(tmp_path, "last", stepper.net, {"step": step}, stepper.optimizer_arrays())
    kept = {path.name for path in tmp_path.iterdir()}
    assert kept == {*theirs, "last.json", "last-12345678.params", "last-12345678.optimizer"}


def test_a_run_without_a_best_net_says_why(tmp_path):
    checkpoint.save(tmp_path, "last", trained({}).net, {"step": 3})
    with pytest.raises(CheckpointError, match="kept no best net, as runs do that are trained with --validation"):
        checkpoint.read(tmp_path, "best")


def test_another_net_and_another_optimizer_are_refused(tmp_path):
    stepper = trained({"momentum": 0.9})
    checkpoint.save(tmp_path, "last", stepper.net, {"step": 3}, stepper.optimizer_arrays())
    state = checkpoint.read(tmp_path)
    with pytest.raises(CheckpointError, match="does not fit this net"):
        checkpoint.load_net(tmp_path, state, models.alexnet(), CPU)
    with pytest.raises(CheckpointError, match="does not fit this net"):
        checkpoint.load_net(tmp_path, state, models.lenet(num_classes=7), CPU)
    for kw in ({"optimizer": "adam"}, {}):
        with pytest.raises(CheckpointError, match="another optimizer"):
            checkpoint.load_optimizer(tmp_path, state, trained(kw, steps=0))
