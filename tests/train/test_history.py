"""gluon_alexnet.train.history: the record of a run, the same in memory and in history.json."""

import json
import os
import platform

import pytest

from gluon_alexnet.errors import UserError
from gluon_alexnet.train import history as module
from gluon_alexnet.train.history import Epoch, History

KEYS = "schema model params settings machine data epochs step_losses step_accuracies stopped started seconds reason"
EPOCH_KEYS = "epoch loss train_accuracy validation_accuracy test_accuracy test_loss lr images seconds images_per_second"
EPOCH_KEYS += " validation_images test_images validation_loss more"


@pytest.fixture
def history():
    seconds = {"data": 1.5, "step": 8.5, "evaluate": 0.25}
    return History(
        model="lenet",
        params=61_706,
        settings={"lr": 0.9, "epochs": 1.31},
        machine={"cpu": "a CPU"},
        data={"name": "stand-in", "where": "built in"},
        started="2026-11-23T20:00:00+00:00",
        epochs=[
            Epoch(1, 2.25, 0.125, None, 0.5, 1.75, 0.9, 1_000, seconds, 100.0),
            Epoch(1.31, 2.0, 0.25, 0.5, None, None, 0.1, 310, seconds, 31.0),
        ],
        step_losses=[2.5, 2.0],
        stopped="finished",
        seconds=10.25,
    )


def test_the_keys_of_schema_1(history):
    content = history.to_dict()
    assert sorted(content) == sorted(KEYS.split())
    assert content["schema"] == 1
    assert list(content["epochs"][0]) == EPOCH_KEYS.split()


def test_a_saved_history_is_plain_json_that_says_the_same(history, tmp_path):
    history.save(tmp_path / "history.json")
    assert json.loads((tmp_path / "history.json").read_text()) == history.to_dict()


def test_a_saved_history_comes_back_equal(history, tmp_path):
    history.save(tmp_path / "history.json")
    assert History.load(tmp_path / "history.json") == history


def test_the_evaluation_in_memory_is_not_saved(history, tmp_path):
    history.test = object()
    history.save(tmp_path / "history.json")
    assert History.load(tmp_path / "history.json").test is None


def test_changing_the_dict_leaves_the_epochs(history):
    history.to_dict()["epochs"][0]["loss"] = 99
    assert history.epochs[0].loss == 2.25


def test_a_figure_that_json_cannot_hold_is_never_written(history, tmp_path):
    history.save(tmp_path / "history.json")
    history.step_losses.append(float("nan"))
    with pytest.raises(ValueError, match="JSON"):
        history.save(tmp_path / "history.json")
    assert len(History.load(tmp_path / "history.json").step_losses) == 2


@pytest.mark.parametrize("schema", [0, 2, None, "1"])
def test_another_schema_is_told(history, schema):
    with pytest.raises(UserError, match="not of schema 1"):
        History.from_dict({**history.to_dict(), "schema": schema})


@pytest.mark.parametrize(
    "text", ["", "{", "[]", "[1, 2]", "3", "null", '{"schema": 1}', '{"schema": 1, "epochs": [{"epoch": 1}]}']
)
def test_what_is_no_history_is_named(tmp_path, text):
    (tmp_path / "history.json").write_text(text)
    with pytest.raises(UserError, match=r"history\.json|schema 1"):
        History.load(tmp_path / "history.json")


def test_a_binary_file_is_named(tmp_path):
    (tmp_path / "history.json").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(UserError, match=r"history\.json is not a history\.json"):
        History.load(tmp_path / "history.json")


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(UserError, match="No such file"):
        History.load(tmp_path / "history.json")


def test_the_machine_is_described_by_what_the_figures_depend_on():
    machine = module.describe_machine(["cpu(0)", "cpu(1)"], "bfloat16")
    assert json.loads(json.dumps(machine)) == machine
    assert machine["devices"] == ["cpu(0)", "cpu(1)"]
    assert machine["precision"] == "bfloat16"
    assert machine["cores"] == os.cpu_count()
    assert machine["python"] == platform.python_version()
    assert machine["mxnet"] == "1.9.1"
    assert sorted(machine) == sorted("cpu cores threads isa precision devices python numpy mxnet gluon_alexnet".split())
