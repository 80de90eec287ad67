"""gluon_alexnet.data.imagenet: the paper's colours and its ten crops, by hand on small arrays."""

import math

import numpy as np
import pytest

from gluon_alexnet.data import imagenet
from gluon_alexnet.errors import UserError


def pictures(*pixels):
    """One picture of one row for each list of colours."""
    return np.array(pixels, dtype="uint8")[:, None]


def test_the_axes_of_colours_on_a_line_by_hand():
    # Black and white in equal shares: the mean is grey, 1/2 from either in each colour, so the covariance is 1/4 everywhere.
    values, axes = imagenet.color_axes(pictures([[0, 0, 0], [255, 255, 255]]))
    np.testing.assert_allclose(values, [3 / 4, 0, 0], atol=1e-12)
    np.testing.assert_allclose(np.abs(axes[:, 0]), np.full(3, 1 / math.sqrt(3)))


def test_the_axes_are_those_of_numpys_covariance_the_largest_first():
    images = np.random.default_rng(0).integers(0, 256, (5, 7, 6, 3)).astype("uint8")
    images[..., 1] = images[..., 0] // 2 + images[..., 1] // 3
    values, axes = imagenet.color_axes(images)
    covariance = np.cov(images.reshape(-1, 3).T / 255, bias=True)
    assert values[0] > values[1] > values[2] > 0
    np.testing.assert_allclose(covariance @ axes, axes * values, atol=1e-12)
    np.testing.assert_allclose(axes.T @ axes, np.eye(3), atol=1e-12)


def test_one_colour_is_drawn_for_each_image_and_added_to_all_its_pixels():
    class Drawn:
        """Draws what a person has written down."""

        def normal(self, mean, deviation, shape):
            assert (mean, deviation, shape) == (0, 0.1, (2, 3))
            return np.array([[0.1, -0.2, 0.0], [0.0, 0.0, 0.3]])

    values, axes = np.array([0.5, 0.2, 0.1]), np.array([[0.0, 1.0, 0.0], [0.6, 0.0, 0.8], [0.8, 0.0, -0.6]])
    images = np.full((2, 2, 2, 3), 100, "uint8")
    images[0, 0, 0], images[1, 1, 1] = (5, 250, 0), (0, 0, 2)
    changed = imagenet.pca_colors(values, axes)(images, Drawn())
    # .1 * .5 along (0, .6, .8) less .2 * .2 along (1, 0, 0), of 255; .3 * .1 along (0, .8, -.6).
    assert changed[0, 1, 1].tolist() == [round(100 - 10.2), round(100 + 7.65), round(100 + 10.2)]
    assert changed[1, 0, 0].tolist() == [100, round(100 + 6.12), round(100 - 4.59)]
    # Cut off at black and white.
    assert changed[0, 0, 0].tolist() == [0, 255, 10] and changed[1, 1, 1].tolist() == [0, 6, 0]
    assert changed.dtype == np.uint8 and images[0, 0, 0].tolist() == [5, 250, 0]


def test_the_same_seed_gives_the_same_colours_and_they_spread_as_told():
    images = np.full((4000, 1, 1, 3), 128, "uint8")
    change = imagenet.pca_colors(np.array([1.0, 0.0, 0.0]), np.eye(3))
    changed = change(images, np.random.default_rng(7))
    assert (changed == change(images, np.random.default_rng(7))).all()
    assert (changed != change(images, np.random.default_rng(8))).any()
    assert (changed[..., 1:] == 128).all()
    # Of 4,000 draws, the deviation is within five of its own standard errors of .1.
    assert np.std(changed[..., 0] / 255) == pytest.approx(0.1, abs=5 * 0.1 / math.sqrt(2 * 4000))


@pytest.mark.parametrize("images", [np.zeros((2, 4, 4), "uint8"), np.zeros((2, 4, 4, 3)), np.zeros((2, 4, 4, 4), "uint8")])
def test_other_arrays_have_no_colours(images):
    for use in (imagenet.color_axes, lambda given: imagenet.pca_colors(np.ones(3), np.eye(3))(given, np.random.default_rng(0))):
        with pytest.raises(UserError, match="colours need uint8 images"):
            use(images)


def test_ten_crops_by_hand():
    image = np.arange(12).reshape(1, 3, 4)
    crops = imagenet.ten_crops(image, 2)
    assert crops.shape == (1, 10, 2, 2)
    corners = [[[0, 1], [4, 5]], [[2, 3], [6, 7]], [[4, 5], [8, 9]], [[6, 7], [10, 11]], [[1, 2], [5, 6]]]
    assert crops[0, :5].tolist() == corners
    assert crops[0, 5:].tolist() == [[row[::-1] for row in crop] for crop in corners]


def test_crops_keep_the_colours_and_the_type():
    images = np.random.default_rng(0).integers(0, 256, (2, 256, 256, 3)).astype("uint8")
    crops = imagenet.ten_crops(images)
    assert (crops.shape, crops.dtype) == ((2, 10, 227, 227, 3), np.uint8)
    assert (crops[1, 3] == images[1, 29:, 29:]).all() and (crops[1, 8] == images[1, 29:, :28:-1]).all()
    with pytest.raises(UserError, match="squares of 227 do not fit into images of 224x256"):
        imagenet.ten_crops(images[:, :224])


def test_the_prediction_is_the_mean_of_the_softmaxes():
    # Shares of 3 : 1 and 1 : 1, whose mean is 5 : 3; large logits do not overflow.
    logits = np.array([[[math.log(3), 0], [2000, 2000]]])
    np.testing.assert_allclose(imagenet.mean_probabilities(logits), [[5 / 8, 3 / 8]])
