"""gluon_alexnet.features: against scikit-image and OpenCV directly, synthetic edges and arithmetic by hand."""

import sys

import cv2
import numpy as np
import pytest
import skimage.feature

from gluon_alexnet import features
from gluon_alexnet.data import synthetic
from gluon_alexnet.errors import UserError


@pytest.fixture
def images():
    return np.random.default_rng(1).integers(0, 256, (5, 28, 28), dtype=np.uint8)


def upright_edge():
    """Black on the left, white on the right: the brightness rises towards the right, at 0 degrees."""
    image = np.zeros((1, 28, 28), dtype=np.uint8)
    image[:, :, 14:] = 255
    return image


def two_clusters(count=60, seed=0):
    """float32 (2 * count, 3): around (0, 0, 0), then around (50, 0, 50)."""
    centres = np.repeat([[0.0, 0, 0], [50, 0, 50]], count, axis=0)
    return (centres + np.random.default_rng(seed).normal(0, 0.1, centres.shape)).astype(np.float32)


def test_hog_is_what_scikit_image_gives_for_each_picture(images):
    direct = skimage.feature.hog(
        images[3] / 255, 9, (4, 4), (2, 2), block_norm="L2-Hys", transform_sqrt=True, feature_vector=True
    )
    found = features.hog(images)
    assert found.dtype == np.float32
    np.testing.assert_allclose(found[3], direct, rtol=1e-5, atol=1e-7)


@pytest.mark.parametrize(
    ("orientations", "cell", "block", "length"),
    # 28 / 4 = 7 cells a side are 6 x 6 blocks of 4 cells; 28 / 7 = 4 are 3 x 3 blocks; single cells; the whole picture.
    [(9, 4, 2, 36 * 4 * 9), (8, 7, 2, 9 * 4 * 8), (9, 4, 1, 49 * 9), (6, 14, 2, 4 * 6)],
)
def test_hog_has_as_many_features_as_there_are_bins_in_all_blocks(images, orientations, cell, block, length):
    assert features.hog(images, orientations, cell, block).shape == (5, length)


def test_hog_of_an_upright_edge_lies_in_the_bin_of_0_degrees():
    cells = features.hog(upright_edge(), block=1).reshape(7, 7, 9)
    # The edge between columns 13 and 14 is in the cells of columns 12 to 15.
    np.testing.assert_allclose(cells[:, 3, 0], 1, atol=1e-3)
    cells[:, 3, 0] = 0
    assert not cells.any()


def test_hog_of_a_level_edge_lies_in_the_bin_of_90_degrees():
    cells = features.hog(upright_edge().transpose(0, 2, 1), block=1).reshape(7, 7, 9)
    assert set(np.nonzero(cells)[2]) == {4}


def test_hog_does_not_feel_the_contrast():
    dim = np.random.default_rng(2).integers(10, 120, (3, 28, 28), dtype=np.uint8)
    np.testing.assert_allclose(features.hog(dim * 2), features.hog(dim), atol=1e-3)


def test_hog_of_black_is_zero():
    assert not features.hog(np.zeros((2, 28, 28), np.uint8)).any()


@pytest.mark.parametrize(("orientations", "cell", "block"), [(9, 4, 8), (9, 29, 1), (9, 0, 2), (0, 4, 2), (9, 4, 0)])
def test_hog_that_does_not_fit_is_refused(images, orientations, cell, block):
    with pytest.raises(UserError, match="does not fit"):
        features.hog(images, orientations, cell, block)


@pytest.mark.parametrize(("step", "points"), [(4, 36), (7, 9), (14, 1), (27, 1)])
def test_sift_has_128_numbers_for_each_point_of_the_grid(images, step, points):
    found = features.dense_sift(images, step=step)
    assert (found.shape, found.dtype) == ((5, points, 128), np.float32)


def test_sift_is_what_opencv_gives_at_each_point_row_by_row(images):
    _, direct = cv2.SIFT_create().compute(images[2], [cv2.KeyPoint(12.0, 8.0, 2.0, 0.0)])
    # Row 8 is the second of 4, 8, ..., 24, column 12 the third.
    np.testing.assert_array_equal(features.dense_sift(images)[2, 1 * 6 + 2], direct[0])


def test_sift_at_an_upright_edge_points_towards_the_light():
    point = features.dense_sift(upright_edge(), step=14).reshape(16, 8)
    assert point[:, 0].sum() > 0.95 * point.sum() > 0


def test_sift_of_black_is_zero():
    assert not features.dense_sift(np.zeros((2, 28, 28), np.uint8)).any()


@pytest.mark.parametrize(("step", "size"), [(0, 2), (28, 2), (-4, 2), (4, 0), (4, -1)])
def test_a_grid_that_has_no_points_is_refused(images, step, size):
    with pytest.raises(UserError, match="step is"):
        features.dense_sift(images, step, size)


@pytest.mark.parametrize("describe", [features.hog, features.dense_sift])
@pytest.mark.parametrize(
    "wrong",
    [np.zeros((2, 28, 28)), np.zeros((28, 28), np.uint8), np.zeros((2, 32, 32), np.uint8), np.zeros((2, 1, 28, 28), np.uint8)],
    ids=["float", "one picture", "larger", "with a channel axis"],
)
def test_other_images_are_refused_with_their_shape(describe, wrong):
    with pytest.raises(UserError, match=r"uint8 \(N, 28, 28\)"):
        describe(wrong)


@pytest.mark.parametrize(("describe", "shape"), [(features.hog, (0, 1296)), (features.dense_sift, (0, 36, 128))])
def test_no_pictures_have_no_features(describe, shape):
    assert describe(np.zeros((0, 28, 28), np.uint8)).shape == shape


@pytest.mark.parametrize("describe", [features.hog, features.dense_sift])
def test_pictures_that_may_not_be_written_to_are_only_read(describe, images):
    images.setflags(write=False)
    np.testing.assert_array_equal(describe(images[:, :, ::-1])[1], describe(images[1:2, :, ::-1].copy())[0])


def test_words_are_the_middles_of_clusters():
    words = features.learn_words(two_clusters(), words=2, seed=3)
    assert words.dtype == np.float32
    np.testing.assert_allclose(words[words[:, 0].argsort()], [[0, 0, 0], [50, 0, 50]], atol=0.5)


def test_the_same_seed_gives_the_same_words():
    descriptors = np.random.default_rng(5).normal(size=(30, 10, 8)).astype(np.float32)
    np.testing.assert_array_equal(features.learn_words(descriptors, 12, seed=7), features.learn_words(descriptors, 12, seed=7))


@pytest.mark.parametrize("words", [0, 121])
def test_words_without_descriptors_enough_are_refused(words):
    with pytest.raises(UserError, match="120 descriptors"):
        features.learn_words(two_clusters(), words=words)


def test_a_histogram_counts_the_nearest_words_and_the_lower_number_among_equals():
    words = np.array([[0.0, 0], [10, 0], [0, 10]])
    picture = np.array([[1.0, 0], [9, 1], [8, 0], [5, 0]])
    np.testing.assert_allclose(features.word_histograms(picture[None], words), [[0.5, 0.5, 0]])


def test_histograms_sum_to_1(images):
    descriptors = features.dense_sift(images)
    histograms = features.word_histograms(descriptors, features.learn_words(descriptors, 20))
    assert (histograms.shape, histograms.dtype) == ((5, 20), np.float32)
    np.testing.assert_allclose(histograms.sum(axis=1), 1, rtol=1e-6)


def test_the_machine_separates_what_can_be_separated():
    labels = np.repeat([3, 8], 60)
    machine = features.linear_svm(two_clusters(), labels)
    assert machine.score(two_clusters(seed=1), labels) == 1


def test_the_machine_does_not_feel_the_units_of_a_feature():
    labels = np.repeat([0, 1], 60)
    units = np.array([1, 1e4, 1e-4], dtype=np.float32)
    machine = features.linear_svm(two_clusters() * units, labels)
    assert machine.score(two_clusters(seed=1) * units, labels) == 1


def test_the_same_seed_gives_the_same_machine():
    rng = np.random.default_rng(4)
    rows, labels = rng.normal(size=(90, 6)), np.arange(90) % 3
    first, second = (features.linear_svm(rows, labels, seed=2)[-1].coef_ for _ in range(2))
    np.testing.assert_array_equal(first, second)


@pytest.mark.parametrize("labels", [np.arange(119) % 2, np.zeros(120, int)], ids=["too few", "one class"])
def test_labels_that_teach_nothing_are_refused(labels):
    with pytest.raises(UserError, match="two classes or more"):
        features.linear_svm(two_clusters(), labels)


def test_the_pipeline_tells_garments_apart():
    train_images, train_labels = synthetic.make_split("train", 500)
    test_images, test_labels = synthetic.make_split("test", 200)
    machine = features.linear_svm(features.hog(train_images), train_labels)
    # Guessing gives 0.1.
    assert machine.score(features.hog(test_images), test_labels) > 0.5


@pytest.mark.parametrize(
    ("module", "package", "use"),
    [
        ("skimage.feature", "scikit-image", lambda: features.hog(np.zeros((1, 28, 28), np.uint8))),
        ("cv2", "OpenCV", lambda: features.dense_sift(np.zeros((1, 28, 28), np.uint8))),
        ("sklearn.cluster", "scikit-learn", lambda: features.learn_words(two_clusters(), 2)),
        ("sklearn.linear_model", "scikit-learn", lambda: features.linear_svm(two_clusters(), np.repeat([0, 1], 60))),
    ],
)
def test_a_missing_package_is_named_with_the_pip_command(monkeypatch, module, package, use):
    monkeypatch.setitem(sys.modules, module, None)
    with pytest.raises(UserError, match=rf"needs {package}.*pip install '\.\[cpu,features\]'"):
        use()
