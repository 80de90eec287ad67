"""gluon-alexnet make-records, and the other commands on pictures of one's own: `--data records:PATH`."""

import json
import re
import shutil

import pytest
from pictures_of_all_kinds import folder_of_classes

from gluon_alexnet import cli, runs
from gluon_alexnet.train.history import History

TRAIN = "train --model lenet --activation relu --device cpu --precision float32 --epochs 2 --batch-size 12 --lr 0.05".split()


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return folder_of_classes(tmp_path_factory.mktemp("pictures") / "photos")


@pytest.fixture(scope="module")
def trained(folder, tmp_path_factory):
    """A run of LeNet on the three classes, in grey of 28x28."""
    run = tmp_path_factory.mktemp("runs") / "run"
    assert cli.main([*TRAIN, "--data", f"records:{folder}", "--out", str(run)]) == 0
    return run


def test_records_are_made_and_learned_from(gluon_alexnet, folder, tmp_path):
    code, out, _ = gluon_alexnet("make-records", folder, "--out", tmp_path / "a.rec")
    assert (code, out) == (0, f"{tmp_path / 'a.rec'}: 40 pictures in 3 classes\n")
    code, out, _ = gluon_alexnet([*TRAIN, "--validation"], "--data", f"records:{tmp_path / 'a.rec'}", "--out", tmp_path / "run")
    assert code == 0
    history = History.load(tmp_path / "run" / "history.json")
    assert history.data["name"] == "records" and history.settings["net"]["num_classes"] == 3
    assert [history.data[f"{name}_images"] for name in ("train", "validation", "test")] == [32, 4, 4]
    assert history.settings["train_data"]["augment"] == "crop+flip" and history.settings["train_data"]["channels"] == 1


def test_what_is_broken_is_told_and_counted(gluon_alexnet, tmp_path):
    folder = folder_of_classes(tmp_path / "photos", (2, 2, 2))
    (folder / "red" / "000.jpg").write_bytes(b"broken")
    code, out, err = gluon_alexnet("make-records", folder)
    assert code == 0 and out == f"{tmp_path / 'photos.rec'}: 5 pictures in 3 classes, 1 left out\n"
    assert err == f"left out, since it cannot be read: {folder / 'red' / '000.jpg'} (it is no picture)\n"


def test_a_run_says_what_its_classes_are_called(trained, folder):
    options = json.loads((trained / "run.json").read_text())
    assert options["found"] == {"name": "records", "where": str(folder), "class_names": ["blue", "green", "red"]}
    assert "green" in (trained / "report.html").read_text()
    assert "grey images of 28x28: pixels / 255" in runs.images_for(trained)


def test_its_net_is_evaluated_on_the_pictures_held_out(gluon_alexnet, trained):
    code, out, _ = gluon_alexnet("evaluate --precision float32", trained)
    last = History.load(trained / "history.json").epochs[-1]
    assert code == 0 and f"on 4 images of test: loss {last.test_loss:.4f}, accuracy {last.test_accuracy:.4f}" in out


def test_ten_crops_of_the_pictures_held_out(gluon_alexnet, trained, folder):
    code, out, _ = gluon_alexnet("evaluate --precision float32 --ten-crops", trained)
    assert code == 0 and re.search(r"on 4 images of test, ten parts of each: loss \d.*, accuracy [01]\.", out)
    code, _, err = gluon_alexnet("evaluate --ten-crops --flip", trained)
    assert code == 1 and "--ten-crops mirrors each part too: leave out --flip" in err


def test_it_tells_what_is_in_pictures_by_their_names(gluon_alexnet, trained, folder):
    code, out, err = gluon_alexnet("predict", folder / "red" / "000.jpg", folder / "nowhere.jpg", "--run", trained)
    assert code == 1 and "nowhere.jpg" in err
    assert out.startswith(f"{folder / 'red' / '000.jpg'}: ") and all(name in out for name in ("red", "green", "blue"))


def test_a_finished_run_gets_its_report_again(gluon_alexnet, trained):
    (trained / "report.html").unlink()
    code, _, err = gluon_alexnet("train --resume", trained)
    assert code == 0 and "its report is written again" in err
    assert (trained / "report.html").exists()


def test_a_run_is_repeated_by_its_file(gluon_alexnet, trained, tmp_path):
    code, *_ = gluon_alexnet("train --config", trained / "run.json", "--out", tmp_path / "run")
    assert code == 0
    first, again = (History.load(where / "history.json").step_losses for where in (trained, tmp_path / "run"))
    assert first[0] == pytest.approx(again[0], rel=1e-5)


def test_pictures_that_are_gone_are_told(gluon_alexnet, trained, tmp_path):
    shutil.copytree(trained, tmp_path / "run")
    options = json.loads((tmp_path / "run" / "run.json").read_text())
    gone = {"data": "records:/nowhere/photos", "found": {"name": "records", "where": "/nowhere/photos"}}
    (tmp_path / "run" / "run.json").write_text(json.dumps({**options, **gone}))
    code, _, err = gluon_alexnet("evaluate", tmp_path / "run")
    assert code == 1 and "learned from the pictures in /nowhere/photos, which are not there any more: say where" in err


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        ("--data records:nowhere", "nowhere cannot be read (No such file or directory): name a .rec file"),
        ("--data records:", "records: names no pictures"),
        ("--data records:{folder} --augment flop", "there is no augmentation of such pictures 'flop': did you mean 'flip'?"),
        ("--data records:{folder} --limit 0", "limit is 0"),
        ("--data records:{folder} --progressive 20:0.5", "progressive needs training data whose size can be set"),
    ],
)
def test_mistakes_are_one_line(gluon_alexnet, folder, tmp_path, words, sentence):
    code, out, err = gluon_alexnet([*TRAIN, *words.format(folder=folder).split()], "--out", tmp_path / "run")
    assert (code, out) == (1, "") and sentence in err.splitlines()[-1] and "fault of ours" not in err
    assert not (tmp_path / "run").exists()


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        ("nowhere", "nowhere cannot be read"),
        ("{folder} --out a.tar", "a.tar must end in .rec"),
        ("{folder}/red", "has no picture in 0 folders"),
    ],
)
def test_mistakes_of_make_records_are_one_line(gluon_alexnet, folder, words, sentence):
    code, out, err = gluon_alexnet("make-records", *words.format(folder=folder).split())
    assert (code, out) == (1, "") and err.startswith("gluon-alexnet: ") and err.count("\n") == 1 and sentence in err
