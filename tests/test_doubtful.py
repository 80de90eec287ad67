"""benchmarks/doubtful.py: its regression beside scikit-learn's, its folds, and what notebooks get of its record."""

import json
from pathlib import Path

import numpy as np
import pytest

from gluon_alexnet.data import duplicates, load_split
from gluon_alexnet.study import recorded, records

pytest.importorskip("sklearn")
BENCHMARKS = Path(__file__).resolve().parent.parent / "benchmarks"
LARGEST = 60_000  # bytes


@pytest.fixture
def doubtful(monkeypatch):
    monkeypatch.syspath_prepend(str(BENCHMARKS))
    import doubtful

    return doubtful


@pytest.fixture
def digits(doubtful):
    """Scikit-learn's digits, scaled as the benchmark scales: features and labels."""
    from sklearn.datasets import load_digits

    found = load_digits()
    rows = found.data.astype("float32")
    return doubtful.support_vectors.Scaling(rows)(rows), found.target


def test_the_regression_is_scikit_learn_s(doubtful, digits):
    from sklearn.linear_model import LogisticRegression

    rows, labels = digits
    ours = doubtful.Softmax(rows[:1200], labels[:1200], 1.0).probabilities(rows[1200:])
    theirs = LogisticRegression(C=1.0, tol=1e-8, max_iter=2000).fit(rows[:1200], labels[:1200]).predict_proba(rows[1200:])
    assert ours.sum(axis=1) == pytest.approx(1, abs=1e-5)
    # Ours also pulls the offsets towards 0.
    assert abs(ours - theirs).max() < 0.02 and (ours.argmax(axis=1) == theirs.argmax(axis=1)).mean() > 0.99


def test_a_row_is_judged_by_what_has_not_learned_from_it(doubtful, monkeypatch):
    seen = []

    class Remembers:
        def __init__(self, rows, labels, C):
            self.rows = rows
            seen.append(len(rows))

        def probabilities(self, rows):
            return np.isin(rows, self.rows).astype("float32") * np.ones(2, "float32")

    monkeypatch.setattr(doubtful, "Softmax", Remembers)
    rows, labels = np.arange(23, dtype="float32")[:, None], np.arange(23) % 2
    assert not doubtful.out_of_fold(rows, labels, parts=5).any() and sum(seen) == 4 * 23


def test_an_entry_stands_in_one_line(doubtful):
    content = {"a": {"pairs": {"0.9": 1}, "same": [{"pictures": [1, 2]}, {"pictures": [3, 4]}], "none": []}, "n": 1}
    written = doubtful.text(content)
    assert json.loads(written) == content and '\n   {"pictures": [3, 4]}' in written


def test_a_neighbour_s_label_is_a_witness(doubtful):
    labels = np.array([0, 1, 2])
    alike = doubtful.neighbours((np.array([0, 0]), labels[[1, 2]]), (np.array([1]), labels[[0]]))
    assert alike == {0: {1, 2}, 1: {0}}
    probabilities = np.array([[0.2, 0.7, 0.1], [0.1, 0.8, 0.1], [0.6, 0.1, 0.3]])
    told = doubtful.labels_of(labels, probabilities, alike)
    # 0 and 2 are taken for others, but only 0 has a neighbour labelled so. Means: .2, .8, .3; 0's .7 does not reach .8.
    assert told["doubtful"] == 1 and told["surest"][0]["picture"] == 2 and told["by_both"] == []
    probabilities[0] = [0.1, 0.9, 0]
    told = doubtful.labels_of(labels, probabilities, alike)
    assert told["doubtful"] == 2 and [each["picture"] for each in told["by_both"]] == [0]
    assert told["by_both"][0]["probabilities"] == [0.1, 0.9] and told["accuracy"] == pytest.approx(1 / 3, abs=1e-4)


def test_the_record_is_small_and_names_no_place():
    written = (records.FOUND / "doubtful.json").read_text(encoding="utf-8")
    assert len(written) < LARGEST and not any(word in written for word in ("/home", "/work", "/tmp", "/root"))


def test_the_record_says_what_the_pictures_say(real_data):
    content = recorded.doubtful()
    sets = {name: load_split(name, real_data) for name in ("train", "test")}
    sides = {"train": ("train", "train"), "test": ("test", "test"), "between": ("train", "test")}
    for name, (first, second) in sides.items():
        found = content["duplicates"][name]
        assert found["exact"] == 0 and found["same"]
        for pair in found["same"][:3] + found["contradicting"][:3]:
            one, other = pair["pictures"]
            images = sets[first].images[one : one + 1], sets[second].images[other : other + 1]
            near = duplicates.near_duplicates(*images, least=0.9)
            assert near.correlation[0] == pytest.approx(pair["correlation"], abs=1e-4)
            assert pair["labels"] == [sets[first].labels[one], sets[second].labels[other]]
        assert all(pair["labels"][0] != pair["labels"][1] for pair in found["contradicting"])
    for name in sets:
        for each in content["labels"][name]["surest"]:
            assert sets[name].labels[each["picture"]] == each["label"] != each["said"]
