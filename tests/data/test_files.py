"""Where the data comes from, and what is said when it does not come."""

import gzip
import hashlib
from pathlib import Path

import numpy as np
import pytest
from small_data import CONTENT, small_files

from gluon_alexnet.data import files, synthetic
from gluon_alexnet.errors import DataError


@pytest.fixture(autouse=True)
def a_small_world(tmp_path, monkeypatch):
    """An empty home, no network, a published data set of 20 and 10 images, and a stand-in of 30."""
    for name in ("FASHION_MNIST_DIR", "MXNET_HOME", "KERAS_HOME", "XDG_CACHE_HOME"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.setenv("GLUON_ALEXNET_OFFLINE", "1")
    (tmp_path / "work" / "here").mkdir(parents=True)
    monkeypatch.chdir(tmp_path / "work" / "here")
    monkeypatch.setattr(files, "FILES", small_files())
    monkeypatch.setattr(files, "_ALL", files.FILES["train"] + files.FILES["test"])
    monkeypatch.setattr(synthetic, "COUNTS", {"train": 30, "test": 30})
    monkeypatch.setattr(files, "_gave_up", {})
    for kept in (files._announce, files._stand_in, files._kept):
        kept.cache_clear()
    yield
    files._stand_in.cache_clear()


@pytest.fixture
def answers(monkeypatch):
    """What the network would put into the cache; it is asked once and fails with no answers."""
    calls, contents = [], {}

    def fetch(most, folder, places, check):
        calls.append(sorted(most))
        if not contents:
            raise DataError("nothing answered")
        for name in most:
            (folder / name).write_bytes(gzip.compress(contents[name.removesuffix(".gz")]))
            check(folder / name, name)

    monkeypatch.setattr(files.net, "fetch", fetch)
    monkeypatch.delenv("GLUON_ALEXNET_OFFLINE")
    return calls, contents


def put(folder, packed=True, **changed):
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in CONTENT.items():
        content = changed.get(name.split("-idx")[0].replace("-", "_"), content)
        if content is not None:
            (folder / (name + ".gz" * packed)).write_bytes(gzip.compress(content) if packed else content)
    return folder


def test_the_authors_names_and_counts_stand_here():
    assert files.CLASS_NAMES[0] == "T-shirt/top" and files.CLASS_NAMES[9] == "Ankle boot"
    assert len(set(files.CLASS_NAMES)) == len(set(files.CLASS_NAMES_VI)) == 10


@pytest.mark.parametrize("packed", [True, False], ids=["gz", "plain"])
def test_a_named_folder_gives_both_splits(tmp_path, packed):
    folder = put(tmp_path / "mine", packed)
    train, test = files.load_split("train", folder), files.load_split("test", str(folder))
    assert (train.images.shape, test.images.shape) == ((20, 28, 28), (10, 28, 28))
    assert (train.labels.dtype, train.images.dtype) == (np.int32, np.uint8)
    assert not train.images.flags.writeable and not train.labels.flags.writeable
    assert train.source.name == "fashion-mnist" and train.source.where == str(folder) and train.source.notice() == ""
    name = "train-labels-idx1-ubyte"
    assert train.source.sha256[name] == hashlib.sha256(CONTENT[name]).hexdigest()


@pytest.mark.parametrize("inside", ["FashionMNIST/raw", "raw", "fashion-mnist", "data/fashion"])
def test_a_folder_around_the_usual_one_will_do(tmp_path, inside):
    put(tmp_path / "root" / inside)
    assert files.load_split("test", tmp_path / "root").source.where == str(tmp_path / "root" / inside)


def test_loading_twice_reads_once(tmp_path):
    folder = put(tmp_path / "mine")
    assert files.load_split("train", folder).images is files.load_split("train", folder).images


def test_a_file_put_right_is_read_again(tmp_path):
    folder = put(tmp_path / "mine", train_labels=b"")
    with pytest.raises(DataError, match="is empty"):
        files.load_split("train", folder)
    put(folder)
    assert files.load_split("train", folder).labels[3] == 3


@pytest.mark.parametrize(
    "changed, sentence",
    [
        ({"train_images": None}, "has no train-images-idx3-ubyte.gz"),
        ({"train_images": CONTENT["t10k-images-idx3-ubyte"]}, "training and the test file were swapped"),
        ({"train_labels": CONTENT["train-images-idx3-ubyte"]}, "holds images where labels should be"),
    ],
)
def test_a_named_folder_never_falls_back(tmp_path, changed, sentence):
    put(tmp_path / "home/.mxnet/datasets/fashion-mnist")
    with pytest.raises(DataError, match=sentence) as raised:
        files.load_split("train", put(tmp_path / "mine", **changed))
    assert "take it again from https://github.com/zalandoresearch/fashion-mnist" in str(raised.value)


@pytest.mark.parametrize(
    "make, sentence",
    [
        (lambda path: None, "is not there"),
        (lambda path: path.write_text("x"), "is a file"),
        (lambda path: path.mkdir(), "holds none of the four files"),
    ],
)
def test_a_named_folder_that_is_none_is_an_error(tmp_path, monkeypatch, make, sentence):
    make(tmp_path / "mine")
    with pytest.raises(DataError, match=f"^--data names .*mine.*{sentence}"):
        files.load_split("train", tmp_path / "mine")
    monkeypatch.setenv("FASHION_MNIST_DIR", str(tmp_path / "mine"))
    with pytest.raises(DataError, match=rf"^\$FASHION_MNIST_DIR names .*mine.*{sentence}"):
        files.load_split("train")


def test_a_home_that_is_none_is_an_error():
    with pytest.raises(DataError, match="--data names ~nobody-of-this-name/x, which cannot be read"):
        files.load_split("train", "~nobody-of-this-name/x")


def test_a_name_too_long_is_an_error():
    with pytest.raises(DataError, match="which cannot be read .*File name too long"):
        files.load_split("train", "x" * 300)


def test_an_empty_name_is_an_error():
    with pytest.raises(DataError, match="--data names '', which is not there"):
        files.load_split("train", "")


def test_an_unreadable_file_is_named(tmp_path):
    folder = put(tmp_path / "mine", train_labels=None)
    loop = folder / "train-labels-idx1-ubyte.gz"
    loop.symlink_to(loop)
    with pytest.raises(DataError, match="train-labels-idx1-ubyte.gz cannot be read .*see to its permissions"):
        files.load_split("train", folder)


def test_a_damaged_plain_file_beside_a_good_packed_one_does_no_harm(tmp_path):
    folder = put(tmp_path / "mine")
    (folder / "train-labels-idx1-ubyte").write_bytes(b"")
    assert files.load_split("train", folder).labels[3] == 3


@pytest.mark.parametrize(
    "where",
    [
        "home/.mxnet/datasets/fashion-mnist",
        "work/here/data/FashionMNIST/raw",
        "work/data/FashionMNIST/raw",
        "home/data/FashionMNIST/raw",
        "home/.keras/datasets/fashion-mnist",
        "home/.cache/gluon_alexnet/fashion-mnist",
    ],
)
def test_the_usual_folders_are_found(tmp_path, capsys, where):
    put(tmp_path / where)
    assert Path(files.load_split("test").source.where).resolve() == tmp_path / where
    assert capsys.readouterr().err == ""


@pytest.mark.parametrize(
    "variable, inside",
    [
        ("FASHION_MNIST_DIR", "."),
        ("MXNET_HOME", "datasets/fashion-mnist"),
        ("KERAS_HOME", "datasets/fashion-mnist"),
        ("XDG_CACHE_HOME", "gluon_alexnet/fashion-mnist"),
    ],
)
def test_the_variables_move_the_usual_folders(tmp_path, monkeypatch, variable, inside):
    put(tmp_path / "moved" / inside)
    monkeypatch.setenv(variable, str(tmp_path / "moved"))
    assert files.load_split("test").source.where == str(tmp_path / "moved" / inside)


def test_without_data_the_stand_in_is_used_and_said_once(capsys):
    train, test = files.load_split("train"), files.load_split("test")
    said = capsys.readouterr().err
    assert (train.source.name, train.source.where, len(train.labels), len(test.labels)) == (
        "stand-in",
        "built in",
        30,
        30,
    )
    assert said.count("STAND-IN DATA, NOT FASHION-MNIST") == 1
    assert "it was not found in the usual folders and the network is switched off" in said == train.source.notice() + "\n"
    assert train.source.sha256["stand-in-train-images"] == hashlib.sha256(train.images.tobytes()).hexdigest()
    assert not train.images.flags.writeable


def test_the_stand_in_can_be_asked_for(tmp_path):
    put(tmp_path / "home/.mxnet/datasets/fashion-mnist")
    assert files.load_split("test", "stand-in").source.reason == "--data asks for it"


def test_a_damaged_usual_folder_is_passed_over_aloud(tmp_path, capsys):
    put(tmp_path / "home/.mxnet/datasets/fashion-mnist", t10k_labels=b"<html>")
    put(tmp_path / "home/.keras/datasets/fashion-mnist")
    assert files.load_split("train").source.where.endswith(".keras/datasets/fashion-mnist")
    assert capsys.readouterr().err == ""


def test_a_damaged_usual_folder_alone_is_the_reason_for_the_stand_in(tmp_path, capsys):
    put(tmp_path / "home/.mxnet/datasets/fashion-mnist", t10k_labels=b"<html>")
    assert "t10k-labels-idx1-ubyte.gz is a web page" in files.load_split("train").source.reason
    assert "Passed over: " in capsys.readouterr().err


def test_what_is_not_found_is_downloaded_into_the_cache(tmp_path, answers):
    calls, contents = answers
    contents.update(CONTENT)
    assert files.load_split("train").source.where == str(tmp_path / "home/.cache/gluon_alexnet/fashion-mnist")
    assert files.load_split("test").images.shape == (10, 28, 28)
    assert calls == [sorted(name + ".gz" for name in CONTENT)]


def test_only_what_the_cache_lacks_is_downloaded(tmp_path, answers):
    calls, contents = answers
    contents.update(CONTENT)
    put(tmp_path / "home/.cache/gluon_alexnet/fashion-mnist", t10k_labels=b"")
    assert files.load_split("test").source.name == "fashion-mnist"
    assert calls == [["t10k-labels-idx1-ubyte.gz"]]


def test_a_download_in_vain_is_not_repeated_for_the_other_split(answers, capsys):
    assert files.load_split("train").source.reason.endswith("nothing answered")
    assert files.load_split("test").source.name == "stand-in"
    assert len(answers[0]) == 1 and capsys.readouterr().err.count("STAND-IN") == 1


def test_download_false_leaves_the_network_alone(answers):
    assert files.load_split("train", download=False).source.name == "stand-in"
    assert answers[0] == []


def test_a_cache_that_cannot_be_written_is_a_reason_and_no_crash(tmp_path, answers):
    (tmp_path / "home").write_text("a file where the home should be")
    assert "cannot be written" in files.load_split("train").source.reason


def test_another_process_may_bring_the_files_meanwhile(tmp_path, answers, monkeypatch):
    def fetch(most, folder, places, check):
        put(folder)
        raise DataError("locked")

    monkeypatch.setattr(files.net, "fetch", fetch)
    assert files.load_split("train").source.name == "fashion-mnist"


def test_a_user_without_a_home_has_a_cache_in_the_temporary_folder(monkeypatch):
    monkeypatch.setattr(Path, "home", lambda: (_ for _ in ()).throw(RuntimeError("no home")))
    assert files.cache_folder().name == "fashion-mnist"


def test_an_unknown_split_is_a_mistake_of_the_program():
    with pytest.raises(ValueError, match="'train' or 'test', not 'validation'"):
        files.load_split("validation")


def test_the_real_data_has_six_thousand_images_of_each_class(real_data, monkeypatch):
    monkeypatch.undo()
    train, test = files.load_split("train", real_data), files.load_split("test", real_data)
    assert np.bincount(train.labels).tolist() == [6000] * 10 and np.bincount(test.labels).tolist() == [1000] * 10
    # What everybody's first look at the data set shows: an ankle boot first, a T-shirt second.
    assert train.labels[:2].tolist() == [9, 0] and test.images.shape == (10_000, 28, 28)


@pytest.mark.parametrize("packed", [True, False])
@pytest.mark.parametrize(
    "place",
    [
        # Keras's name, torchvision's, 7-Zip's folder, Kaggle's folder.
        "{published}{gz}",
        "{dotted}{gz}",
        "{published}/{published}{gz}",
        "{dotted}/{dotted}{gz}",
        "{published}/{dotted}{gz}",
        "{published}.gz/{published}{gz}",
    ],
)
def test_the_names_that_other_programs_give_are_known(tmp_path, place, packed):
    for name, content in CONTENT.items():
        gz = ".gz" if packed else ""
        path = tmp_path / "theirs" / place.format(published=name, dotted=name.replace("-idx", ".idx"), gz=gz)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(gzip.compress(content) if packed else content)
    for split, count in (("train", 20), ("test", 10)):
        loaded = files.load_split(split, data=tmp_path / "theirs")
        assert (loaded.source.name, len(loaded.labels)) == ("fashion-mnist", count)
