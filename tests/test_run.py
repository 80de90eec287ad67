"""gluon_alexnet.run: where runs are kept, how their options come together, and how they are found and resumed."""

import json
import os
import resource
import shlex
import shutil
import signal

import numpy as np
import pytest
from PIL import Image
from small_data import CONTENT, small_files

from gluon_alexnet import cli, models, recipes, run, settings
from gluon_alexnet.cli import parser
from gluon_alexnet.data import files
from gluon_alexnet.data.files import load_split
from gluon_alexnet.data.loader import FashionMNISTLoader
from gluon_alexnet.errors import CheckpointError, DataError, DivergedError, UserError
from gluon_alexnet.machine import runtime
from gluon_alexnet.models import build
from gluon_alexnet.train import checkpoint, evaluate, fit
from gluon_alexnet.train.history import History

TINY = {
    "model": "lenet",
    "epochs": 1,
    "batch_size": 50,
    "limit": 100,
    "lr": 0.1,
    "data": "stand-in",
    "device": "cpu",
    "precision": "float32",
}

# A step with these multiplies every weight by minus 1e40, which float32 cannot hold.
SPOILT = {**TINY, "lr": 1e20, "weight_decay": 1e20}


@pytest.fixture
def copied_run(lenet_run, tmp_path):
    return shutil.copytree(lenet_run, tmp_path / "copy")


# Options


def test_without_options_it_is_the_quick_alexnet():
    options = run._options({})
    assert (options["model"], options["recipe"]) == ("alexnet", "quick")
    assert options.items() >= recipes.RECIPES["quick"]["alexnet"].items()


def test_with_epochs_it_is_the_chapters_recipe():
    options = run._options({"epochs": 10})
    assert options["recipe"] == "chapter"
    assert (options["lr"], options["batch_size"], "minutes" in options) == (0.01, 128, False)


def test_a_recipe_says_which_net_and_a_net_which_recipe():
    assert run._options({"recipe": "fast"})["model"] == "compact"
    assert run._options({"model": "compact"})["recipe"] == "fast"
    assert run._options({"model": "compact", "epochs": 2.0}).items() >= {"recipe": "fast", "epochs": 2.0}.items()
    assert "minutes" not in run._options({"model": "compact", "epochs": 2.0})


def test_the_chapters_numbers():
    assert recipes.recipe("chapter", "alexnet").items() >= {"epochs": 10, "lr": 0.01, "batch_size": 128}.items()
    assert recipes.recipe("chapter", "lenet").items() >= {"epochs": 10, "lr": 0.9, "batch_size": 256}.items()


def test_the_papers_numbers():
    # Krizhevsky et al. 2012, section 5.
    theirs = {"lr": 0.01, "batch_size": 128, "momentum": 0.9, "weight_decay": 0.0005, "epochs": 90, "initializer": "alexnet"}
    assert recipes.recipe("paper", "alexnet_2012").items() >= theirs.items()
    # They are for a thousand classes, so whoever wants them names them.
    for asked in ({}, {"epochs": 1}):
        assert run._options({"model": "alexnet_2012", **asked})["recipe"] == "quick"
    assert run._options({"recipe": "paper"})["model"] == "alexnet_2012"


@pytest.mark.parametrize(("model", "side"), [("alexnet_2012", 227), ("gluoncv:cifar_resnet20_v1", 32)])
def test_a_net_made_for_colours_and_more_classes_learns_from_fashion_mnist(model, side):
    options = run._of_fashion(run._options({"model": model, "data": "stand-in", "batch_size": 2, "limit": 4}))
    assert options["num_classes"] == 10
    spec = run.net_spec(options)
    images, labels = next(iter(run._data(options, spec.input_shape)["train_data"]))
    assert images.shape == (2, 3, side, side)
    assert (images[:, 0] == images[:, 2]).all()
    # One that is made for ten classes says nothing of them, as before there were others.
    assert "num_classes" not in run._of_fashion(run._options({"model": "lenet"}))


@pytest.mark.parametrize(("name", "model"), [(name, model) for name, models in recipes.RECIPES.items() for model in models])
def test_every_recipe_trains(name, model):
    # The net of 2012 takes a second for each picture where others want the processors too.
    images = 2 if model == "alexnet_2012" else 20
    short = {"epochs": 1, "limit": images, "batch_size": images // 2, "data": "stand-in", "device": "cpu", "precision": "float32"}
    options = run._options({"recipe": name, "model": model, **short})
    spec = run.net_spec(options)
    train_data = run.loaders(options, spec.input_shape[1:], spec.input_shape[0])("train")
    history = fit(build(spec), train_data, **settings.among(options))
    assert history.stopped == "finished" and len(history.step_losses) == 2


@pytest.mark.parametrize("model", ["alexnet", "lenet"])
@pytest.mark.parametrize("recipe", ["chapter", "quick"])
def test_what_was_given_goes_before_the_recipe(model, recipe):
    options = run._options({"model": model, "recipe": recipe, "lr": 0.123, "seed": 5})
    assert (options["lr"], options["seed"], options["recipe"]) == (0.123, 5, recipe)
    assert ("epochs" in options) != ("minutes" in options)


@pytest.mark.parametrize("recipe", ["chapter", "quick"])
@pytest.mark.parametrize("length", ["epochs", "minutes"])
def test_a_length_replaces_the_recipes_other_one(recipe, length):
    options = run._options({"recipe": recipe, length: 3})
    assert {name: options[name] for name in ("epochs", "minutes") if name in options} == {length: 3}


def test_a_recipes_momentum_is_not_for_optimizers_without(tmp_path):
    assert "momentum" not in run._options({"recipe": "fast", "optimizer": "adam"})
    assert run._options({"recipe": "fast", "optimizer": "sgd"})["momentum"] == 0.9
    with pytest.raises(UserError, match="the optimizer 'adam' has no momentum"):
        run.train({**TINY, "optimizer": "adam", "momentum": 0.5, "out": str(tmp_path / "run")})
    with pytest.raises(UserError, match="did you mean 'adam'"):
        run.train({**TINY, "optimizer": "adm", "out": str(tmp_path / "run")})


@pytest.mark.parametrize(("name", "value"), [("momentum", 1.0), ("momentum", float("nan")), ("weight_decay", -0.1)])
def test_numbers_that_no_update_can_be_made_with_are_told(tmp_path, name, value):
    with pytest.raises(UserError, match=f"{name} is {value}: it must be "):
        run.train({**TINY, name: value, "out": str(tmp_path / "run")})
    assert not (tmp_path / "run").exists()


def test_two_lengths_are_refused():
    with pytest.raises(UserError, match="leave one of them out"):
        run._options({"epochs": 3, "minutes": 3})


def test_recipes_are_not_changed_by_those_who_take_them():
    recipes.recipe("chapter", "lenet")["lr"] = 99
    assert recipes.recipe("chapter", "lenet")["lr"] == 0.9


@pytest.mark.parametrize(
    ("name", "model", "sentence"), [("slow", "lenet", "no recipe 'slow'"), ("quick", "vgg", "no settings for 'vgg'")]
)
def test_a_recipe_that_is_not_there_is_told(name, model, sentence):
    with pytest.raises(UserError, match=sentence):
        recipes.recipe(name, model)


# Folders


def test_without_out_a_run_is_kept_below_runs_by_model_and_time():
    history, folder = run.train({**TINY})
    assert folder.parent == run.RUNS and folder.name.startswith("lenet-")
    assert History.load(folder / "history.json") == history


def test_a_run_that_failed_before_its_first_checkpoint_leaves_no_folder(tmp_path, monkeypatch):
    def fail(*_, **__):
        raise RuntimeError("a fault of ours")

    monkeypatch.setattr(run, "fit", fail)
    with pytest.raises(RuntimeError, match="a fault of ours"):
        run.train({**TINY, "out": str(tmp_path / "run")})
    assert not (tmp_path / "run").exists()


def test_two_runs_in_one_second_get_two_folders(tmp_path):
    assert run._new_folder(None, "lenet") != run._new_folder(None, "lenet")


def test_a_folder_that_cannot_be_made_is_told(tmp_path):
    (tmp_path / "file").write_text("mine")
    with pytest.raises(UserError, match=r"cannot make the folder .*out \(Not a directory\): name another with --out"):
        run._new_folder(tmp_path / "file" / "out", "lenet")


def test_the_command_of_a_run_asks_for_the_same_run():
    given = {"lr": 0.123456789, "epochs": 1 / 3, "momentum": 0.9, "data": "stand-in", "device": "cpu0, cpu1", "validation": True}
    words = shlex.split(run._command({**given, "out": "mine"}))
    assert words[:2] == ["gluon-alexnet", "train"]
    parsed = vars(parser.build().parse_args(words[1:]))
    assert {name: parsed[name] for name in given} == given and "out" not in parsed
    assert run._command({"lr": 0.1, "data": "/mine"}) == "gluon-alexnet train --lr 0.1"


def test_an_empty_folder_can_be_used(tmp_path):
    (tmp_path / "out").mkdir()
    assert run._new_folder(tmp_path / "out", "lenet") == tmp_path / "out"


def test_a_folder_with_something_in_it_is_never_written_into(copied_run):
    before = {path: path.read_bytes() for path in copied_run.iterdir()}
    with pytest.raises(UserError, match="is there already: name a new folder with --out, or go on with --resume"):
        run.train({**TINY, "out": str(copied_run)})
    assert {path: path.read_bytes() for path in copied_run.iterdir()} == before


def test_a_file_in_the_place_of_the_folder_is_told(tmp_path):
    (tmp_path / "out").write_text("mine")
    with pytest.raises(UserError, match="is there already"):
        run.train({**TINY, "out": str(tmp_path / "out")})


def test_run_json_holds_every_option(lenet_run):
    options = json.loads((lenet_run / "run.json").read_text())
    expected = {"model": "lenet", "epochs": 2, "batch_size": 100, "limit": 300, "validation": True, "seed": 0}
    assert options.items() >= expected.items()


def test_the_newest_run_is_the_one_saved_last(copied_run, tmp_path):
    for name, age in (("b", 10), ("a", 0), ("c", 20)):
        folder = shutil.copytree(copied_run, tmp_path / "runs" / name)
        stamp = (folder / "last.json").stat().st_mtime - age
        os.utime(folder / "last.json", (stamp, stamp))
    (tmp_path / "runs" / "without-a-checkpoint").mkdir()
    assert run.newest() == run.RUNS / "a"


# What a run is


def test_the_history_tells_data_settings_and_both_passes(lenet_run):
    history = History.load(lenet_run / "history.json")
    assert (history.model, history.params, history.stopped) == ("lenet", 61_706, "finished")
    assert [epoch.epoch for epoch in history.epochs] == [1, 2]
    assert [epoch.images for epoch in history.epochs] == [300, 300]
    assert len(history.step_losses) == history.settings["total_steps"] == 6
    assert history.data["name"] == "stand-in"
    assert [history.data[f"{split}_images"] for split in ("train", "validation", "test")] == [300, 5_000, 10_000]
    assert (history.settings["lr"], history.settings["optimizer"], history.machine["precision"]) == (0.5, "sgd", "float32")


def test_best_is_the_net_of_the_best_validation_accuracy(lenet_run):
    accuracies = [epoch.validation_accuracy for epoch in History.load(lenet_run / "history.json").epochs]
    assert checkpoint.read(lenet_run, "best")["step"] == 3 * (1 + accuracies.index(max(accuracies)))


def test_without_a_validation_split_nothing_is_chosen_by_the_test_set(tmp_path):
    history, folder = run.train({**TINY, "out": str(tmp_path / "run")})
    assert history.epochs[0].validation_accuracy is None
    assert not (folder / "best.json").exists()
    with pytest.raises(CheckpointError, match="best"):
        run.load(folder, "best")


def test_augmentation_and_limit_are_for_training_only():
    options = {**run._options({**TINY}), "augment": "flip"}
    loader = run.loaders(options, (28, 28))
    assert (loader("train").settings["augment"], len(loader("train").labels)) == ("flip", 100)
    assert (loader("test").settings["augment"], len(loader("test").labels)) == (None, 10_000)


def test_the_report_shows_the_stand_in_for_what_it_is(lenet_run):
    page = (lenet_run / "report.html").read_text()
    assert "stand-in" in page and "61,706" in page


def test_a_run_that_diverges_is_told_and_its_history_kept(tmp_path):
    with pytest.raises(DivergedError, match="at step 2 of 6, at learning rate 1e\\+20"):
        run.train({**SPOILT, "epochs": 3, "out": str(tmp_path / "run")})
    assert History.load(tmp_path / "run" / "history.json").stopped == "diverged"


def test_a_net_spoilt_by_its_very_last_step_is_told_too(tmp_path):
    with pytest.raises(DivergedError, match="at step 1 of 1, at learning rate 1e\\+20"):
        run.train({**SPOILT, "batch_size": 100, "out": str(tmp_path / "run")})


# Resuming


def test_resuming_a_finished_run_writes_its_report_again(copied_run):
    before = History.load(copied_run / "history.json")
    (copied_run / "report.html").unlink()
    history, folder = run.train({"resume": str(copied_run)})
    assert folder == copied_run and (copied_run / "report.html").is_file()
    assert (history.step_losses, history.epochs) == (before.step_losses, before.epochs)


def test_resuming_takes_no_other_settings(copied_run):
    with pytest.raises(UserError, match="leave out --batch-size, --lr$"):
        run.train({"resume": str(copied_run), "lr": 1, "batch_size": 2})


def test_resuming_may_look_for_the_data_elsewhere(copied_run):
    with pytest.raises(DataError, match="nowhere"):
        run.train({"resume": str(copied_run), "data": "nowhere"})
    assert (copied_run / "last.json").is_file()


def test_a_run_stopped_before_its_first_checkpoint_starts_anew(tmp_path, capsys):
    _, folder = run.train({**TINY, "out": str(tmp_path / "run")})
    straight = History.load(folder / "history.json").step_losses
    for path in folder.iterdir():
        if path.name != "run.json":
            path.unlink()
    history, _ = run.train({"resume": str(folder)})
    assert "starts anew" in capsys.readouterr().err
    assert history.step_losses == straight


def test_ctrl_c_before_anything_is_saved_does_not_claim_that_it_was(tmp_path, monkeypatch, capsys):
    def fit(*_, **__):
        raise KeyboardInterrupt

    monkeypatch.setattr(run, "fit", fit)
    with pytest.raises(KeyboardInterrupt):
        run.train({**TINY, "out": str(tmp_path / "run")})
    err = capsys.readouterr().err
    assert f"stopped before a checkpoint; begin again with: gluon-alexnet train --resume {tmp_path / 'run'}" in err


@pytest.mark.parametrize("content", ["", "{", "\xff", "{}", "[]"])
def test_a_damaged_run_json_is_named(copied_run, content):
    (copied_run / "run.json").write_text(content)
    with pytest.raises(UserError, match=r"is not the folder of a run \(there is no readable .*run\.json\)"):
        run.load(copied_run)


# Loading


def test_a_loaded_net_answers_as_the_trained_one(lenet_run):
    net, spec, options, state = run.load(lenet_run)
    loader = run.loaders(options, spec.input_shape[1:])("test")
    last = History.load(lenet_run / "history.json").epochs[-1]
    assert evaluate(net, loader, precision="float32").accuracy == last.test_accuracy
    assert state["step"] == 6


# Full disks


@pytest.mark.parametrize("missing", [1, 100, 5_000, 200_000])
def test_a_checkpoint_that_does_not_fit_on_the_disk_leaves_the_older_one(copied_run, missing):
    net, _, _, state = run.load(copied_run)
    before = sorted(path.name for path in copied_run.iterdir())
    size = (copied_run / state["files"]["parameters"]).stat().st_size
    limit, handler = resource.getrlimit(resource.RLIMIT_FSIZE), signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size - missing, limit[1]))
    try:
        with pytest.raises(UserError, match=r"cannot write .*last-0000007\.params: .*free space there"):
            checkpoint.save(copied_run, "last", net, {**state, "step": 7})
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limit)
        signal.signal(signal.SIGXFSZ, handler)
    assert sorted(path.name for path in copied_run.iterdir()) == before
    assert run.load(copied_run)[3] == state


def test_the_nets_own_settings_are_options_of_the_run(tmp_path):
    history, folder = run.train({**TINY, "out": str(tmp_path / "run"), "activation": "relu", "dropout": 0.25})
    net, spec, _, _ = run.load(folder)
    assert [layer.activation for layer in spec.layers if hasattr(layer, "activation")] == ["relu"] * 4 + [None]
    assert [layer.rate for layer in spec.layers if hasattr(layer, "rate")] == [0.25, 0.25]
    assert history.settings["command"].endswith("--activation relu --dropout 0.25")


def test_a_setting_that_the_net_does_not_have_is_told(tmp_path):
    with pytest.raises(UserError, match="'alexnet' does not take these arguments: .*activation"):
        run.train({"model": "alexnet", "out": str(tmp_path / "run"), "activation": "relu"})
    assert not (tmp_path / "run").exists()


def test_a_net_trained_on_normalized_images_is_evaluated_on_such(tmp_path):
    history, folder = run.train({**TINY, "out": str(tmp_path / "run"), "normalize": True})
    net, spec, options, _ = run.load(folder)
    result = evaluate(net, run.loaders(options, (28, 28))("test"), precision="float32")
    assert result.loss == pytest.approx(history.epochs[-1].test_loss, rel=1e-5)


# The data that a run learned from


@pytest.fixture
def published(tmp_path, monkeypatch):
    """A folder with a published data set of 20 and 10 pictures; the environment names it."""
    for kept in (files._announce, files._kept):
        kept.cache_clear()
    monkeypatch.setattr(files, "FILES", small_files())
    monkeypatch.setattr(files, "_ALL", files.FILES["train"] + files.FILES["test"])
    (tmp_path / "published").mkdir()
    for name, content in CONTENT.items():
        (tmp_path / "published" / name).write_bytes(content)
    monkeypatch.setenv("FASHION_MNIST_DIR", str(tmp_path / "published"))
    return tmp_path / "published"


def told(capsys, words):
    """(exit code, stdout, stderr) of a command."""
    capsys.readouterr()
    return cli.main([str(word) for word in words]), *capsys.readouterr()


def test_a_run_knows_its_data_in_a_new_terminal_and_refuses_where_it_is_gone(published, tmp_path, monkeypatch, capsys):
    small = {**{name: value for name, value in TINY.items() if name != "data"}, "batch_size": 10, "limit": None}
    history, folder = run.train({**small, "out": str(tmp_path / "run")})
    assert json.loads((folder / "run.json").read_text())["found"] == {"name": "fashion-mnist", "where": str(published)}
    monkeypatch.delenv("FASHION_MNIST_DIR")
    code, out, err = told(capsys, ["evaluate", folder, "--precision", "float32"])
    assert (code, err) == (0, "") and f"accuracy {history.epochs[-1].test_accuracy:.4f}" in out and "10 images of test" in out
    assert told(capsys, ["train", "--resume", folder])[0] == 0
    # A run from before runs told it in their run.json.
    options = json.loads((folder / "run.json").read_text())
    (folder / "run.json").write_text(json.dumps({name: value for name, value in options.items() if name != "found"}))
    assert told(capsys, ["evaluate", folder, "--precision", "float32"])[1] == out

    moved = published.rename(tmp_path / "moved")
    for words in (["evaluate", folder], ["train", "--resume", folder]):
        code, out, err = told(capsys, words)
        assert (code, out) == (1, "") and "STAND-IN" not in err
        assert err.startswith(f"gluon-alexnet: the run in {folder} learned from Fashion-MNIST in {published}, which is not there")
        assert err.endswith("give the folder of its four files with --data\n")
    assert told(capsys, ["evaluate", folder, "--data", moved])[0] == 0
    assert told(capsys, ["train", "--resume", folder, "--data", moved])[0] == 0
    monkeypatch.setenv("FASHION_MNIST_DIR", str(moved))
    assert told(capsys, ["evaluate", folder])[0] == 0


def test_a_run_of_the_stand_in_is_evaluated_on_it_though_the_data_is_there_now(lenet_run, published, capsys):
    assert "accuracy" in told(capsys, ["evaluate", lenet_run])[1]
    assert "on 10,000 images of test" in told(capsys, ["evaluate", lenet_run])[1]


# Runs that fit began


def fitted(folder, net=None, **options):
    train_data, test_data = (FashionMNISTLoader(s, 50, limit=100, data="stand-in", normalize=True) for s in ("train", "test"))
    options = {"epochs": 2, "lr": 0.5, "precision": "float32", "progress": False, **options}
    return fit(net or models.lenet(activation="relu"), train_data, test_data, folder=folder, **options)


def test_the_commands_take_a_folder_of_fit(tmp_path, capsys):
    history = fitted("x")
    assert history.model == "lenet"
    code, out, _ = told(capsys, ["evaluate", "x", "--precision", "float32", "--split", "test"])
    assert code == 0 and out.startswith("lenet after step 4 on 10,000 images of test: loss ")
    # A part of the test images were its own.
    net, spec, options, _ = run.load("x")
    own = FashionMNISTLoader("test", 50, limit=100, data="stand-in", normalize=True)
    assert evaluate(net, own, precision="float32").accuracy == history.epochs[-1].test_accuracy
    assert options["normalize"] is True and spec.layers == models.lenet_spec(activation="relu").layers
    Image.fromarray(load_split("test", data="stand-in").images[0]).save("a.png")
    assert told(capsys, ["predict", "a.png", "--run", "x"])[0] == 0
    assert told(capsys, ["convert", "x", "--to", "npz"])[0] == 0
    assert "61,706" in told(capsys, ["models", "x"])[1]


def test_a_second_try_in_a_folder_of_fit_replaces_what_the_first_had_asked_for(tmp_path):
    def stop(*_):
        raise RuntimeError("stop")

    with pytest.raises(RuntimeError, match="stop"):
        fitted(tmp_path / "x", lr=100.0, on_step=stop)
    fitted(tmp_path / "x", epochs=1)
    assert json.loads((tmp_path / "x" / "run.json").read_text())["lr"] == 0.5


def test_a_run_of_fit_is_resumed_by_the_command_as_if_never_stopped(tmp_path, capsys):
    def stop(step, *_):
        if step == 3:
            raise RuntimeError("stop")

    with pytest.raises(RuntimeError, match="stop"):
        fitted(tmp_path / "x", checkpoint_minutes=1e-9, on_step=stop, momentum=0.9)
    assert told(capsys, ["train", "--resume", tmp_path / "x"])[0] == 0
    straight = fitted(tmp_path / "straight", momentum=0.9)
    resumed = History.load(tmp_path / "x" / "history.json")
    assert resumed.stopped == "finished" and resumed.step_losses == straight.step_losses
    assert resumed.epochs[-1].test_accuracy == straight.epochs[-1].test_accuracy
    assert (tmp_path / "x" / "report.html").is_file()


def test_of_a_run_of_somebodys_own_data_the_commands_say_what_they_cannot_know(tmp_path, capsys):
    images, labels = np.random.RandomState(0).rand(20, 1, 28, 28), np.arange(20) % 10
    fit(models.lenet(), [(images, labels)], epochs=1, lr=0.1, folder=tmp_path / "x", progress=False)
    code, _, err = told(capsys, ["evaluate", tmp_path / "x"])
    assert code == 1 and "learned from data of your own, which is not kept there: use its net in Python" in err
    code, _, err = told(capsys, ["train", "--resume", tmp_path / "x"])
    assert code == 1 and "go on with it in Python, by fit(..., folder=" in err
    assert told(capsys, ["evaluate", tmp_path / "x", "--data", "stand-in"])[0] == 0
    assert told(capsys, ["convert", tmp_path / "x", "--to", "npz"])[0] == 0
    Image.fromarray(np.zeros((28, 28), "uint8")).save("a.png")
    code, out, err = told(capsys, ["predict", "a.png", "--run", tmp_path / "x"])
    assert code == 0 and out.startswith("a.png: class ") and "its classes are told by number" in err


def test_of_a_net_without_a_table_of_layers_the_commands_say_where_its_weights_are(tmp_path):
    mx = runtime.load_mxnet()

    class Net(mx.gluon.HybridBlock):
        def __init__(self):
            super().__init__()
            self.dense = mx.gluon.nn.Dense(10)

        def hybrid_forward(self, F, images):
            return self.dense(images) * 2

    fitted(tmp_path / "x", Net(), epochs=1)
    with pytest.raises(UserError, match="the net of the run in .*x is not a Sequential of layers .*: use it in Python, by load"):
        run.load(tmp_path / "x")


# Runs repeated from their run.json


def file_of(folder, **options):
    (folder / "settings.json").write_text(json.dumps(options))
    return str(folder / "settings.json")


def repeated(tmp_path, config, **given):
    """(History, options in its run.json) of a new run."""
    history, folder = run.train({"config": str(config), "out": str(tmp_path / "again"), **given})
    return history, json.loads((folder / "run.json").read_text())


def test_a_run_json_repeats_its_run_and_its_command_needs_no_file(lenet_run, tmp_path):
    history, options = repeated(tmp_path, lenet_run / "run.json")
    assert history.step_losses == History.load(lenet_run / "history.json").step_losses
    assert (options["batch_size"], options["limit"], options["validation"], options["lr"]) == (100, 300, True, 0.5)
    words = shlex.split(history.settings["command"])[2:]
    assert "--config" not in words
    parsed = vars(parser.build().parse_args(["train", *words]))
    again = run._options({name: value for name, value in parsed.items() if name not in ("command", "debug")})
    kept = {name: value for name, value in options.items() if name not in ("command", "found")}
    assert {**again, "data": kept["data"]} == kept


def test_the_folder_of_a_run_stands_for_its_run_json(lenet_run):
    assert run._options({"config": str(lenet_run)}) == run._options({"config": str(lenet_run / "run.json")})


def test_given_options_replace_those_of_the_file(lenet_run):
    options = run._options({"config": str(lenet_run), "lr": 0.25, "minutes": 3.0, "dropout": 0.25})
    assert "epochs" not in options
    assert [options[name] for name in ("lr", "minutes", "dropout", "batch_size")] == [0.25, 3.0, 0.25, 100]


def test_sizes_of_a_file_are_a_pair_or_words(tmp_path):
    for sizes in ([20, 0.5], "20:0.5"):
        path = file_of(tmp_path, model="compact", progressive=sizes)
        run.check(run._options({"config": path}))
        assert run._command(run._asked({"config": path})).endswith("--progressive 20:0.5")


def test_an_optimizer_without_momentum_leaves_that_of_the_file_out(tmp_path):
    path = file_of(tmp_path, **TINY, momentum=0.9)
    assert "momentum" not in run._options({"config": path, "optimizer": "adam"})
    assert run._options({"config": path})["momentum"] == 0.9


def test_a_file_of_a_few_options_starts_from_a_recipe(tmp_path):
    options = run._options({"config": file_of(tmp_path, model="lenet", lr=0.5, epochs=3)})
    assert (options["recipe"], options["batch_size"], options["lr"], options["epochs"]) == ("chapter", 256, 0.5, 3)


def test_a_folder_of_data_is_one_below_the_folder_of_the_file(published, tmp_path):
    (tmp_path / "elsewhere").mkdir()
    os.chdir(tmp_path / "elsewhere")
    small = {**TINY, "batch_size": 10, "limit": 20, "data": "published"}
    history, options = repeated(tmp_path, file_of(tmp_path, **small))
    assert history.data["where"] == options["data"] == str(published)


@pytest.mark.parametrize(
    ("content", "given", "sentence"),
    [
        ("{", {}, r"cannot read .*settings.json \(.*\): name the run.json of a run, or its folder"),
        ("[]", {}, "holds a list: it must be the options of a run by name"),
        ('{"lrr": 1}', {}, "settings.json cannot be repeated: there is no option 'lrr': did you mean 'lr'"),
        ('{"lr": "0.1"}', {}, "lr is '0.1': it must be a number"),
        ('{"normalize": "no"}', {}, "normalize is 'no': it must be true or false"),
        ('{"batch_size": 0.5}', {}, "batch_size is 0.5"),
        ('{"epochs": 1, "minutes": 1}', {}, "epochs and minutes both say how long to train"),
        ("{}", {"recipe": "quick"}, "--config and --recipe both say"),
        ("{}", {"resume": ""}, "leave out --config"),
        ('{"by": "fit", "found": {"name": "custom", "where": ""}}', {}, "from data of your own, .*: repeat it in Python"),
        ('{"objects": ["optimizer"], "optimizer": "SGD()"}', {}, r"which no file can hold \(optimizer SGD\(\)\): repeat it"),
    ],
)
def test_a_file_that_cannot_be_repeated_is_told(lenet_run, tmp_path, content, given, sentence):
    shutil.copytree(lenet_run, tmp_path / "runs" / "lenet")
    (tmp_path / "settings.json").write_text(content)
    with pytest.raises(UserError, match=sentence) as error:
        run.train({"config": str(tmp_path / "settings.json"), "out": str(tmp_path / "run"), **given})
    assert "\n" not in str(error.value) and not (tmp_path / "run").exists()


def test_a_run_of_fit_is_repeated_by_the_command(tmp_path):
    fitted(tmp_path / "x", momentum=0.9)
    history, options = repeated(tmp_path, tmp_path / "x")
    assert history.step_losses == History.load(tmp_path / "x" / "history.json").step_losses
    assert history.settings["command"] == f"gluon-alexnet train --config {tmp_path / 'x'}"
    assert (options["by"], options["momentum"]) == ("fit", 0.9)
    with pytest.raises(UserError, match="begun by fit, with a net and loaders of its own: leave out --batch-size, --width"):
        run.train({"config": str(tmp_path / "x"), "batch_size": 20, "width": 32})


def test_a_run_of_fit_with_objects_says_so_to_the_commands(tmp_path, capsys):
    fitted(tmp_path / "x", initializer=runtime.load_mxnet().init.Normal(0.05))
    assert json.loads((tmp_path / "x" / "run.json").read_text())["objects"] == ["initializer"]
    code, _, err = told(capsys, ["train", "--resume", tmp_path / "x"])
    assert code == 1 and "was given objects, which no file can hold (initializer" in err and "go on with it in Python, by" in err
    assert told(capsys, ["evaluate", tmp_path / "x", "--precision", "float32"])[0] == 0
