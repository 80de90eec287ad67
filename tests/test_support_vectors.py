"""benchmarks/support_vectors.py beside scikit-learn's LIBLINEAR and LIBSVM, and the descriptions of benchmarks/features.py."""

from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("sklearn")
BENCHMARKS = Path(__file__).resolve().parent.parent / "benchmarks"


@pytest.fixture
def vectors(monkeypatch):
    monkeypatch.syspath_prepend(str(BENCHMARKS))
    import support_vectors

    return support_vectors


@pytest.fixture
def features(vectors, monkeypatch, tmp_path):
    import features

    monkeypatch.setattr(features, "KEPT", tmp_path / "kept")
    monkeypatch.setattr(features, "FILE", tmp_path / "features.json")
    monkeypatch.setattr(features, "WORDS_FROM", 60)
    return features


@pytest.fixture
def digits(vectors):
    """Scikit-learn's digits, scaled as the benchmark scales: features and labels of 600, and of 400 others."""
    from sklearn.datasets import load_digits

    found = load_digits()
    rows = found.data.astype("float32")
    scaling = vectors.Scaling(rows)
    return scaling(rows)[:600], found.target[:600], rows[600:1000], found.target[600:1000]


def test_rows_are_scaled_to_a_mean_square_length_of_one(vectors, monkeypatch):
    monkeypatch.setattr(vectors, "BLOCK", 2)
    rows = np.array([[1, 2], [3, 2], [5, 8]], "float32")
    # Less the mean (3, 4): (-2, -2), (0, -2), (2, 4); squares 8, 4, 20, on average 32 / 3.
    scaled = vectors.Scaling(rows)(rows)
    assert scaled == pytest.approx(np.array([[-2, -2], [0, -2], [2, 4]]) / np.sqrt(32 / 3))


def test_the_kernel_is_that_of_each_pair(vectors):
    found = vectors.kernel(np.array([[0, 0], [3, 4]], "float32"), np.array([[0, 0], [0, 4]], "float32"), 0.1)
    # Square distances 0, 16, 25 and 9.
    assert found == pytest.approx(np.exp([[0, -1.6], [-2.5, -0.9]]))


def test_the_kernel_machine_is_libsvm_s(vectors, digits):
    from sklearn.svm import SVC

    rows, labels, others, _ = digits
    ours, theirs = vectors.Gaussian(rows, labels, 10, 0.5), SVC(C=10, gamma=0.5, decision_function_shape="ovo").fit(rows, labels)
    assert np.array_equal(ours.support, np.sort(theirs.support_))
    assert abs(ours.decisions(others) - theirs.decision_function(others)).max() < 5e-3
    assert np.array_equal(ours.predict(others), theirs.predict(others))


def test_the_linear_machine_is_liblinear_s(vectors, digits):
    from sklearn.svm import LinearSVC

    rows, labels, others, _ = digits
    ours, theirs = vectors.Linear(rows, labels, 1.0), LinearSVC(C=1.0, tol=1e-6, max_iter=100_000).fit(rows, labels)
    assert ours.converged and abs(ours.scores(others) - theirs.decision_function(others)).max() < 0.05
    assert (ours.predict(others) == theirs.predict(others)).mean() >= 0.995
    assert vectors.Linear(rows, labels, 1.0, most=2).converged is False


def test_bags_of_a_grid_count_each_point_once_in_each_pyramid(features):
    images = np.random.RandomState(0).randint(0, 256, (80, 28, 28)).astype("uint8")
    describe = features.sift_on_a_grid(images, step=7, words=5, grids=(1, 2))
    bags = describe(images[:3])
    # Nine points; a word of its own for the empty patch; one field and four.
    assert bags.shape == (3, 6 * 5) and (bags**2).sum(axis=1).tolist() == pytest.approx([1, 1, 1])
    whole = bags[:, :6] ** 2 * 18
    fields = (bags[:, 6:] ** 2 * 18).reshape(3, 4, 6)
    assert whole == pytest.approx(fields.sum(axis=1), abs=1e-4)
    # Points lie at 7, 14 and 21: one of the nine in the first quarter, four in the last.
    assert fields.sum(axis=2)[0].tolist() == pytest.approx([1, 2, 2, 4], abs=1e-4)
    # A black picture has but empty patches, which are the last word.
    assert np.flatnonzero(describe(np.zeros((1, 28, 28), "uint8"))[0, :6]).tolist() == [5]


def test_pictures_without_a_keypoint_are_counted(features):
    images = np.random.RandomState(0).randint(0, 256, (60, 28, 28)).astype("uint8")
    describe = features.sift_at_keypoints(images, side=56, words=4)
    bags = describe(np.stack([images[0], np.zeros((28, 28), "uint8")]))
    assert (bags**2).sum(axis=1).tolist() == pytest.approx([1, 0])
    about = describe.about()
    assert about["without"] == 0.5 and about["pictures"] == 2 and about["keypoints"] > 0


def test_a_row_is_measured_once(features, monkeypatch, capsys):
    monkeypatch.setattr(features, "find_data", lambda: "stand-in")
    monkeypatch.setattr(features, "VALIDATION_IMAGES", 1000)
    whole = features.load_split("train", "stand-in")
    monkeypatch.setattr(features, "load_split", lambda split: small(whole, 2000 if split == "train" else 300))
    monkeypatch.setattr(features, "save", lambda name, content: features.FILE.write_text(features.json.dumps(content)))
    monkeypatch.setattr(features, "ROWS", {"pixels": features.kernel_row("pixels", Cs=(1.0,), chosen_from=500, mirrored=True)})
    assert features.main(["pixels"]) == 0
    row = features.done()["pixels"]
    assert row["dimensions"] == 784 and row["test_accuracy"] > 0.5 and row["chosen"]["C"] == 1.0 and len(row["tried"]) == 3
    monkeypatch.setattr(features, "measure", None)
    assert features.main([]) == 0 and "pixels: 0." in capsys.readouterr().out
    assert features.main(["hgo"]) == 2


def small(split, count):
    from gluon_alexnet.data.files import Split

    return Split(split.images[:count], split.labels[:count], split.source)
