"""What notebooks get of recorded runs, and that it is what the full histories say."""

import json
import statistics
from pathlib import Path

import numpy as np
import pytest

from gluon_alexnet.errors import UserError
from gluon_alexnet.study import recorded

ROOT = Path(__file__).resolve().parents[2]
LARGEST, LARGEST_ARRAYS = 20_000, 50_000  # bytes of a record, and of what lies beside it


@pytest.fixture
def condensed(monkeypatch):
    monkeypatch.syspath_prepend(str(ROOT / "benchmarks"))
    import condensed

    return condensed


@pytest.mark.parametrize("name", recorded.names())
def test_a_record_has_a_figure_for_each_pass(name):
    content = recorded(name)
    assert content["runs"] and content["command"].startswith(("gluon-alexnet ", "python benchmarks/"))
    for run in content["runs"]:
        assert run.get("rate", content["settings"].get("lr")) > 0
        columns = {column: value for column, value in run.items() if isinstance(value, list)}
        assert {"epoch", "loss", "test_accuracy", "lr"} <= set(columns)
        assert len({len(value) for value in columns.values()}) == 1
        assert run["epoch"] == sorted(run["epoch"]) and all(0 < share <= 1 for share in run["test_accuracy"])
    assert len({(run["seed"], run.get("batch_size")) for run in content["runs"]}) == len(content["runs"])


def test_a_record_is_small_and_names_no_place():
    for path in (ROOT / "gluon_alexnet" / "study" / "recorded").iterdir():
        assert path.stat().st_size < (LARGEST if path.suffix == ".json" else LARGEST_ARRAYS)
        assert path.suffix == ".npz" or not any(word in path.read_text() for word in ("/home", "/work", "/tmp", "/root"))


def test_records_of_histories_are_theirs(condensed, capsys):
    assert condensed.main(["--check"]) == 0, capsys.readouterr().err


def test_a_record_says_what_its_history_says():
    history = json.loads((ROOT / "benchmarks" / "results" / "alexnet-accurate.json").read_text())
    (run,) = recorded("alexnet-accurate")["runs"]
    assert run["test_accuracy"] == [epoch["test_accuracy"] for epoch in history["epochs"]]
    assert run["steps"] == len(history["step_losses"])


def test_exercise_2_1_has_its_proof():
    # README's leaderboard: the simplified net is at least as accurate as AlexNet, at a 17th of its multiply-adds.
    small = statistics.mean(run["test_accuracy"][-1] for run in recorded("alexnet_small-fast")["runs"])
    large = recorded("alexnet-accurate")["runs"][0]["test_accuracy"][-1]
    assert f"{small:.4f}" == "0.9361" and f"{large:.4f}" == "0.9318"


def test_filters_learn_only_what_an_enlarged_picture_shows():
    # The notebook's point: a picture of 28 pixels enlarged to 224 is smooth, so that training adds something smooth to the noise.
    before, after = recorded.filters("alexnet", "start"), recorded.filters("alexnet")
    assert before.shape == after.shape == (96, 11, 11) and after.dtype == "float32"

    def roughness(filters):
        """The mean square of the steps from weight to weight over that of the weights: 2 for noise."""
        return np.diff(filters, axis=2).var() / filters.var()

    assert roughness(before) == pytest.approx(2, abs=0.1) and roughness(after) == pytest.approx(2, abs=0.1)
    assert roughness(after - before) < 0.1


def test_an_unknown_name_is_told_with_a_near_one():
    with pytest.raises(UserError, match="no record 'alexnet-chaptre': did you mean 'alexnet-chapter'"):
        recorded("alexnet-chaptre")


def test_a_history_becomes_columns(condensed):
    epoch = {"epoch": 1, "loss": 0.123456, "train_accuracy": 0.9, "test_accuracy": 0.8, "test_loss": 0.5, "lr": 0.1}
    more = [{"learned": {"accuracy": accuracy}} for accuracy in (0.95, 1.0)]
    epochs = [{**epoch, "more": more[0]}, {**epoch, "epoch": 2, "more": more[1]}]
    history = {"settings": {"seed": 3}, "step_losses": [0.0] * 7, "epochs": epochs}
    found = condensed.columns(history)
    assert (found["seed"], found["steps"], found["epoch"], found["loss"]) == (3, 7, [1, 2], [0.12346] * 2)
    assert found["learned_accuracy"] == [0.95, 1.0]
