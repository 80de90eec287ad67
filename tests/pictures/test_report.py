import base64
import io
import math
import re

import numpy as np
import pytest
from html_page import Page
from PIL import Image

from gluon_alexnet import models
from gluon_alexnet.analysis import analyze
from gluon_alexnet.errors import UserError
from gluon_alexnet.pictures import page, report

NAMES = ["T-shirt/top", "Trouser", "<b>Coat</b>"]
LABELS = np.array([0, 0, 1, 1, 2, 2], dtype=np.int32)
# Right, wrong (0 for 1, at .9), right, wrong (1 for 0, at .99), right, right.
PROBABILITIES = np.array(
    [[0.9, 0.1, 0], [0.1, 0.9, 0], [0.2, 0.8, 0], [0.99, 0.01, 0], [0, 0, 1], [0.2, 0.2, 0.6]], dtype=np.float32
)
IMAGES = np.arange(6 * 28 * 28, dtype=np.uint8).reshape(6, 28, 28)


def make_history(**values):
    rows = [
        {
            "epoch": number, "loss": 1 / number, "train_accuracy": 0.5 + number / 10, "validation_accuracy": None,
            "test_accuracy": 0.6 + number / 10, "test_loss": 0.9 / number, "lr": 0.01, "images": 60_000,
            "seconds": {"data": 10.0, "step": 80.0, "evaluate": 5.0}, "images_per_second": 666.7,
        }
        for number in (1, 2)
    ]  # fmt: skip
    made = {
        "schema": 1, "model": "alexnet", "params": 46_764_746,
        "settings": {"lr": 0.01, "steps_per_epoch": 2, "total_steps": 4, "weight_decay": None, "shuffle": True,
                     "train_data": {"resize": [224, 224]}, "command": ["gluon-alexnet", "train", "--data", "my data"]},
        "machine": {"cpu": "A & B <fast>", "cores": 2, "devices": ["cpu(0)"]},
        "data": {"name": "fashion-mnist", "where": "/data", "sha256": {"train-images": "ab12"}, "reason": "",
                 "train_images": 60_000, "test_images": 10_000, "validation_images": None},
        "epochs": rows, "step_losses": [2.3, 1.0, 0.6, 0.5], "stopped": "finished",
        "started": "2026-11-23T20:41:07+00:00", "seconds": 200.0,
    }  # fmt: skip
    return {**made, **values}


def written(folder, history=None, **values):
    given = {
        "labels": LABELS, "probabilities": PROBABILITIES, "images": IMAGES, "filters": np.zeros((96, 1, 11, 11)),
        "layers": analyze(models.spec("alexnet")), "class_names": NAMES, **values,
    }  # fmt: skip
    return Page(report.write_report(folder, history or make_history(), **given).read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def full(tmp_path_factory):
    return written(tmp_path_factory.mktemp("run"))


@pytest.fixture(scope="module")
def bare(tmp_path_factory):
    nothing = dict.fromkeys(("labels", "probabilities", "images", "filters", "layers"))
    history = make_history(epochs=[], step_losses=[], stopped="interrupted", settings={}, machine={})
    history["data"] = {**history["data"], "sha256": {}}
    return written(tmp_path_factory.mktemp("bare"), history, **nothing)


def test_both_files_are_written_and_nothing_else(tmp_path):
    path = report.write_report(
        tmp_path / "new", make_history(), labels=None, probabilities=None, images=None, filters=None, layers=None
    )
    assert path == tmp_path / "new" / "report.html"
    assert sorted(file.name for file in path.parent.iterdir()) == ["curves.png", "report.html"]
    assert (path.parent / "curves.png").read_bytes().startswith(b"\x89PNG")


def test_a_folder_that_cannot_be_made_is_one_sentence(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(UserError, match="cannot write"):
        written(tmp_path / "file")


def test_the_headline_gives_model_data_accuracy_and_its_sampling_error(full):
    assert "AlexNet on Fashion-MNIST" in full.text
    # 1.96 * sqrt(.8 * .2 / 10000) = .0078
    assert "test accuracy, ± 0.8" in full.text and "80.0 %" in full.text
    assert "3 min 20 s" in full.text and "46,764,746" in full.text


def test_a_finished_run_on_real_data_has_no_banner(full):
    assert not [value for _, key, value in full.attributes if key == "role"]


def test_the_page_loads_nothing_from_elsewhere_and_runs_no_script(full):
    loaded = [value for _, key, value in full.attributes if key in ("src", "srcset", "href", "data", "poster", "action")]
    assert loaded and all(value.startswith("data:image/png;base64,") for value in loaded)
    assert not full.tags & {"script", "link", "iframe", "object"}


def test_every_picture_says_what_it_shows(full):
    described = [value for tag, key, value in full.attributes if (tag, key) == ("img", "alt") and value]
    assert len(described) == len(full.pictures())


def test_text_from_data_is_escaped(full):
    assert "<b>Coat</b>" in full.text
    assert "A & B <fast>" in full.text
    assert "b" not in full.tags


def test_the_epochs_are_listed_without_columns_that_nobody_filled(full):
    assert full.row("epoch") == [
        "epoch", "loss", "training accuracy", "test accuracy", "test loss", "last learning rate", "images/s", "time",
    ]  # fmt: skip
    assert full.row("2") == ["2", "0.500", "0.7000", "0.8000", "0.450", "0.01", "667", "1 min 35 s"]


def test_each_class_has_recall_precision_and_what_it_is_taken_for(full):
    # T-shirt/top: 1 of 2 found; of the 2 called so, 1 is one.
    assert full.row("T-shirt/top") == ["T-shirt/top", "Trouser (1)", "2", "50.0 %", "50.0 %"]
    assert full.row("<b>Coat</b>") == ["<b>Coat</b>", "–", "2", "100.0 %", "100.0 %"]


def test_the_mistakes_are_shown_surest_first(full):
    said = re.findall(r"said (\S+?)(\d+\.\d)\s%", full.text)
    assert said == [("T-shirt/top", "99.0"), ("Trouser", "90.0")]
    assert "2 of 6 test pictures" in full.text


def test_the_mistakes_are_the_very_pictures(full):
    first = base64.b64decode(full.pictures()[-3].split(",")[1])
    np.testing.assert_array_equal(np.asarray(Image.open(io.BytesIO(first))), IMAGES[3])


def test_no_more_than_24_mistakes_are_shown(tmp_path):
    labels = np.zeros(40, dtype=int)
    probabilities = np.tile([[0.1, 0.9, 0.0]], (40, 1))
    made = written(tmp_path, labels=labels, probabilities=probabilities, images=np.zeros((40, 1, 28, 28)), filters=None)
    assert made.text.count("said Trouser") == 24
    assert "40 of 40 test pictures were classified wrongly. The net was surest of these 24." in made.text


def test_a_net_without_mistakes_is_told_so(tmp_path):
    assert "every test picture was classified rightly" in written(tmp_path, labels=PROBABILITIES.argmax(axis=1)).text


def test_it_says_how_busy_the_machine_was(tmp_path):
    told = {"cpus_used_by_others": 0.634, "seconds": 12.0, "batches_by_threads": {"1": 1200, "2": 30}}
    page = written(tmp_path, make_history(machine={"cpu": "A", "busy": told})).text
    assert "other programs used 0.63 of the CPUs on average" in page
    assert "Batches were computed 1,200 with 1 thread and 30 with 2 threads." in page
    told["cpus_used_by_others"] = None
    page = written(tmp_path, make_history(machine={"busy": told})).text
    assert "1,200 with 1 thread" in page and "other programs" not in page


def test_layers_settings_machine_command_and_checksum_are_there(full):
    assert full.row("conv1") == ["conv1", "11x11, stride 4, relu", "96 × 54 × 54", "11,712", "0.0 %", "33,872,256", "3.6 %"]
    assert full.row("total")[3:6:2] == ["46,764,746", "938,146,176"]
    assert full.row("weight decay")[1] == "none" and full.row("shuffle")[1] == "yes"
    assert full.row("train data")[1] == "resize 224 × 224" and full.row("cores")[1] == "2"
    assert "gluon-alexnet train --data 'my data'" in full.text
    assert "ab12 train-images" in full.text


def test_what_is_missing_is_said_to_be(bare):
    for text in ("No epoch was finished", "no answers to the test set", "no filters", "table of layers could not be read",
                 "started from Python", "Nothing was recorded"):  # fmt: skip
        assert text in bare.text


def test_an_interrupted_run_says_so_and_how_to_go_on(bare):
    assert "The run was not finished" in bare.text and "--resume" in bare.text


def test_the_stand_in_is_announced_with_its_reason(tmp_path):
    history = make_history()
    history["data"] = {**history["data"], "name": "stand-in", "reason": "<nobody> answered"}
    made = written(tmp_path, history, images=None, filters=np.zeros((2, 3, 5, 5)))
    assert ("p", "class", "banner alarm") in made.attributes
    assert "NOT Fashion-MNIST" in made.text and "<nobody> answered" in made.text
    assert "pictures were not handed" in made.text and "a scale of its own" in made.text


def test_a_diverged_run_is_announced_with_the_step(tmp_path):
    history = make_history(stopped="diverged", step_losses=[2.3, math.nan])
    history["epochs"][1].update(loss=math.nan, test_accuracy=None, lr=0.02)
    made = written(tmp_path, history)
    assert "The run diverged" in made.text and "after 2 of 4 steps" in made.text
    assert "nan" in made.text
    # Without an accuracy in the last row the answers speak: 4 of 6 are right.
    assert "66.7 %" in made.text


def test_classes_beyond_the_names_are_numbered(tmp_path):
    assert "class 2" in written(tmp_path, class_names=["a", "b"]).text


def test_class_names_default_to_fashion_mnists(tmp_path):
    assert "Pullover" in written(tmp_path, class_names=None).text


def test_float_pictures_are_scaled_to_bytes():
    png = report.picture_png(np.array([[[0.0, 0.5], [1.0, 2.0]]], dtype=np.float32))
    np.testing.assert_array_equal(np.asarray(Image.open(io.BytesIO(png))), [[0, 128], [255, 255]])


def test_the_confusion_matrix_counts_true_rows_and_predicted_columns():
    matrix = report.confusion_matrix(np.array([0, 0, 1]), np.array([0, 1, 1]), 3)
    np.testing.assert_array_equal(matrix, [[1, 1, 0], [0, 1, 0], [0, 0, 0]])


def test_the_summary_has_a_line_for_each_epoch_and_the_result():
    lines = report.summary_table(make_history()).splitlines()
    assert lines[0].split() == "epoch loss training acc test acc test loss lr images/s time".split()
    assert lines[2].split() == "2 0.500 0.7000 0.8000 0.450 0.01 667 1 min 35 s".split()
    assert lines[3] == "alexnet (46,764,746 parameters) on fashion-mnist: test accuracy 0.8000, 3 min 20 s"
    assert len(lines[0]) == len(lines[1]) == len(lines[2])


def test_the_summary_begins_with_what_must_be_known():
    history = make_history(stopped="interrupted", epochs=[])
    history["data"] = {**history["data"], "name": "stand-in"}
    lines = report.summary_table(history).splitlines()
    assert lines[0].startswith("NOT FASHION-MNIST") and lines[1].startswith("THE RUN WAS NOT FINISHED")
    assert lines[-1].endswith("on stand-in: not tested, 3 min 20 s")


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0.34, "0.3 s"), (42.7, "43 s"), (59.7, "1 min 00 s"), (247, "4 min 07 s"), (3599.7, "1 h 00 min"), (4063, "1 h 07 min")],
)
def test_durations_are_written_for_people(seconds, text):
    assert page.duration(seconds) == text


@pytest.mark.parametrize(("value", "text"), [(1.0, "100.0"), (0.99996, "> 99.9"), (0.5, "50.0")])
def test_less_than_certain_is_never_a_hundred_per_cent(value, text):
    assert page.percent(value) == f"{text}\u00a0%"


@pytest.mark.parametrize(
    ("value", "text"), [(None, "–"), (math.nan, "nan"), (math.inf, "inf"), (1e20, "1.0e+20"), (0.5, "0.500")]
)
def test_numbers_that_are_none_or_not_numbers_are_written_too(value, text):
    assert page.number(value) == text


def test_a_run_that_began_with_small_images_says_why_its_accuracy_leaps(tmp_path, full):
    history = make_history()
    history["settings"]["progressive"] = [20, 0.45]
    assert "For the first 45% of the run the net learned from images of 20x20 pixels" in written(tmp_path, history).text
    assert "full-sized" not in full.text


def test_figures_of_a_part_of_the_test_images_say_so_everywhere(tmp_path):
    history = make_history()
    history["data"]["test_images"] = 10_000
    history["epochs"][-1]["test_images"] = 400
    sentence = "the test figures of the last epoch are of 400 of the 10,000 test images, spread evenly over them"
    assert sentence in report.summary_table(history)
    labels, probabilities = np.arange(400) % 3, np.eye(3, dtype="float32")[np.arange(400) % 3]
    options = dict(labels=labels, probabilities=probabilities, images=None, filters=None, layers=None, class_names=NAMES)
    page = Page(report.write_report(tmp_path, history, **options).read_text())
    assert sentence in page.text
    # .8 of 400: 1.96 times the root of .8 * .2 / 400.
    assert "test accuracy, ± 3.9 (95 %)" in page.text
    history["epochs"][-1]["test_images"] = 10_000
    assert "spread evenly" not in report.summary_table(history)


def test_a_run_that_its_data_stopped_says_why():
    history = {**make_history(), "stopped": "failed", "reason": "batch 3 has NaN"}
    (_, headline, why), = report.warnings_of(history)
    assert headline == "The run was stopped by an error" and why.endswith("steps: batch 3 has NaN.")
