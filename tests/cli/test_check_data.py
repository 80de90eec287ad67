"""gluon-alexnet check-data on the stand-in, whose pictures are drawn, with some of them put in twice."""

import json

import numpy as np
import pytest

from gluon_alexnet import cli, data
from gluon_alexnet.data import files


@pytest.fixture
def planted(monkeypatch):
    """Splits of noise: test picture 5 equals test picture 2, and train picture 4 is nearly test picture 1, of another label."""
    rng = np.random.RandomState(0)
    images = {name: rng.randint(0, 256, (60, 28, 28)).astype("uint8") for name in ("train", "test")}
    labels = {name: np.arange(60, dtype="int32") % 10 for name in images}
    images["test"][5] = images["test"][2]
    images["train"][4] = np.minimum(images["test"][1], 220)
    made = {name: files.Split(images[name], labels[name], files.Source("fashion-mnist", "")) for name in images}
    monkeypatch.setattr(data, "load_split", lambda name, folder=None: made[name])


def test_it_tells_what_is_there_twice_and_which_labels_contradict(planted, tmp_path, capsys):
    assert cli.main(["check-data", "--json", str(tmp_path / "pairs.json")]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == (
        "within the 60 train pictures: 0 pairs are equal, 0 correlate by 0.995 or more, 0 of these have two labels"
    )
    assert lines[1].startswith("within the 60 test pictures: 1 pairs are equal, 1 correlate by 0.995 or more, 1 of these")
    assert lines[2] == "  2 and 5: Pullover and Sandal, 1.0000"
    assert lines[3].startswith("between training and test pictures: 0 pairs are equal, 1 correlate")
    assert lines[4].startswith("  4 and 1: Coat and Trouser, 0.99")
    pairs = json.loads((tmp_path / "pairs.json").read_text())
    assert pairs["test"]["equal"] == [[2, 5]] and pairs["between"]["near"][0]["pictures"] == [4, 1]


def test_equal_ones_alone_are_told_by_themselves(planted, capsys):
    assert cli.main(["check-data", "--exact", "--split", "test"]) == 0
    assert capsys.readouterr().out == "within the 60 test pictures: 1 pairs are equal\n"


def test_what_is_out_of_range_is_told_before_anything_is_read(capsys):
    assert cli.main(["check-data", "--least", "2"]) != 0
    assert "least is 2.0" in capsys.readouterr().err
