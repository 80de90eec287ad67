"""benchmarks/epochs.py and batch_sizes.py: runs become records, once, and go on where they were stopped."""

import json
from pathlib import Path

import pytest

from gluon_alexnet.errors import UserError

BENCHMARKS = Path(__file__).resolve().parent.parent / "benchmarks"
RATE = 0.1


@pytest.fixture
def condensed(monkeypatch, tmp_path):
    monkeypatch.syspath_prepend(str(BENCHMARKS))
    import condensed

    monkeypatch.setattr(condensed, "RECORDED", tmp_path / "recorded")
    return condensed


@pytest.fixture
def epochs(condensed, monkeypatch):
    import epochs

    short = {"model": "lenet", "activation": "relu", "dropout": 0.5, "epochs": 2, "batch_size": 50, "lr": RATE}
    short.update(limit=200, tested=100, measured=150)
    monkeypatch.setattr(epochs, "CASES", {"short": short})
    monkeypatch.setattr(epochs, "find_data", lambda: "stand-in")
    return epochs


@pytest.fixture
def batch_sizes(condensed, monkeypatch):
    import batch_sizes

    case = {**batch_sizes.LENET, "data": {"limit": 200}, "tested": 100, "sizes": (20, 100)}
    case["fit"] = {**case["fit"], "epochs": 1, "lr": RATE}
    monkeypatch.setattr(batch_sizes, "RECORDS", {"kept": (case, False), "scaled": (case, True)})
    monkeypatch.setattr(batch_sizes, "find_data", lambda: "stand-in")
    return batch_sizes


def test_a_run_of_many_epochs_is_recorded_once(epochs, condensed, tmp_path, monkeypatch, capsys):
    assert epochs.main(["short", "--seeds", "0", "1", "--threads", "1", "--runs", str(tmp_path / "runs")]) == 0
    content = condensed.read("short")
    assert (content["model"], content["train_images"], content["test_images"]) == ("lenet", 200, 100)
    assert content["settings"]["net"] == {"activation": "relu", "dropout": 0.5}
    assert content["command"] == "python benchmarks/epochs.py short"
    first, second = content["runs"]
    assert (first["seed"], second["seed"]) == (0, 1) and first["loss"] != second["loss"]
    assert first["epoch"] == [1, 2] and first["steps"] == 8 and len(first["learned_accuracy"]) == 2
    # 150 images that it learns from.
    assert first["learned_accuracy"][0] * 150 == pytest.approx(round(first["learned_accuracy"][0] * 150), abs=1e-2)
    assert str(tmp_path) not in json.dumps(content)

    monkeypatch.setattr(epochs, "fit", None)
    assert epochs.main(["short", "--seeds", "1", "0"]) == 0
    assert "short: 0." in capsys.readouterr().out
    assert epochs.main(["no-such"]) == 2


def test_a_run_that_was_stopped_goes_on(epochs, condensed, tmp_path, monkeypatch):
    words = ["short", "--threads", "1", "--runs", str(tmp_path / "runs")]
    assert epochs.main(words) == 0
    whole = condensed.read("short")["runs"]
    (condensed.RECORDED / "short.json").unlink()

    def stop(self, run):
        measured(self, run)
        raise KeyboardInterrupt

    measured = epochs.OnLearned.on_epoch
    monkeypatch.setattr(epochs.OnLearned, "on_epoch", stop)
    again = [*words[:-1], str(tmp_path / "again")]
    with pytest.raises(KeyboardInterrupt):
        epochs.main(again)
    assert condensed.read("short") is None
    assert epochs.main([*again, "--so-far"]) == 0
    (run,) = condensed.read("short")["runs"]
    assert run["epoch"] == [1] and run["test_accuracy"] == whole[0]["test_accuracy"][:1]
    monkeypatch.setattr(epochs.OnLearned, "on_epoch", measured)
    assert epochs.main(again) == 0
    assert condensed.read("short")["runs"] == whole


def test_filters_are_kept_as_they_were_before_and_after(batch_sizes, condensed, tmp_path, monkeypatch):
    from gluon_alexnet.study import recorded, records

    monkeypatch.setattr(batch_sizes, "RECORDS", {"alexnet-batch-kept": batch_sizes.RECORDS["kept"]})
    words = ["--threads", "1", "--runs", str(tmp_path / "runs")]
    assert batch_sizes.main(words) == 0
    monkeypatch.setattr("gluon_alexnet.train.loop.Run.one_step", None)  # it is not run again
    assert batch_sizes.main(["--filters", *words]) == 0
    monkeypatch.setattr(records, "FOLDER", condensed.RECORDED)
    before, after = recorded.filters("alexnet", "start"), recorded.filters("alexnet")
    (run,) = recorded("alexnet-filters")["runs"]
    assert run["test_accuracy"] == condensed.read("alexnet-batch-kept")["runs"][0]["test_accuracy"]
    kept = first_weights(tmp_path / "runs" / "lenet-batch-20-0.1-0")
    assert after.shape == (6, 5, 5) and abs(after - kept).max() < 1e-3
    # Ten steps at the rate .1 change weights of He's size, sqrt(2 / 25), by less than they are.
    assert 0 < abs(after - before).max() < 0.28
    for words, sentence in ((("vgg",), "filters 'vgg': take one of alexnet"), (("alexnet", "begin"), "take one of end, start")):
        with pytest.raises(UserError, match=sentence):
            recorded.filters(*words)


def first_weights(folder):
    """The first convolution's weights in the checkpoint of a run on images of one channel."""
    import mxnet as mx

    (path,) = folder.glob("last-*.params")
    (weights,) = (array.asnumpy() for array in mx.npx.load(str(path)).values() if array.ndim == 4 and array.shape[1] == 1)
    return weights[:, 0]


def test_accuracy_by_batch_size_is_recorded_with_its_rate(batch_sizes, condensed, tmp_path, capsys):
    assert batch_sizes.main(["--threads", "1", "--runs", str(tmp_path / "runs")]) == 0
    kept, scaled = (condensed.read(name)["runs"] for name in ("kept", "scaled"))
    assert [(run["batch_size"], run["rate"], run["steps"]) for run in kept] == [(20, RATE, 10), (100, RATE, 2)]
    assert [(run["batch_size"], run["rate"]) for run in scaled] == [(20, RATE), (100, 5 * RATE)]
    # The smallest batch has one rate and was trained once.
    assert kept[0] == scaled[0] and len(list((tmp_path / "runs").iterdir())) == 3
    assert "kept: 20 0." in capsys.readouterr().out
    assert batch_sizes.main(["no-such"]) == 2


def test_a_run_that_diverges_stands_without_figures(batch_sizes, condensed, tmp_path, monkeypatch, capsys):
    case = {**batch_sizes.RECORDS["kept"][0], "sizes": (20,)}
    case["fit"] = {**case["fit"], "lr": 1e6, "warmup": 0.0}
    monkeypatch.setattr(batch_sizes, "RECORDS", {"kept": (case, False)})
    assert batch_sizes.main(["--threads", "1", "--runs", str(tmp_path / "runs")]) == 0
    (run,) = condensed.read("kept")["runs"]
    assert run["stopped"] == "diverged" and run["test_accuracy"] == []
    assert "kept: 20 diverged" in capsys.readouterr().out
