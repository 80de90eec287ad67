"""Runs that version 0.1.0 began before the settings had a table (old_runs/): they are read, and go on as they would have."""

import shutil
from pathlib import Path

import pytest

from gluon_alexnet import FashionMNISTLoader, History, cli, fit, run, settings
from gluon_alexnet.machine import runtime
from gluon_alexnet.settings import Settings

OLD = Path(__file__).parent / "old_runs"


@pytest.fixture(params=["command", "fit"])
def stopped(request, tmp_path):
    """(a copy of a run stopped after 4 of its 9 steps, the History of the same run as that version ended it)."""
    return shutil.copytree(OLD / request.param, tmp_path / "run"), History.load(OLD / f"{request.param}-whole.json")


def same(folder, whole):
    history = History.load(folder / "history.json")
    assert history.stopped == "finished"
    # Rounding differs from processor to processor.
    assert history.step_losses == pytest.approx(whole.step_losses, rel=1e-4)
    for now, then in zip(history.epochs, whole.epochs, strict=True):
        assert (now.epoch, now.images, now.test_images, now.validation_images) == (
            then.epoch, then.images, then.test_images, then.validation_images
        )  # fmt: skip
        assert (now.loss, now.lr, now.test_loss) == pytest.approx((then.loss, then.lr, then.test_loss), rel=1e-4)
        assert now.train_accuracy == pytest.approx(then.train_accuracy, abs=0.01)


def test_the_command_goes_on_with_it(stopped, capsys):
    folder, whole = stopped
    assert cli.main(["train", "--resume", str(folder)]) == 0
    same(folder, whole)
    assert (folder / "report.html").is_file()


def test_fit_goes_on_with_it(tmp_path):
    folder = shutil.copytree(OLD / "fit", tmp_path / "run")
    nn = runtime.load_mxnet().gluon.nn
    net = nn.HybridSequential()
    net.add(nn.Conv2D(4, 5, strides=2, activation="relu"), nn.Dropout(0.3), nn.Flatten(), nn.Dense(10))
    options = dict(epochs=3, lr=0.02, momentum=0.9, optimizer="nag", schedule="step", seed=2, initializer="he", model="small")
    train_data, test_data = (
        FashionMNISTLoader(split, 100, limit=300, data="stand-in", seed=5, augment=augment)
        for split, augment in (("train", "flip+shift"), ("test", None))
    )
    fit(net, train_data, test_data, folder=folder, resume=True, precision="float32", device="cpu", progress=False, **options)
    same(folder, History.load(OLD / "fit-whole.json"))


def test_its_net_is_loaded(stopped):
    folder, whole = stopped
    _, spec, options, state = run.load(folder)
    assert (spec.name, options["model"], state["step"]) == (whole.model, whole.model, 4)


def test_its_history_is_read(stopped):
    _, whole = stopped
    assert (whole.stopped, len(whole.step_losses), len(whole.epochs)) == ("finished", 9, 3)
    assert whole.settings["total_steps"] == 9 and "accumulate" not in whole.settings
    assert History.from_dict(whole.to_dict()) == whole


def test_a_run_json_of_fit_is_repeated(tmp_path):
    whole = History.load(OLD / "fit-whole.json")
    assert cli.main(["train", "--config", str(OLD / "fit" / "run.json"), "--out", str(tmp_path / "again")]) == 0
    assert History.load(tmp_path / "again" / "history.json").step_losses == pytest.approx(whole.step_losses, rel=1e-4)


def test_a_run_json_of_a_command_asks_for_the_same_run():
    whole = History.load(OLD / "command-whole.json")
    options = run._options({"config": str(OLD / "command")})
    asked = Settings(**settings.among(options)).as_json()
    resolved = {"device", "model", "precision"}
    assert {name: value for name, value in asked.items() if name in whole.settings and name not in resolved} == {
        name: value for name, value in whole.settings.items() if name in asked and name not in resolved
    }
