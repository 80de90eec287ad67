"""gluon_alexnet.data.augment: what happens to the pictures, and that it happens again with the same seed."""

import numpy as np
import pytest

from gluon_alexnet.data import augment
from gluon_alexnet.errors import UserError

NAMES = ("flip", "shift", "erase", "flip+shift", "shift+flip+erase")


@pytest.fixture
def images():
    return np.random.default_rng(1).integers(1, 256, (400, 28, 28)).astype("uint8")


@pytest.mark.parametrize("name", NAMES)
def test_shape_and_dtype_stay(images, name):
    changed = augment.by_name(name)(images, np.random.default_rng(0))
    assert (changed.shape, changed.dtype) == (images.shape, np.uint8)


@pytest.mark.parametrize("name", NAMES)
def test_the_input_is_left_as_it_was(images, name):
    before = images.copy()
    changed = augment.by_name(name)(images, np.random.default_rng(0))
    changed[:] = 0
    assert (images == before).all()


@pytest.mark.parametrize("name", NAMES)
def test_the_same_seed_gives_the_same_changes(images, name):
    change = augment.by_name(name)
    assert (change(images, np.random.default_rng(7)) == change(images, np.random.default_rng(7))).all()


@pytest.mark.parametrize("name", NAMES)
def test_another_seed_gives_other_changes(images, name):
    change = augment.by_name(name)
    assert (change(images, np.random.default_rng(7)) != change(images, np.random.default_rng(8))).any()


@pytest.mark.parametrize("name", NAMES)
def test_an_empty_batch_stays_empty(name):
    assert augment.by_name(name)(np.zeros((0, 28, 28), "uint8"), np.random.default_rng(0)).shape == (0, 28, 28)


def test_flip_leaves_a_picture_or_mirrors_it_exactly(images):
    for before, after in zip(images, augment.flip(images, np.random.default_rng(0)), strict=True):
        assert (after == before).all() or (after == np.fliplr(before)).all()


def test_flip_mirrors_about_half():
    left = np.zeros((10_000, 2, 2), "uint8")
    left[:, :, 0] = 255
    mirrored = (augment.flip(left, np.random.default_rng(0))[:, 0, 1] == 255).sum()
    # A fair coin's 10,000 throws have a standard deviation of 50.
    assert abs(mirrored - 5_000) < 250


@pytest.mark.parametrize(("name", "reach"), [("shift", 2), ("shift1", 1)])
def test_a_shift_moves_a_point_by_up_to_its_pixels_both_ways(name, reach):
    points = np.zeros((5_000, 28, 28), "uint8")
    points[:, 10, 20] = 200
    which, rows, columns = np.nonzero(augment.by_name(name)(points, np.random.default_rng(0)))
    assert (which == np.arange(5_000)).all()
    moves = {(row - 10, column - 20) for row, column in zip(rows.tolist(), columns.tolist(), strict=True)}
    assert moves == {(down, right) for down in range(-reach, reach + 1) for right in range(-reach, reach + 1)}


def test_shift_brings_in_black_and_never_wraps_around():
    white = np.full((500, 28, 28), 255, "uint8")
    for picture in augment.shift(2)(white, np.random.default_rng(0)):
        rows, columns = picture.any(axis=1), picture.any(axis=0)
        assert (picture == np.outer(rows, columns) * np.uint8(255)).all()
        assert rows[2:-2].all() and columns[2:-2].all()
        assert rows[:2].all() or rows[-2:].all()
        assert columns[:2].all() or columns[-2:].all()


def test_shift_by_nothing_changes_nothing(images):
    assert (augment.shift(0)(images, np.random.default_rng(0)) == images).all()


def test_erase_puts_one_rectangle_of_noise_into_about_half_of_the_pictures():
    grey = np.full((4_000, 28, 28), 100, "uint8")
    erased = augment.erase(grey, np.random.default_rng(0))
    changed = erased != 100
    hit = changed.any(axis=(1, 2))
    # A fair coin's 4,000 throws have a standard deviation of 32.
    assert abs(hit.sum() - 2_000) < 160
    shares = []
    for picture in changed[hit]:
        rows, columns = np.flatnonzero(picture.any(axis=1)), np.flatnonzero(picture.any(axis=0))
        tall, wide = np.ptp(rows) + 1, np.ptp(columns) + 1
        shares.append(tall * wide / 784)
        # One noisy pixel in 256 happens to be grey.
        assert picture[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1].mean() > 0.8
    assert min(shares) > 0.01 and max(shares) < 0.45 and 0.15 < np.mean(shares) < 0.25
    assert 100 < erased[changed].mean() < 155 and len(np.unique(erased[changed])) == 255


def test_joined_names_are_done_in_their_order(images):
    rng = np.random.default_rng(3)
    by_hand = augment.shift(2)(augment.flip(images, rng), rng)
    assert (augment.by_name("flip+shift")(images, np.random.default_rng(3)) == by_hand).all()


@pytest.mark.parametrize("name", ["flp", "", "flip+", "flip shift", "FLIP"])
def test_an_unknown_name_is_told_with_the_known(name):
    with pytest.raises(UserError, match="one of flip, shift, shift1, erase"):
        augment.by_name(name)
